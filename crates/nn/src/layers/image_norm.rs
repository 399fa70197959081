//! Layer and instance normalisation: `y = f(gamma (x - mean) / sqrt(var + eps) + beta)` with the statistics
//! of each image.
//!
//! - `layer-norm`: over all values of the image (Ba et al. 2016). Gamma and beta are `[channels]`: PyTorch's
//!   `GroupNorm(1, channels)`, which on a vector is its `LayerNorm`.
//! - `instance-norm`: over the pixels, channel by channel (Ulyanov et al. 2016): PyTorch's `InstanceNorm2d` with
//!   `affine=True`.

use std::ops::Range;

use kernels::image_norm::{self, Direction, Scope};
use kernels::{Activation, Epilogue, activation};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct ImageNorm {
    scope: Scope,
    shape: Shape,
    eps: f32,
    activation: Activation,
    /// Gamma and beta.
    parameters: Vec<Parameter>,
}

/// What is kept of some rows: mean and 1/std of every image and channel, and scratch for two sums.
struct Kept<'a> {
    mean: &'a mut [f32],
    inv_std: &'a mut [f32],
    sums: &'a mut [f32],
}

impl ImageNorm {
    /// `name` begins the parameters' names, `offset` is the arena's next free value.
    pub(crate) fn new(
        name: &str,
        offset: usize,
        scope: Scope,
        shape: Shape,
        eps: f32,
        activation: Activation,
    ) -> ImageNorm {
        let channels = shape.channels;
        let kind = kind(scope);
        let view = |role: &str, start: usize, value: f32| Parameter {
            name: format!("{name}.{kind}.{role}"),
            range: start..start + channels,
            dimensions: vec![channels],
            start: Start::Constant(value),
            in_panels: false,
        };
        let parameters = vec![view("gamma", offset, 1.0), view("beta", offset + channels, 0.0)];
        ImageNorm { scope, shape, eps, activation, parameters }
    }

    fn kept<'a>(&self, kept: &'a mut [f32], rows: &Range<usize>) -> Kept<'a> {
        let channels = self.shape.channels;
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

    #[allow(clippy::too_many_arguments)]
    fn project(
        &self,
        pass: Pass,
        direction: Direction,
        parameters: &[f32],
        rows: &Range<usize>,
        x: &[f32],
        d: &[f32],
        kept: &mut [f32],
        out: &mut [f32],
    ) {
        let Kept { mean, inv_std, sums } = self.kept(kept, rows);
        let gamma = &parameters[..self.shape.channels];
        image_norm::project(pass.threads, self.scope, direction, d, x, mean, inv_std, gamma, sums, out);
    }
}

fn kind(scope: Scope) -> &'static str {
    match scope {
        Scope::Image => "layer-norm",
        Scope::Channel => "instance-norm",
    }
}

impl Layer for ImageNorm {
    fn kind(&self) -> &'static str {
        kind(self.scope)
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

    fn kept(&self, batch: usize) -> usize {
        4 * batch * self.shape.channels
    }

    fn piecewise_linear(&self) -> bool {
        false
    }

    fn forward(
        &self,
        pass: Pass,
        parameters: &[f32],
        _: &mut [f32],
        x: &[f32],
        y: &mut [f32],
        kept: &mut [f32],
    ) {
        let channels = self.shape.channels;
        let Kept { mean, inv_std, .. } = self.kept(kept, &(0..pass.batch));
        image_norm::statistics(pass.threads, self.scope, channels, self.eps, x, mean, inv_std);
        let (gamma, beta) = parameters.split_at(channels);
        image_norm::normalize(pass.threads, x, mean, inv_std, gamma, beta, self.activation, y);
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
        self.project(pass, Direction::Back, parameters, &rows, x, delta, kept, dx);
        finish(pass.threads, epilogue, dx);
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
        debug_assert!(bias_scale.is_none(), "the network refuses tangents through a curved layer");
        let Kept { mean, inv_std, .. } = self.kept(kept, &(0..pass.batch));
        let (gamma, beta) = grads.split_at_mut(self.shape.channels);
        image_norm::affine_gradients(pass.threads, delta, x, mean, inv_std, accumulate, gamma, beta);
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
        self.project(pass, Direction::Forward, parameters, &rows, x, tx, kept, ty);
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}
