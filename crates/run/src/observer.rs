//! What a run reports while it trains.

use crate::events::Event;
use gan::step::{Means, StepReport};
use gan::trainer::Trainer;

/// Receives a run's reports. Every method may do nothing.
pub trait Observer {
    /// After each step: its report, and how far the run is.
    fn step(&mut self, _trainer: &Trainer, _report: &StepReport) {}
    /// After each round (mostly an epoch; [`Train::round_images`](gan::config::Train::round_images)): the number of its last epoch
    /// from 1, its seconds in this process, and the means since the last tick.
    fn epoch(&mut self, _trainer: &Trainer, _epoch: u64, _seconds: f64, _mean: &Means) {}
    /// Before each evaluation: its number of samples.
    fn evaluation(&mut self, _samples: usize) {}
    /// After each grid of samples: its images in bytes, their height, width and channels, and how many are in a row.
    fn grid(&mut self, _images: &[u8], _shape: (usize, usize, usize), _columns: usize) {}
    /// After each line of the event log.
    fn event(&mut self, _event: &Event) {}
}
