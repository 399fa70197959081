//! Rules of `[train]`.

use super::super::checked::Train;
use super::super::choices::{Players, Update};
use super::super::error::ConfigError;
use super::super::written::{TrainSection, Written};
use super::{Rules, unless_zero};

/// Fewest images in a round of a run that is not counted in epochs: epochs of a few hundred images would be over in a fraction of
/// a second, and what is done after each would take longer than the training.
const ROUND_IMAGES: u64 = 10_000;
/// Most images in a grid: 64 by 64.
const MAX_GRID_IMAGES: usize = 4096;

pub(super) fn check(rules: &mut Rules<'_>, written: &Written, images: usize) -> Result<Train, ConfigError> {
    let section = &written.train;
    batch(rules, section, images)?;
    packing(rules, section)?;
    d_steps(rules, section)?;
    let epoch_images = (images / section.batch_size * section.batch_size) as u64;
    let total_images = limits(rules, section, epoch_images)?;
    let round_epochs = if section.epochs > 0 { 1 } else { ROUND_IMAGES.div_ceil(epoch_images) };
    let round_images = round_epochs * epoch_images;
    schedule(rules, section, total_images)?;
    ema(rules, section)?;
    rules.ensure(
        (1..=MAX_GRID_IMAGES).contains(&section.grid_images),
        "train.grid_images",
        format!("{} is not in 1..={MAX_GRID_IMAGES}", section.grid_images),
        "16 makes a 4x4 grid",
    )?;
    rules.not_negative(
        "train.stop_plateau_tolerance",
        section.stop_plateau_tolerance,
        "relative, as 0.001",
    )?;
    rules.ensure(
        i64::try_from(section.seed).is_ok(),
        "train.seed",
        format!("{} is above 2^63 - 1, the largest integer a config can hold", section.seed),
        "any from 0 to 9223372036854775807",
    )?;
    Ok(Train {
        players: section.players,
        update: section.update,
        d_steps: section.d_steps,
        batch_size: section.batch_size,
        packing: section.packing,
        epoch_images,
        round_images,
        total_images,
        max_seconds: unless_zero(section.max_seconds),
        seed: section.seed,
        schedule: section.schedule,
        warmup_images: section.warmup_images,
        full_rate_images: unless_zero(section.full_rate_images),
        final_lr_factor: section.final_lr_factor,
        ema_half_life_images: unless_zero(section.ema_half_life_images),
        ema_rampup: unless_zero(section.ema_rampup),
        checkpoint_rounds: unless_zero(section.checkpoint_epochs),
        checkpoint_images: unless_zero(section.checkpoint_images),
        keep_checkpoints: unless_zero(section.keep_checkpoints),
        tick_images: unless_zero(section.tick_images).unwrap_or(round_images),
        grid_images: section.grid_images,
        stop_plateau_ticks: unless_zero(section.stop_plateau_ticks),
        stop_plateau_tolerance: section.stop_plateau_tolerance,
    })
}

fn batch(rules: &Rules<'_>, section: &TrainSection, images: usize) -> Result<(), ConfigError> {
    let batch = section.batch_size;
    rules.ensure(batch >= 1, "train.batch_size", "a batch needs at least one image", "64 is usual")?;
    rules.ensure(
        batch <= images,
        "train.batch_size",
        format!("{batch} is more than the data's {images} images"),
        format!("at most {images}"),
    )
}

fn packing(rules: &Rules<'_>, section: &TrainSection) -> Result<(), ConfigError> {
    let (packing, batch) = (section.packing, section.batch_size);
    rules.ensure(
        packing >= 1,
        "train.packing",
        "D judges at least one image",
        "1: single images; 2 is usual",
    )?;
    rules.ensure(
        batch.is_multiple_of(packing),
        "train.packing",
        format!("`train.batch_size` is {batch}, which is not whole packs of {packing} images"),
        "a number that divides the batch, or 1",
    )
}

fn d_steps(rules: &Rules<'_>, section: &TrainSection) -> Result<(), ConfigError> {
    let steps = section.d_steps;
    rules.ensure(
        steps >= 1,
        "train.d_steps",
        "0 steps would leave D as it is",
        "1, or players = \"generator\"",
    )?;
    rules.ensure(
        steps == 1 || section.update == Update::Alternating,
        "train.d_steps",
        format!("{steps} steps, but `train.update` is \"simultaneous\": both move together"),
        "update = \"alternating\", or d_steps = 1",
    )?;
    rules.ensure(
        steps == 1 || section.players == Players::Both,
        "train.d_steps",
        format!("{steps} steps to one of the generator, but `train.players` is \"{}\"", section.players),
        "players = \"both\", or d_steps = 1",
    )
}

/// The run's limit in images, where there is one.
fn limits(rules: &Rules<'_>, section: &TrainSection, epoch_images: u64) -> Result<Option<u64>, ConfigError> {
    rules.not_negative(
        "train.max_seconds",
        section.max_seconds,
        "seconds of training; 0: no limit from it",
    )?;
    rules.ensure(
        section.epochs > 0 || section.total_images > 0 || section.max_seconds > 0.0,
        "train.epochs",
        "nothing ends the run: `train.epochs`, `train.total_images` and `train.max_seconds` are all 0",
        "epochs = 20",
    )?;
    let by_epochs = unless_zero(section.epochs).map(|epochs| epochs.saturating_mul(epoch_images));
    let by_images = unless_zero(section.total_images);
    Ok(by_epochs.into_iter().chain(by_images).min())
}

fn schedule(rules: &Rules<'_>, section: &TrainSection, total: Option<u64>) -> Result<(), ConfigError> {
    rules.ensure(
        (0.0..=1.0).contains(&section.final_lr_factor),
        "train.final_lr_factor",
        format!("{} is not in [0, 1]", section.final_lr_factor),
        "a share of the learning rate; 0.0 falls to zero",
    )?;
    let warmup = section.warmup_images;
    match total {
        Some(total) => rules.ensure(
            warmup == 0 || warmup < total,
            "train.warmup_images",
            format!("{warmup} is not less than the run's {total} images"),
            "a tenth of the run, or 0",
        ),
        None => Ok(()),
    }
}

fn ema(rules: &mut Rules<'_>, section: &TrainSection) -> Result<(), ConfigError> {
    let half_life = section.ema_half_life_images;
    rules.not_negative("train.ema_half_life_images", half_life, "images, as 20000; 0: no average")?;
    rules.not_negative(
        "train.ema_rampup",
        section.ema_rampup,
        "a share of the images shown, as 0.1; 0: off",
    )?;
    if half_life > 0.0 && section.players == Players::Discriminator {
        rules.warn("train.ema_half_life_images", "has no effect: the generator is fixed");
    }
    Ok(())
}
