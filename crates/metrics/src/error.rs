//! Errors of metrics.

use thiserror::Error;

/// An error: the metric or array, what was expected and what was found.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MetricError {
    /// An array does not have the length that its shape asks for.
    #[error("{what}: expected {expected} values, got {got}")]
    Length {
        /// The array.
        what: &'static str,
        /// The shape's.
        expected: usize,
        /// The array's.
        got: usize,
    },
    /// Features without dimensions, or labels without classes.
    #[error("{what}: expected at least 1, got 0")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// More points than an index of 32 bits tells apart.
    #[error("features: expected at most 4294967295 rows, got {got}")]
    TooMany {
        /// Their number.
        got: usize,
    },
    /// A feature is NaN or infinite.
    #[error("features: expected finite values, got {value} in row {row}, dimension {dimension}")]
    NotFinite {
        /// From 0.
        row: usize,
        /// From 0.
        dimension: usize,
        /// The value.
        value: f32,
    },
    /// A row of class probabilities that is not a distribution.
    #[error("judged probabilities, row {row}: expected values in [0, 1] that sum to 1, got {got}")]
    Probabilities {
        /// From 0.
        row: usize,
        /// The value or sum that does not fit.
        got: f64,
    },
    /// A label that is not below the number of classes.
    #[error("labels: expected less than {classes}, got {label} in row {row}")]
    Label {
        /// From 0.
        row: usize,
        /// The label.
        label: u8,
        /// Their number.
        classes: usize,
    },
    /// Too few samples for the metric.
    #[error("{metric}: expected at least {expected} {set}, got {got}")]
    TooFew {
        /// What was computed.
        metric: &'static str,
        /// The samples that are too few.
        set: &'static str,
        /// The least.
        expected: usize,
        /// Their number.
        got: usize,
    },
    /// Two sets that cannot be compared.
    #[error("{metric}: expected {expected} {what} as in the first set, got {got}")]
    Disagree {
        /// What was computed.
        metric: &'static str,
        /// `dimensions`, `classes` or `real samples`.
        what: &'static str,
        /// The first set's.
        expected: usize,
        /// The other's.
        got: usize,
    },
    /// A setting, or a reference value, outside its range.
    #[error("{metric}: expected {name} {expected}, got {got}")]
    Setting {
        /// What was computed.
        metric: &'static str,
        /// The setting.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// Its value.
        got: f64,
    },
    /// The data leave the metric without a scale, or without a finite value.
    #[error("{metric}: {message}")]
    Degenerate {
        /// What was computed.
        metric: &'static str,
        /// The reason.
        message: &'static str,
    },
}
