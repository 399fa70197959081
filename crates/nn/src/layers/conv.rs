//! Convolution and transposed convolution: `y = f(x * W + b)`, activations `[batch, height, width, channels]`.
//!
//! Convolution: `y[i, j, :] = sum over taps of x[i s - p + ky, j s - p + kx, :] W[ky, kx]`, `W` `[kh, kw, in, out]`.
//! Transposed convolution: the adjoint of a convolution from its output to its input, `W` `[kh, kw, out, in]`
//! (Dumoulin and Visin 2016).

use std::ops::Range;

use kernels::conv::{Convolution, Window};
use kernels::{Activation, Epilogue, rows};

use crate::init::Init;
use crate::layer::{Layer, Pass};
use crate::parameter::{Parameter, Start};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct Conv {
    convolution: Convolution,
    /// Whether it maps the window's small images to its large ones.
    transposed: bool,
    activation: Activation,
    /// Weight, then bias if there is one.
    parameters: Vec<Parameter>,
}

impl Conv {
    /// `name` begins the parameters' names, `offset` is the arena's next free value.
    pub(crate) fn new(
        name: &str,
        offset: usize,
        window: Window,
        transposed: bool,
        bias: bool,
        init: Init,
        activation: Activation,
    ) -> Conv {
        let Window { kernel: (height, width), large_channels, small_channels, .. } = window;
        let (inputs, outputs) =
            if transposed { (small_channels, large_channels) } else { (large_channels, small_channels) };
        let kind = kind(transposed);
        let (taps, end) = (height * width, offset + window.kernel_len());
        let mut parameters = vec![Parameter {
            name: format!("{name}.{kind}.weight"),
            range: offset..end,
            dimensions: vec![height, width, large_channels, small_channels],
            start: Start::Random { init, fan_in: taps * inputs, fan_out: taps * outputs },
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
        Conv { convolution: Convolution::new(window), transposed, activation, parameters }
    }

    fn window(&self) -> &Window {
        self.convolution.window()
    }

    fn weight<'a>(&self, parameters: &'a [f32]) -> &'a [f32] {
        &parameters[..self.window().kernel_len()]
    }

    /// The layer's linear part on `batch` images.
    #[allow(clippy::too_many_arguments)]
    fn apply(
        &self,
        pass: Pass,
        batch: usize,
        parameters: &[f32],
        x: &[f32],
        y: &mut [f32],
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let w = self.weight(parameters);
        if self.transposed {
            self.convolution.up(pass.threads, batch, x, w, y, epilogue, scratch);
        } else {
            self.convolution.down(pass.threads, batch, x, w, y, epilogue, scratch);
        }
    }
}

fn kind(transposed: bool) -> &'static str {
    if transposed { "conv-transpose" } else { "conv" }
}

impl Layer for Conv {
    fn kind(&self) -> &'static str {
        kind(self.transposed)
    }

    fn output(&self) -> Shape {
        let window = self.window();
        let ((height, width), channels) = if self.transposed {
            (window.large, window.large_channels)
        } else {
            (window.small, window.small_channels)
        };
        Shape { height, width, channels }
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Scratch of the convolution.
    fn kept(&self, batch: usize) -> usize {
        self.convolution.scratch_len(batch)
    }

    fn product_flops(&self) -> u64 {
        self.window().flops() as u64
    }

    fn forward(
        &self,
        pass: Pass,
        parameters: &[f32],
        _: &mut [f32],
        x: &[f32],
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let bias = self.parameters.get(1).map(|_| &parameters[self.window().kernel_len()..]);
        let epilogue = Epilogue::BiasActivation(bias, self.activation);
        self.apply(pass, pass.batch, parameters, x, y, epilogue, scratch);
    }

    fn vjp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        _: &[f32],
        delta: &[f32],
        scratch: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        let (threads, batch, w) = (pass.threads, rows.len(), self.weight(parameters));
        if self.transposed {
            self.convolution.down(threads, batch, delta, w, dx, epilogue, scratch);
        } else {
            self.convolution.up(threads, batch, delta, w, dx, epilogue, scratch);
        }
    }

    fn weight_grad(
        &self,
        pass: Pass,
        x: &[f32],
        delta: &[f32],
        scratch: &mut [f32],
        bias_scale: Option<&[f32]>,
        accumulate: bool,
        grads: &mut [f32],
    ) {
        let (weight, bias) = grads.split_at_mut(self.window().kernel_len());
        let (large, small) = if self.transposed { (delta, x) } else { (x, delta) };
        self.convolution.weight_grad(pass.threads, pass.batch, large, small, accumulate, weight, scratch);
        if !bias.is_empty() {
            if !accumulate {
                bias.fill(0.0);
            }
            rows::add_column_sums(pass.threads, bias_scale, delta, bias);
        }
    }

    fn jvp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        _: &[f32],
        y: &[f32],
        scratch: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        let epilogue = Epilogue::Derivative(self.activation, y);
        self.apply(pass, rows.len(), parameters, tx, ty, epilogue, scratch);
    }
}
