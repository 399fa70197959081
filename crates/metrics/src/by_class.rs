//! A comparison within each class.

use crate::error::MetricError;
use crate::features::Features;
use crate::labels::Labelled;

/// The result of a comparison within one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassResult<R> {
    /// The class.
    pub class: usize,
    /// Its real samples.
    pub real: usize,
    /// Its generated samples.
    pub generated: usize,
    /// The result, or why there is none: most often too few samples.
    pub result: Result<R, MetricError>,
}

/// `compare(real, generated)` on the samples of each class, for images with labels (given or judged).
///
/// A class has only a share of the samples, and many scores depend on the count: a Frechet distance of fewer
/// samples than dimensions is mostly bias. Compare a score with the floor of the same counts.
///
/// # Errors
/// [`MetricError::Disagree`] if dimensions or numbers of classes differ.
pub fn by_class<R>(
    real: &Labelled,
    generated: &Labelled,
    compare: impl Fn(&Features, &Features) -> Result<R, MetricError>,
) -> Result<Vec<ClassResult<R>>, MetricError> {
    const NAME: &str = "comparison by class";
    real.features.comparable(&generated.features, NAME)?;
    let (classes, got) = (real.labels.classes(), generated.labels.classes());
    if classes != got {
        return Err(MetricError::Disagree { metric: NAME, what: "classes", expected: classes, got });
    }
    let dimensions = real.features.dimensions();
    let of_class = |class| {
        let x = real.features.gather(&real.labels.rows_of(class));
        let y = generated.features.gather(&generated.labels.rows_of(class));
        let (x, y) = (Features::gathered(&x, dimensions), Features::gathered(&y, dimensions));
        ClassResult { class, real: x.rows(), generated: y.rows(), result: compare(&x, &y) }
    };
    Ok((0..classes).map(of_class).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frechet::{Gaussian, frechet};
    use crate::labels::Labels;

    #[test]
    fn each_class_is_compared_by_itself() {
        let real = Features::new(&[-1.0, 10.0, 1.0, 10.0, 5.0], 5, 1).unwrap();
        let generated = Features::new(&[12.0, 1.0, 12.0, 3.0], 4, 1).unwrap();
        let labelled = |features, labels| Labelled::new(features, Labels::new(labels, 3).unwrap()).unwrap();
        let real = labelled(real, &[0, 1, 0, 1, 2]);
        let compare = |x: &Features, y: &Features| frechet(&Gaussian::fit(x)?, &Gaussian::fit(y)?);
        let got = by_class(&real, &labelled(generated, &[1, 0, 1, 0]), compare).unwrap();
        assert_eq!(
            got.iter().map(|c| (c.class, c.real, c.generated)).collect::<Vec<_>>(),
            [(0, 2, 2), (1, 2, 2), (2, 1, 0)]
        );
        let distance = |class: usize| got[class].result.as_ref().unwrap().distance;
        assert!((distance(0) - 4.0).abs() < 1e-12 && (distance(1) - 4.0).abs() < 1e-12);
        assert!(matches!(got[2].result, Err(MetricError::TooFew { got: 1, .. })));
        let other = Labelled::new(generated, Labels::new(&[0; 4], 2).unwrap()).unwrap();
        assert!(matches!(by_class(&real, &other, compare), Err(MetricError::Disagree { got: 2, .. })));
    }
}
