//! Batch normalisation: `y = f(gamma (x - mean) / sqrt(var + eps) + beta)`, channel by channel (Ioffe and Szegedy 2015).
//!
//! Training uses the batch's mean and biased variance; the running statistics are averaged with the batch's mean
//! and unbiased variance, which have the weight `momentum`, as in PyTorch. Evaluation uses the running statistics.

use std::ops::Range;

use kernels::batch_norm::{self, Normalized};
use kernels::{Activation, activation};

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Mode, Pass, Vjp, finish};
use crate::plan::Operation;

#[derive(Debug)]
pub(crate) struct BatchNorm {
    channels: usize,
    eps: f32,
    momentum: f32,
    activation: Activation,
    running_mean: Range<usize>,
    running_variance: Range<usize>,
}

/// The parts of what is kept: mean and 1/std of the pass, the two sums over cotangents, and two over tangents.
fn parts(kept: &mut [f32]) -> [&mut [f32]; 6] {
    let channels = kept.len() / 6;
    let mut rest = kept;
    std::array::from_fn(|_| {
        let (part, after) = std::mem::take(&mut rest).split_at_mut(channels);
        rest = after;
        part
    })
}

impl BatchNorm {
    pub(crate) fn new(operation: &Operation, eps: f32, momentum: f32) -> BatchNorm {
        let [running_mean, running_variance] = [0, 1].map(|i| operation.state[i].range.clone());
        let channels = operation.input.channels;
        BatchNorm {
            channels,
            eps,
            momentum,
            activation: operation.activation,
            running_mean,
            running_variance,
        }
    }

    fn gamma<'a>(&self, parameters: &'a [f32]) -> &'a [f32] {
        &parameters[..self.channels]
    }

    fn sums(&self, pass: Pass, x: &[f32], delta: &[f32], kept: &mut [f32]) {
        let [mean, inv_std, sum_d, sum_dh, ..] = parts(kept);
        batch_norm::sums(pass.threads, delta, Normalized { x, mean, inv_std }, sum_d, sum_dh);
    }
}

impl Layer for BatchNorm {
    fn kept(&self, _: usize) -> usize {
        6 * self.channels
    }

    fn forward(&self, pass: Pass, Forward { parameters, state, x, y, kept }: Forward) {
        let [mean, inv_std, ..] = parts(kept);
        let (running_mean, running_variance) = (self.running_mean.clone(), self.running_variance.clone());
        match pass.mode {
            Mode::Train(_) | Mode::Calibrate(..) => {
                let momentum = match pass.mode {
                    Mode::Calibrate(_, weight) => weight,
                    _ => self.momentum,
                };
                batch_norm::statistics(pass.threads, x, mean, inv_std);
                let rows = x.len() / self.channels;
                let unbiased = rows as f32 / rows.saturating_sub(1).max(1) as f32;
                for (running, m) in state[running_mean].iter_mut().zip(mean.iter()) {
                    *running += momentum * (m - *running);
                }
                for (running, v) in state[running_variance].iter_mut().zip(inv_std.iter()) {
                    *running += momentum * (v * unbiased - *running);
                }
            }
            Mode::Evaluate => {
                mean.copy_from_slice(&state[running_mean]);
                inv_std.copy_from_slice(&state[running_variance]);
            }
        }
        inv_std.iter_mut().for_each(|v| *v = 1.0 / (*v + self.eps).sqrt());
        let beta = &parameters[self.channels..];
        let h = Normalized { x, mean, inv_std };
        batch_norm::normalize(pass.threads, h, self.gamma(parameters), beta, self.activation, y);
    }

    fn vjp(&self, pass: Pass, Vjp { parameters, rows, x, delta, kept, dx, epilogue }: Vjp) {
        assert_eq!(rows, 0..pass.batch, "batch normalisation needs the whole batch");
        self.sums(pass, x, delta, kept);
        let gamma = self.gamma(parameters);
        let [mean, inv_std, sum_d, sum_dh, ..] = parts(kept);
        match pass.mode {
            Mode::Train(_) | Mode::Calibrate(..) => {
                let h = Normalized { x, mean, inv_std };
                batch_norm::project(pass.threads, delta, h, gamma, sum_d, sum_dh, dx);
            }
            Mode::Evaluate => scale_channels(gamma, inv_std, delta, dx),
        }
        finish(pass.threads, epilogue, dx);
    }

    fn prepare_weight_grad(&self, pass: Pass, x: &[f32], delta: &[f32], kept: &mut [f32]) {
        self.sums(pass, x, delta, kept);
    }

    fn weight_grad(&self, _: Pass, Gradient { kept, bias_scale, accumulate, grads, .. }: Gradient) {
        debug_assert!(bias_scale.is_none(), "the network refuses row scales after a layer that mixes images");
        let channels = self.channels;
        let (sum_d, sum_dh) = (&kept[2 * channels..3 * channels], &kept[3 * channels..4 * channels]);
        for (grads, sums) in grads.chunks_exact_mut(channels).zip([sum_dh, sum_d]) {
            for (g, s) in grads.iter_mut().zip(sums) {
                *g = if accumulate { *g + s } else { *s };
            }
        }
    }

    fn jvp(&self, pass: Pass, Jvp { parameters, rows, x, y, kept, tx, ty }: Jvp) {
        let [mean, inv_std, _, _, sum_d, sum_dh] = parts(kept);
        let gamma = self.gamma(parameters);
        match pass.mode {
            // The Jacobian is symmetric, so a tangent takes the path of a cotangent.
            Mode::Train(_) | Mode::Calibrate(..) => {
                assert_eq!(rows, 0..pass.batch, "batch normalisation needs the whole batch");
                let h = Normalized { x, mean, inv_std };
                batch_norm::sums(pass.threads, tx, h, sum_d, sum_dh);
                batch_norm::project(pass.threads, tx, h, gamma, sum_d, sum_dh, ty);
            }
            Mode::Evaluate => scale_channels(gamma, inv_std, tx, ty),
        }
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}

/// `out = gamma inv_std d`: the Jacobian of normalisation by constants.
fn scale_channels(gamma: &[f32], inv_std: &[f32], d: &[f32], out: &mut [f32]) {
    let channels = gamma.len();
    for (out, d) in out.chunks_exact_mut(channels).zip(d.chunks_exact(channels)) {
        for ((o, d), (g, s)) in out.iter_mut().zip(d).zip(gamma.iter().zip(inv_std)) {
            *o = g * s * d;
        }
    }
}
