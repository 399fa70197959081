//! What can go wrong between a file and an image.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A refusal of this crate, with the file or the values that it is about.
#[derive(Debug, Error)]
pub enum ModelError {
    /// A file that cannot be opened or written, or images that cannot be read.
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// A read failed.
    #[error("{}: cannot read: {cause}", data::shown_path(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// A file that cannot be used.
    #[error("{}: {message}", data::shown_path(path))]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A header whose layers are no network, or a network that does not fit the header's other values.
    #[error("{player}: {message}")]
    Network {
        /// `generator` or `discriminator`.
        player: &'static str,
        /// The layer or value, and what is wrong with it.
        message: String,
    },
    /// Labels for a generator without.
    #[error("this generator takes no labels: no layer of it reads them")]
    Unconditional,
    /// No class has this name or number.
    #[error("no class is called `{asked}`")]
    UnknownClass {
        /// What was asked for.
        asked: String,
        /// The classes that there are: their names, or `0 to 9`.
        classes: String,
    },
    /// A label that is no class.
    #[error("label {label} is no class of this generator")]
    UnknownLabel {
        /// The label.
        label: u32,
        /// Labels are below it.
        classes: usize,
    },
    /// An empty list of labels.
    #[error("no labels to take in turn")]
    NoLabels,
    /// A truncation that is no scale.
    #[error("truncation {0}: expected a number above 0, at most 1")]
    Truncation(f32),
    /// Latents that are cut short.
    #[error("{values} values of latents: expected {expected}, {latent} a label")]
    Latents {
        /// Values given.
        values: usize,
        /// Values that the labels need.
        expected: usize,
        /// Values of one latent.
        latent: usize,
    },
}

impl ModelError {
    pub(crate) fn file(path: &Path, message: impl Into<String>) -> ModelError {
        ModelError::File { path: path.to_path_buf(), message: message.into() }
    }
}

/// What is wrong with a file whose content is not what was written.
pub(crate) fn altered(what: &str) -> String {
    format!("altered since it was written: {what}")
}

/// What is wrong with a file of another format than the two that this program reads.
pub(crate) fn unknown_format(format: impl std::fmt::Display) -> String {
    format!("format {format}; this program reads formats 1 and 2: use a newer version of it")
}
