//! A run as a user names it: its folder, the folder around it, or one checkpoint file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use gan::checkpoint::Checkpoint;
use kernels::Threads;
use model::header::{Header, TrainingData};
use model::{Generator, ModelError, ModelFile, Sampler, Weights};
use run::RunError;
use run::{CheckpointChoice, RunFolder, find_run};

use crate::product_file::Inputs;

/// Weights on disk, and the place for their products.
pub(crate) struct Trained {
    pub(crate) file: ModelFile,
    /// The run's folder; none for a file of its own.
    pub(crate) folder: Option<PathBuf>,
}

impl Trained {
    /// Opens `path`; `checkpoint` names one of a run's, by its images or as `best`.
    pub(crate) fn open(path: &Path, checkpoint: Option<&str>) -> anyhow::Result<Trained> {
        if let Some((run, name)) = named(path) {
            return match checkpoint {
                None => Trained::open(run, Some(name)),
                Some(_) => Trained::open(run, checkpoint),
            };
        }
        // A pipe or a device too: reading it gives the error.
        let is_file =
            (path.exists() && !path.is_dir()) || path.extension().is_some_and(|e| e == "safetensors");
        if is_file {
            if checkpoint.is_some() {
                bail!(
                    "{}: is a checkpoint already; --checkpoint chooses one of a run's folder",
                    path.display()
                );
            }
            return Ok(Trained { file: ModelFile::read(path)?, folder: None });
        }
        let folder = RunFolder::open(&find_run(path)?)?;
        let file = folder.read_model(&choice(checkpoint))?;
        Ok(Trained { file, folder: Some(folder.path().to_path_buf()) })
    }

    /// The description of the networks in the file.
    pub(crate) fn header(&self) -> &Header {
        self.file.header()
    }

    /// The training images.
    pub(crate) fn data(&self) -> &TrainingData {
        &self.header().provenance.data
    }

    /// Training images shown.
    pub(crate) fn images(&self) -> u64 {
        self.header().provenance.images
    }

    /// A sampler of the generator.
    pub(crate) fn sampler(&self, weights: Weights, threads: Threads) -> Result<Sampler, ModelError> {
        Ok(Sampler::new(Arc::new(Generator::from_file(&self.file, weights)?), threads))
    }

    /// Files that an output must not replace: the file, and the data that it was trained on.
    pub(crate) fn inputs(&self) -> Inputs {
        let inputs = Inputs::default().and(self.file.path());
        let source = &self.data().source;
        // A relative source is relative to the folder in which the run was started: some folder above it.
        let run = self.file.path().canonicalize();
        let above = run.iter().flat_map(|run| run.ancestors().skip(2).take(4));
        let there = above.map(|folder| folder.join(source)).filter(|path| path.exists());
        let inputs = there.fold(inputs, |inputs, path| inputs.and_known_data(&path.to_string_lossy()));
        inputs.and_known_data(source)
    }

    /// The same for a command that reads the data.
    pub(crate) fn inputs_with_data(&self) -> Inputs {
        self.inputs().and_data(&self.data().source)
    }

    /// The default place of a product: `name` in the run's folder, or in the current one.
    pub(crate) fn default_output(&self, name: &str) -> PathBuf {
        self.folder.as_ref().map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
    }
}

/// The run and the name, if a path is one of the two names in a run's `checkpoints`.
fn named(path: &Path) -> Option<(&Path, &str)> {
    let name = path.file_name()?.to_str().filter(|name| ["latest", "best"].contains(name))?;
    let checkpoints = path.parent().filter(|folder| folder.ends_with("checkpoints"))?;
    let run = checkpoints.parent()?;
    RunFolder::open(run).ok().map(|_| (run, name))
}

/// A run's folder and one of its checkpoints, locked to be trained on.
pub(crate) fn open_locked(
    path: &Path,
    checkpoint: Option<&str>,
) -> Result<(RunFolder, Checkpoint), RunError> {
    let folder = RunFolder::open_locked(&find_run(path)?)?;
    let checkpoint = folder.read_checkpoint(&choice(checkpoint))?;
    Ok((folder, checkpoint))
}

fn choice(checkpoint: Option<&str>) -> CheckpointChoice {
    match checkpoint {
        None | Some("latest") => CheckpointChoice::Latest,
        Some("best") => CheckpointChoice::Best,
        Some(name) => CheckpointChoice::Named(name.to_owned()),
    }
}
