//! What the alarms remember; part of a checkpoint.

use serde::{Deserialize, Serialize};

use super::AlarmKind;
use crate::step::Means;

/// Ticks whose gradient norms are remembered.
pub const REMEMBERED: usize = 32;

/// Roll-backs so far, and what checks in a row need of earlier ticks and looks. Floats are kept as bits, so that a checkpoint
/// returns them exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// How often the run was rolled back.
    pub roll_backs: u32,
    /// Product of the roll-backs' factors, as bits.
    lr_factor: u64,
    /// Gradient norms of the latest ticks that were not found fault with, oldest first: the generator's, the
    /// discriminator's.
    norms: [Vec<u64>; 2],
    /// One for each [`AlarmKind`], in their order.
    tracks: [Track; 5],
}

/// One alarm's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Track {
    /// Checks in a row that were not content.
    row: u32,
    /// Whether the alarm was raised and persists.
    raised: bool,
    /// Images shown at the latest check that was content; 0 before any.
    well_images: u64,
}

/// What a check changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Nothing to say.
    Quiet,
    /// The alarm is raised by this check.
    Raised {
        /// Images shown when all was last well.
        well_images: u64,
    },
    /// It was raised before, and persists.
    Persists {
        /// Images shown when all was last well.
        well_images: u64,
    },
    /// It was raised before, and is over.
    Over,
}

impl Default for History {
    fn default() -> History {
        History {
            roll_backs: 0,
            lr_factor: 1f64.to_bits(),
            norms: [Vec::new(), Vec::new()],
            tracks: [Track::default(); 5],
        }
    }
}

impl History {
    /// What both learning rates are multiplied by, for all roll-backs together.
    pub fn lr_factor(&self) -> f64 {
        f64::from_bits(self.lr_factor)
    }

    /// Counts a roll-back on top of `other`'s. Where a run is rolled back to, less had happened.
    pub fn roll_back(&mut self, other: &History, factor: f64) {
        self.roll_backs = other.roll_backs + 1;
        self.lr_factor = (other.lr_factor() * factor).to_bits();
    }

    /// The gradient norms of earlier ticks.
    pub fn norms(&self) -> [Vec<f64>; 2] {
        self.norms.each_ref().map(|side| side.iter().map(|&bits| f64::from_bits(bits)).collect())
    }

    /// Remembers a tick's gradient norms; a generator that did not move has none.
    pub fn remember(&mut self, mean: &Means) {
        for (side, norm) in
            self.norms.iter_mut().zip([mean.generator_grad_norm, mean.discriminator_grad_norm])
        {
            if let Some(norm) = norm.filter(|norm| *norm > 0.0) {
                side.push(norm.to_bits());
            }
            let excess = side.len().saturating_sub(REMEMBERED);
            side.drain(..excess);
        }
    }

    /// Takes whether a check at `images` images `found` fault, of which `needed` in a row raise the alarm, if it `may` be raised
    /// yet.
    pub fn take(&mut self, kind: AlarmKind, images: u64, found: bool, needed: u32, may: bool) -> Course {
        let track = &mut self.tracks[kind as usize];
        if !found {
            let was_raised = track.raised;
            *track = Track { row: 0, raised: false, well_images: images };
            return if was_raised { Course::Over } else { Course::Quiet };
        }
        track.row = track.row.saturating_add(1);
        let well_images = track.well_images;
        if track.raised {
            return Course::Persists { well_images };
        }
        track.raised = may && track.row >= needed;
        if track.raised { Course::Raised { well_images } } else { Course::Quiet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_raises_persists_and_is_over() {
        let mut history = History::default();
        let mut take = |images, found| history.take(AlarmKind::Collapse, images, found, 2, true);
        assert_eq!(take(10, false), Course::Quiet);
        assert_eq!(take(20, true), Course::Quiet);
        assert_eq!(take(30, false), Course::Quiet);
        assert_eq!(take(40, true), Course::Quiet);
        assert_eq!(take(50, true), Course::Raised { well_images: 30 });
        assert_eq!(take(60, true), Course::Persists { well_images: 30 });
        assert_eq!(take(70, false), Course::Over);
        assert_eq!(take(80, false), Course::Quiet);
    }

    #[test]
    fn kinds_have_rows_of_their_own_and_grace_delays_the_alarm_alone() {
        let mut history = History::default();
        for images in [10, 20] {
            let kind = AlarmKind::LowDiversity;
            assert_eq!(history.take(kind, images, true, 2, false), Course::Quiet);
        }
        assert_eq!(history.take(AlarmKind::Collapse, 30, true, 2, true), Course::Quiet);
        let raised = Course::Raised { well_images: 0 };
        assert_eq!(history.take(AlarmKind::LowDiversity, 30, true, 2, true), raised);
    }

    #[test]
    fn roll_backs_add_up_and_survive_a_checkpoint() {
        let (mut now, good) = (History::default(), History::default());
        now.remember(&Means { discriminator_grad_norm: Some(0.1), ..Means::default() });
        for count in 1..=2 {
            let mut back = good.clone();
            back.roll_back(&now, 0.3);
            assert_eq!(back.roll_backs, count);
            now = back;
        }
        assert!((now.lr_factor() - 0.09).abs() < 1e-15);
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(serde_json::from_str::<History>(&text).unwrap(), now);
    }

    #[test]
    fn the_latest_norms_are_remembered() {
        let mut history = History::default();
        for tick in 1..=40 {
            let norm = f64::from(tick);
            let generator_grad_norm = (tick % 2 == 0).then_some(norm);
            let mean = Means { generator_grad_norm, discriminator_grad_norm: Some(norm), ..Means::default() };
            history.remember(&mean);
        }
        let [generator, discriminator] = history.norms();
        assert_eq!((generator.len(), generator[0]), (20, 2.0));
        assert_eq!((discriminator.len(), discriminator[0], discriminator[31]), (REMEMBERED, 9.0, 40.0));
    }
}
