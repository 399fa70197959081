//! A network: layers planned from a spec, run in four directions over a [`Tape`].

use std::ops::Range;

use kernels::noise::NoiseKey;
use kernels::{Activation, Epilogue, Threads, activation, rows};

use crate::error::SpecError;
use crate::init::Init;
use crate::layer::{Layer, Mode, Parameter, Pass, Start};
use crate::layers::{BatchNorm, Dense, Dropout, Pointwise};
use crate::shape::Shape;
use crate::spec::LayerSpec;
use crate::tape::{Record, Tape, TapeParts};

/// Largest number of weights of one layer: beyond it, a written size is a slip of the pen.
const MAX_LAYER_PARAMETERS: usize = 1 << 31;

/// Layers and the layout of their arenas. The weights themselves are the caller's: `&[f32]` of
/// [`Network::parameter_count`] values.
#[derive(Debug)]
pub struct Network {
    input: Shape,
    pub(crate) layers: Vec<Box<dyn Layer>>,
    parameters: Vec<Parameter>,
    state: Vec<Parameter>,
}

/// How [`Network::weight_grad`] weighs rows and where it puts the result.
#[derive(Clone, Debug, Default)]
pub struct WeightGrad<'a> {
    /// `c_i` for every image, when the cotangents on the tape are those of its own output alone.
    pub row_scale: Option<&'a [f32]>,
    /// Images whose tangents, pushed by the last `jvp`, are added to `c_i` times the layer's input.
    pub tangent_rows: Range<usize>,
    /// Whether to add to the gradients or overwrite them.
    pub accumulate: bool,
}

impl Network {
    /// Plans the layers of `spec` for inputs of shape `input`; dense layers that name no initialiser take `init`.
    ///
    /// An activation directly after a dense layer or a batch normalisation is merged into it.
    ///
    /// # Errors
    /// [`SpecError`] naming the layer whose numbers make no network.
    pub fn new(spec: &[LayerSpec], input: Shape, init: Init) -> Result<Network, SpecError> {
        let mut network = Network { input, layers: Vec::new(), parameters: Vec::new(), state: Vec::new() };
        let mut index = 0;
        while index < spec.len() {
            let shape = network.output();
            let follows = match spec.get(index + 1) {
                Some(LayerSpec::Activation(f)) => Some(*f),
                _ => None,
            };
            let error = |layer: &str, message: String| SpecError { index, layer: layer.into(), message };
            let mut merged = false;
            let mut merge = || {
                merged = follows.is_some();
                follows.unwrap_or_default()
            };
            let offset = network.parameter_count();
            let layer: Box<dyn Layer> = match spec[index] {
                LayerSpec::Dense { units, bias, init: own } => {
                    let weights = shape.values().checked_mul(units);
                    if units == 0 || weights.is_none_or(|n| n > MAX_LAYER_PARAMETERS) {
                        return Err(error(
                            "dense",
                            format!("{units} units after {shape} is not a layer; 1 to 65536 would fit"),
                        ));
                    }
                    Box::new(Dense::new(
                        index,
                        offset,
                        shape.values(),
                        units,
                        bias,
                        own.unwrap_or(init),
                        merge(),
                    ))
                }
                LayerSpec::Activation(f) => {
                    check_slope(f).map_err(|m| error(f.name(), m))?;
                    Box::new(Pointwise { shape, activation: f })
                }
                LayerSpec::BatchNorm { eps, momentum } => {
                    if !(eps > 0.0 && eps.is_finite()) {
                        return Err(error(
                            "batch-norm",
                            format!("eps = {eps} must be positive, such as 1e-5"),
                        ));
                    }
                    if !(momentum > 0.0 && momentum <= 1.0) {
                        return Err(error(
                            "batch-norm",
                            format!(
                                "momentum = {momentum} is the newest batch's weight, in (0, 1], such as 0.1"
                            ),
                        ));
                    }
                    let state_offset = network.state_count();
                    Box::new(BatchNorm::new(index, offset, state_offset, shape, eps, momentum, merge()))
                }
                LayerSpec::Dropout { rate } => {
                    if !(0.0..1.0).contains(&rate) {
                        return Err(error(
                            "dropout",
                            format!("rate = {rate} must be in [0, 1), such as 0.3"),
                        ));
                    }
                    Box::new(Dropout { index, shape, rate })
                }
            };
            if let (true, Some(f)) = (merged, follows) {
                check_slope(f).map_err(|message| SpecError {
                    index: index + 1,
                    layer: f.name().into(),
                    message,
                })?;
            }
            network.parameters.extend_from_slice(layer.parameters());
            network.state.extend_from_slice(layer.state());
            network.layers.push(layer);
            index += 1 + usize::from(merged);
        }
        Ok(network)
    }

