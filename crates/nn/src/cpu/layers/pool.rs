//! Average pooling: the mean of each block of pixels, channel by channel. Blocks of `avg-pool` are squares
//! side by side (PyTorch's `AvgPool2d(size)`); the one of `global-avg-pool` is the image.

use kernels::{Grid, resample};

use crate::cpu::layer::{Forward, Jvp, Layer, Pass, Vjp, finish};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct AvgPool {
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
    fn forward(&self, pass: Pass, Forward { x, y, .. }: Forward) {
        resample::sum_blocks(pass.threads, self.grid(), self.block, self.share(), x, y);
    }

    fn vjp(&self, pass: Pass, Vjp { delta, dx, epilogue, .. }: Vjp) {
        resample::repeat(pass.threads, self.grid(), self.block, self.share(), delta, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, pass: Pass, Jvp { tx, ty, .. }: Jvp) {
        resample::sum_blocks(pass.threads, self.grid(), self.block, self.share(), tx, ty);
    }
}
