//! Rules of `[health]`.

use super::super::checked::Health;
use super::super::error::ConfigError;
use super::super::written::HealthSection;
use super::{Rules, unless_zero};

/// Images that a look may be at: fewer say little of ten classes, more cost more than they tell.
const LOOK_SAMPLES: std::ops::RangeInclusive<usize> = 50..=10_000;

pub(super) fn check(
    rules: &Rules<'_>,
    section: &HealthSection,
    round_images: u64,
) -> Result<Health, ConfigError> {
    counts(rules, section)?;
    thresholds(rules, section)?;
    let health = Health {
        non_finite: section.non_finite,
        saturated_discriminator: section.saturated_discriminator,
        dead_gradients: section.dead_gradients,
        collapse: section.collapse,
        low_diversity: section.low_diversity,
        look_images: unless_zero(section.look_images).unwrap_or(round_images.div_ceil(2)),
        look_samples: section.look_samples,
        grace_images: unless_zero(section.grace_images).unwrap_or(round_images),
        looks_in_a_row: section.looks_in_a_row,
        ticks_in_a_row: section.ticks_in_a_row,
        saturated_accuracy: section.saturated_accuracy,
        blind_margin: section.blind_margin,
        dead_norm: section.dead_norm,
        exploding_ratio: section.exploding_ratio,
        min_classes: section.min_classes,
        max_class_ratio: section.max_class_ratio,
        min_diversity: section.min_diversity,
        max_roll_backs: section.max_roll_backs,
        roll_back_lr_factor: section.roll_back_lr_factor,
    };
    rules.ensure(
        section.max_roll_backs > 0 || !health.rolls_back(),
        "health.max_roll_backs",
        "0 roll-backs, but an alarm's action is \"roll-back\"",
        "3, or \"stop\" for the alarm",
    )?;
    Ok(health)
}

fn counts(rules: &Rules<'_>, section: &HealthSection) -> Result<(), ConfigError> {
    rules.ensure(
        LOOK_SAMPLES.contains(&section.look_samples),
        "health.look_samples",
        format!("{} is not in {}..={}", section.look_samples, LOOK_SAMPLES.start(), LOOK_SAMPLES.end()),
        "300, or 30 for each class",
    )?;
    for (key, count) in
        [("health.looks_in_a_row", section.looks_in_a_row), ("health.ticks_in_a_row", section.ticks_in_a_row)]
    {
        rules.ensure(count > 0, key, "an alarm needs at least one", "2")?;
    }
    Ok(())
}

fn thresholds(rules: &Rules<'_>, section: &HealthSection) -> Result<(), ConfigError> {
    let accuracy = section.saturated_accuracy;
    rules.ensure(
        accuracy > 0.5 && accuracy <= 1.0,
        "health.saturated_accuracy",
        format!("{accuracy} is not in (0.5, 1]"),
        "0.99",
    )?;
    let margin = section.blind_margin;
    rules.ensure(
        (0.0..0.5).contains(&margin),
        "health.blind_margin",
        format!("{margin} is not in [0, 0.5)"),
        "0.01",
    )?;
    rules.not_negative("health.dead_norm", section.dead_norm, "1e-6")?;
    let ratios = [
        ("health.exploding_ratio", section.exploding_ratio, "1000.0"),
        ("health.max_class_ratio", section.max_class_ratio, "3.0"),
    ];
    for (key, ratio, hint) in ratios {
        rules.ensure(
            ratio.is_finite() && ratio > 1.0,
            key,
            format!("{ratio} is not a number above 1"),
            hint,
        )?;
    }
    let shares =
        [("health.min_classes", section.min_classes), ("health.min_diversity", section.min_diversity)];
    for (key, share) in shares {
        rules.ensure((0.0..=1.0).contains(&share), key, format!("{share} is not in [0, 1]"), "0.5")?;
    }
    let factor = section.roll_back_lr_factor;
    rules.ensure(
        factor > 0.0 && factor < 1.0,
        "health.roll_back_lr_factor",
        format!("{factor} is not in (0, 1): the same steps at the same rates would end the same"),
        "0.5",
    )
}
