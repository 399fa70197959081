//! A tick: a line of means in the log, and a grid of samples.

use crate::error::RunError;
use crate::events::{Event, Tick};
use crate::picture::write_grid;
use crate::session::Session;
use gan::step::Means;

impl Session<'_> {
    /// Ends a tick: logs its means and its speed, and writes the grid. Returns the means.
    pub(crate) fn tick(&mut self) -> Result<Means, RunError> {
        let seconds = self.seconds_here();
        let train = &self.trainer.experiment().train;
        let (batch, epoch_images, players) = (train.batch_size as u64, train.epoch_images, train.players);
        let remember = train.stop_plateau_ticks.map_or(1, |n| n as usize + 1);
        let skipped_steps = self.trainer.progress().skipped_steps();
        let mean = self.trainer.progress_mut().end_tick(remember, players);
        let progress = self.trainer.progress();
        let (start, start_steps) = self.last_tick;
        let steps = (progress.steps - start_steps).max(1);
        let span = (seconds - start).max(1e-9);
        let tick = Tick {
            images: progress.images,
            epoch: progress.images as f64 / epoch_images as f64,
            steps: progress.steps,
            seconds: self.seconds(),
            images_per_s: (steps * batch) as f64 / span,
            step_ms: span * 1e3 / steps as f64,
            lr_factor: self.trainer.lr_factor(),
            skipped_steps,
            mean,
        };
        let steps = progress.steps;
        self.emit(Event::Tick(tick))?;
        self.grid()?;
        self.last_tick = (self.seconds_here(), steps);
        Ok(mean)
    }

    /// Writes the grid of samples: the same latents every time, for a conditional generator a column for each class.
    pub(crate) fn grid(&mut self) -> Result<(), RunError> {
        let train = &self.trainer.experiment().train;
        let (count, seed) = (train.grid_images, train.seed);
        let mut sampler = self.trainer.sampler()?;
        let images = sampler.generate_bytes(seed, count);
        let (shape, columns) = (sampler.shape(), sampler.columns(count));
        self.observer.grid(&images, shape, columns);
        Ok(write_grid(&self.folder.sample_path(self.images()), &images, shape, columns)?)
    }
}
