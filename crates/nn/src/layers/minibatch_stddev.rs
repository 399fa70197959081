//! Minibatch standard deviation: one more channel, equal at all pixels, with the mean over channels and
//! pixels of the standard deviation within groups of images (Karras et al. 2018): a discriminator sees how
//! much its images differ.
//!
//! A group has `group` images, or the largest number below that divides the batch. Its images are those of
//! the batch at equal distances.

use std::ops::Range;

use kernels::{Activation, Epilogue, minibatch_stddev};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
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
    fn kind(&self) -> &'static str {
        "minibatch-stddev"
    }

    fn output(&self) -> Shape {
        Shape { channels: self.shape.channels + 1, ..self.shape }
    }

    fn activation(&self) -> Activation {
        Activation::Identity
    }

    /// The derivative of an image's new channel by each of its values.
    fn kept(&self, batch: usize) -> usize {
        batch * self.shape.values()
    }

    fn interacts(&self) -> bool {
        true
    }

    fn piecewise_linear(&self) -> bool {
        false
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], slopes: &mut [f32]) {
        let slopes = &mut slopes[..x.len()];
        minibatch_stddev::append(x, pass.batch, self.group(pass.batch), self.shape.channels, slopes, y);
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        delta: &[f32],
        slopes: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        assert_eq!(rows, 0..pass.batch, "minibatch standard deviation needs the whole batch");
        let (group, channels, slopes) = (self.group(pass.batch), self.shape.channels, &slopes[..dx.len()]);
        minibatch_stddev::append_transposed(delta, pass.batch, group, channels, slopes, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        _: &[f32],
        slopes: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        assert_eq!(rows, 0..pass.batch, "minibatch standard deviation needs the whole batch");
        let (group, channels, slopes) = (self.group(pass.batch), self.shape.channels, &slopes[..tx.len()]);
        minibatch_stddev::append_tangent(tx, pass.batch, group, channels, slopes, ty);
    }
}
