//! Rules of `[train]`.

use super::super::choices::{Players, Update};
use super::super::error::ConfigError;
use super::super::experiment::Train;
use super::super::sections::TrainSection;
use super::rules::Rules;

/// Fewest images in a round of a run that is not counted in epochs: epochs of a few hundred images would be over in a fraction of
/// a second, and what is done after each would take longer than the training.
const ROUND_IMAGES: u64 = 10_000;

pub(super) fn check(
    rules: &mut Rules<'_>,
    section: &TrainSection,
    images: usize,
) -> Result<Train, ConfigError> {
    batch(rules, section, images)?;
    packing(rules, section)?;
    d_steps(rules, section)?;
    let epoch_images = (images / section.batch_size * section.batch_size) as u64;
    let total_images = limit(rules, section, epoch_images)?;
    let round_epochs = if section.epochs > 0 { 1 } else { ROUND_IMAGES.div_ceil(epoch_images) };
    let round_images = round_epochs * epoch_images;
    warmup(rules, section, total_images)?;
    if section.ema_half_life_images.is_some() && section.players == Players::Discriminator {
        rules.warn("train.ema_half_life_images", "has no effect: the generator is fixed");
    }
    Ok(Train {
        epoch_images,
        round_images,
        total_images,
        tick_images: if section.tick_images == 0 { round_images } else { section.tick_images },
        written: section.clone(),
    })
}

fn batch(rules: &Rules<'_>, section: &TrainSection, images: usize) -> Result<(), ConfigError> {
    let batch = section.batch_size;
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
        batch.is_multiple_of(packing),
        "train.packing",
        format!("`train.batch_size` is {batch}, which is not whole packs of {packing} images"),
        "a number that divides the batch, or 1",
    )
}

fn d_steps(rules: &Rules<'_>, section: &TrainSection) -> Result<(), ConfigError> {
    let steps = section.d_steps;
    rules.ensure(
        steps == 1 || section.update == Update::Alternating,
        "train.d_steps",
        format!("{steps} steps, but `train.update` is \"simultaneous\": both are updated together"),
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
fn limit(rules: &Rules<'_>, section: &TrainSection, epoch_images: u64) -> Result<Option<u64>, ConfigError> {
    rules.ensure(
        section.epochs > 0 || section.total_images > 0 || section.max_seconds.is_some(),
        "train.epochs",
        "nothing ends the run: `train.epochs`, `train.total_images` and `train.max_seconds` are all 0",
        "epochs = 20",
    )?;
    let by_epochs = (section.epochs > 0).then(|| section.epochs.saturating_mul(epoch_images));
    let by_images = (section.total_images > 0).then_some(section.total_images);
    Ok(by_epochs.into_iter().chain(by_images).min())
}

fn warmup(rules: &Rules<'_>, section: &TrainSection, total: Option<u64>) -> Result<(), ConfigError> {
    let Some(total) = total else { return Ok(()) };
    let warmup = section.warmup_images;
    rules.ensure(
        warmup == 0 || warmup < total,
        "train.warmup_images",
        format!("{warmup} is not less than the run's {total} images"),
        "a tenth of the run, or 0",
    )
}
