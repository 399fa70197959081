//! Enlarging an image `factor` times along both axes: each pixel repeated, or linear interpolation between
//! the pixels' centres (PyTorch's `Upsample`, `nearest` or `bilinear` with `align_corners=False`).

use kernels::{bilinear, resample};

use crate::cpu::layer::{Forward, Jvp, Layer, Pass, Vjp, finish};
use crate::shape::Shape;
use crate::spec::Upsampling;

#[derive(Debug)]
pub(crate) struct Upsample {
    /// Of the input.
    pub(crate) shape: Shape,
    pub(crate) factor: usize,
    pub(crate) method: Upsampling,
}

impl Upsample {
    fn enlarge(&self, pass: Pass, x: &[f32], y: &mut [f32]) {
        let Upsample { shape, factor, method } = *self;
        match method {
            Upsampling::Nearest => {
                resample::repeat(pass.threads, shape.grid(), (factor, factor), 1.0, x, y);
            }
            Upsampling::Bilinear => bilinear::upsample(pass.threads, shape.grid(), factor, x, y),
        }
    }
}

impl Layer for Upsample {
    fn forward(&self, pass: Pass, Forward { x, y, .. }: Forward) {
        self.enlarge(pass, x, y);
    }

    fn vjp(&self, pass: Pass, Vjp { delta, dx, epilogue, .. }: Vjp) {
        let Upsample { shape, factor, method } = *self;
        match method {
            Upsampling::Nearest => {
                resample::sum_blocks(pass.threads, shape.grid(), (factor, factor), 1.0, delta, dx);
            }
            Upsampling::Bilinear => {
                bilinear::upsample_transposed(pass.threads, shape.grid(), factor, delta, dx);
            }
        }
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, pass: Pass, Jvp { tx, ty, .. }: Jvp) {
        self.enlarge(pass, tx, ty);
    }
}
