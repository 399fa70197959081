//! Class embedding: `y = [x, E[label]]`, `x` as a vector of `in` values, `E` of shape `[classes, features]`
//! (Mirza and Osindero 2014, with learned embeddings).

use kernels::labels;

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct ClassEmbedding {
    pub(crate) inputs: usize,
    pub(crate) features: usize,
}

impl Layer for ClassEmbedding {
    fn forward(&self, pass: Pass, Forward { parameters, x, y, .. }: Forward) {
        labels::concat(pass.labels, x, Some(parameters), (self.inputs, self.features), y);
    }

    fn vjp(&self, pass: Pass, Vjp { delta, dx, epilogue, .. }: Vjp) {
        let rows = delta.chunks_exact(self.inputs + self.features);
        for (dx, delta) in dx.chunks_exact_mut(self.inputs).zip(rows) {
            dx.copy_from_slice(&delta[..self.inputs]);
        }
        finish(pass.threads, epilogue, dx);
    }

    fn weight_grad(&self, pass: Pass, Gradient { delta, bias_scale, accumulate, grads, .. }: Gradient) {
        if !accumulate {
            grads.fill(0.0);
        }
        labels::scatter_add(pass.threads, pass.labels, bias_scale, delta, self.features, grads);
    }

    fn jvp(&self, pass: Pass, Jvp { rows, tx, ty, .. }: Jvp) {
        labels::concat(&pass.labels[rows], tx, None, (self.inputs, self.features), ty);
    }
}
