//! The classes of generated images, and their agreement with labels.

use crate::error::MetricError;
use crate::judged::Judged;
use crate::labels::Labels;

const NAME: &str = "modes";

/// The classes that a judge sees in a set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// Images judged.
    pub samples: usize,
    /// Images of each judged (likeliest) class.
    pub histogram: Vec<u64>,
    /// Classes with at least one confidently judged image.
    pub hit: usize,
    /// `KL(histogram || reference)` in nats: 0 for equal shares, ln 2 where half of equal modes are missing.
    pub kl: f64,
    /// Share of images whose largest probability is below the threshold.
    pub low_confidence: f64,
    /// The threshold.
    pub confidence: f32,
}

/// Histogram of judged classes against `reference`, the data's shares (as [`Labels::shares`] gives them),
/// `[classes]`. `confidence` is the probability from which on an image is clear.
///
/// `KL(p || q) = sum_c p_c ln(p_c / q_c)`, generated against data (as for stacked MNIST in Srivastava et al.
/// 2017, arXiv:1705.07761).
///
/// # Errors
/// [`MetricError::TooFew`] without images, [`MetricError::Disagree`] if `reference` has another number of
/// classes, [`MetricError::Setting`] if a share is not positive or they do not sum to 1 within 1e-6, or if
/// `confidence` is not in [0, 1].
pub fn modes(judged: &Judged, reference: &[f64], confidence: f32) -> Result<Modes, MetricError> {
    let (samples, classes) = (judged.rows(), judged.classes());
    if samples == 0 {
        return Err(MetricError::TooFew { metric: NAME, set: "images", expected: 1, got: 0 });
    }
    if reference.len() != classes {
        let got = reference.len();
        return Err(MetricError::Disagree { metric: NAME, what: "classes", expected: classes, got });
    }
    let setting = |name, expected, got| MetricError::Setting { metric: NAME, name, expected, got };
    if let Some(&share) = reference.iter().find(|&&share| share.is_nan() || share <= 0.0) {
        return Err(setting("reference shares", "above 0", share));
    }
    let sum: f64 = reference.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        return Err(setting("reference shares", "with a sum of 1", sum));
    }
    if !(0.0..=1.0).contains(&confidence) {
        return Err(setting("confidence", "in [0, 1]", f64::from(confidence)));
    }
    let (mut histogram, mut clear) = (vec![0u64; classes], vec![0u64; classes]);
    for (class, probability) in judged.verdicts() {
        histogram[class] += 1;
        clear[class] += u64::from(probability >= confidence);
    }
    let kl = histogram
        .iter()
        .zip(reference)
        .filter(|&(&count, _)| count > 0)
        .map(|(&count, share)| {
            let p = count as f64 / samples as f64;
            p * (p / share).ln()
        })
        .sum();
    Ok(Modes {
        samples,
        hit: clear.iter().filter(|&&count| count > 0).count(),
        kl,
        low_confidence: (samples as u64 - clear.iter().sum::<u64>()) as f64 / samples as f64,
        confidence,
        histogram,
    })
}

/// The number of images of a class that the judge recognises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassAccuracy {
    /// Images labelled so.
    pub samples: usize,
    /// Those judged so.
    pub right: usize,
}

/// The share of images that the judge classifies as the class they were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelAccuracy {
    /// Images judged.
    pub samples: usize,
    /// Share judged as labelled.
    pub accuracy: f64,
    /// By label.
    pub by_class: Vec<ClassAccuracy>,
}

/// Share of images whose judged class is their label: for generators that take one.
///
/// # Errors
/// [`MetricError::TooFew`] without images, [`MetricError::Length`] if there is not one label an image,
/// [`MetricError::Disagree`] for another number of classes.
pub fn label_accuracy(judged: &Judged, labels: &Labels) -> Result<LabelAccuracy, MetricError> {
    let samples = judged.rows();
    if samples == 0 {
        return Err(MetricError::TooFew { metric: "label accuracy", set: "images", expected: 1, got: 0 });
    }
    if labels.data().len() != samples {
        return Err(MetricError::Length { what: "labels", expected: samples, got: labels.data().len() });
    }
    if labels.classes() != judged.classes() {
        let (expected, got) = (judged.classes(), labels.classes());
        return Err(MetricError::Disagree { metric: "label accuracy", what: "classes", expected, got });
    }
    let mut by_class = vec![ClassAccuracy { samples: 0, right: 0 }; labels.classes()];
    for ((class, _), &label) in judged.verdicts().zip(labels.data()) {
        let of_class = &mut by_class[usize::from(label)];
        of_class.samples += 1;
        of_class.right += usize::from(class == usize::from(label));
    }
    let right: usize = by_class.iter().map(|class| class.right).sum();
    Ok(LabelAccuracy { samples, accuracy: right as f64 / samples as f64, by_class })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBABILITIES: [f32; 16] =
        [0.9, 0.1, 0.0, 0.0, 0.4, 0.3, 0.2, 0.1, 0.0, 1.0, 0.0, 0.0, 0.25, 0.25, 0.3, 0.2];

    #[test]
    fn closed_form_of_four_images() {
        let judged = Judged::new(&PROBABILITIES, 4, 4).unwrap();
        let got = modes(&judged, &[0.25; 4], 0.5).unwrap();
        assert_eq!(got.histogram, [2, 1, 1, 0]);
        assert_eq!((got.samples, got.hit, got.low_confidence), (4, 2, 0.5));
        // 1/2 ln 2 + 2 x 1/4 ln 1.
        assert!((got.kl - 0.5 * 2f64.ln()).abs() < 1e-15);
        let labels = Labels::new(&[0, 1, 1, 2], 4).unwrap();
        let got = label_accuracy(&judged, &labels).unwrap();
        assert_eq!((got.samples, got.accuracy), (4, 0.75));
        assert_eq!(got.by_class[1], ClassAccuracy { samples: 2, right: 1 });
        assert_eq!(got.by_class[3], ClassAccuracy { samples: 0, right: 0 });
    }

    #[test]
    fn shares_and_labels_that_do_not_fit_are_refused() {
        let judged = Judged::new(&PROBABILITIES, 4, 4).unwrap();
        let refused = |reference: &[f64], confidence| modes(&judged, reference, confidence).unwrap_err();
        assert!(matches!(refused(&[0.5; 2], 0.5), MetricError::Disagree { expected: 4, got: 2, .. }));
        assert!(matches!(refused(&[0.5, 0.5, 0.0, 0.0], 0.5), MetricError::Setting { got: 0.0, .. }));
        assert!(matches!(refused(&[0.5; 4], 0.5), MetricError::Setting { got: 2.0, .. }));
        assert!(matches!(refused(&[0.25; 4], f32::NAN), MetricError::Setting { name: "confidence", .. }));
        let none = Judged::new(&[], 0, 4).unwrap();
        assert!(matches!(modes(&none, &[0.25; 4], 0.5), Err(MetricError::TooFew { .. })));
        let labels = |data, classes| label_accuracy(&judged, &Labels::new(data, classes).unwrap());
        assert!(matches!(labels(&[0; 3], 4), Err(MetricError::Length { expected: 4, got: 3, .. })));
        assert!(matches!(labels(&[0; 4], 5), Err(MetricError::Disagree { expected: 4, got: 5, .. })));
    }
}
