//! Rules of `[health]`.

use super::super::error::ConfigError;
use super::super::experiment::Health;
use super::super::sections::HealthSection;
use super::rules::Rules;

pub(super) fn check(
    rules: &Rules<'_>,
    section: &HealthSection,
    round_images: u64,
) -> Result<Health, ConfigError> {
    let or = |images: u64, default: u64| if images == 0 { default } else { images };
    let health = Health {
        look_images: or(section.look_images, round_images.div_ceil(2)),
        grace_images: or(section.grace_images, round_images),
        written: section.clone(),
    };
    rules.ensure(
        section.max_roll_backs > 0 || !health.rolls_back(),
        "health.max_roll_backs",
        "0 roll-backs, but an alarm's action is \"roll-back\"",
        "3, or \"stop\" for the alarm",
    )?;
    Ok(health)
}
