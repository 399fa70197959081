//! What can go wrong between a trainer and a finished run.

use std::io;
use std::path::{Path, PathBuf};

use data::classes::ClassesDiffer;
use gan::GanError;
use thiserror::Error;

/// A refusal of this crate, with the file or the quantity it is about.
#[derive(Debug, Error)]
pub enum RunError {
    /// Training, or one of its checkpoints.
    #[error(transparent)]
    Gan(#[from] GanError),
    /// A model file that cannot be used, or a request that its generator cannot serve.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// The data cannot be read, or a file cannot be written.
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// Images that cannot be judged.
    #[error(transparent)]
    Judge(#[from] judge::JudgeError),
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
    /// Labels of other classes than a generator's.
    #[error("{what}: {differ}")]
    Classes {
        /// Whose labels.
        what: String,
        /// Both lists.
        differ: ClassesDiffer,
    },
    /// A checkpoint of a run that cannot be used, where another may.
    #[error("{}: {message}", data::shown_path(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why not.
        message: String,
        /// The newest other checkpoint of the run that is whole.
        earlier: Option<PathBuf>,
    },
    /// A folder that is no run, or whose run is in use.
    #[error("{}: {message}", data::shown_path(path))]
    Run {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// An evaluation that this run or this judge cannot give.
    #[error("{0}")]
    Request(String),
}

impl RunError {
    pub(crate) fn io(path: &Path, action: &'static str, cause: io::Error) -> RunError {
        RunError::Io { path: path.to_path_buf(), action, cause }
    }

    pub(crate) fn run(path: &Path, message: impl Into<String>) -> RunError {
        RunError::Run { path: path.to_path_buf(), message: message.into() }
    }

    /// What training refused, where that is the reason.
    pub fn training(&self) -> Option<&GanError> {
        match self {
            RunError::Gan(error) => Some(error),
            _ => None,
        }
    }
}
