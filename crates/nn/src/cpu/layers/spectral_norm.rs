//! Spectral normalisation: a layer with its weight `W` replaced by `W / sigma` (Miyato et al. 2018), `sigma`
//! an estimate of `W`'s largest singular value, with `W` seen as a matrix of one row for each output.
//!
//! `sigma = uᵀ W v`. Every training pass makes one power iteration of the state `u`, `v`: `u = W v / |W v|`, then
//! `v = Wᵀ u / |Wᵀ u|`. Other passes do not change them. For fixed `u` and `v` (as in
//! PyTorch's `parametrizations.spectral_norm`, whose order and epsilon these are), with `G` the gradient of
//! `W / sigma`: `dL/dW = (G - <G, W / sigma> u vᵀ) / sigma`.

use std::ops::Range;

use kernels::spectral::{self, MatrixView};
use kernels::{Threads, sums};

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Mode, Pass, Vjp};
use crate::plan::Operation;

/// Shortest length that a vector is divided by (PyTorch's).
const EPS: f64 = 1e-12;
/// Power iterations on fresh weights (PyTorch's).
const INITIAL_ITERATIONS: usize = 15;

#[derive(Debug)]
pub(crate) struct SpectralNorm {
    /// A layer without state whose parameters begin with the weight.
    inner: Box<dyn Layer>,
    /// Values of all its parameters.
    parameters: usize,
    /// The weight's layout.
    matrix: MatrixView,
    /// Place of `u` and `v` in the arena of state.
    vectors: Range<usize>,
}

/// What is kept of a pass, beside what the layer keeps.
struct Kept<'a> {
    inner: &'a mut [f32],
    /// All of the layer's parameters, the weight normalised.
    effective: &'a mut [f32],
    /// As long.
    scratch: &'a mut [f32],
    u: &'a mut [f32],
    v: &'a mut [f32],
    product: &'a mut [f32],
    sigma: &'a mut f32,
}

impl SpectralNorm {
    /// Wraps `inner`, the layer of `operation`, whose weight has the layout `matrix`.
    pub(crate) fn new(inner: Box<dyn Layer>, operation: &Operation, matrix: MatrixView) -> SpectralNorm {
        debug_assert_eq!(operation.parameters[0].range.len(), matrix.values());
        let vectors = operation.state[0].range.start..operation.state[1].range.end;
        SpectralNorm { inner, parameters: operation.parameter_count(), matrix, vectors }
    }

    fn split<'a>(&self, kept: &'a mut [f32]) -> Kept<'a> {
        let mut rest = kept;
        let mut last = |values: usize| {
            let at = rest.len() - values;
            let (before, part) = std::mem::take(&mut rest).split_at_mut(at);
            rest = before;
            part
        };
        let (parameters, inputs) = (self.parameters, self.matrix.inputs());
        let sigma = &mut last(1)[0];
        let (product, v, u) = (last(inputs), last(inputs), last(self.matrix.outputs));
        let (scratch, effective) = (last(parameters), last(parameters));
        Kept { inner: rest, effective, scratch, u, v, product, sigma }
    }

    /// One power iteration: `u` by `v`, then `v` by `u`.
    fn iterate(&self, threads: Threads, weight: &[f32], u: &mut [f32], v: &mut [f32]) {
        spectral::matvec(threads, self.matrix, weight, v, u);
        normalize(threads, u);
        spectral::matvec_transposed(threads, self.matrix, weight, u, v);
        normalize(threads, v);
    }

    /// `u` and `v`.
    fn vectors<'a>(&self, state: &'a mut [f32]) -> (&'a mut [f32], &'a mut [f32]) {
        state[self.vectors.clone()].split_at_mut(self.matrix.outputs)
    }
}

fn normalize(threads: Threads, vector: &mut [f32]) {
    let length = sums::sum_of_squares(threads, vector).sqrt().max(EPS);
    let inverse = (1.0 / length) as f32;
    vector.iter_mut().for_each(|x| *x *= inverse);
}

impl Layer for SpectralNorm {
    fn kept(&self, batch: usize) -> usize {
        let vectors = self.matrix.outputs + 2 * self.matrix.inputs();
        self.inner.kept(batch) + 2 * self.parameters + vectors + 1
    }

    fn power_iterate(&self, threads: Threads, parameters: &[f32], state: &mut [f32]) {
        let (u, v) = self.vectors(state);
        for _ in 0..INITIAL_ITERATIONS {
            self.iterate(threads, &parameters[..self.matrix.values()], u, v);
        }
    }

    fn forward(&self, pass: Pass, Forward { parameters, state, x, y, kept }: Forward) {
        let (weight, others) = parameters.split_at(self.matrix.values());
        let (own_u, own_v) = self.vectors(state);
        if let Mode::Train(_) = pass.mode {
            self.iterate(pass.threads, weight, own_u, own_v);
        }
        let Kept { inner, effective, u, v, product, sigma, .. } = self.split(kept);
        u.copy_from_slice(own_u);
        v.copy_from_slice(own_v);
        spectral::matvec_transposed(pass.threads, self.matrix, weight, u, product);
        *sigma = sums::dot(pass.threads, product, v) as f32;
        let (own_weight, own_others) = effective.split_at_mut(weight.len());
        spectral::scaled(pass.threads, 1.0 / *sigma, weight, false, own_weight);
        own_others.copy_from_slice(others);
        self.inner.forward(pass, Forward { parameters: effective, state: &mut [], x, y, kept: inner });
    }

    fn vjp(&self, pass: Pass, buffers: Vjp) {
        let Kept { inner, effective, .. } = self.split(buffers.kept);
        self.inner.vjp(pass, Vjp { parameters: effective, kept: inner, ..buffers });
    }

    fn prepare_weight_grad(&self, pass: Pass, x: &[f32], delta: &[f32], kept: &mut [f32]) {
        self.inner.prepare_weight_grad(pass, x, delta, self.split(kept).inner);
    }

    fn weight_grad(&self, pass: Pass, buffers: Gradient) {
        let Kept { inner, effective, scratch, u, v, sigma, .. } = self.split(buffers.kept);
        let (accumulate, grads) = (buffers.accumulate, buffers.grads);
        let own = Gradient { kept: inner, accumulate: false, grads: &mut *scratch, ..buffers };
        self.inner.weight_grad(pass, own);
        let (gradient, others) = scratch.split_at(self.matrix.values());
        let (own, own_others) = grads.split_at_mut(gradient.len());
        let along = sums::dot(pass.threads, gradient, &effective[..gradient.len()]) as f32;
        spectral::scaled(pass.threads, 1.0 / *sigma, gradient, accumulate, own);
        spectral::subtract_outer_product(pass.threads, self.matrix, along / *sigma, u, v, own);
        spectral::scaled(pass.threads, 1.0, others, accumulate, own_others);
    }

    fn jvp(&self, pass: Pass, buffers: Jvp) {
        let Kept { inner, effective, .. } = self.split(buffers.kept);
        self.inner.jvp(pass, Jvp { parameters: effective, kept: inner, ..buffers });
    }
}
