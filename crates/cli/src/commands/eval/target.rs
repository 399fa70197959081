//! What is judged: a run's generator, or images.

use std::path::PathBuf;

use data::{ImageSet, Split};
use gan::checkpoint::Checkpoint;
use gan::evaluation::generate_as_data;
use gan::sampler::experiment_of;
use gan::{Sampler, Weights};
use kernels::Threads;

use crate::args::EvalArgs;
use crate::output::{Quiet, note};
use crate::reading;
use crate::runs::Trained;

/// What images are compared with if nobody says.
const DEFAULT_DATA: &str = "mnist";

pub(super) enum Target {
    Run(Box<Trained>),
    Images(PathBuf),
}

impl Target {
    /// A folder with runs or a checkpoint is a run, all else images.
    pub(super) fn open(args: &EvalArgs) -> anyhow::Result<Target> {
        let path = &args.target;
        let checkpoint = path.extension().is_some_and(|e| e == "safetensors");
        let run = path.is_dir() && gan::run::find_run(path).is_ok();
        if checkpoint || run || !path.exists() {
            return Ok(Target::Run(Box::new(Trained::open(path, args.checkpoint.as_deref())?)));
        }
        Ok(Target::Images(path.clone()))
    }

    pub(super) fn name(&self) -> String {
        match self {
            Target::Run(trained) => trained.checkpoint.path().display().to_string(),
            Target::Images(path) => path.display().to_string(),
        }
    }

    /// The data to compare with, the split of them that counts as trained on, and how they are read: as the run trained on them
    /// and reads them, unless others are asked for.
    pub(super) fn data(&self, args: &EvalArgs) -> (String, Split, data::Options) {
        let own = match self {
            Target::Run(trained) => experiment_of(&trained.checkpoint).ok().map(|experiment| experiment.data),
            Target::Images(_) => None,
        };
        let reading = own.as_ref().map(|data| data.options).unwrap_or_default();
        let (source, split) = match (&args.data, own) {
            (Some(other), _) => (other.clone(), Split::Train),
            (None, Some(own)) => (own.source, own.split.into()),
            (None, None) => (DEFAULT_DATA.to_owned(), Split::Train),
        };
        (source, split, reading)
    }

    /// The images: `count` generated ones, with the training images' class frequencies where the generator takes labels, or
    /// all that are read.
    pub(super) fn images(
        &self,
        threads: Threads,
        seed: u64,
        count: usize,
        training: &ImageSet,
    ) -> anyhow::Result<ImageSet> {
        match self {
            Target::Run(trained) => generate(&trained.checkpoint, threads, seed, count, training),
            Target::Images(path) => {
                // Images are never resized to be judged, but grey ones may be stored as colour.
                let background = training.reading().background;
                let channels = Some(training.channels());
                let reading = data::Options { channels, background, ..data::Options::default() };
                let set = if path.is_dir() {
                    data::load_with(&path.display().to_string(), Split::Train, &reading)?
                } else {
                    data::load(&path.display().to_string(), Split::Train)?
                };
                reading::tell(&set, &path.display().to_string(), background);
                by_name(set, training)
            }
        }
    }
}

/// `count` images of a checkpoint's generator, its average where it has one. Of more images the first are the same.
pub(crate) fn generate(
    checkpoint: &Checkpoint,
    threads: Threads,
    seed: u64,
    count: usize,
    training: &ImageSet,
) -> anyhow::Result<ImageSet> {
    let mut sampler = Sampler::from_checkpoint(checkpoint, Weights::Best, threads)?;
    Ok(generate_as_data(&mut sampler, training, seed, count)?)
}

/// The set with labels that mean the training images' classes. A folder's subfolders are numbered in the order of their
/// names: they are the data's classes if they are called so, or are those classes' numbers.
fn by_name(set: ImageSet, training: &ImageSet) -> anyhow::Result<ImageSet> {
    let (Some(names), Some(labels)) = (set.class_names(), set.labels()) else { return Ok(set) };
    let class = |name: &String| match training.class_names() {
        Some(known) => known.iter().position(|own| own == name),
        None => name.parse().ok(),
    };
    let classes: Option<Vec<u16>> = names.iter().map(|name| u16::try_from(class(name)?).ok()).collect();
    let labels = classes.map(|classes| labels.iter().map(|&l| classes[usize::from(l)]).collect());
    if labels.is_none() {
        let text =
            "note: the subfolders are not called like the data's classes, so they are not taken for such";
        note(Quiet(false), text);
    }
    let pixels = set.pixels().into_owned();
    Ok(ImageSet::new(set.name(), set.height(), set.width(), set.channels(), pixels, labels)?)
}
