//! Spectral normalisation: a layer with its weight `W` replaced by `W / sigma` (Miyato et al. 2018), `sigma`
//! an estimate of `W`'s largest singular value, with `W` seen as a matrix of one row for each output.
//!
//! `sigma = uᵀ W v`. Every training pass improves the state `u`, `v` by one power iteration, `u = W v / |W
//! v|` and then `v = Wᵀ u / |Wᵀ u|`; other passes take them as they are. For fixed `u` and `v` (as in
//! PyTorch's `parametrizations.spectral_norm`, whose order and epsilon these are), with `G` the gradient of
//! `W / sigma`: `dL/dW = (G - <G, W / sigma> u vᵀ) / sigma`.

use std::ops::Range;

use kernels::spectral::{self, Folded};
use kernels::{Activation, Epilogue, Threads, sums};

use crate::layer::{Layer, Mode, Pass};
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

/// Shortest length that a vector is divided by (PyTorch's).
const EPS: f64 = 1e-12;
/// Power iterations on fresh weights (PyTorch's).
const SETTLING_ITERATIONS: usize = 15;

#[derive(Debug)]
pub(crate) struct SpectralNorm {
    /// A layer without state whose first parameter is the weight.
    inner: Box<dyn Layer>,
    folded: Folded,
    /// `u` and `v`.
    state: Vec<Parameter>,
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
    /// Wraps `inner`, whose weight is of the layout `folded`; `name` begins the state's names.
    pub(crate) fn new(
        name: &str,
        state_offset: usize,
        inner: Box<dyn Layer>,
        folded: Folded,
    ) -> SpectralNorm {
        debug_assert!(inner.state().is_empty() && inner.parameters()[0].range.len() == folded.values());
        let kind = inner.kind();
        let view = |role: &str, first: usize, values: usize| Parameter {
            name: format!("{name}.{kind}.{role}"),
            range: first..first + values,
            dimensions: vec![values],
            start: Start::Direction,
            in_panels: false,
        };
        let (outputs, inputs) = (folded.outputs, folded.inputs());
        let state = vec![view("u", state_offset, outputs), view("v", state_offset + outputs, inputs)];
        SpectralNorm { inner, folded, state }
    }

    fn split<'a>(&self, kept: &'a mut [f32]) -> Kept<'a> {
        let mut rest = kept;
        let mut last = |values: usize| {
            let at = rest.len() - values;
            let (before, part) = std::mem::take(&mut rest).split_at_mut(at);
            rest = before;
            part
        };
        let (parameters, inputs) = (self.inner.range().len(), self.folded.inputs());
        let sigma = &mut last(1)[0];
        let (product, v, u) = (last(inputs), last(inputs), last(self.folded.outputs));
        let (scratch, effective) = (last(parameters), last(parameters));
        Kept { inner: rest, effective, scratch, u, v, product, sigma }
    }

    /// One power iteration: `u` by `v`, then `v` by `u`.
    fn iterate(&self, threads: Threads, weight: &[f32], u: &mut [f32], v: &mut [f32]) {
        spectral::times_inputs(threads, self.folded, weight, v, u);
        normalize(threads, u);
        spectral::times_outputs(threads, self.folded, weight, u, v);
        normalize(threads, v);
    }

    fn state<'a>(&self, state: &'a mut [f32]) -> (&'a mut [f32], &'a mut [f32]) {
        let own = self.state[0].range.start..self.state[1].range.end;
        state[own].split_at_mut(self.folded.outputs)
    }
}

fn normalize(threads: Threads, vector: &mut [f32]) {
    let length = sums::sum_of_squares(threads, vector).sqrt().max(EPS);
    let inverse = (1.0 / length) as f32;
    vector.iter_mut().for_each(|x| *x *= inverse);
}

impl Layer for SpectralNorm {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn output(&self) -> Shape {
        self.inner.output()
    }

    fn activation(&self) -> Activation {
        self.inner.activation()
    }

    fn parameters(&self) -> &[Parameter] {
        self.inner.parameters()
    }

    fn state(&self) -> &[Parameter] {
        &self.state
    }

    fn kept(&self, batch: usize) -> usize {
        let vectors = self.folded.outputs + 2 * self.folded.inputs();
        self.inner.kept(batch) + 2 * self.inner.range().len() + vectors + 1
    }

    fn interacts(&self) -> bool {
        self.inner.interacts()
    }

    fn piecewise_linear(&self) -> bool {
        self.inner.piecewise_linear()
    }

    fn reads_labels(&self) -> bool {
        self.inner.reads_labels()
    }

    fn product_flops(&self) -> u64 {
        self.inner.product_flops()
    }

    fn settle(&self, threads: Threads, parameters: &[f32], state: &mut [f32]) {
        let (u, v) = self.state(state);
        for _ in 0..SETTLING_ITERATIONS {
            self.iterate(threads, &parameters[..self.folded.values()], u, v);
        }
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
        let (weight, others) = parameters.split_at(self.folded.values());
        let (own_u, own_v) = self.state(state);
        if let Mode::Train(_) = pass.mode {
            self.iterate(pass.threads, weight, own_u, own_v);
        }
        let Kept { inner, effective, u, v, product, sigma, .. } = self.split(kept);
        u.copy_from_slice(own_u);
        v.copy_from_slice(own_v);
        spectral::times_outputs(pass.threads, self.folded, weight, u, product);
        *sigma = sums::dot(pass.threads, product, v) as f32;
        let (own_weight, own_others) = effective.split_at_mut(weight.len());
        spectral::scaled(pass.threads, 1.0 / *sigma, weight, false, own_weight);
        own_others.copy_from_slice(others);
        self.inner.forward(pass, effective, &mut [], x, y, inner);
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        x: &[f32],
        delta: &[f32],
        kept: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        let Kept { inner, effective, .. } = self.split(kept);
        self.inner.vjp(pass, effective, rows, x, delta, inner, dx, epilogue);
    }

    fn prepare_weight_grad(&self, pass: Pass, x: &[f32], delta: &[f32], kept: &mut [f32]) {
        self.inner.prepare_weight_grad(pass, x, delta, self.split(kept).inner);
    }

    fn weight_grad(
        &self,
        pass: Pass,
        x: &[f32],
        delta: &[f32],
        kept: &mut [f32],
        bias_scale: Option<&[f32]>,
        accumulate: bool,
        grads: &mut [f32],
    ) {
        let Kept { inner, effective, scratch, u, v, sigma, .. } = self.split(kept);
        self.inner.weight_grad(pass, x, delta, inner, bias_scale, false, scratch);
        let (gradient, others) = scratch.split_at(self.folded.values());
        let (own, own_others) = grads.split_at_mut(gradient.len());
        let along = sums::dot(pass.threads, gradient, &effective[..gradient.len()]) as f32;
        spectral::scaled(pass.threads, 1.0 / *sigma, gradient, accumulate, own);
        spectral::subtract_outer(pass.threads, self.folded, along / *sigma, u, v, own);
        spectral::scaled(pass.threads, 1.0, others, accumulate, own_others);
    }

    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        x: &[f32],
        y: &[f32],
        kept: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        let Kept { inner, effective, .. } = self.split(kept);
        self.inner.jvp(pass, effective, rows, x, y, inner, tx, ty);
    }
}
