//! What can go wrong between a config and a finished run.

use std::io;
use std::path::{Path, PathBuf};

use data::classes::ClassesDiffer;
use thiserror::Error;

use crate::config::ConfigError;

/// A refusal of this crate, with the file or the quantity it is about.
#[derive(Debug, Error)]
pub enum GanError {
    /// The config does not train.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// A layer list is no network.
    #[error("{player}.layers: {source}")]
    Network {
        /// `generator` or `discriminator`.
        player: &'static str,
        /// The layer and what is wrong with it.
        source: nn::SpecError,
    },
    /// A file operation failed.
    #[error("{}: cannot {action}: {cause}", data::shown_path(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// The system's reason.
        cause: io::Error,
    },
    /// A model file that cannot be used, or a request that its generator cannot serve.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// A file of a generator alone, where training should go on.
    #[error("{}: holds a generator alone, without the state of its training", data::shown_path(path))]
    NoTraining {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint that cannot be used.
    #[error("{}: {message}", data::shown_path(path))]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why not, and what would do.
        message: String,
    },
    /// A checkpoint of a run that learned from other images or labels than these, though equally many.
    #[error("{}: the {what} are not those that this run was trained on{}", path.display(), lists(classes.as_ref()))]
    OtherData {
        /// The checkpoint.
        path: PathBuf,
        /// `images`, `labels`, `images and labels` or `classes`.
        what: &'static str,
        /// Both lists of classes, where these differ: those here, and those of the run.
        classes: Option<ClassesDiffer>,
    },
    /// A figure of training is no longer finite.
    #[error(
        "training diverged at {images} images: {what} is not finite; nothing of this step was saved\n  hint: {hint}"
    )]
    Diverged {
        /// Real images shown so far.
        images: u64,
        /// The first figure or weight that is not finite.
        what: String,
        /// What to try.
        hint: String,
    },
    /// A request that this generator cannot serve.
    #[error("{0}")]
    Request(String),
}

/// Both lists, where classes differ.
fn lists(classes: Option<&ClassesDiffer>) -> String {
    classes.map_or_else(String::new, |ClassesDiffer { own, known }| {
        format!("\n  classes here: {own}\n  classes of the run: {known}")
    })
}

impl GanError {
    pub(crate) fn checkpoint(path: &Path, message: impl Into<String>) -> GanError {
        GanError::Checkpoint { path: path.to_path_buf(), message: message.into() }
    }

    /// The error of a failed file operation.
    pub fn io(path: &Path, action: &'static str, cause: io::Error) -> GanError {
        GanError::Io { path: path.to_path_buf(), action, cause }
    }
}
