//! Pixel normalisation: `y = f(x / sqrt(mean x² + eps))` over the channels of each pixel (Karras et al.
//! 2018). On a vector, such as a latent, it is over the whole vector.

use kernels::{Activation, activation, pixel_norm};

use crate::cpu::layer::{Forward, Jvp, Layer, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct PixelNorm {
    pub(crate) channels: usize,
    pub(crate) eps: f32,
    pub(crate) activation: Activation,
}

impl Layer for PixelNorm {
    fn forward(&self, pass: Pass, Forward { x, y, .. }: Forward) {
        pixel_norm::normalize(pass.threads, self.channels, self.eps, x, self.activation, y);
    }

    fn vjp(&self, pass: Pass, Vjp { x, delta, dx, epilogue, .. }: Vjp) {
        pixel_norm::project(pass.threads, self.channels, self.eps, delta, x, dx);
        finish(pass.threads, epilogue, dx);
    }

    /// The Jacobian is symmetric, so a tangent takes the path of a cotangent.
    fn jvp(&self, pass: Pass, Jvp { x, y, tx, ty, .. }: Jvp) {
        pixel_norm::project(pass.threads, self.channels, self.eps, tx, x, ty);
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}
