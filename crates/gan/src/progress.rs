//! How far a run is: the counters that a checkpoint keeps beside the weights.

use serde::{Deserialize, Serialize};

use crate::config::Players;
use crate::health::History;
use crate::step::{FIGURES, Means, StepReport};

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
    /// Steps since the last tick whose figures were all finite.
    tick_steps: u64,
    /// Steps since the last tick in which G was updated.
    tick_generator_steps: u64,
    /// Steps since the last tick with a figure that was not finite.
    #[serde(default, skip_serializing_if = "is_none")]
    tick_skipped_steps: u64,
    /// Sums of the reports since the last tick, as bits.
    tick_sums: [u64; FIGURES],
    /// L_D + L_G of the latest ticks, newest last, as bits.
    losses: Vec<u64>,
    /// What the run's alarms remember, and its roll-backs.
    #[serde(default)]
    pub health: History,
}

/// Left out of checkpoints, so that those of runs without a skipped step keep their bytes.
fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Progress {
    /// Counts one step of `images` real images. A step with a figure that is not finite is left out of the tick's means.
    pub fn count(&mut self, images: u64, generator_updated: bool, report: &StepReport) {
        self.steps = self.steps.saturating_add(1);
        self.images = self.images.saturating_add(images);
        if !report.is_finite() {
            self.tick_skipped_steps += 1;
            return;
        }
        self.tick_steps += 1;
        self.tick_generator_steps += u64::from(generator_updated);
        for (sum, value) in self.tick_sums.iter_mut().zip(report.values()) {
            *sum = (f64::from_bits(*sum) + value).to_bits();
        }
    }

    /// Mean figures since the last tick, of a run that trains `players`: each over the steps that computed it.
    pub fn tick_mean(&self, players: Players) -> Means {
        let sums = StepReport::from_values(self.tick_sums.map(f64::from_bits));
        let over = |steps: u64| move |sum: f64| (steps > 0).then(|| sum / steps as f64);
        let generator = over(self.tick_generator_steps);
        // A fixed D has neither penalties nor a gradient.
        let discriminator = over(if players == Players::Generator { 0 } else { self.tick_steps });
        Means {
            generator_loss: generator(sums.generator_loss),
            generator_grad_norm: generator(sums.generator_grad_norm),
            penalty: discriminator(sums.penalty),
            discriminator_grad_norm: discriminator(sums.discriminator_grad_norm),
            ..sums.map(over(self.tick_steps))
        }
    }

    /// Steps since the last tick with a figure that was not finite. They are left out of the means. A step with a non-finite loss
    /// or logit changed no weights.
    pub fn skipped_steps(&self) -> u64 {
        self.tick_skipped_steps
    }

    /// Ends a tick: returns its means, and keeps the losses of the latest `remember` ticks. A tick without a loss ends a plateau.
    pub fn end_tick(&mut self, remember: usize, players: Players) -> Means {
        let mean = self.tick_mean(players);
        (self.tick_steps, self.tick_generator_steps, self.tick_sums) = (0, 0, [0; FIGURES]);
        self.tick_skipped_steps = 0;
        let generator_loss = match players {
            Players::Discriminator => Some(0.0),
            _ => mean.generator_loss,
        };
        match (mean.discriminator_loss, generator_loss) {
            (Some(d), Some(g)) => self.losses.push((d + g).to_bits()),
            _ => self.losses.clear(),
        }
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
            p.end_tick(4, Players::Both);
            assert_eq!(p.on_plateau(2, 0.001), i == 3, "tick {i}");
        }
        assert!(!p.on_plateau(0, 1.0) && !p.on_plateau(9, 1.0));
    }

    #[test]
    fn what_is_not_finite_has_no_part_in_the_means() {
        let mut p = Progress::default();
        p.count(8, true, &report(2.0));
        p.count(8, true, &report(f64::NAN));
        assert_eq!(p.skipped_steps(), 1);
        let mean = p.end_tick(1, Players::Both);
        assert_eq!((p.steps, p.images, mean.discriminator_loss), (2, 16, Some(2.0)));
        assert_eq!(p.skipped_steps(), 0);
    }

    #[test]
    fn a_tick_of_skipped_steps_has_no_means_and_makes_no_plateau() {
        let mut p = Progress::default();
        for _ in 0..4 {
            p.count(8, true, &report(f64::NAN));
            assert_eq!(p.end_tick(4, Players::Both), Means::default());
            assert!(!p.on_plateau(1, 1.0));
        }
        // One that lies between two equal ones parts them.
        for loss in [1.0, f64::INFINITY, 1.0] {
            p.count(8, true, &report(loss));
            p.end_tick(4, Players::Both);
            assert!(!p.on_plateau(1, 1.0));
        }
    }

    #[test]
    fn a_player_that_is_not_trained_has_no_figures() {
        let mut p = Progress::default();
        p.count(8, false, &report(2.0));
        let mean = p.tick_mean(Players::Discriminator);
        assert_eq!((mean.generator_loss, mean.generator_grad_norm, mean.penalty), (None, None, Some(0.0)));
        p.count(8, true, &report(2.0));
        let mean = p.tick_mean(Players::Generator);
        assert_eq!((mean.discriminator_grad_norm, mean.penalty), (None, None));
        assert_eq!((mean.generator_grad_norm, mean.discriminator_loss), (Some(0.0), Some(2.0)));
        // Its losses alone may be on a plateau.
        let mut p = Progress::default();
        for _ in 0..3 {
            p.count(8, false, &report(2.0));
            p.end_tick(3, Players::Discriminator);
        }
        assert!(p.on_plateau(2, 0.0));
    }

    #[test]
    fn means_are_over_the_steps_that_have_the_figure() {
        let mut p = Progress::default();
        for (i, moved) in [false, true].into_iter().enumerate() {
            let g = if moved { 3.0 } else { 0.0 };
            p.count(8, moved, &StepReport { generator_loss: g, penalty: i as f64, ..report(2.0) });
        }
        let mean = p.end_tick(1, Players::Both);
        let losses = (mean.discriminator_loss, mean.generator_loss, mean.penalty);
        assert_eq!(losses, (Some(2.0), Some(3.0), Some(0.5)));
        assert_eq!((p.steps, p.images), (2, 16));
        assert_eq!(p.tick_mean(Players::Both), Means::default());
    }
}
