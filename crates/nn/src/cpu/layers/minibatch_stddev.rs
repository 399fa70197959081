//! Minibatch standard deviation: one more channel, equal at all pixels, with the mean over channels and
//! pixels of the standard deviation within groups of images (Karras et al. 2018): a discriminator sees how
//! much its images differ.
//!
//! A group has `group` images, or the largest number below that divides the batch. Its images are those of
//! the batch at equal distances.

use kernels::minibatch_stddev;

use crate::cpu::layer::{Forward, Jvp, Layer, Pass, Vjp, finish};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct MinibatchStddev {
    /// Of the input.
    pub(crate) shape: Shape,
    pub(crate) group: usize,
}

impl MinibatchStddev {
    fn group(&self, batch: usize) -> usize {
        (1..=self.group.min(batch)).rev().find(|g| batch.is_multiple_of(*g)).unwrap_or(1)
    }
}

impl Layer for MinibatchStddev {
    /// The derivative of an image's new channel by each of its values.
    fn kept(&self, batch: usize) -> usize {
        batch * self.shape.values()
    }

    fn forward(&self, pass: Pass, Forward { x, y, kept: slopes, .. }: Forward) {
        let slopes = &mut slopes[..x.len()];
        minibatch_stddev::append(x, pass.batch, self.group(pass.batch), self.shape.channels, slopes, y);
    }

    fn vjp(&self, pass: Pass, Vjp { rows, delta, kept: slopes, dx, epilogue, .. }: Vjp) {
        assert_eq!(rows, 0..pass.batch, "minibatch standard deviation needs the whole batch");
        let (group, channels, slopes) = (self.group(pass.batch), self.shape.channels, &slopes[..dx.len()]);
        minibatch_stddev::append_transposed(delta, pass.batch, group, channels, slopes, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, pass: Pass, Jvp { rows, kept: slopes, tx, ty, .. }: Jvp) {
        assert_eq!(rows, 0..pass.batch, "minibatch standard deviation needs the whole batch");
        let (group, channels, slopes) = (self.group(pass.batch), self.shape.channels, &slopes[..tx.len()]);
        minibatch_stddev::append_tangent(tx, pass.batch, group, channels, slopes, ty);
    }
}
