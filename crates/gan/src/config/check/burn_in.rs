//! Rules of `[burn_in]`.

use super::super::choices::OptimizerKind;
use super::super::error::ConfigError;
use super::super::written::Written;
use super::rules::Rules;

pub(super) fn check(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let section = &written.burn_in;
    let ends = [
        ("lr_factor", section.lr_factor),
        ("r1", section.r1),
        ("r2", section.r2),
        ("beta2", section.beta2),
        ("ema_half_life_images", section.ema_half_life_images),
    ];
    for (key, end) in ends {
        rules.ensure(
            end.0.is_none() || section.images > 0,
            &format!("burn_in.{key}"),
            "changes over no images: `burn_in.images` is 0",
            "burn_in.images = 1000000, or leave it out",
        )?;
    }
    starts(rules, "r1", section.r1.0, "objective.r1", written.objective.r1)?;
    starts(rules, "r2", section.r2.0, "objective.r2", written.objective.r2)?;
    let start = written.train.ema_half_life_images.unwrap_or(0.0);
    starts(
        rules,
        "ema_half_life_images",
        section.ema_half_life_images.0,
        "train.ema_half_life_images",
        start,
    )?;
    beta2(rules, written)
}

/// What is off cannot change.
fn starts(
    rules: &Rules<'_>,
    key: &str,
    end: Option<f64>,
    start_key: &str,
    start: f64,
) -> Result<(), ConfigError> {
    rules.ensure(
        end.is_none() || start > 0.0,
        &format!("burn_in.{key}"),
        format!("`{start_key}` is 0, which turns it off: there is nothing to change"),
        format!("{start_key} above 0, where the burn-in starts, or leave burn_in.{key} out"),
    )
}

fn beta2(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    if written.burn_in.beta2.0.is_none() {
        return Ok(());
    }
    for (player, section) in
        [("generator", &written.optimizer.generator), ("discriminator", &written.optimizer.discriminator)]
    {
        let kind = section.kind;
        rules.ensure(
            matches!(kind, OptimizerKind::Adam | OptimizerKind::AdamW),
            "burn_in.beta2",
            format!("`optimizer.{player}.kind` is \"{kind}\", which has no beta2"),
            "adam or adamw for both players, or leave it out",
        )?;
    }
    Ok(())
}
