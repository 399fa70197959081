//! The passes of a network over a tape: forward, back, tangents forward, weight gradients.

use std::ops::Range;

use kernels::{Epilogue, Threads, activation, rows};

use super::Network;
use crate::layer::{Layer, Mode, Pass};
use crate::optimizer::Update;
use crate::tape::{Cotangent, Record, Tape};

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
        for (l, node) in self.nodes.iter().enumerate() {
            let (before, own) = tape.records.split_at_mut(l + 1);
            let (x, y) = (before[node.source].rows(&all), own[0].rows_mut(&all));
            node.layer.forward(pass, &parameters[node.layer.range()], state, x, y, &mut tape.kept[l]);
            if let Some(skip) = node.skip {
                rows::add(threads, before[skip].rows(&all), y);
                activation::apply(threads, node.layer.activation(), y);
            }
        }
    }

    /// Seeds the cotangent of the output: `d` of shape `[batch, out]`.
    pub fn seed(&self, threads: Threads, d: &[f32], tape: &mut Tape) {
        let (all, record) = (0..tape.batch, self.nodes.len());
        let delta = tape.deltas[record].rows_mut(&all);
        delta.copy_from_slice(d);
        let y = tape.records[record].rows(&all);
        activation::multiply_derivative(threads, self.activation_of(record), y, delta);
    }

    /// Seeds the cotangent of the output with `scale[i]` times row `i` of `d`, in one pass.
    pub fn seed_scaled(&self, threads: Threads, scale: &[f32], d: &[f32], tape: &mut Tape) {
        let (all, record) = (0..tape.batch, self.nodes.len());
        let width = tape.records[record].width;
        let delta = tape.deltas[record].rows_mut(&all);
        let y = tape.records[record].rows(&all);
        rows::scale_derivative(threads, scale, self.activation_of(record), y, width, d, delta);
    }

    /// Pulls the seeded cotangent back to every layer, and to the input for the images `input_rows`.
    ///
    /// What [`Tape::features_cotangent_mut`] was given since the last call is added to the cotangent of the
    /// features.
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
        for l in (0..self.nodes.len()).rev() {
            let parameters = &parameters[self.nodes[l].layer.range()];
            let way = Way { records: &tape.records, input_rows: &input_rows, scratch: &mut tape.scratch };
            self.pull_back(pass, l, parameters, way, &mut tape.deltas, &mut tape.kept[l]);
            if features && l + 1 == self.nodes.len() {
                let (all, record) = (0..pass.batch, self.features_record());
                let extra = &mut tape.features_cotangent[..pass.batch * tape.records[record].width];
                let y = tape.records[record].rows(&all);
                if self.nodes[l].visits[0].last {
                    activation::multiply_derivative(threads, self.activation_of(record), y, extra);
                }
                rows::add(threads, extra, tape.deltas[record].rows_mut(&all));
            }
        }
    }

    /// Pulls the cotangent of layer `l`'s output back to what it reads. `deltas` are those of the records up
    /// to its own.
    pub(crate) fn pull_back(
        &self,
        pass: Pass,
        l: usize,
        parameters: &[f32],
        way: Way,
        deltas: &mut [Cotangent],
        kept: &mut [f32],
    ) {
        let Way { records, input_rows, scratch } = way;
        let node = &self.nodes[l];
        let layer = node.layer.as_ref();
        let all = 0..pass.batch;
        let (before, own) = deltas.split_at_mut(l + 1);
        for (record, visit) in node.edges() {
            let rows = if record == 0 { input_rows } else { &all };
            if rows.is_empty() {
                layer.prepare_weight_grad(pass, records[record].rows(&all), own[0].rows(&all), kept);
                continue;
            }
            let (x, delta, dx) =
                (records[record].rows(rows), own[0].rows(rows), before[record].rows_mut(rows));
            let f = self.activation_of(record);
            if visit.first {
                let only = visit.last && record > 0;
                let epilogue = if only { Epilogue::Derivative(f, x) } else { Epilogue::None };
                layer.vjp(pass, parameters, rows.clone(), x, delta, kept, dx, epilogue);
                continue;
            }
            let part = &mut scratch[..dx.len()];
            layer.vjp(pass, parameters, rows.clone(), x, delta, kept, part, Epilogue::None);
            rows::add(pass.threads, part, dx);
            if visit.last {
                activation::multiply_derivative(pass.threads, f, x, dx);
            }
        }
    }

    /// Pushes the input's tangent for the images `rows` forward through every layer.
    pub fn jvp(&self, threads: Threads, mode: Mode, parameters: &[f32], rows: Range<usize>, tape: &mut Tape) {
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        for (l, node) in self.nodes.iter().enumerate() {
            let parameters = &parameters[node.layer.range()];
            let (before, own) = tape.tangents.split_at_mut(l + 1);
            let (x, y) = (tape.records[node.source].rows(&rows), tape.records[l + 1].rows(&rows));
            let (tx, ty) = (before[node.source].rows(&rows), own[0].rows_mut(&rows));
            node.layer.jvp(pass, parameters, rows.clone(), x, y, &mut tape.kept[l], tx, ty);
            if let Some(skip) = node.skip {
                rows::add(threads, before[skip].rows(&rows), ty);
                activation::multiply_derivative(threads, node.layer.activation(), y, ty);
            }
        }
    }

    /// Gradient of the weights, of the arena's layout, from the outputs and cotangents on the tape: `dW =
    /// sum_i (c_i x_i + t_i) delta_iᵀ` and `db = sum_i c_i delta_i`, with `c_i` and `t_i` as `how` says.
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
        self.prepare_tangents(pass, how, &tape.records, &mut tape.tangents);
        for (l, node) in self.nodes.iter().enumerate() {
            let input = Input::of(how, &tape.records[node.source], &tape.tangents[node.source], pass.batch);
            let delta = tape.deltas[l + 1].rows_mut(&(0..pass.batch));
            let grads = &mut grads[node.layer.range()];
            layer_weight_grad(node.layer.as_ref(), pass, how, input, delta, &mut tape.kept[l], grads);
        }
    }

    /// Turns the tangents of all that layers with weights read into `c_i x_i + t_i`, where `how` has
    /// tangents.
    pub(crate) fn prepare_tangents(
        &self,
        pass: Pass,
        how: &WeightGrad,
        records: &[Record],
        tangents: &mut [Cotangent],
    ) {
        let Some(scale) = how.row_scale else {
            return assert!(how.tangent_rows.is_empty(), "tangents without row scales");
        };
        assert_eq!(scale.len(), pass.batch, "row scales of {} images", pass.batch);
        assert_eq!(self.interacting_layer(), None, "row scales after a layer that mixes the images");
        if how.tangent_rows.is_empty() {
            return;
        }
        let curved = self.layers().find(|l| !l.piecewise_linear()).map(|l| l.kind());
        assert_eq!(curved, None, "tangents through a layer that is not piecewise linear");
        for (r, (record, tangent)) in records.iter().zip(tangents).enumerate() {
            if self.nodes.iter().any(|n| n.source == r && !n.layer.range().is_empty()) {
                let all = 0..pass.batch;
                let (x, t) = (record.rows(&all), tangent.rows_mut(&all));
                add_scaled_rows(pass.threads, scale, x, record.width, &how.tangent_rows, t);
            }
        }
    }
}

