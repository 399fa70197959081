//! The past of a run before its current checkpoint.

use gan::Progress;
use run::{Past, RunFolder};

/// Seconds of training and evaluations up to the checkpoint at `progress`.
pub(crate) fn past(folder: &RunFolder, progress: &Progress) -> Past {
    // A log that cannot be read is reported by the session.
    folder.past(progress).unwrap_or_default()
}
