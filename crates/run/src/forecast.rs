//! How many images a run that time limits will show.

use crate::session::Session;

/// Seconds of training before which a process's speed is no measure: caches and memory are still cold.
const LEAST_SECONDS: f64 = 0.5;

impl Session<'_> {
    /// Where time ends a run whose learning rates follow its length, forecasts the images that it will have shown.
    pub(crate) fn forecast_end(&mut self) {
        let Some(limit) = self.trainer.experiment().train.max_seconds else {
            // An earlier process may have had a limit.
            self.trainer.progress_mut().end_images = None;
            return;
        };
        let images = self.images();
        let (here, before) = (self.seconds_here(), self.past.seconds);
        // At first the speed is that of the processes before this one.
        let (shown, seconds) = match here >= LEAST_SECONDS {
            true => (self.images_here, here),
            false if before > 0.0 => (images.saturating_sub(self.images_here), before),
            false => return,
        };
        let left = limit - self.seconds();
        self.trainer.progress_mut().end_images = self.trainer.experiment().end(images, shown, seconds, left);
    }
}