/// What stays the same on the way back through the layers.
pub(crate) struct Way<'a> {
    pub(crate) records: &'a [Record],
    pub(crate) input_rows: &'a Range<usize>,
    pub(crate) scratch: &'a mut [f32],
}

/// What a layer's weight gradient takes for its input: its values, or `c_i x_i + t_i`.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(&'a [f32]);

impl<'a> Input<'a> {
    pub(crate) fn of(
        how: &WeightGrad,
        record: &'a Record,
        tangent: &'a Cotangent,
        batch: usize,
    ) -> Input<'a> {
        let all = 0..batch;
        Input(if how.tangent_rows.is_empty() { record.rows(&all) } else { tangent.rows(&all) })
    }
}

/// One layer of [`Network::weight_grad`]: `delta` its cotangent, `grads` its own.
pub(crate) fn layer_weight_grad(
    layer: &dyn Layer,
    pass: Pass,
    how: &WeightGrad,
    Input(x): Input,
    delta: &mut [f32],
    kept: &mut [f32],
    grads: &mut [f32],
) {
    if grads.is_empty() {
        return;
    }
    let bias_scale = how.scale_cotangent(pass, delta);
    layer.weight_grad(pass, x, delta, kept, bias_scale, how.accumulate, grads);
}

/// The same and the layer's update. Returns the gradients' sum of squares; what `grads` holds afterwards is not said.
#[allow(clippy::too_many_arguments)]
pub(crate) fn layer_weight_update(
    layer: &dyn Layer,
    pass: Pass,
    how: &WeightGrad,
    input: Input,
    delta: &mut [f32],
    kept: &mut [f32],
    grads: &mut [f32],
    update: Update,
) -> f64 {
    if grads.is_empty() {
        return 0.0;
    }
    if how.accumulate {
        layer_weight_grad(layer, pass, how, input, delta, kept, grads);
        return update.run(pass.threads, grads);
    }
    let bias_scale = how.scale_cotangent(pass, delta);
    layer.weight_update(pass, input.0, delta, kept, bias_scale, grads, update)
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
