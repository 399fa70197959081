//! How far a run is: the counters that a checkpoint keeps beside the weights.

use serde::{Deserialize, Serialize};

use crate::health::History;
use crate::step::StepReport;

/// Counters and running sums. Floats are kept as bits, so that a checkpoint returns them exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken: updates of D, or of G when only it is trained.
    pub steps: u64,
    /// Real images shown.
    pub images: u64,
    /// Images that will have been shown at the end, as last foreseen where time limits a schedule.
    #[serde(default)]
    pub end_images: Option<u64>,
    /// Steps since the last tick.
    tick_steps: u64,
    /// Steps since the last tick in which G moved.
    tick_generator_steps: u64,
    /// Sums of the reports since the last tick, as bits.
    tick_sums: [u64; 11],
    /// L_D + L_G of the latest ticks, newest last, as bits.
    losses: Vec<u64>,
    /// What the run's health remembers, roll-backs among it.
    #[serde(default)]
    pub health: History,
}

/// Places of the fields that only a moving generator has: its loss and its gradient norm.
const GENERATOR_FIELDS: [usize; 2] = [1, 10];

impl Progress {
    /// Counts one step of `images` real images. Figures that are not finite have no part in the tick's means.
    pub fn count(&mut self, images: u64, generator_moved: bool, report: &StepReport) {
        self.steps += 1;
        self.images += images;
        if !report.is_finite() {
            return;
        }
        self.tick_steps += 1;
        self.tick_generator_steps += u64::from(generator_moved);
        for (sum, value) in self.tick_sums.iter_mut().zip(report.values()) {
            *sum = (f64::from_bits(*sum) + value).to_bits();
        }
    }

    /// Mean figures since the last tick.
    pub fn tick_mean(&self) -> StepReport {
        let mut values = self.tick_sums.map(f64::from_bits);
        for (i, value) in values.iter_mut().enumerate() {
            let steps =
                if GENERATOR_FIELDS.contains(&i) { self.tick_generator_steps } else { self.tick_steps };
            *value /= steps.max(1) as f64;
        }
        StepReport::from_values(values)
    }

    /// Ends a tick: returns its means, and remembers the losses of the latest `remember` ticks.
    pub fn end_tick(&mut self, remember: usize) -> StepReport {
        let mean = self.tick_mean();
        (self.tick_steps, self.tick_generator_steps, self.tick_sums) = (0, 0, [0; 11]);
        self.losses.push((mean.discriminator_loss + mean.generator_loss).to_bits());
        let excess = self.losses.len().saturating_sub(remember);
        self.losses.drain(..excess);
        mean
    }

    /// Whether the losses of the latest `ticks + 1` ticks stay within `tolerance` of their mean, relative.
    pub fn on_plateau(&self, ticks: usize, tolerance: f64) -> bool {
        if ticks == 0 || self.losses.len() <= ticks {
            return false;
        }
        let recent = self.losses[self.losses.len() - ticks - 1..].iter().map(|&b| f64::from_bits(b));
        let (low, high, sum) =
            recent.fold((f64::MAX, f64::MIN, 0.0), |(l, h, s), v| (v.min(l), v.max(h), s + v));
        let mean = sum / (ticks + 1) as f64;
        high - low <= tolerance * mean.abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(loss: f64) -> StepReport {
        StepReport { discriminator_loss: loss, ..StepReport::default() }
    }

    #[test]
    fn a_plateau_needs_enough_ticks_that_agree() {
        let mut p = Progress::default();
        for (i, loss) in [5.0, 1.0, 1.0004, 0.9998].into_iter().enumerate() {
            p.count(64, true, &report(loss));
            p.end_tick(4);
            assert_eq!(p.on_plateau(2, 0.001), i == 3, "tick {i}");
        }
        assert!(!p.on_plateau(0, 1.0) && !p.on_plateau(9, 1.0));
    }

    #[test]
    fn what_is_not_finite_has_no_part_in_the_means() {
        let mut p = Progress::default();
        p.count(8, true, &report(2.0));
        p.count(8, true, &report(f64::NAN));
        assert_eq!((p.steps, p.images, p.end_tick(1).discriminator_loss), (2, 16, 2.0));
    }

    #[test]
    fn means_are_over_the_steps_that_have_the_figure() {
        let mut p = Progress::default();
        for (i, moved) in [false, true].into_iter().enumerate() {
            let g = if moved { 3.0 } else { 0.0 };
            p.count(8, moved, &StepReport { generator_loss: g, penalty: i as f64, ..report(2.0) });
        }
        let mean = p.end_tick(1);
        assert_eq!((mean.discriminator_loss, mean.generator_loss, mean.penalty), (2.0, 3.0, 0.5));
        assert_eq!((p.steps, p.images), (2, 16));
        assert_eq!(p.tick_mean(), StepReport::default());
    }
}
