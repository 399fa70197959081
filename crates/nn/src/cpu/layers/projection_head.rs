//! Projection head: one logit, `y = x · w + b + x · E[label]`, `x` as a vector, `w` of shape `[in, 1]`, `E`
//! `[classes, in]` (Miyato and Koyama 2018).

use kernels::{labels, rows};

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct ProjectionHead {
    pub(crate) inputs: usize,
    pub(crate) bias: bool,
}

/// The layer's part of an arena.
struct Parts<'a> {
    weight: &'a [f32],
    bias: f32,
    embedding: &'a [f32],
}

impl ProjectionHead {
    fn parts<'a>(&self, parameters: &'a [f32]) -> Parts<'a> {
        let (weight, rest) = parameters.split_at(self.inputs);
        let (bias, embedding) = rest.split_at(usize::from(self.bias));
        Parts { weight, bias: bias.first().copied().unwrap_or(0.0), embedding }
    }
}

impl Layer for ProjectionHead {
    fn forward(&self, pass: Pass, Forward { parameters, x, y, .. }: Forward) {
        let Parts { weight, bias, embedding } = self.parts(parameters);
        labels::project(pass.threads, pass.labels, weight, embedding, bias, x, y);
    }

    fn vjp(&self, pass: Pass, Vjp { parameters, rows, delta, dx, epilogue, .. }: Vjp) {
        let Parts { weight, embedding, .. } = self.parts(parameters);
        labels::project_transposed(pass.threads, &pass.labels[rows], weight, embedding, delta, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn weight_grad(&self, pass: Pass, Gradient { x, delta, bias_scale, accumulate, grads, .. }: Gradient) {
        if !accumulate {
            grads.fill(0.0);
        }
        let (weight, rest) = grads.split_at_mut(self.inputs);
        let (bias, embedding) = rest.split_at_mut(usize::from(self.bias));
        rows::add_column_sums(pass.threads, Some(delta), x, weight);
        if !bias.is_empty() {
            rows::add_column_sums(pass.threads, bias_scale, delta, bias);
        }
        labels::scatter_add(pass.threads, pass.labels, Some(delta), x, self.inputs, embedding);
    }

    fn jvp(&self, pass: Pass, Jvp { parameters, rows, tx, ty, .. }: Jvp) {
        let Parts { weight, embedding, .. } = self.parts(parameters);
        labels::project(pass.threads, &pass.labels[rows], weight, embedding, 0.0, tx, ty);
    }
}
