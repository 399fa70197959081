//! Dense layer: `y = f(x W + b)`, `x` of shape `[batch, in]`, `W` `[in, out]`.
//!
//! `classifier-head` is one of `1 + classes` outputs: a logit, then the logits of the image's class (Odena et
//! al. 2017).

use kernels::{Activation, Epilogue, Matrix, product, product_into_panels, rows};

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Pass, Vjp};
use crate::optimizer::Update;

/// Fewest weights that are kept in panels, so that products read them as one stream, and the update takes their gradient
/// without its being written to memory. Fewer stay in the caches.
const PANELS_FROM: usize = 16 * 1024;

#[derive(Debug)]
pub(crate) struct Dense {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bias: bool,
    pub(crate) activation: Activation,
    /// Whether the weight lies in panels.
    pub(crate) in_panels: bool,
}

impl Dense {
    /// Whether a weight is large enough for panels.
    pub(crate) fn fits_panels(inputs: usize, outputs: usize) -> bool {
        inputs * outputs >= PANELS_FROM
    }

    fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    fn weight<'a>(&self, parameters: &'a [f32]) -> Matrix<'a> {
        let weight = &parameters[..self.weights()];
        if self.in_panels {
            Matrix::in_panels(weight, self.inputs, self.outputs)
        } else {
            Matrix::new(weight, self.inputs, self.outputs)
        }
    }
}

impl Layer for Dense {
    fn forward(&self, pass: Pass, Forward { parameters, x, y, .. }: Forward) {
        let bias = self.bias.then(|| &parameters[self.weights()..]);
        let x = Matrix::new(x, pass.batch, self.inputs);
        product(pass.threads, y, x, self.weight(parameters), Epilogue::BiasActivation(bias, self.activation));
    }

    fn vjp(&self, pass: Pass, Vjp { parameters, rows, delta, dx, epilogue, .. }: Vjp) {
        let delta = Matrix::new(delta, rows.len(), self.outputs);
        product(pass.threads, dx, delta, self.weight(parameters).transposed(), epilogue);
    }

    fn weight_grad(&self, pass: Pass, Gradient { x, delta, bias_scale, accumulate, grads, .. }: Gradient) {
        let (weight, bias) = grads.split_at_mut(self.weights());
        let x = Matrix::new(x, pass.batch, self.inputs).transposed();
        let outputs = Matrix::new(delta, pass.batch, self.outputs);
        if self.in_panels {
            product_into_panels(pass.threads, weight, x, outputs, accumulate);
        } else {
            let epilogue = if accumulate { Epilogue::Accumulate } else { Epilogue::None };
            product(pass.threads, weight, x, outputs, epilogue);
        }
        bias_grad(pass, delta, bias_scale, accumulate, bias);
    }

    fn weight_update(&self, pass: Pass, mut buffers: Gradient, update: Update) -> f64 {
        if !self.in_panels {
            self.weight_grad(pass, buffers.reborrow());
            return update.run(pass.threads, buffers.grads);
        }
        let Gradient { x, delta, bias_scale, grads, .. } = buffers;
        let (weight, bias) = grads.split_at_mut(self.weights());
        let (weight_update, bias_update) = update.split_at(self.weights());
        bias_grad(pass, delta, bias_scale, false, bias);
        let x = Matrix::new(x, pass.batch, self.inputs).transposed();
        let delta = Matrix::new(delta, pass.batch, self.outputs);
        weight_update.run_product(pass.threads, x, delta, weight) + bias_update.run(pass.threads, bias)
    }

    fn jvp(&self, pass: Pass, Jvp { parameters, rows, y, tx, ty, .. }: Jvp) {
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
