//! Projection head: one logit, `y = x · w + b + x · E[label]`, `x` as a vector, `w` of shape `[in, 1]`, `E`
//! `[classes, in]` (Miyato and Koyama 2018).

use std::ops::Range;

use kernels::{Activation, Epilogue, labels, rows};

use crate::init::Init;
use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct ProjectionHead {
    inputs: usize,
    bias: bool,
    /// Weight, bias if there is one, embedding.
    parameters: Vec<Parameter>,
}

/// The layer's part of an arena.
struct Parts<'a> {
    weight: &'a [f32],
    bias: f32,
    embedding: &'a [f32],
}

impl ProjectionHead {
    /// `name` begins the parameters' names, `offset` is the arena's next free value.
    pub(crate) fn new(
        name: &str,
        offset: usize,
        inputs: usize,
        classes: usize,
        bias: bool,
        init: Init,
    ) -> ProjectionHead {
        let mut end = offset;
        let mut view = |role: &str, dimensions: Vec<usize>, start: Start| {
            let first = end;
            end += dimensions.iter().product::<usize>();
            Parameter {
                name: format!("{name}.projection-head.{role}"),
                range: first..end,
                dimensions,
                start,
                in_panels: false,
            }
        };
        // One output of as many inputs as there are, for each class.
        let random = Start::Random { init, fan_in: inputs, fan_out: 1 };
        let mut parameters = vec![view("weight", vec![inputs, 1], random)];
        if bias {
            parameters.push(view("bias", vec![1], Start::Constant(0.0)));
        }
        parameters.push(view("embedding", vec![classes, inputs], random));
        ProjectionHead { inputs, bias, parameters }
    }

    fn parts<'a>(&self, parameters: &'a [f32]) -> Parts<'a> {
        let (weight, rest) = parameters.split_at(self.inputs);
        let (bias, embedding) = rest.split_at(usize::from(self.bias));
        Parts { weight, bias: bias.first().copied().unwrap_or(0.0), embedding }
    }
}

impl Layer for ProjectionHead {
    fn kind(&self) -> &'static str {
        "projection-head"
    }

    fn output(&self) -> Shape {
        Shape::flat(1)
    }

    fn activation(&self) -> Activation {
        Activation::Identity
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn reads_labels(&self) -> bool {
        true
    }

    /// Two products of a vector.
    fn product_flops(&self) -> u64 {
        4 * self.inputs as u64
    }

    fn forward(
        &self,
        pass: Pass,
        parameters: &[f32],
        _: &mut [f32],
        x: &[f32],
        y: &mut [f32],
        _: &mut [f32],
    ) {
        let Parts { weight, bias, embedding } = self.parts(parameters);
        labels::project(pass.threads, pass.labels, weight, embedding, bias, x, y);
    }

    fn vjp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        _: &[f32],
        delta: &[f32],
        _: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        let Parts { weight, embedding, .. } = self.parts(parameters);
        labels::project_transposed(pass.threads, &pass.labels[rows], weight, embedding, delta, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn weight_grad(
        &self,
        pass: Pass,
        x: &[f32],
        delta: &[f32],
        _: &mut [f32],
        bias_scale: Option<&[f32]>,
        accumulate: bool,
        grads: &mut [f32],
    ) {
        if !accumulate {
            grads.fill(0.0);
        }
        let (weight, rest) = grads.split_at_mut(self.inputs);
        let (bias, embedding) = rest.split_at_mut(usize::from(self.bias));
        rows::add_column_sums(pass.threads, Some(delta), x, weight);
        if !bias.is_empty() {
            rows::add_column_sums(pass.threads, bias_scale, delta, bias);
        }
        labels::add_by_label(pass.threads, pass.labels, Some(delta), x, self.inputs, embedding);
    }

    fn jvp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        _: &[f32],
        _: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        let Parts { weight, embedding, .. } = self.parts(parameters);
        labels::project(pass.threads, &pass.labels[rows], weight, embedding, 0.0, tx, ty);
    }
}
