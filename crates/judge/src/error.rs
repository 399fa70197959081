//! Errors of judges and evaluations.

use std::path::{Path, PathBuf};

use data::DataError;
use data::classes::ClassesDiffer;
use metrics::MetricError;
use nn::SpecError;
use thiserror::Error;

/// An error of training, reading or using a judge.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// A file that is not a complete judge.
    #[error("{}: {message}", data::shown_path(path))]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file that cannot be opened or read.
    #[error("{}: cannot {action}: {source}", data::shown_path(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// It was interrupted before it was done.
    #[error("interrupted")]
    Interrupted,
    /// Images that a judge cannot learn from, or that do not fit this judge.
    #[error("{what}: expected {expected}, got {got}")]
    Images {
        /// The set, and what of it.
        what: String,
        /// What would fit.
        expected: String,
        /// What there is.
        got: String,
    },
    /// Labels of other classes than those that they are compared with.
    #[error("{what}: {differ}")]
    Classes {
        /// The set, and what of it.
        what: String,
        /// Both lists.
        differ: ClassesDiffer,
    },
    /// The loss is no longer a finite number.
    #[error("training a judge: the loss is {loss} at step {step}")]
    Diverged {
        /// From 0.
        step: u64,
        /// Its value.
        loss: f64,
    },
    /// A layer list that is not a network.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// From reading or writing data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// From a metric.
    #[error(transparent)]
    Metric(#[from] MetricError),
}

impl JudgeError {
    pub(crate) fn file(path: &Path, message: impl Into<String>) -> JudgeError {
        JudgeError::File { path: path.to_path_buf(), message: message.into() }
    }

    pub(crate) fn images(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> JudgeError {
        JudgeError::Images { what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }
}
