//! Classes that are no longer generated.

use super::Finding;
use gan::config::Health;

/// A class is generated if it has at least this part of its share: of 300 images of ten equal classes, 3 where 30 are expected.
/// A single image can be an error of the judge.
const PART_THAT_COUNTS: f64 = 0.1;

/// Compares the number of generated images that the judge assigns to each class, `[classes]`, with the classes' shares of the data.
///
/// The finding is that fewer than `health.min_classes` of all classes are generated, or that one has more than
/// `health.max_class_ratio` times its share. Of 300 images a class of 10% has 30 with a standard deviation of 5: three times
/// its share is 11 deviations away, so chance alone raises no alarm.
pub fn check(histogram: &[u64], shares: &[f64], health: &Health) -> Option<Finding> {
    let samples: u64 = histogram.iter().sum();
    let ratio = |(&count, &share): (&u64, &f64)| count as f64 / (samples.max(1) as f64 * share);
    let ratios: Vec<f64> = histogram.iter().zip(shares).map(ratio).collect();
    let there = ratios.iter().filter(|&&ratio| ratio >= PART_THAT_COUNTS).count();
    let (fullest, most) = (0..).zip(&ratios).max_by(|a, b| a.1.total_cmp(b.1))?;
    let share = histogram[fullest] as f64 / samples.max(1) as f64;
    let too_few = (there as f64) < health.min_classes * ratios.len() as f64;
    (too_few || *most > health.max_class_ratio).then(|| {
        let message = format!(
            "{there} of {} classes are generated, and {:.0}% of the images are of class {fullest}",
            ratios.len(),
            100.0 * share
        );
        let figures = [
            ("classes_there", there as f64),
            ("classes", ratios.len() as f64),
            ("fullest_class", fullest as f64),
            ("fullest_share", share),
            ("fullest_ratio", *most),
            ("samples", samples as f64),
        ];
        Finding::new(message, &figures)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::health;
    use super::*;

    const EVEN: [f64; 10] = [0.1; 10];

    #[test]
    fn one_class_for_all() {
        let mut histogram = [0; 10];
        histogram[1] = 500;
        let finding = check(&histogram, &EVEN, &health()).unwrap();
        assert_eq!(finding.message, "1 of 10 classes are generated, and 100% of the images are of class 1");
        assert!((finding.figures["fullest_ratio"] - 10.0).abs() < 1e-12);
    }

    #[test]
    fn half_of_the_classes_suffice() {
        assert_eq!(check(&[100, 100, 100, 100, 100, 0, 0, 0, 0, 0], &EVEN, &health()), None);
        assert!(check(&[125, 125, 125, 121, 4, 0, 0, 0, 0, 0], &EVEN, &health()).is_some());
        assert_eq!(check(&[50; 10], &EVEN, &health()), None);
    }

    #[test]
    fn a_share_is_the_datas() {
        let histogram = [90, 10];
        assert_eq!(check(&histogram, &[0.9, 0.1], &health()), None);
        assert!(check(&histogram, &[0.2, 0.8], &health()).unwrap().message.contains("of class 0"));
        // 31% of the images, the others evenly.
        let mut histogram = [23; 10];
        histogram[7] = 93;
        assert!(check(&histogram, &EVEN, &health()).is_some());
    }
}
