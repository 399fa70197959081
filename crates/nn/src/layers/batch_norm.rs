//! Batch normalisation: `y = f(gamma (x - mean) / sqrt(var + eps) + beta)`, channel by channel (Ioffe and Szegedy 2015).
//!
//! Training uses the batch's mean and biased variance; the running statistics move by `momentum` towards the batch's
//! mean and unbiased variance, as in PyTorch. Evaluation uses the running statistics.

use std::ops::Range;

use kernels::{Activation, Epilogue, activation, batch_norm};

use crate::layer::{Layer, Mode, Pass};
use crate::layers::finish;
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct BatchNorm {
    shape: Shape,
    eps: f32,
    momentum: f32,
    activation: Activation,
    /// Gamma and beta.
    parameters: Vec<Parameter>,
    /// Running mean and variance.
    state: Vec<Parameter>,
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
    pub(crate) fn new(
        name: &str,
        offset: usize,
        state_offset: usize,
        shape: Shape,
        eps: f32,
        momentum: f32,
        activation: Activation,
    ) -> BatchNorm {
        let channels = shape.channels;
        let view = |role: &str, start: usize, value: f32| Parameter {
            name: format!("{name}.batch-norm.{role}"),
            range: start..start + channels,
            dimensions: vec![channels],
            start: Start::Constant(value),
            in_panels: false,
        };
        BatchNorm {
            shape,
            eps,
            momentum,
            activation,
            parameters: vec![view("gamma", offset, 1.0), view("beta", offset + channels, 0.0)],
            state: vec![
                view("running_mean", state_offset, 0.0),
                view("running_variance", state_offset + channels, 1.0),
            ],
        }
    }

    fn gamma<'a>(&self, parameters: &'a [f32]) -> &'a [f32] {
        &parameters[..self.shape.channels]
    }

    fn sums(&self, pass: Pass, x: &[f32], delta: &[f32], kept: &mut [f32]) {
        let [mean, inv_std, sum_d, sum_dh, ..] = parts(kept);
        batch_norm::sums(pass.threads, delta, x, mean, inv_std, sum_d, sum_dh);
    }
}

impl Layer for BatchNorm {
    fn kind(&self) -> &'static str {
        "batch-norm"
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn state(&self) -> &[Parameter] {
        &self.state
    }

    fn kept(&self, _: usize) -> usize {
        6 * self.shape.channels
    }

    fn interacts(&self) -> bool {
        true
    }

    fn forward(
        &self,
        pass: Pass,
        parameters: &[f32],
        state: &mut [f32],
        x: &[f32],
        y: &mut [f32],
        kept: &mut [f32],
    ) {
        let [mean, inv_std, ..] = parts(kept);
        let (running_mean, running_variance) = (self.state[0].range.clone(), self.state[1].range.clone());
        match pass.mode {
            Mode::Train(_) | Mode::Calibrate(..) => {
                let momentum = match pass.mode {
                    Mode::Calibrate(_, weight) => weight,
                    _ => self.momentum,
                };
                batch_norm::statistics(pass.threads, x, mean, inv_std);
                let rows = x.len() / self.shape.channels;
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
        let beta = &parameters[self.shape.channels..];
        batch_norm::normalize(
            pass.threads,
            x,
            mean,
            inv_std,
            self.gamma(parameters),
            beta,
            self.activation,
            y,
        );
    }

    fn vjp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        x: &[f32],
        delta: &[f32],
        kept: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        assert_eq!(rows, 0..pass.batch, "batch normalisation needs the whole batch");
        self.sums(pass, x, delta, kept);
        let gamma = self.gamma(parameters);
        let [mean, inv_std, sum_d, sum_dh, ..] = parts(kept);
        match pass.mode {
            Mode::Train(_) | Mode::Calibrate(..) => {
                batch_norm::project(pass.threads, delta, x, mean, inv_std, gamma, sum_d, sum_dh, dx);
            }
            Mode::Evaluate => scale_channels(gamma, inv_std, delta, dx),
        }
        finish(pass.threads, epilogue, dx);
    }

    fn prepare_weight_grad(&self, pass: Pass, x: &[f32], delta: &[f32], kept: &mut [f32]) {
        self.sums(pass, x, delta, kept);
    }

    fn weight_grad(
        &self,
        _: Pass,
        _: &[f32],
        _: &[f32],
        kept: &mut [f32],
        bias_scale: Option<&[f32]>,
        accumulate: bool,
        grads: &mut [f32],
    ) {
        debug_assert!(bias_scale.is_none(), "the network refuses row scales after a layer that mixes images");
        let channels = self.shape.channels;
        let (sum_d, sum_dh) = (&kept[2 * channels..3 * channels], &kept[3 * channels..4 * channels]);
        for (grads, sums) in grads.chunks_exact_mut(channels).zip([sum_dh, sum_d]) {
            for (g, s) in grads.iter_mut().zip(sums) {
                *g = if accumulate { *g + s } else { *s };
            }
        }
    }

    fn jvp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        x: &[f32],
        y: &[f32],
        kept: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        let [mean, inv_std, _, _, sum_d, sum_dh] = parts(kept);
        let gamma = self.gamma(parameters);
        match pass.mode {
            // The Jacobian is symmetric: tangents go forward as cotangents go back.
            Mode::Train(_) | Mode::Calibrate(..) => {
                assert_eq!(rows, 0..pass.batch, "batch normalisation needs the whole batch");
                batch_norm::sums(pass.threads, tx, x, mean, inv_std, sum_d, sum_dh);
                batch_norm::project(pass.threads, tx, x, mean, inv_std, gamma, sum_d, sum_dh, ty);
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
