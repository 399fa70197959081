//! Class embedding: `y = [x, E[label]]`, `x` as a vector of `in` values, `E` of shape `[classes, features]`
//! (Mirza and Osindero 2014, with learned embeddings).

use std::ops::Range;

use kernels::{Activation, Epilogue, labels};

use crate::init::Init;
use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct ClassEmbedding {
    inputs: usize,
    features: usize,
    /// `E`.
    parameters: Vec<Parameter>,
}

impl ClassEmbedding {
    /// `name` begins the parameter's name, `offset` is the arena's next free value.
    pub(crate) fn new(
        name: &str,
        offset: usize,
        inputs: usize,
        classes: usize,
        features: usize,
        init: Option<Init>,
    ) -> ClassEmbedding {
        let start = match init {
            Some(init) => Start::Random { init, fan_in: classes, fan_out: features },
            None => Start::Normal,
        };
        let parameters = vec![Parameter {
            name: format!("{name}.class-embedding.weight"),
            range: offset..offset + classes * features,
            dimensions: vec![classes, features],
            start,
            in_panels: false,
        }];
        ClassEmbedding { inputs, features, parameters }
    }
}

impl Layer for ClassEmbedding {
    fn kind(&self) -> &'static str {
        "class-embedding"
    }

    fn output(&self) -> Shape {
        Shape::flat(self.inputs + self.features)
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

    fn forward(
        &self,
        pass: Pass,
        parameters: &[f32],
        _: &mut [f32],
        x: &[f32],
        y: &mut [f32],
        _: &mut [f32],
    ) {
        labels::append(pass.labels, x, Some(parameters), (self.inputs, self.features), y);
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        _: &[f32],
        delta: &[f32],
        _: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        let rows = delta.chunks_exact(self.inputs + self.features);
        for (dx, delta) in dx.chunks_exact_mut(self.inputs).zip(rows) {
            dx.copy_from_slice(&delta[..self.inputs]);
        }
        finish(pass.threads, epilogue, dx);
    }

    fn weight_grad(
        &self,
        pass: Pass,
        _: &[f32],
        delta: &[f32],
        _: &mut [f32],
        bias_scale: Option<&[f32]>,
        accumulate: bool,
        grads: &mut [f32],
    ) {
        if !accumulate {
            grads.fill(0.0);
        }
        labels::add_by_label(pass.threads, pass.labels, bias_scale, delta, self.features, grads);
    }

    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        _: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        labels::append(&pass.labels[rows], tx, None, (self.inputs, self.features), ty);
    }
}
