//! What cannot be judged.

use thiserror::Error;

/// A refusal: the metric or array, what was expected and what was found.
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
        /// What there is none of.
        what: &'static str,
    },
    /// More points than an index of 32 bits tells apart.
    #[error("features: expected at most 4294967295 rows, got {got}")]
    TooMany {
        /// How many there are.
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
    /// Judged probabilities that are none.
    #[error("judged probabilities, row {row}: expected values in [0, 1] that sum to 1, got {got}")]
    Probabilities {
        /// From 0.
        row: usize,
        /// The value or sum that does not fit.
        got: f64,
    },
    /// A label beyond the classes.
    #[error("labels: expected less than {classes}, got {label} in row {row}")]
    Label {
        /// From 0.
        row: usize,
        /// The label.
        label: u8,
        /// How many there are.
        classes: usize,
    },
    /// Too few samples for the metric.
    #[error("{metric}: expected at least {expected} {set}, got {got}")]
    TooFew {
        /// What was computed.
        metric: &'static str,
        /// Of what there are too few.
        set: &'static str,
        /// The least.
        expected: usize,
        /// How many there are.
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
        /// Why it says nothing.
        message: &'static str,
    },
}
