//! The passes of a network over a tape: forward, backward, tangents forward, weight gradients.

use std::ops::Range;

use kernels::{Epilogue, Threads, activation, rows};

use super::layer::{Forward, Gradient, Jvp, Layer, Mode, Pass, Vjp};
use super::network::Network;
use super::tape::{Buffer, Tape};
use crate::optimizer::Update;

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

impl<'a> WeightGrad<'a> {
    /// Multiplies a layer's cotangent by `c_i` where its input is not multiplied already: then the rows' scales for its
    /// biases are returned instead.
    fn scale_cotangent(&self, pass: Pass, delta: &mut [f32]) -> Option<&'a [f32]> {
        if !self.tangent_rows.is_empty() {
            return self.row_scale;
        }
        if let Some(scale) = self.row_scale {
            rows::scale(pass.threads, scale, delta.len() / pass.batch, delta);
        }
        None
    }
}

impl Network {
    /// Outputs of every layer for the tape's input. `state` changes only in training.
    pub fn forward(
        &self,
        threads: Threads,
        mode: Mode,
        parameters: &[f32],
        state: &mut [f32],
        tape: &mut Tape,
    ) {
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        let all = 0..pass.batch;
        for (l, (operation, layer)) in self.steps().enumerate() {
            let (before, own) = tape.activations.split_at_mut(l + 1);
            let (x, y) = (before[operation.source.activation].rows(&all), own[0].rows_mut(&all));
            let (parameters, kept) = (&parameters[operation.parameter_range()], &mut tape.kept[l]);
            layer.forward(pass, Forward { parameters, state: &mut *state, x, y: &mut *y, kept });
            if let Some(skip) = operation.skip {
                rows::add(threads, before[skip.activation].rows(&all), y);
                activation::apply(threads, operation.activation, y);
            }
        }
    }

    /// Seeds the cotangent of the output: `d` of shape `[batch, out]`.
    pub fn seed(&self, threads: Threads, d: &[f32], tape: &mut Tape) {
        let (all, output) = (0..tape.batch, self.plan().operations().len());
        let delta = tape.deltas[output].rows_mut(&all);
        delta.copy_from_slice(d);
        let y = tape.activations[output].rows(&all);
        activation::multiply_derivative(threads, self.output_activation(), y, delta);
    }

    /// Seeds the cotangent of the output with `scale[i]` times row `i` of `d`, in one pass.
    pub fn seed_scaled(&self, threads: Threads, scale: &[f32], d: &[f32], tape: &mut Tape) {
        let (all, output) = (0..tape.batch, self.plan().operations().len());
        let width = tape.activations[output].width;
        let delta = tape.deltas[output].rows_mut(&all);
        let y = tape.activations[output].rows(&all);
        rows::scale_derivative(threads, scale, self.output_activation(), y, width, d, delta);
    }

    /// Pulls the seeded cotangent back to every layer, and to the input for the images `input_rows`.
    ///
    /// A cotangent written to [`Tape::features_cotangent_mut`] since the last call is added to that of the features.
    pub fn vjp(
        &self,
        threads: Threads,
        mode: Mode,
        parameters: &[f32],
        input_rows: Range<usize>,
        tape: &mut Tape,
    ) {
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        let features = std::mem::take(&mut tape.features_seeded);
        let operations = self.plan().operations();
        for (l, operation) in operations.iter().enumerate().rev() {
            let parameters = &parameters[operation.parameter_range()];
            let Tape { activations, scratch, deltas, kept, .. } = tape;
            let backward = Backward { activations, input_rows: &input_rows, scratch };
            self.pull_back(pass, l, parameters, backward, deltas, &mut kept[l]);
            if features && l + 1 == operations.len() {
                let (all, source) = (0..pass.batch, operation.source);
                let extra = &mut tape.features_cotangent[..pass.batch * activations[source.activation].width];
                let y = activations[source.activation].rows(&all);
                if source.last {
                    let f = self.plan().function_of(source.activation);
                    activation::multiply_derivative(threads, f, y, extra);
                }
                rows::add(threads, extra, deltas[source.activation].rows_mut(&all));
            }
        }
    }

