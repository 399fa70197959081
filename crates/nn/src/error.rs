//! Errors of specs and plans.

use thiserror::Error;

/// A layer list that makes no network.
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

/// A written plan that no spec makes: it was altered or damaged.
#[derive(Debug, Error, PartialEq)]
#[error("operation {operation} of the plan: {message}")]
pub(crate) struct PlanError {
    /// Position in the plan, from 0.
    operation: usize,
    message: String,
}

impl PlanError {
    pub(crate) fn at(operation: usize, message: impl Into<String>) -> PlanError {
        PlanError { operation, message: message.into() }
    }
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
