//! Whether there is a reason to stop.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::session::Session;
use crate::stop_reason::StopReason;

impl Session<'_> {
    /// The first reason to stop before the next step, if there is one.
    pub(crate) fn reason_to_stop(&self, interrupt: &AtomicBool) -> Option<StopReason> {
        let experiment = self.trainer.experiment();
        let (train, progress) = (&experiment.train, self.trainer.progress());
        if train.total_images.is_some_and(|total| progress.images >= total) {
            return Some(StopReason::Finished);
        }
        if interrupt.load(Ordering::Relaxed) {
            return Some(StopReason::Interrupted);
        }
        if train.max_seconds.is_some_and(|limit| self.seconds() >= limit) {
            return Some(StopReason::Time);
        }
        let ticks = train.stop_plateau_ticks.unwrap_or(0) as usize;
        if progress.on_plateau(ticks, train.stop_plateau_tolerance) {
            return Some(StopReason::Plateau);
        }
        self.evaluations.as_ref()?.standing.stop_reason(&experiment.eval)
    }
}
