//! A classifier two-sample test.

use kernels::Threads;

use crate::error::MetricError;
use crate::features::Features;
use crate::nearest::{Found, k_nearest};

const NAME: &str = "two-sample test";

/// The accuracies of the nearest-neighbour classifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoSample {
    /// The mean of both sets' accuracies: 0.5 for equal distributions, 1 for sets apart, below 0.5 where
    /// generated samples are copies.
    pub accuracy: f64,
    /// Share of real samples whose nearest other sample is real. Low where modes are missing or everything is
    /// generated near the modes' centres.
    pub real_accuracy: f64,
    /// Share of generated samples whose nearest other sample is generated. High where generated samples are
    /// alike.
    pub generated_accuracy: f64,
    /// Real samples.
    pub real: usize,
    /// Generated samples.
    pub generated: usize,
}

/// Leave-one-out accuracy of the 1-nearest-neighbour classifier on real against generated samples (Lopez-Paz
/// and Oquab 2017, arXiv:1610.06545; by set as in Xu et al. 2018, arXiv:1806.07755).
///
/// A sample that is equally near to both sets counts half. Use sets of equal size: the accuracy of each set otherwise
/// tends to its share of all samples, and only their mean to 0.5.
///
/// # Errors
/// [`MetricError::TooFew`] for sets of less than 2, [`MetricError::Disagree`] if dimensions differ.
pub fn two_sample(threads: Threads, real: &Features, generated: &Features) -> Result<TwoSample, MetricError> {
    real.comparable(generated, NAME)?;
    real.at_least(2, NAME, "real samples")?;
    generated.at_least(2, NAME, "generated samples")?;
    let accuracy = |own: &Features, other: &Features| {
        let to_own = k_nearest(threads, *own, *own, 1, true);
        let to_other = k_nearest(threads, *own, *other, 1, false);
        to_own.iter().zip(&to_other).map(credit).sum::<f64>() / own.rows() as f64
    };
    let (of_real, of_generated) = (accuracy(real, generated), accuracy(generated, real));
    Ok(TwoSample {
        accuracy: (of_real + of_generated) / 2.0,
        real_accuracy: of_real,
        generated_accuracy: of_generated,
        real: real.rows(),
        generated: generated.rows(),
    })
}

fn credit((own, other): (&Found, &Found)) -> f64 {
    match own.squared.total_cmp(&other.squared) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real 0, 1, 10; generated 2.5, 11, 12, 14. Nearest others: 0 real; 1 real; 10 generated; 2.5 real; 11 a
    /// tie of 10 and 12; 12 generated; 14 generated.
    #[test]
    fn closed_form_on_a_line() {
        let real = Features::new(&[0.0, 1.0, 10.0], 3, 1).unwrap();
        let generated = Features::new(&[2.5, 11.0, 12.0, 14.0], 4, 1).unwrap();
        let got = two_sample(Threads::ONE, &real, &generated).unwrap();
        assert_eq!(got.real_accuracy, 2.0 / 3.0);
        assert_eq!(got.generated_accuracy, 2.5 / 4.0);
        assert_eq!(got.accuracy, (2.0 / 3.0 + 2.5 / 4.0) / 2.0);
        assert_eq!((got.real, got.generated), (3, 4));
        let one = Features::new(&[1.0], 1, 1).unwrap();
        let refused = two_sample(Threads::ONE, &real, &one).unwrap_err();
        assert!(matches!(refused, MetricError::TooFew { set: "generated samples", .. }));
    }
}
