//! What can be wrong with a network's text.

use thiserror::Error;

/// A layer list that is no network.
#[derive(Debug, Error, PartialEq)]
#[error("layer {index} ({layer}): {message}")]
pub struct SpecError {
    /// Position in the list, from 0.
    pub index: usize,
    /// The layer's kind.
    pub layer: String,
    /// What is wrong and what would fit.
    pub message: String,
}
