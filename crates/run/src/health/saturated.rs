//! A discriminator from which the generator cannot learn: always right, or blind.

use super::Finding;
use gan::config::Health;
use gan::losses::Loss;
use gan::step::Means;

/// Checks a tick's means.
///
/// D is *always right* if its accuracy is at least `health.saturated_accuracy` on real and on generated images. Then most
/// losses are flat around the generated images. A Wasserstein critic should be right, and its loss is nowhere flat (Arjovsky et
/// al. 2017), so it is exempt.
///
/// D is *blind* if `|(a_real + a_fake) / 2 - 1/2| <= m` and `|p_real - p_fake| <= m` for accuracies `a`, mean probabilities
/// `p` and `m = health.blind_margin`: it guesses. Where both players are good, it is right a little
/// more often than wrong, and its probabilities are higher on real images.
pub fn check(mean: &Means, loss: Loss, health: &Health) -> Option<Finding> {
    let (real, fake) = (mean.real_accuracy?, mean.fake_accuracy?);
    let (p_real, p_fake) = (mean.real_probability?, mean.fake_probability?);
    let figures = [
        ("discriminator_accuracy", (real + fake) / 2.0),
        ("real_accuracy", real),
        ("fake_accuracy", fake),
        ("real_probability", p_real),
        ("fake_probability", p_fake),
        ("real_logit", mean.real_logit?),
        ("fake_logit", mean.fake_logit?),
    ];
    if loss != Loss::Wasserstein && real.min(fake) >= health.saturated_accuracy {
        let message = format!(
            "D is right on {:.1}% of real and {:.1}% of generated images: it leaves the generator little to learn from",
            100.0 * real,
            100.0 * fake
        );
        return Some(Finding::new(message, &figures));
    }
    let margin = health.blind_margin;
    let blind = ((real + fake) / 2.0 - 0.5).abs() <= margin && (p_real - p_fake).abs() <= margin;
    blind.then(|| {
        let message = format!(
            "D is right on {:.1}% of images, and as sure of generated ones as of real ones: it cannot tell them apart",
            50.0 * (real + fake)
        );
        Finding::new(message, &figures)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::health;
    use super::*;
    use gan::step::StepReport;

    fn mean(real: f64, fake: f64, probabilities: (f64, f64)) -> Means {
        StepReport {
            real_accuracy: real,
            fake_accuracy: fake,
            real_probability: probabilities.0,
            fake_probability: probabilities.1,
            ..StepReport::default()
        }
        .map(Some)
    }

    #[test]
    fn always_right_means_on_both_kinds() {
        let found = |real, fake| check(&mean(real, fake, (0.99, 0.01)), Loss::NonSaturating, &health());
        let finding = found(1.0, 0.995).unwrap();
        assert!(finding.message.contains("100.0% of real and 99.5%"), "{}", finding.message);
        assert_eq!(finding.figures["discriminator_accuracy"], 0.9975);
        assert_eq!(found(1.0, 0.98), None);
        assert_eq!(found(0.9, 1.0), None);
    }

    #[test]
    fn a_critic_may_be_right() {
        let mean = mean(1.0, 1.0, (0.9, 0.1));
        assert_eq!(check(&mean, Loss::Wasserstein, &health()), None);
        assert!(check(&mean, Loss::Relativistic, &health()).is_some());
    }

    #[test]
    fn blind_is_neither_right_nor_sure() {
        let found = |real, fake, p| check(&mean(real, fake, p), Loss::NonSaturating, &health());
        assert!(found(0.503, 0.5, (0.5, 0.499)).unwrap().message.contains("cannot tell"));
        // It calls everything real.
        assert!(found(1.0, 0.0, (0.7, 0.7)).is_some());
        // Even chances, but real images seem a little more real.
        assert_eq!(found(0.5, 0.5, (0.52, 0.48)), None);
        assert_eq!(found(0.56, 0.54, (0.5, 0.5)), None);
    }
}
