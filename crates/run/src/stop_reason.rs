//! The reasons to stop.

use std::fmt;

use crate::health::AlarmKind;

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It has shown as many images as its config says.
    Finished,
    /// Its time is up.
    Time,
    /// The losses no longer change.
    Plateau,
    /// The metric has reached its target.
    Target,
    /// The metric no longer improves.
    MetricPlateau,
    /// It was interrupted.
    Interrupted,
    /// An alarm whose action is to stop, or to roll back as often as is allowed.
    Unhealthy(AlarmKind),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            StopReason::Finished => "finished",
            StopReason::Time => "time is up",
            StopReason::Plateau => "losses on a plateau",
            StopReason::Target => "target reached",
            StopReason::MetricPlateau => "metric on a plateau",
            StopReason::Interrupted => "interrupted",
            StopReason::Unhealthy(kind) => return write!(f, "stopped by an alarm ({kind})"),
        })
    }
}
