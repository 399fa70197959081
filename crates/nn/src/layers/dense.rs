//! Dense layer: `y = f(x W + b)`, `x` of shape `[batch, in]`, `W` `[in, out]`.
//!
//! `classifier-head` is one of `1 + classes` outputs: a logit, then the logits of the image's class (Odena et
//! al. 2017).

use std::ops::Range;

use kernels::{Activation, Epilogue, Matrix, product, product_into_panels, rows};

use crate::init::Init;
use crate::layer::{Layer, Pass};
use crate::optimizer::Update;
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

/// Fewest weights worth being kept in panels, so that products read them as one stream, and their gradient is not written on its
/// way to the update: fewer stay in the caches.
const PANELS_FROM: usize = 16 * 1024;

#[derive(Debug)]
pub(crate) struct Dense {
    /// `dense` or `classifier-head`.
    kind: &'static str,
    inputs: usize,
    outputs: usize,
    activation: Activation,
    /// Weight, then bias if there is one.
    parameters: Vec<Parameter>,
}

impl Dense {
    /// `name` begins the parameters' names, `offset` the arena's next free value.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn new(
        kind: &'static str,
        name: &str,
        offset: usize,
        inputs: usize,
        outputs: usize,
        bias: bool,
        init: Init,
        activation: Activation,
    ) -> Dense {
        let end = offset + inputs * outputs;
        let mut parameters = vec![Parameter {
            name: format!("{name}.{kind}.weight"),
            range: offset..end,
            dimensions: vec![inputs, outputs],
            start: Start::Random { init, fan_in: inputs, fan_out: outputs },
            in_panels: false,
        }];
        if bias {
            parameters.push(Parameter {
                name: format!("{name}.{kind}.bias"),
                range: end..end + outputs,
                dimensions: vec![outputs],
                start: Start::Constant(0.0),
                in_panels: false,
            });
        }
        Dense { kind, inputs, outputs, activation, parameters }
    }

    fn weight<'a>(&self, parameters: &'a [f32]) -> Matrix<'a> {
        let weight = &parameters[..self.inputs * self.outputs];
        if self.in_panels() {
            Matrix::in_panels(weight, self.inputs, self.outputs)
        } else {
            Matrix::new(weight, self.inputs, self.outputs)
        }
    }

    fn in_panels(&self) -> bool {
        self.parameters[0].in_panels
    }
}

impl Layer for Dense {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn output(&self) -> Shape {
        Shape::flat(self.outputs)
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn store_in_panels(&mut self) {
        self.parameters[0].in_panels = self.inputs * self.outputs >= PANELS_FROM;
    }

    fn product_flops(&self) -> u64 {
        2 * (self.inputs * self.outputs) as u64
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
        let bias = self.parameters.get(1).map(|_| &parameters[self.inputs * self.outputs..]);
        let x = Matrix::new(x, pass.batch, self.inputs);
        product(pass.threads, y, x, self.weight(parameters), Epilogue::BiasActivation(bias, self.activation));
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
        let delta = Matrix::new(delta, rows.len(), self.outputs);
        product(pass.threads, dx, delta, self.weight(parameters).transposed(), epilogue);
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
        let (weight, bias) = grads.split_at_mut(self.inputs * self.outputs);
        let x = Matrix::new(x, pass.batch, self.inputs).transposed();
        let outputs = Matrix::new(delta, pass.batch, self.outputs);
        if self.in_panels() {
            product_into_panels(pass.threads, weight, x, outputs, accumulate);
        } else {
            let epilogue = if accumulate { Epilogue::Accumulate } else { Epilogue::None };
            product(pass.threads, weight, x, outputs, epilogue);
        }
        bias_grad(pass, delta, bias_scale, accumulate, bias);
    }

    fn weight_update(
        &self,
        pass: Pass,
        x: &[f32],
        delta: &[f32],
        kept: &mut [f32],
        bias_scale: Option<&[f32]>,
        grads: &mut [f32],
        update: Update,
    ) -> f64 {
        let weights = self.inputs * self.outputs;
        if !self.in_panels() {
            self.weight_grad(pass, x, delta, kept, bias_scale, false, grads);
            return update.run(pass.threads, grads);
        }
        let (weight, bias) = grads.split_at_mut(weights);
        let (weight_update, bias_update) = update.split_at(weights);
        bias_grad(pass, delta, bias_scale, false, bias);
        let x = Matrix::new(x, pass.batch, self.inputs).transposed();
        let delta = Matrix::new(delta, pass.batch, self.outputs);
        weight_update.run_product(pass.threads, x, delta, weight) + bias_update.run(pass.threads, bias)
    }

    fn jvp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        _: &[f32],
        y: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        let tx = Matrix::new(tx, rows.len(), self.inputs);
        product(pass.threads, ty, tx, self.weight(parameters), Epilogue::Derivative(self.activation, y));
    }
}

/// `bias += sum_i scale_i delta_i`, where there is a bias (overwritten unless `accumulate`).
fn bias_grad(pass: Pass, delta: &[f32], scale: Option<&[f32]>, accumulate: bool, bias: &mut [f32]) {
    if bias.is_empty() {
        return;
    }
    if !accumulate {
        bias.fill(0.0);
    }
    rows::add_column_sums(pass.threads, scale, delta, bias);
}
