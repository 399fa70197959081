//! What can go wrong between a config and a finished run.

use std::io;
use std::path::{Path, PathBuf};

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
    /// Images that cannot be judged.
    #[error(transparent)]
    Judge(#[from] judge::JudgeError),
    /// A layer list is no network.
    #[error("{player}.layers: {source}")]
    Network {
        /// `generator` or `discriminator`.
        player: &'static str,
        /// The layer and what is wrong with it.
        source: nn::SpecError,
    },
    /// A file operation failed.
    #[error("{}: cannot {action}: {cause}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// The system's reason.
        cause: io::Error,
    },
    /// A checkpoint that cannot be used.
    #[error("{}: {message}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why not, and what would do.
        message: String,
    },
    /// A checkpoint of a run that cannot be used, where another may.
    #[error("{}: {message}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why not.
        message: String,
        /// The newest other checkpoint of the run that is whole.
        earlier: Option<PathBuf>,
    },
    /// A folder that is no run, or whose run is in use.
    #[error("{}: {message}", path.display())]
    Run {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
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

impl GanError {
    pub(crate) fn io(path: &Path, action: &'static str, cause: io::Error) -> GanError {
        GanError::Io { path: path.to_path_buf(), action, cause }
    }
}
