//! Generated images that are all alike.

use super::Finding;
use gan::config::Health;

/// Compares the mean distance of two generated images with that of two training images, over pixels in [-1, 1].
///
/// The finding is that `generated / data < health.min_diversity`. The distance is of pixels, so this needs no judge. One
/// image for every latent has 0. Digits of one class have 0.7 to 0.9 of the distance of all digits, so only a judge finds a
/// collapse to one class. Data of a single point have no diversity to compare with.
pub fn check(generated: f64, data: f64, health: &Health) -> Option<Finding> {
    let ratio = generated / data;
    (data > 0.0 && ratio < health.min_diversity).then(|| {
        let message =
            format!("generated images are all alike: {ratio:.3} times as far apart as training images");
        let figures = [("ratio", ratio), ("mean_distance", generated), ("data_mean_distance", data)];
        Finding::new(message, &figures)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::health;
    use super::*;

    #[test]
    fn relative_to_the_data() {
        assert_eq!(check(10.0, 20.0, &health()), None);
        let finding = check(9.9, 20.0, &health()).unwrap();
        assert!(finding.message.contains("0.495 times"), "{}", finding.message);
        assert_eq!(finding.figures["data_mean_distance"], 20.0);
        assert!(check(0.0, 20.0, &health()).is_some());
        assert_eq!(check(0.0, 0.0, &health()), None);
    }
}
