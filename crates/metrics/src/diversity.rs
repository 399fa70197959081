//! The spread of one set of images.

use kernels::Threads;

use crate::distances::Distances;
use crate::error::MetricError;
use crate::features::Features;
use crate::labels::Labelled;

const NAME: &str = "diversity";

/// The spread of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diversity {
    /// Samples.
    pub samples: usize,
    /// Pairs of different samples.
    pub pairs: u64,
    /// Their mean Euclidean distance.
    pub mean_distance: f64,
}

/// The spread within classes.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassDiversity {
    /// Each class's; `None` for classes of less than 2 samples.
    pub by_class: Vec<Option<Diversity>>,
    /// Over all pairs within a class; `samples` counts those of classes with a pair.
    pub within: Diversity,
}

impl Diversity {
    /// Its mean distance over the data's: 1 for data, 0 for one image repeated.
    ///
    /// # Errors
    /// [`MetricError::Degenerate`] if the data are one point.
    pub fn ratio_to(&self, data: &Diversity) -> Result<f64, MetricError> {
        if data.mean_distance <= 0.0 {
            return Err(MetricError::Degenerate { metric: NAME, message: "all data are the same point" });
        }
        Ok(self.mean_distance / data.mean_distance)
    }
}

/// Mean distance of two different samples, over all `n (n - 1) / 2` pairs:
/// `2 / (n (n - 1)) sum_{i<j} |x_i - x_j|`.
///
/// From float32 products, and float64 differences for near pairs: a set of copies has 0.
///
/// # Errors
/// [`MetricError::TooFew`] for less than 2 samples.
pub fn diversity(threads: Threads, features: &Features) -> Result<Diversity, MetricError> {
    features.at_least(2, NAME, "samples")?;
    let sums = Distances::new(*features, *features).visit(
        threads,
        |part| (part.start, vec![0.0f64; part.len()]),
        |(first, sums), row| {
            let sum: f64 =
                (0..row.len()).filter(|j| row.first_reference + j > row.query).map(|j| row.about(j)).sum();
            sums[row.query - *first] += sum;
        },
    );
    let total: f64 = sums.iter().flat_map(|(_, sums)| sums).sum();
    let samples = features.rows();
    let pairs = samples as u64 * (samples as u64 - 1) / 2;
    Ok(Diversity { samples, pairs, mean_distance: total / pairs as f64 })
}

/// As [`diversity()`], over pairs of the same class.
///
/// # Errors
/// [`MetricError::TooFew`] if no class has 2 samples.
pub fn diversity_within_classes(threads: Threads, set: &Labelled) -> Result<ClassDiversity, MetricError> {
    let dimensions = set.features.dimensions();
    let mut by_class = Vec::with_capacity(set.labels.classes());
    for class in 0..set.labels.classes() {
        let rows = set.labels.rows_of(class);
        by_class.push(if rows.len() < 2 {
            None
        } else {
            let gathered = set.features.gather(&rows);
            Some(diversity(threads, &Features::gathered(&gathered, dimensions))?)
        });
    }
    let present = || by_class.iter().flatten();
    let pairs: u64 = present().map(|class| class.pairs).sum();
    if pairs == 0 {
        let got = set.features.rows().min(1);
        return Err(MetricError::TooFew { metric: NAME, set: "samples of a class", expected: 2, got });
    }
    let total: f64 = present().map(|class| class.mean_distance * class.pairs as f64).sum();
    let samples = present().map(|class| class.samples).sum();
    let within = Diversity { samples, pairs, mean_distance: total / pairs as f64 };
    Ok(ClassDiversity { by_class, within })
}

#[cfg(test)]
mod tests {
    use kernels::noise::{NoiseKey, fill_normal};

    use super::*;
    use crate::distances::squared_distance;
    use crate::labels::Labels;

    #[test]
    fn closed_form_on_a_line() {
        let features = Features::new(&[0.0, 1.0, 3.0, 7.0], 4, 1).unwrap();
        let got = diversity(Threads::ONE, &features).unwrap();
        assert_eq!((got.samples, got.pairs), (4, 6));
        assert!((got.mean_distance - 23.0 / 6.0).abs() < 1e-6);
        let set = Labelled::new(features, Labels::new(&[0, 2, 0, 0], 3).unwrap()).unwrap();
        let within = diversity_within_classes(Threads::ONE, &set).unwrap();
        assert!((within.within.mean_distance - 14.0 / 3.0).abs() < 1e-6);
        assert_eq!((within.within.samples, within.within.pairs), (3, 3));
        assert!(within.by_class[1].is_none() && within.by_class[2].is_none());
        assert!((got.ratio_to(&within.within).unwrap() - 23.0 / 28.0).abs() < 1e-6);
    }

    #[test]
    fn agrees_with_float64_for_any_number_of_threads() {
        let (n, d) = (1300, 9);
        let mut x = vec![0.0; n * d];
        fill_normal(NoiseKey { seed: 2, stream: 0, step: 0 }, 0, &mut x);
        x.copy_within(0..200 * d, 500 * d);
        let features = Features::new(&x, n, d).unwrap();
        let mut sum = 0.0;
        for i in 0..n {
            sum += (i + 1..n).map(|j| squared_distance(features.row(i), features.row(j)).sqrt()).sum::<f64>();
        }
        let expected = sum / (n * (n - 1) / 2) as f64;
        let one = diversity(Threads::ONE, &features).unwrap();
        assert!((one.mean_distance / expected - 1.0).abs() < 1e-7, "{one:?} {expected}");
        for threads in [2, 3, 8] {
            assert_eq!(diversity(Threads::new(threads), &features).unwrap(), one);
        }
    }

    #[test]
    fn sets_without_pairs_or_spread_are_refused() {
        let one = Features::new(&[1.0, 2.0], 1, 2).unwrap();
        assert!(matches!(diversity(Threads::ONE, &one), Err(MetricError::TooFew { got: 1, .. })));
        let two = Features::new(&[0.1, 0.1], 2, 1).unwrap();
        let set = Labelled::new(two, Labels::new(&[0, 1], 2).unwrap()).unwrap();
        let refused = diversity_within_classes(Threads::ONE, &set).unwrap_err();
        assert!(matches!(refused, MetricError::TooFew { expected: 2, got: 1, .. }));
        let point = diversity(Threads::ONE, &two).unwrap();
        assert_eq!(point.mean_distance, 0.0);
        assert!(matches!(point.ratio_to(&point), Err(MetricError::Degenerate { .. })));
    }
}
