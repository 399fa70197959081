//! What a run's log tells of the run up to a checkpoint.

use gan::run::{Evaluation, RunFolder, evaluations_before, seconds_before};

/// Seconds of training that the log tells of, up to the checkpoint at `images` images.
pub(crate) fn earlier_seconds(folder: &RunFolder, images: u64) -> f64 {
    // A log that cannot be read is the session's to complain of.
    seconds_before(&folder.events().unwrap_or_default(), images)
}

/// The evaluations that the log tells of, up to the checkpoint at `images` images.
pub(crate) fn evaluations(folder: &RunFolder, images: u64) -> Vec<Evaluation> {
    evaluations_before(&folder.events().unwrap_or_default(), images)
}
