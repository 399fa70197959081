//! Gradients that vanish or explode.

use super::Finding;
use gan::config::{Health, Players};
use gan::step::Means;

/// Fewest ticks with a usable median.
const ENOUGH: usize = 3;

/// Checks a tick's mean gradient norms (before clipping) of the players that are trained. `earlier` are those of earlier ticks
/// without a finding, the generator's and the discriminator's.
///
/// A player's gradient is *dead* if its norm is at most `health.dead_norm`, and *explodes* if it is at least
/// `health.exploding_ratio` times the median of `earlier`, from three of them on.
pub fn check(mean: &Means, earlier: [&[f64]; 2], players: Players, health: &Health) -> Option<Finding> {
    let sides = [
        ("generator", mean.generator_grad_norm, earlier[0], players != Players::Discriminator),
        ("discriminator", mean.discriminator_grad_norm, earlier[1], players != Players::Generator),
    ];
    sides.into_iter().filter(|side| side.3).find_map(|(player, norm, earlier, _)| {
        // D may take all steps of a short tick: a generator without a step has no norm.
        let norm = norm?;
        let name = format!("{player}_grad_norm");
        if norm <= health.dead_norm {
            let message = format!("the {player}'s gradient has a norm of {norm:.1e}: it no longer learns");
            return Some(Finding::new(message, &[(&name, norm)]));
        }
        let median = median(earlier).filter(|_| earlier.len() >= ENOUGH)?;
        (norm >= health.exploding_ratio * median).then(|| {
            let ratio = norm / median;
            let message =
                format!("the {player}'s gradient explodes: its norm is {ratio:.0} times its median");
            Finding::new(message, &[(&name, norm), ("median", median), ("ratio", ratio)])
        })
    })
}

/// The median; `None` of no values.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (Some(upper), 0) => Some((sorted[middle - 1] + upper) / 2.0),
        (value, _) => value.copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::health;
    use super::*;

    fn mean(generator: f64, discriminator: f64) -> Means {
        Means {
            generator_grad_norm: Some(generator),
            discriminator_grad_norm: Some(discriminator),
            ..Means::default()
        }
    }

    #[test]
    fn a_gradient_that_is_gone() {
        let found = |mean: &Means, players| check(mean, [&[], &[]], players, &health());
        let finding = found(&mean(0.0, 1.0), Players::Both).unwrap();
        assert!(finding.message.starts_with("the generator's gradient"), "{}", finding.message);
        assert_eq!(finding.figures["generator_grad_norm"], 0.0);
        assert!(found(&mean(1.0, 1e-7), Players::Both).unwrap().message.contains("discriminator"));
        assert_eq!(found(&mean(1.0, 1e-4), Players::Both), None);
        // Who is not trained has none.
        assert_eq!(found(&mean(0.0, 1.0), Players::Discriminator), None);
        assert_eq!(found(&mean(1.0, 0.0), Players::Generator), None);
        // A tick without a step of the generator.
        let still = Means { discriminator_grad_norm: Some(1.0), ..Means::default() };
        assert_eq!(found(&still, Players::Both), None);
        assert_eq!(found(&Means::default(), Players::Both), None);
    }

    #[test]
    fn an_explosion_is_relative_to_what_was() {
        let earlier = [2.0, 8.0, 1.0, 3.0];
        let found =
            |norm, count: usize| check(&mean(1.0, norm), [&[], &earlier[..count]], Players::Both, &health());
        let finding = found(2500.0, 4).unwrap();
        assert_eq!((finding.figures["median"], finding.figures["ratio"]), (2.5, 1000.0));
        assert_eq!(found(2499.0, 4), None);
        assert!(found(2000.0, 3).is_some());
        assert_eq!(found(1e9, 2), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
