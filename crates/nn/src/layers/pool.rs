//! Average pooling: the mean of each block of pixels, channel by channel. Blocks of `avg-pool` are squares
//! side by side (PyTorch's `AvgPool2d(size)`); the one of `global-avg-pool` is the image.

use std::ops::Range;

use kernels::{Activation, Epilogue, Grid, resample};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct AvgPool {
    /// `avg-pool` or `global-avg-pool`.
    pub(crate) kind: &'static str,
    /// Of the output.
    pub(crate) shape: Shape,
    /// Rows and columns of a block.
    pub(crate) block: (usize, usize),
}

impl AvgPool {
    fn grid(&self) -> Grid {
        self.shape.grid()
    }

    fn share(&self) -> f32 {
        1.0 / (self.block.0 * self.block.1) as f32
    }
}

impl Layer for AvgPool {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        Activation::Identity
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], _: &mut [f32]) {
        resample::sum_blocks(pass.threads, self.grid(), self.block, self.share(), x, y);
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        _: &[f32],
        delta: &[f32],
        _: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        resample::repeat(pass.threads, self.grid(), self.block, self.share(), delta, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        _: &[f32],
        _: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        resample::sum_blocks(pass.threads, self.grid(), self.block, self.share(), tx, ty);
    }
}
