//! Pixel normalisation: `y = f(x / sqrt(mean x² + eps))` over the channels of each pixel (Karras et al.
//! 2018). On a vector, such as a latent, it is over the whole vector.

use std::ops::Range;

use kernels::{Activation, Epilogue, activation, pixel_norm};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct PixelNorm {
    pub(crate) shape: Shape,
    pub(crate) eps: f32,
    pub(crate) activation: Activation,
}

impl Layer for PixelNorm {
    fn kind(&self) -> &'static str {
        "pixel-norm"
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn piecewise_linear(&self) -> bool {
        false
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], _: &mut [f32]) {
        pixel_norm::normalize(pass.threads, self.shape.channels, self.eps, x, self.activation, y);
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        x: &[f32],
        delta: &[f32],
        _: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        pixel_norm::project(pass.threads, self.shape.channels, self.eps, delta, x, dx);
        finish(pass.threads, epilogue, dx);
    }

    /// The Jacobian is symmetric: tangents go forward as cotangents go back.
    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        x: &[f32],
        y: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        pixel_norm::project(pass.threads, self.shape.channels, self.eps, tx, x, ty);
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}
