//! The judge of a user's own images: trained before the run, and kept for the next one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use data::ImageSet;
use judge::{Judge, TrainOptions, epoch_flops};
use kernels::Threads;

use crate::output::{Quiet, note};

/// The folder of judges, in the folder of runs.
const FOLDER: &str = "judges";
/// Share of the run's time that training a judge may take.
const SHARE: f64 = 0.1;
/// Operations a second of one thread, as in the recipe.
const THREAD_FLOPS: f64 = 40e9;
/// Most classes of a judge.
const MOST_CLASSES: usize = 256;
/// Digits of the images' hash in a file's name.
const DIGITS: usize = 12;

/// The file of the judge of these images, in the folder of runs `out`. It is trained if it is not there, in about a tenth of
/// `seconds`.
pub(crate) fn for_images(
    images: &ImageSet,
    name: &str,
    out: &Path,
    seconds: Option<f64>,
    threads: Threads,
    quiet: Quiet,
) -> anyhow::Result<PathBuf> {
    let path = out.join(FOLDER).join(file_name(images, name));
    if path.exists() {
        note(quiet, &format!("judge         {}, trained before on these images", path.display()));
        return Ok(path);
    }
    let classes = learns_classes(images);
    let (learned, count) = match classes {
        true => ("their classes", images.len()),
        false => ("transformations of them", Judge::images_without_classes(images)),
    };
    let usual = TrainOptions::epochs_of(count);
    let shape = (images.height(), images.width(), images.channels());
    let epochs = seconds.map_or(usual, |seconds| {
        let affordable =
            SHARE * seconds * THREAD_FLOPS * threads.get() as f64 / epoch_flops(shape, 10, count);
        usual.min(affordable as u64).max(1)
    });
    let text = format!(
        "judge         a small classifier learns {learned} first; it scores the generator while it trains"
    );
    note(quiet, &text);
    let options = TrainOptions { epochs, seed: 0 };
    let judge = train(threads, images, classes, options, quiet)?;
    let folder = out.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    judge.save(&path).with_context(|| format!("{}: the judge is not saved", path.display()))?;
    Ok(path)
}

/// Of the images' content and size: other images have another judge.
fn file_name(images: &ImageSet, name: &str) -> String {
    let hash = images.content_hash();
    let labels = hash.labels.map_or_else(String::new, |labels| format!("-{}", &labels[..DIGITS / 2]));
    let (height, width, channels) = (images.height(), images.width(), images.channels());
    format!("{name}-{height}x{width}x{channels}-{}{labels}.safetensors", &hash.pixels[..DIGITS])
}

/// Whether a judge can learn the images' classes: 2 to 256, each with images.
fn learns_classes(images: &ImageSet) -> bool {
    let counts = images.class_counts().unwrap_or_default();
    (2..=MOST_CLASSES).contains(&counts.len()) && counts.iter().all(|&count| count > 0)
}

/// Trains a judge, on the images' classes or on transformations.
pub(crate) fn train(
    threads: Threads,
    images: &ImageSet,
    classes: bool,
    options: TrainOptions,
    quiet: Quiet,
) -> anyhow::Result<Judge> {
    let mut progress = |epoch: judge::EpochReport| {
        let (loss, right) = (epoch.loss, 100.0 * epoch.accuracy);
        // A line for each of a few epochs, or about a dozen of many.
        if epoch.epoch.is_multiple_of(epoch.epochs.div_ceil(12)) || epoch.epoch == epoch.epochs {
            note(
                quiet,
                &format!("epoch {} of {}: loss {loss:.4}, {right:.2}% right", epoch.epoch, epoch.epochs),
            );
        }
    };
    Ok(match classes {
        true => Judge::train(threads, images, options, &mut progress)?,
        false => Judge::train_without_classes(threads, images, options, &mut progress)?,
    })
}