    /// Shape of one input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of one output.
    pub fn output(&self) -> Shape {
        self.layers.last().map_or(self.input, |l| l.output())
    }

    /// The last layer's activation.
    pub fn output_activation(&self) -> Activation {
        self.layers.last().map_or(Activation::Identity, |l| l.activation())
    }

    /// Named views into the arena of weights.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Named views into the arena of running statistics.
    pub fn state(&self) -> &[Parameter] {
        &self.state
    }

    /// Values in the arena of weights.
    pub fn parameter_count(&self) -> usize {
        self.parameters.last().map_or(0, |p| p.range.end)
    }

    /// Values in the arena of running statistics.
    pub fn state_count(&self) -> usize {
        self.state.last().map_or(0, |p| p.range.end)
    }

    /// Kind, output shape, number of parameters and product operations of one image for every planned layer.
    pub fn summary(&self) -> impl Iterator<Item = (String, Shape, usize, u64)> {
        self.layers.iter().map(|l| {
            let kind = match l.activation() {
                Activation::Identity => l.kind().to_string(),
                f if f.name() == l.kind() => l.kind().to_string(),
                f => format!("{} + {}", l.kind(), f.name()),
            };
            (kind, l.output(), l.parameters().iter().map(|p| p.range.len()).sum(), l.product_flops())
        })
    }

    /// Operations in the products of one direction for one image (a multiply-add counts as two).
    pub fn product_flops(&self) -> u64 {
        self.layers.iter().map(|l| l.product_flops()).sum()
    }

    /// Operations in the first layer's product: what a pass that needs no input cotangent does without.
    pub fn first_product_flops(&self) -> u64 {
        self.layers.first().map_or(0, |l| l.product_flops())
    }

