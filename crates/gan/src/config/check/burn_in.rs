//! Rules of `[burn_in]`.

use super::super::checked::BurnIn;
use super::super::choices::OptimizerKind;
use super::super::error::ConfigError;
use super::super::written::Written;
use super::Rules;

pub(super) fn check(rules: &Rules<'_>, written: &Written) -> Result<BurnIn, ConfigError> {
    let section = &written.burn_in;
    let ends = [
        ("lr_factor", section.lr_factor),
        ("r1", section.r1),
        ("r2", section.r2),
        ("beta2", section.beta2),
        ("ema_half_life_images", section.ema_half_life_images),
    ];
    for (key, end) in ends {
        let Some(end) = end else { continue };
        let key = format!("burn_in.{key}");
        rules.not_negative(&key, end, "what the burn-in ends at; leave it out where nothing moves")?;
        rules.ensure(
            section.images > 0,
            &key,
            "moves over no images: `burn_in.images` is 0",
            "burn_in.images = 1000000, or leave it out",
        )?;
    }
    starts(rules, "r1", section.r1, "objective.r1", written.objective.r1)?;
    starts(rules, "r2", section.r2, "objective.r2", written.objective.r2)?;
    let (half_life, start) = (section.ema_half_life_images, written.train.ema_half_life_images);
    starts(rules, "ema_half_life_images", half_life, "train.ema_half_life_images", start)?;
    beta2(rules, written)?;
    Ok(BurnIn {
        images: section.images,
        lr_factor: section.lr_factor,
        r1: section.r1,
        r2: section.r2,
        beta2: section.beta2,
        ema_half_life_images: section.ema_half_life_images,
    })
}

/// What is off cannot move.
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
        format!("`{start_key}` is 0, which turns it off: there is nothing to move"),
        format!("{start_key} above 0, where the burn-in starts, or leave burn_in.{key} out"),
    )
}

fn beta2(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let Some(end) = written.burn_in.beta2 else { return Ok(()) };
    rules.ensure(
        (0.0..1.0).contains(&(end as f32)),
        "burn_in.beta2",
        format!("{end} is not in [0, 1)"),
        "a share that is kept from step to step, as 0.99",
    )?;
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
