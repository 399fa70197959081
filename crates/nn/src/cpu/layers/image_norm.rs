//! Layer and instance normalisation: `y = f(gamma (x - mean) / sqrt(var + eps) + beta)` with the statistics
//! of each image.
//!
//! - `layer-norm`: over all values of the image (Ba et al. 2016). Gamma and beta are `[channels]`: PyTorch's
//!   `GroupNorm(1, channels)`, which on a vector is its `LayerNorm`.
//! - `instance-norm`: over the pixels, channel by channel (Ulyanov et al. 2016): PyTorch's `InstanceNorm2d` with
//!   `affine=True`.

use std::ops::Range;

use kernels::batch_norm::Normalized;
use kernels::image_norm::{self, Direction, Jacobian, Scope};
use kernels::{Activation, activation};

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct ImageNorm {
    pub(crate) scope: Scope,
    pub(crate) channels: usize,
    pub(crate) eps: f32,
    pub(crate) activation: Activation,
}

/// What is kept of some rows: mean and 1/std of every image and channel, and scratch for two sums.
struct Kept<'a> {
    mean: &'a mut [f32],
    inv_std: &'a mut [f32],
    sums: &'a mut [f32],
}

impl ImageNorm {
    fn kept<'a>(&self, kept: &'a mut [f32], rows: &Range<usize>) -> Kept<'a> {
        let channels = self.channels;
        let quarter = kept.len() / 4;
        let (mean, rest) = kept.split_at_mut(quarter);
        let (inv_std, sums) = rest.split_at_mut(quarter);
        let statistics = rows.start * channels..rows.end * channels;
        Kept {
            mean: &mut mean[statistics.clone()],
            inv_std: &mut inv_std[statistics.clone()],
            sums: &mut sums[2 * statistics.start..2 * statistics.end],
        }
    }

    fn jacobian<'a>(&self, direction: Direction, parameters: &'a [f32]) -> Jacobian<'a> {
        Jacobian { scope: self.scope, direction, gamma: &parameters[..self.channels] }
    }
}

impl Layer for ImageNorm {
    fn kept(&self, batch: usize) -> usize {
        4 * batch * self.channels
    }

    fn forward(&self, pass: Pass, Forward { parameters, x, y, kept, .. }: Forward) {
        let Kept { mean, inv_std, .. } = self.kept(kept, &(0..pass.batch));
        image_norm::statistics(pass.threads, self.scope, self.channels, self.eps, x, mean, inv_std);
        let (gamma, beta) = parameters.split_at(self.channels);
        image_norm::normalize(pass.threads, Normalized { x, mean, inv_std }, gamma, beta, self.activation, y);
    }

    fn vjp(&self, pass: Pass, Vjp { parameters, rows, x, delta, kept, dx, epilogue }: Vjp) {
        let Kept { mean, inv_std, sums } = self.kept(kept, &rows);
        let jacobian = self.jacobian(Direction::Backward, parameters);
        image_norm::project(pass.threads, jacobian, delta, Normalized { x, mean, inv_std }, sums, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn weight_grad(&self, pass: Pass, buffers: Gradient) {
        let Gradient { x, delta, kept, bias_scale, accumulate, grads } = buffers;
        debug_assert!(bias_scale.is_none(), "the network refuses tangents through a curved layer");
        let Kept { mean, inv_std, .. } = self.kept(kept, &(0..pass.batch));
        let (gamma, beta) = grads.split_at_mut(self.channels);
        let h = Normalized { x, mean, inv_std };
        image_norm::affine_gradients(pass.threads, delta, h, accumulate, gamma, beta);
    }

    fn jvp(&self, pass: Pass, Jvp { parameters, rows, x, y, kept, tx, ty }: Jvp) {
        let Kept { mean, inv_std, sums } = self.kept(kept, &rows);
        let jacobian = self.jacobian(Direction::Forward, parameters);
        image_norm::project(pass.threads, jacobian, tx, Normalized { x, mean, inv_std }, sums, ty);
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}
