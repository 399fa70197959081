//! What is judged: a run's generator, or images.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use data::alpha::ALPHA_CHANNELS;
use data::{ImageSet, Split};
use judge::Judge;
use kernels::Threads;
use model::Weights;
use model::header::{Header, Provenance};
use run::RunError;
use run::evaluation::generate_as_data;

use crate::args::EvalArgs;
use crate::output::{Quiet, note};
use crate::product_file::Inputs;
use crate::reading;
use crate::runs::Trained;

/// The default data for comparison.
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
        let run = path.is_dir() && run::find_run(path).is_ok();
        if !path.exists() {
            bail!("{}: no such file or folder; expected a run, a checkpoint or images", path.display());
        }
        if checkpoint || run {
            return Ok(Target::Run(Box::new(Trained::open(path, args.checkpoint.as_deref())?)));
        }
        Ok(Target::Images(path.clone()))
    }

    /// The files that are read.
    pub(super) fn inputs(&self) -> Inputs {
        match self {
            Target::Run(trained) => trained.inputs(),
            Target::Images(path) => Inputs::default().and(path),
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Target::Run(trained) => trained.file.path().display().to_string(),
            Target::Images(path) => path.display().to_string(),
        }
    }

    /// The data to compare with, the training split, and the options for reading. The default is the run's own data and
    /// options.
    pub(super) fn data(&self, args: &EvalArgs) -> (String, Split, data::Options) {
        let reading = self.header().map(|header| header.provenance.data.options()).unwrap_or_default();
        match (&args.data, self.own(args)) {
            (_, Some(own)) => (own.data.source.clone(), own.data.split(), reading),
            (Some(other), None) => (other.clone(), Split::Train, reading),
            (None, None) => (DEFAULT_DATA.to_owned(), Split::Train, reading),
        }
    }

    /// The judge of the run's own evaluations, if the run is judged on its own data, so that scores of one name have one judge.
    pub(super) fn judge(&self, args: &EvalArgs) -> Option<String> {
        let own = self.own(args).map(|own| &own.judge).filter(|judge| !judge.is_empty())?;
        if Judge::embedded(own).is_some() || Path::new(own).exists() {
            return Some(own.clone());
        }
        let text = format!(
            "note: the run was evaluated by the judge `{own}`, which is not there: another one has other scores"
        );
        note(Quiet(false), &text);
        None
    }

    /// The run's provenance, if it is judged on its own data.
    fn own(&self, args: &EvalArgs) -> Option<&Provenance> {
        let own = &self.header()?.provenance;
        Some(own).filter(|own| args.data.as_ref().is_none_or(|data| *data == own.data.source))
    }

    fn header(&self) -> Option<&Header> {
        match self {
            Target::Run(trained) => Some(trained.header()),
            Target::Images(_) => None,
        }
    }

    /// Warns if the training images are not those that the run was trained on.
    pub(super) fn check(&self, args: &EvalArgs, training: &ImageSet) {
        let before = self.own(args).and_then(|own| own.data.hash.as_ref());
        if let Some(what) = before.and_then(|before| training.content_hash().difference(before)) {
            let text = format!(
                "warning: the {what} of {} are not those that the run was trained on: copies of training images cannot be found",
                training.name()
            );
            note(Quiet(false), &text);
        }
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
            Target::Run(trained) => generate(trained, threads, seed, count, training),
            Target::Images(path) => {
                // Images are not resized for judging, but grey images may be stored as colour.
                let background = training.reading().background;
                let channels = Some(training.channels());
                let alpha = training.channels() == ALPHA_CHANNELS;
                let reading = data::Options { channels, background, alpha, ..data::Options::default() };
                let path_text = path.display().to_string();
                let file = data::Options { channels: None, ..reading };
                let reading = if data::is_image_folder(path) { reading } else { file };
                let set = data::load_with(&path_text, Split::Train, &reading)?;
                reading::tell(&set, &path_text, background);
                Ok(set)
            }
        }
    }
}

/// `count` images of a run's generator, its average where it has one. Of more images the first are the same.
pub(crate) fn generate(
    trained: &Trained,
    threads: Threads,
    seed: u64,
    count: usize,
    training: &ImageSet,
) -> anyhow::Result<ImageSet> {
    let mut sampler = trained.sampler(Weights::Average, threads)?;
    generate_as_data(&mut sampler, training, seed, count).map_err(|error| match error {
        RunError::Classes { differ, .. } => anyhow!(
            "{}: the run's generator has other classes than these data, so it cannot be asked for them\n  classes of the data: \
             {}\n  classes of the run: {}\n  images of its classes in turn, as `ganymede sample --format idx` writes them, can be compared with \
             any data",
            training.name(),
            differ.own,
            differ.known
        ),
        error => error.into(),
    })
}