    /// Kind of the first layer whose images interact in training (batch normalisation), if any.
    pub fn interacting_layer(&self) -> Option<&'static str> {
        self.layers.iter().find(|l| l.interacts()).map(|l| l.kind())
    }

    /// Fresh weights: a function of the seed and `stream` alone.
    pub fn initial_parameters(&self, seed: u64, stream: u64) -> Vec<f32> {
        let mut arena = vec![0.0; self.parameter_count()];
        start(&self.parameters, seed, stream, &mut arena);
        arena
    }

    /// Fresh running statistics: mean 0, variance 1.
    pub fn initial_state(&self) -> Vec<f32> {
        let mut arena = vec![0.0; self.state_count()];
        start(&self.state, 0, 0, &mut arena);
        arena
    }

    /// Plans the buffers of passes over up to `capacity` images.
    pub fn tape(&self, capacity: usize, parts: TapeParts) -> Tape {
        let mut tape = Tape::new(capacity, self.input, parts);
        tape.records = self
            .layers
            .iter()
            .map(|layer| {
                let width = layer.output().values();
                let sized = |wanted: bool| vec![0.0; if wanted { capacity * width } else { 0 }];
                Record {
                    width,
                    y: sized(true),
                    delta: sized(parts.cotangents),
                    tangent: sized(parts.tangents),
                    kept: vec![0.0; layer.kept(capacity)],
                }
            })
            .collect();
        tape
    }

    pub(crate) fn pass(&self, threads: Threads, mode: Mode, tape: &Tape) -> Pass {
        Pass { threads, batch: tape.batch, mode }
    }

    /// Outputs of every layer for the tape's input. `state` changes only in training.
    pub fn forward(
        &self,
        threads: Threads,
        mode: Mode,
        parameters: &[f32],
        state: &mut [f32],
        tape: &mut Tape,
    ) {
        let pass = self.pass(threads, mode, tape);
        for (l, layer) in self.layers.iter().enumerate() {
            let (before, record) = tape.records.split_at_mut(l);
            let Record { width, y, kept, .. } = &mut record[0];
            let x = output_of(before, &tape.input, tape.input_width, 0..pass.batch);
            layer.forward(pass, &parameters[layer.range()], state, x, &mut y[..pass.batch * *width], kept);
        }
    }

    /// Seeds the cotangent of the output: `d` of shape `[batch, out]`.
    pub fn seed(&self, threads: Threads, d: &[f32], tape: &mut Tape) {
        let batch = tape.batch;
        if let Some(Record { width, y, delta, .. }) = tape.records.last_mut() {
            let n = batch * *width;
            delta[..n].copy_from_slice(d);
            activation::multiply_derivative(threads, self.output_activation(), &y[..n], &mut delta[..n]);
        }
    }

    /// Seeds the cotangent of the output with `scale[i]` times row `i` of `d`, in one pass.
    pub fn seed_scaled(&self, threads: Threads, scale: &[f32], d: &[f32], tape: &mut Tape) {
        let batch = tape.batch;
        if let Some(Record { width, y, delta, .. }) = tape.records.last_mut() {
            let n = batch * *width;
            delta[..n].copy_from_slice(d);
            rows::scale_derivative(
                threads,
                scale,
                self.output_activation(),
                &y[..n],
                *width,
                &mut delta[..n],
            );
        }
    }

    /// Pulls the seeded cotangent back to every layer, and to the input for the images `input_rows`.
    pub fn vjp(
        &self,
        threads: Threads,
        mode: Mode,
        parameters: &[f32],
        input_rows: Range<usize>,
        tape: &mut Tape,
    ) {
        let pass = self.pass(threads, mode, tape);
        let all = 0..pass.batch;
        for (l, layer) in self.layers.iter().enumerate().rev() {
            let parameters = &parameters[layer.range()];
            let (before, record) = tape.records.split_at_mut(l);
            let Record { width, delta, kept, .. } = &mut record[0];
            if let Some((previous, earlier)) = before.split_last_mut() {
                let _ = earlier;
                let n = pass.batch * previous.width;
                let epilogue = Epilogue::Derivative(self.layers[l - 1].activation(), &previous.y[..n]);
                let (x, dx) = (&previous.y[..n], &mut previous.delta[..n]);
                layer.vjp(
                    pass,
                    parameters,
                    all.clone(),
                    x,
                    &delta[..pass.batch * *width],
                    kept,
                    dx,
                    epilogue,
                );
                continue;
            }
            let rows = input_rows.clone();
            let delta = &delta[rows.start * *width..rows.end * *width];
            let input = rows.start * tape.input_width..rows.end * tape.input_width;
            let x = &tape.input[input.clone()];
            if rows.is_empty() {
                let n = pass.batch * tape.input_width;
                let all_delta = &record[0].delta[..pass.batch * record[0].width];
                // Borrowed anew: the layer's sums are over the whole batch.
                let mut kept = std::mem::take(&mut record[0].kept);
                layer.prepare_weight_grad(pass, &tape.input[..n], all_delta, &mut kept);
                record[0].kept = kept;
            } else {
                let dx = &mut tape.input_cotangent[input];
                layer.vjp(pass, parameters, rows, x, delta, kept, dx, Epilogue::None);
            }
        }
    }

    /// Pushes the input's tangent for the images `rows` forward through every layer.
    pub fn jvp(&self, threads: Threads, mode: Mode, parameters: &[f32], rows: Range<usize>, tape: &mut Tape) {
        let pass = self.pass(threads, mode, tape);
        for (l, layer) in self.layers.iter().enumerate() {
            let (before, record) = tape.records.split_at_mut(l);
            let Record { width, y, tangent, kept, .. } = &mut record[0];
            let range = rows.start * *width..rows.end * *width;
            let x = output_of(before, &tape.input, tape.input_width, rows.clone());
            let tx = match before.last() {
                Some(r) => &r.tangent[rows.start * r.width..rows.end * r.width],
                None => &tape.input_tangent[rows.start * tape.input_width..rows.end * tape.input_width],
            };
            let parameters = &parameters[layer.range()];
            layer.jvp(pass, parameters, rows.clone(), x, &y[range.clone()], kept, tx, &mut tangent[range]);
        }
    }

    /// Gradient of the weights, of the arena's layout, from the outputs and cotangents on the tape:
    /// `dW = sum_i (c_i x_i + t_i) delta_iᵀ` and `db = sum_i c_i delta_i`, with `c_i` and `t_i` as `how` says.
    ///
    /// Row scales and tangents consume the tape: they scale in place.
    ///
    /// # Panics
    /// If tangents come without row scales, or row scales are not one an image of a network without interacting layers.
    pub fn weight_grad(
        &self,
        threads: Threads,
        mode: Mode,
        how: &WeightGrad,
        tape: &mut Tape,
        grads: &mut [f32],
    ) {
        let pass = self.pass(threads, mode, tape);
        self.check_weight_grad(how, pass.batch);
        for (l, layer) in self.layers.iter().enumerate() {
            let (before, record) = tape.records.split_at_mut(l);
            let Record { width, delta, kept, .. } = &mut record[0];
            let (x, x_width, tangent) = match before.last_mut() {
                Some(r) => (&r.y, r.width, &mut r.tangent),
                None => (&tape.input, tape.input_width, &mut tape.input_tangent),
            };
            let x = &x[..pass.batch * x_width];
            let delta = &mut delta[..pass.batch * *width];
            layer_weight_grad(layer.as_ref(), pass, how, x, tangent, delta, kept, &mut grads[layer.range()]);
        }
    }

    pub(crate) fn check_weight_grad(&self, how: &WeightGrad, batch: usize) {
        match how.row_scale {
            Some(scale) => {
                assert_eq!(scale.len(), batch, "row scales of {batch} images");
                assert_eq!(self.interacting_layer(), None, "row scales after a layer that mixes the images");
            }
            None => assert!(how.tangent_rows.is_empty(), "tangents without row scales"),
        }
    }
}

