//! Enlarging an image `factor` times along both axes: each pixel repeated, or linear interpolation between
//! the pixels' centres (PyTorch's `Upsample`, `nearest` or `bilinear` with `align_corners=False`).

use std::ops::Range;

use kernels::{Activation, Epilogue, bilinear, resample};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
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
            Upsampling::Bilinear => bilinear::enlarge(pass.threads, shape.grid(), factor, x, y),
        }
    }
}

impl Layer for Upsample {
    fn kind(&self) -> &'static str {
        "upsample"
    }

    fn output(&self) -> Shape {
        let Upsample { shape, factor, .. } = *self;
        Shape { height: factor * shape.height, width: factor * shape.width, channels: shape.channels }
    }

    fn activation(&self) -> Activation {
        Activation::Identity
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], _: &mut [f32]) {
        self.enlarge(pass, x, y);
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
        let Upsample { shape, factor, method } = *self;
        match method {
            Upsampling::Nearest => {
                resample::sum_blocks(pass.threads, shape.grid(), (factor, factor), 1.0, delta, dx);
            }
            Upsampling::Bilinear => {
                bilinear::enlarge_transposed(pass.threads, shape.grid(), factor, delta, dx);
            }
        }
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
        self.enlarge(pass, tx, ty);
    }
}
