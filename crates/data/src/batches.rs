//! Cutting an epoch into batches.

use crate::balanced::Balanced;
use crate::{DataError, epoch_order};

/// Training batches whose content is a pure function of the step counter. An epoch has
/// `images / batch` steps.
///
/// - [`Batches::new`]: each epoch shows every image at most once, in an order of its own: step `s` is
///   batch `s mod steps_per_epoch` of epoch `s / steps_per_epoch`. The images that do not fill a batch are
///   not shown in that epoch (in the next epoch they are other images).
/// - [`Batches::balanced`]: every class equally often, however many images it has.
#[derive(Debug)]
pub struct Batches {
    images: usize,
    batch: usize,
    order: Order,
}

#[derive(Debug)]
enum Order {
    Shuffled { seed: u64, epoch: Option<u64>, order: Vec<u32> },
    Balanced { sequence: Balanced, indices: Vec<u32> },
}

impl Batches {
    /// Batches of `batch` out of `n` images. Only this function allocates.
    ///
    /// # Errors
    /// [`DataError::Argument`] unless `1 <= batch <= n <= u32::MAX`.
    pub fn new(n: usize, batch: usize, seed: u64) -> Result<Self, DataError> {
        check(n, batch)?;
        let order = Order::Shuffled { seed, epoch: None, order: Vec::with_capacity(n) };
        Ok(Self { images: n, batch, order })
    }

    /// Batches of `batch` images out of those with these labels, in which classes take turns: of every
    /// `C` images in a row, counted over all steps from a multiple of `C` on, each of the `C` classes
    /// that have images has one. A class's images come in shuffled orders of its own, all of them before
    /// any is repeated, so those of a small class come again sooner. Only this function allocates.
    ///
    /// # Errors
    /// As [`Batches::new`], with `n` the number of labels.
    pub fn balanced(labels: &[u16], batch: usize, seed: u64) -> Result<Self, DataError> {
        check(labels.len(), batch)?;
        let sequence = Balanced::new(labels, seed)?;
        let order = Order::Balanced { sequence, indices: vec![0; batch] };
        Ok(Self { images: labels.len(), batch, order })
    }

    /// Whole batches in an epoch, at least 1.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.images / self.batch) as u64
    }

    /// The images of step `step`, counted from 0 over all epochs: `[batch]` indices below `n`. Orders
    /// are computed anew where they differ from the last call's, so steps may come in any order.
    pub fn indices(&mut self, step: u64) -> &[u32] {
        let steps_per_epoch = self.steps_per_epoch();
        match &mut self.order {
            Order::Shuffled { seed, epoch, order } => {
                let asked = step / steps_per_epoch;
                if *epoch != Some(asked) {
                    epoch_order(*seed, asked, self.images, order);
                    *epoch = Some(asked);
                }
                // Below steps_per_epoch, which came from a usize.
                let position = (step % steps_per_epoch) as usize;
                &order[position * self.batch..(position + 1) * self.batch]
            }
            Order::Balanced { sequence, indices } => {
                let first = u128::from(step) * self.batch as u128;
                for (index, position) in indices.iter_mut().zip(first..) {
                    *index = sequence.image(position);
                }
                indices
            }
        }
    }
}

fn check(n: usize, batch: usize) -> Result<(), DataError> {
    if n == 0 || u32::try_from(n).is_err() {
        return Err(DataError::argument("number of images", "1 to 2^32 - 1", n));
    }
    if batch == 0 || batch > n {
        return Err(DataError::argument("batch size", format!("1 to {n}, the number of images"), batch));
    }
    Ok(())
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

    /// Classes of 100, 1 and 7 images, the label 2 without any.
    fn long_tail() -> Vec<u16> {
        (0..108)
            .map(|i| {
                if i == 50 {
                    1
                } else if i % 15 == 3 && i < 100 {
                    3
                } else {
                    0
                }
            })
            .collect()
    }

    /// Images of `steps` steps in a row.
    fn run(batches: &mut Batches, steps: std::ops::Range<u64>) -> Vec<u32> {
        steps.flat_map(|step| batches.indices(step).to_vec()).collect()
    }

    #[test]
    fn classes_take_turns() {
        let labels = long_tail();
        for batch in [1, 10, 64, 108] {
            let mut batches = Batches::balanced(&labels, batch, 5).unwrap();
            assert_eq!(batches.steps_per_epoch(), (108 / batch) as u64);
            let images = run(&mut batches, 0..40);
            for block in images.chunks_exact(3) {
                let mut seen: Vec<u16> = block.iter().map(|&image| labels[image as usize]).collect();
                seen.sort_unstable();
                assert_eq!(seen, [0, 1, 3], "batch {batch}");
            }
        }
    }

    #[test]
    fn a_class_shows_all_its_images_before_any_again() {
        let labels = long_tail();
        let images = run(&mut Batches::balanced(&labels, 12, 5).unwrap(), 0..200);
        for (class, n) in [(0, 100), (1, 1), (3, 7)] {
            let own: Vec<u32> =
                images.iter().copied().filter(|&image| labels[image as usize] == class).collect();
            assert_eq!(own.len(), 800);
            let mut orders = Vec::new();
            for epoch in own.chunks_exact(n) {
                let mut sorted = epoch.to_vec();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len(), n, "class {class}");
                orders.push(epoch);
            }
            assert!(n == 1 || orders[0] != orders[1], "class {class}: each of its epochs has its own order");
        }
        let blocks: Vec<Vec<u16>> =
            images.chunks_exact(3).map(|b| b.iter().map(|&i| labels[i as usize]).collect()).collect();
        assert!(blocks.iter().any(|block| block != &blocks[0]), "each block has its own order");
    }

    #[test]
    fn balanced_batches_depend_on_the_step_only() {
        let labels = long_tail();
        let mut straight = Batches::balanced(&labels, 10, 5).unwrap();
        let all: Vec<Vec<u32>> = (0..120).map(|step| straight.indices(step).to_vec()).collect();
        let mut jumping = Batches::balanced(&labels, 10, 5).unwrap();
        for step in [119, 0, 60, 61, 3, 119, 2] {
            assert_eq!(jumping.indices(step), all[step as usize]);
        }
        let before = (jumping.indices(0).as_ptr(), jumping.indices(77).as_ptr());
        assert_eq!(before.0, before.1, "the same buffer");
        assert_ne!(all[0], Batches::balanced(&labels, 10, 6).unwrap().indices(0));
        assert_eq!(straight.indices(u64::MAX).len(), 10);
        for (labels, batch) in [(vec![], 1), (vec![0; 10], 0), (vec![0; 10], 11)] {
            assert!(Batches::balanced(&labels, batch, 0).is_err());
        }
    }
}