    /// Pulls the cotangent of layer `l`'s output back to what it reads. `deltas` are those of the activations up
    /// to its own.
    pub(super) fn pull_back(
        &self,
        pass: Pass,
        l: usize,
        parameters: &[f32],
        Backward { activations, input_rows, scratch }: Backward,
        deltas: &mut [Buffer],
        kept: &mut [f32],
    ) {
        let (operation, layer) = self.step(l);
        let all = 0..pass.batch;
        let (before, own) = deltas.split_at_mut(l + 1);
        for read in operation.reads() {
            let source = read.activation;
            let rows = if source == 0 { input_rows } else { &all };
            if rows.is_empty() {
                layer.prepare_weight_grad(pass, activations[source].rows(&all), own[0].rows(&all), kept);
                continue;
            }
            let (x, delta) = (activations[source].rows(rows), own[0].rows(rows));
            let dx = before[source].rows_mut(rows);
            let f = self.plan().function_of(source);
            let mut vjp = |dx: &mut [f32], epilogue: Epilogue| {
                layer.vjp(
                    pass,
                    Vjp { parameters, rows: rows.clone(), x, delta, kept: &mut *kept, dx, epilogue },
                );
            };
            if read.first {
                let only = read.last && source > 0;
                vjp(dx, if only { Epilogue::Derivative(f, x) } else { Epilogue::None });
                continue;
            }
            let part = &mut scratch[..dx.len()];
            vjp(part, Epilogue::None);
            rows::add(pass.threads, part, dx);
            if read.last {
                activation::multiply_derivative(pass.threads, f, x, dx);
            }
        }
    }

    /// Pushes the input's tangent for the images `rows` forward through every layer.
    pub fn jvp(&self, threads: Threads, mode: Mode, parameters: &[f32], rows: Range<usize>, tape: &mut Tape) {
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        for (l, (operation, layer)) in self.steps().enumerate() {
            let parameters = &parameters[operation.parameter_range()];
            let (before, own) = tape.tangents.split_at_mut(l + 1);
            let source = operation.source.activation;
            let (x, y) = (tape.activations[source].rows(&rows), tape.activations[l + 1].rows(&rows));
            let (tx, ty) = (before[source].rows(&rows), own[0].rows_mut(&rows));
            let kept = &mut tape.kept[l];
            layer.jvp(pass, Jvp { parameters, rows: rows.clone(), x, y, kept, tx, ty: &mut *ty });
            if let Some(skip) = operation.skip {
                rows::add(threads, before[skip.activation].rows(&rows), ty);
                activation::multiply_derivative(threads, operation.activation, y, ty);
            }
        }
    }

    /// Gradient of the weights, of the arena's layout, from the outputs and cotangents on the tape: `dW =
    /// sum_i (c_i x_i + t_i) delta_iᵀ` and `db = sum_i c_i delta_i`, with `c_i` and `t_i` from `how`.
    ///
    /// Row scales and tangents consume the tape: they scale in place.
    ///
    /// # Panics
    /// If tangents come without row scales, or with a layer that is not piecewise linear by more than its
    /// activation; or if row scales are not one an image of a network without interacting layers.
    pub fn weight_grad(
        &self,
        threads: Threads,
        mode: Mode,
        how: &WeightGrad,
        tape: &mut Tape,
        grads: &mut [f32],
    ) {
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        self.prepare_tangents(pass, how, &tape.activations, &mut tape.tangents);
        for (l, (operation, layer)) in self.steps().enumerate() {
            let source = operation.source.activation;
            let gradient = LayerGradient {
                x: input_of(how, &tape.activations[source], &tape.tangents[source], pass.batch),
                delta: tape.deltas[l + 1].rows_mut(&(0..pass.batch)),
                kept: &mut tape.kept[l],
                grads: &mut grads[operation.parameter_range()],
            };
            gradient.compute(layer, pass, how);
        }
    }

