//! What can be wrong with a network's text.

use thiserror::Error;

/// A layer list that is no network.
#[derive(Debug, Error, PartialEq)]
#[error("layer {index} ({layer}): {message}; {hint}")]
pub struct SpecError {
    /// Position in the list, from 0.
    pub index: usize,
    /// The layer's kind.
    pub layer: String,
    /// What is wrong.
    pub message: String,
    /// What would fit.
    pub hint: String,
}

/// What is wrong with a layer's numbers, and what would fit.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), hint: hint.into() }
    }

    /// As the error of the layer at `index`.
    pub(crate) fn at(self, index: usize, layer: String) -> SpecError {
        SpecError { index, layer, message: self.message, hint: self.hint }
    }
}
