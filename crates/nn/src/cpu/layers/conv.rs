//! Convolution and transposed convolution: `y = f(x * W + b)`, activations `[batch, height, width, channels]`.
//!
//! Convolution: `y[i, j, :] = sum over taps of x[i s - p + ky, j s - p + kx, :] W[ky, kx]`, `W` `[kh, kw, in, out]`.
//! Transposed convolution: the adjoint of a convolution from its output to its input, `W` `[kh, kw, out, in]`
//! (Dumoulin and Visin 2016).

use kernels::conv::{Convolution, Window};
use kernels::{Activation, Epilogue, rows};

use crate::cpu::layer::{Forward, Gradient, Jvp, Layer, Pass, Vjp};
use crate::plan::{self, Operation};

#[derive(Debug)]
pub(crate) struct Conv {
    convolution: Convolution,
    /// Whether it maps the window's small images to its large ones.
    transposed: bool,
    bias: bool,
    activation: Activation,
}

/// Images of the layer's linear part, and what becomes of the result.
struct Images<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
    epilogue: Epilogue<'a>,
    scratch: &'a mut [f32],
}

impl Conv {
    pub(crate) fn new(operation: &Operation, window: &plan::Window, bias: bool, transposed: bool) -> Conv {
        let Operation { input, output, activation, .. } = *operation;
        let (large, small) = if transposed { (output, input) } else { (input, output) };
        let window = Window {
            large: (large.height, large.width),
            small: (small.height, small.width),
            kernel: window.kernel.into(),
            stride: window.stride.into(),
            before: window.before.into(),
            large_channels: large.channels,
            small_channels: small.channels,
        };
        Conv { convolution: Convolution::new(window), transposed, bias, activation }
    }

    fn weights(&self) -> usize {
        self.convolution.window().kernel_len()
    }

    /// The layer's linear part, or with `adjoint` its adjoint.
    fn apply(&self, pass: Pass, adjoint: bool, parameters: &[f32], images: Images) {
        let Images { from, to, epilogue, scratch } = images;
        let w = &parameters[..self.weights()];
        if self.transposed == adjoint {
            self.convolution.forward(pass.threads, from, w, to, epilogue, scratch);
        } else {
            self.convolution.adjoint(pass.threads, from, w, to, epilogue, scratch);
        }
    }
}

impl Layer for Conv {
    /// Scratch of the convolution.
    fn kept(&self, batch: usize) -> usize {
        self.convolution.scratch_len(batch)
    }

    fn forward(&self, pass: Pass, Forward { parameters, x, y, kept: scratch, .. }: Forward) {
        let bias = self.bias.then(|| &parameters[self.weights()..]);
        let epilogue = Epilogue::BiasActivation(bias, self.activation);
        self.apply(pass, false, parameters, Images { from: x, to: y, epilogue, scratch });
    }

    fn vjp(&self, pass: Pass, Vjp { parameters, delta, kept: scratch, dx, epilogue, .. }: Vjp) {
        self.apply(pass, true, parameters, Images { from: delta, to: dx, epilogue, scratch });
    }

    fn weight_grad(&self, pass: Pass, buffers: Gradient) {
        let Gradient { x, delta, kept: scratch, bias_scale, accumulate, grads } = buffers;
        let (weight, bias) = grads.split_at_mut(self.weights());
        let (large, small) = if self.transposed { (delta, x) } else { (x, delta) };
        self.convolution.weight_grad(pass.threads, large, small, accumulate, weight, scratch);
        if !bias.is_empty() {
            if !accumulate {
                bias.fill(0.0);
            }
            rows::add_column_sums(pass.threads, bias_scale, delta, bias);
        }
    }

    fn jvp(&self, pass: Pass, Jvp { parameters, y, kept: scratch, tx, ty, .. }: Jvp) {
        let epilogue = Epilogue::Derivative(self.activation, y);
        self.apply(pass, false, parameters, Images { from: tx, to: ty, epilogue, scratch });
    }
}
