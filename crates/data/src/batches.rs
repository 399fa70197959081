//! Cutting an epoch into batches.

use std::ops::Range;

use crate::{DataError, epoch_order};

/// Shuffled training batches whose position is a pure function of the step counter: step `s` is batch
/// `s mod steps_per_epoch` of epoch `s / steps_per_epoch`. An epoch has `n / batch` steps; the images
/// left over sit that epoch out (another few do in the next, as each has its own order).
#[derive(Debug)]
pub struct Batches {
    images: usize,
    batch: usize,
    seed: u64,
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl Batches {
    /// Batches of `batch` out of `n` images. Allocates here, and never again.
    ///
    /// # Errors
    /// [`DataError::Argument`] unless `1 <= batch <= n <= u32::MAX`.
    pub fn new(n: usize, batch: usize, seed: u64) -> Result<Self, DataError> {
        if n == 0 || u32::try_from(n).is_err() {
            return Err(DataError::argument("number of images", "1 to 2^32 - 1", n));
        }
        if batch == 0 || batch > n {
            return Err(DataError::argument("batch size", format!("1 to {n}, the number of images"), batch));
        }
        Ok(Self { images: n, batch, seed, epoch: None, order: Vec::with_capacity(n) })
    }

    /// Whole batches in an epoch, at least 1.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.images / self.batch) as u64
    }

    /// The images of step `step`, counted from 0 over all epochs: `[batch]` indices below `n`. The
    /// order is computed anew when the epoch differs from the last call's, so steps may come in any
    /// order.
    pub fn indices(&mut self, step: u64) -> &[u32] {
        let epoch = step / self.steps_per_epoch();
        if self.epoch != Some(epoch) {
            epoch_order(self.seed, epoch, self.images, &mut self.order);
            self.epoch = Some(epoch);
        }
        // Below steps_per_epoch, which came from a usize.
        let position = (step % self.steps_per_epoch()) as usize;
        &self.order[position * self.batch..(position + 1) * self.batch]
    }
}

/// Ranges that cover `0..n` in order, `batch` long but for the last, which may be shorter: for test
/// sets, where every image counts once. A `batch` of 0 is taken as 1.
pub fn sequential(n: usize, batch: usize) -> impl Iterator<Item = Range<usize>> {
    let batch = batch.max(1);
    (0..n).step_by(batch).map(move |start| start..n.min(start.saturating_add(batch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_depends_on_the_step_only() {
        let mut straight = Batches::new(103, 10, 5).unwrap();
        assert_eq!(straight.steps_per_epoch(), 10);
        let all: Vec<Vec<u32>> = (0..35).map(|step| straight.indices(step).to_vec()).collect();
        let mut jumping = Batches::new(103, 10, 5).unwrap();
        for step in [34, 0, 9, 10, 20, 19, 0] {
            assert_eq!(jumping.indices(step), all[step as usize]);
        }
        let mut seen: Vec<u32> = all[..10].concat();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100, "an epoch repeats no image");
        assert_ne!(all[0], all[10]);
        assert_eq!(straight.indices(u64::MAX).len(), 10);
    }

    #[test]
    fn sizes_that_cannot_work_are_refused() {
        for (n, batch) in [(0, 1), (10, 0), (10, 11)] {
            assert!(Batches::new(n, batch, 0).is_err());
        }
        assert_eq!(Batches::new(10, 10, 0).unwrap().steps_per_epoch(), 1);
    }

    #[test]
    fn sequential_covers_everything_once() {
        let ranges: Vec<_> = sequential(10, 4).collect();
        assert_eq!(ranges, [0..4, 4..8, 8..10]);
        assert_eq!(sequential(0, 4).count(), 0);
        assert_eq!(sequential(3, 0).count(), 3);
        assert_eq!(sequential(8, usize::MAX).next(), Some(0..8));
    }
}