/// One layer of [`Network::weight_grad`]: `x` and `tangent` are what it reads, `delta` its cotangent, `grads` its own.
#[allow(clippy::too_many_arguments)]
pub(crate) fn layer_weight_grad(
    layer: &dyn Layer,
    pass: Pass,
    how: &WeightGrad,
    x: &[f32],
    tangent: &mut [f32],
    delta: &mut [f32],
    kept: &[f32],
    grads: &mut [f32],
) {
    if grads.is_empty() {
        return;
    }
    let (width, x_width) = (delta.len() / pass.batch, x.len() / pass.batch);
    match how.row_scale {
        Some(scale) if !how.tangent_rows.is_empty() => {
            let tangent = &mut tangent[..x.len()];
            add_scaled_rows(pass.threads, scale, x, x_width, &how.tangent_rows, tangent);
            layer.weight_grad(pass, tangent, delta, kept, Some(scale), how.accumulate, grads);
        }
        Some(scale) => {
            rows::scale(pass.threads, scale, width, delta);
            layer.weight_grad(pass, x, delta, kept, None, how.accumulate, grads);
        }
        None => layer.weight_grad(pass, x, delta, kept, None, how.accumulate, grads),
    }
}

/// `tangent[i] += c_i x_i` for rows that have a tangent, `tangent[i] = c_i x_i` for the others.
fn add_scaled_rows(
    threads: Threads,
    scale: &[f32],
    x: &[f32],
    width: usize,
    tangent_rows: &Range<usize>,
    tangent: &mut [f32],
) {
    let spans = [
        (0..tangent_rows.start, false),
        (tangent_rows.clone(), true),
        (tangent_rows.end..scale.len(), false),
    ];
    for (span, accumulate) in spans {
        let values = span.start * width..span.end * width;
        rows::scaled(threads, &scale[span], &x[values.clone()], width, accumulate, &mut tangent[values]);
    }
}

/// What the layer after `before` reads: the last output, or the network's input.
fn output_of<'a>(
    before: &'a [Record],
    input: &'a [f32],
    input_width: usize,
    rows: Range<usize>,
) -> &'a [f32] {
    match before.last() {
        Some(r) => &r.y[rows.start * r.width..rows.end * r.width],
        None => &input[rows.start * input_width..rows.end * input_width],
    }
}

fn check_slope(f: Activation) -> Result<(), String> {
    match f {
        // Outputs stand for inputs in the derivative, so the slope must keep the sign.
        Activation::LeakyRelu(slope) if !(slope > 0.0 && slope <= 1.0) => {
            Err(format!("slope = {slope} must be in (0, 1], such as 0.2; a slope of 0 is \"relu\""))
        }
        _ => Ok(()),
    }
}

fn start(parameters: &[Parameter], seed: u64, stream: u64, arena: &mut [f32]) {
    for (step, parameter) in parameters.iter().enumerate() {
        let values = &mut arena[parameter.range.clone()];
        match parameter.start {
            Start::Constant(c) => values.fill(c),
            Start::Random { init, fan_in, fan_out } => {
                init.fill(NoiseKey { seed, stream, step: step as u64 }, fan_in, fan_out, values);
            }
        }
    }
}

#[cfg(test)]
mod tests;
