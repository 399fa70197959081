//! Scores that could not be computed, each with the reason.

use metrics::Score;
use serde::{Deserialize, Serialize};

/// A metric without a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The metric's name, or a group of metrics, without a number of samples.
    pub metric: String,
    /// Why there is no score.
    pub reason: String,
}

impl LeftOut {
    pub(crate) fn new(metric: impl ToString, reason: impl Into<String>) -> LeftOut {
        LeftOut { metric: metric.to_string(), reason: reason.into() }
    }
}

/// Takes out the scores that are not finite.
pub(super) fn finite(scores: Vec<Score>, left_out: &mut Vec<LeftOut>) -> Vec<Score> {
    let (finite, other): (Vec<_>, Vec<_>) = scores.into_iter().partition(|score| score.value.is_finite());
    left_out.extend(other.into_iter().map(|score| {
        LeftOut::new(score.metric, format!("its value, {}, is not a finite number", score.value))
    }));
    finite
}