    /// Turns the tangents of all that layers with weights read into `c_i x_i + t_i`, where `how` has
    /// tangents.
    pub(super) fn prepare_tangents(
        &self,
        pass: Pass,
        how: &WeightGrad,
        activations: &[Buffer],
        tangents: &mut [Buffer],
    ) {
        let Some(scale) = how.row_scale else {
            return assert!(how.tangent_rows.is_empty(), "tangents without row scales");
        };
        assert_eq!(scale.len(), pass.batch, "row scales of {} images", pass.batch);
        assert_eq!(self.interacting_layer(), None, "row scales after a layer that mixes the images");
        if how.tangent_rows.is_empty() {
            return;
        }
        let operations = self.plan().operations();
        let curved = operations.iter().find(|o| !o.is_piecewise_linear()).map(|o| o.word());
        assert_eq!(curved, None, "tangents through a layer that is not piecewise linear");
        for (number, (activation, tangent)) in activations.iter().zip(tangents).enumerate() {
            if operations.iter().any(|o| o.source.activation == number && o.parameter_count() > 0) {
                let all = 0..pass.batch;
                let (x, t) = (activation.rows(&all), tangent.rows_mut(&all));
                add_scaled_rows(pass.threads, (scale, x, activation.width), &how.tangent_rows, t);
            }
        }
    }
}

/// What all layers of a backward pass share.
pub(super) struct Backward<'a> {
    pub(super) activations: &'a [Buffer],
    pub(super) input_rows: &'a Range<usize>,
    pub(super) scratch: &'a mut [f32],
}

/// What a layer's weight gradient takes for its input: its activation, or `c_i x_i + t_i`.
pub(super) fn input_of<'a>(
    how: &WeightGrad,
    activation: &'a Buffer,
    tangent: &'a Buffer,
    batch: usize,
) -> &'a [f32] {
    if how.tangent_rows.is_empty() { activation.rows(&(0..batch)) } else { tangent.rows(&(0..batch)) }
}

/// One layer's buffers for [`Network::weight_grad`].
pub(super) struct LayerGradient<'a> {
    pub(super) x: &'a [f32],
    pub(super) delta: &'a mut [f32],
    pub(super) kept: &'a mut [f32],
    /// The layer's own.
    pub(super) grads: &'a mut [f32],
}

impl LayerGradient<'_> {
    /// The layer's part of [`Network::weight_grad`].
    fn compute(self, layer: &dyn Layer, pass: Pass, how: &WeightGrad) {
        if self.grads.is_empty() {
            return;
        }
        let bias_scale = how.scale_cotangent(pass, self.delta);
        let LayerGradient { x, delta, kept, grads } = self;
        let accumulate = how.accumulate;
        layer.weight_grad(pass, Gradient { x, delta, kept, bias_scale, accumulate, grads });
    }

    /// The same and the layer's update. Returns the gradients' sum of squares; the contents of `grads` are unspecified
    /// afterwards.
    pub(super) fn update(self, layer: &dyn Layer, pass: Pass, how: &WeightGrad, update: Update) -> f64 {
        if self.grads.is_empty() {
            return 0.0;
        }
        let bias_scale = how.scale_cotangent(pass, self.delta);
        let LayerGradient { x, delta, kept, grads } = self;
        let accumulate = how.accumulate;
        let mut gradient = Gradient { x, delta, kept, bias_scale, accumulate, grads };
        if accumulate {
            layer.weight_grad(pass, gradient.reborrow());
            return update.run(pass.threads, gradient.grads);
        }
        layer.weight_update(pass, gradient, update)
    }
}

/// `tangent[i] += c_i x_i` for rows that have a tangent, `tangent[i] = c_i x_i` for the others; rows of `x` are `width` long.
fn add_scaled_rows(
    threads: Threads,
    (scale, x, width): (&[f32], &[f32], usize),
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
