//! Generated images to be judged.

use std::sync::atomic::AtomicBool;

use data::classes::{Classes, match_classes, pair_classes};
use data::{ImageSet, epoch_order};
use judge::JudgeError;

use crate::error::RunError;
use model::Sampler;

/// Images `0..count` of `seed`'s sequence, as bytes. A conditional generator is asked for the labels of as many training
/// images chosen at random, so that classes are as frequent as the data's; the set then has them as labels. Classes of the
/// training images are the generator's of the same name.
///
/// # Errors
/// [`RunError::Classes`] if the training images have classes that the generator has not; [`RunError::Data`] for no image.
pub fn generate_as_data(
    sampler: &mut Sampler,
    training: &ImageSet,
    seed: u64,
    count: usize,
) -> Result<ImageSet, RunError> {
    generate_until(sampler, training, (seed, count), &AtomicBool::new(false))
}

/// The same, until `interrupt` is raised; of `(seed, count)`.
///
/// # Errors
/// As [`generate_as_data`]; [`JudgeError::Interrupted`].
pub(super) fn generate_until(
    sampler: &mut Sampler,
    training: &ImageSet,
    (seed, count): (u64, usize),
    interrupt: &AtomicBool,
) -> Result<ImageSet, RunError> {
    let conditional = !sampler.labels().is_empty();
    let names = sampler.class_names().to_vec();
    if let (Some(labels), Some(own), true) = (training.labels(), training.label_classes(), conditional) {
        let known = Classes::new(sampler.generator().classes(), &names);
        // A generator of an earlier version names no classes: they are those it was trained on, in order.
        let ordered = || pair_classes(own, known).ok().filter(|_| names.is_empty());
        let map = match_classes(own, known).or_else(|differ| ordered().ok_or(differ)).map_err(|differ| {
            RunError::Classes {
                what: format!("{}: classes to ask the generator for", training.name()),
                differ,
            }
        })?;
        let mut order = Vec::new();
        epoch_order(seed, 0, labels.len(), &mut order);
        let turn: Vec<u32> = order.iter().take(count).map(|&i| map.of(labels[i as usize]).into()).collect();
        sampler.set_labels(&turn)?;
    }
    let (height, width, channels) = sampler.shape();
    let bytes = sampler
        .generate_bytes_until(seed, count, interrupt)
        .ok_or(RunError::Judge(JudgeError::Interrupted))?;
    // A label is one of the data's, which are u16.
    let labels = conditional.then(|| (0..count).filter_map(|i| sampler.label(i)).map(|l| l as u16).collect());
    let set = ImageSet::new("generated", height, width, channels, bytes, labels)?;
    Ok(if conditional && !names.is_empty() { set.with_class_names(names)? } else { set })
}
