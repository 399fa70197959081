//! What every layer offers, and what it is given.

use std::fmt::Debug;
use std::ops::Range;

use kernels::noise::NoiseKey;
use kernels::{Activation, Epilogue, Threads};

use crate::optimizer::Update;
use crate::parameter::Parameter;
use crate::shape::Shape;

/// Whether a pass trains or samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Batch normalisation uses the batch's statistics and updates the running ones; dropout drops and
    /// augmentation changes images, by this noise; spectral normalisation improves its vectors.
    Train(NoiseKey),
    /// For running statistics alone: batch normalisation and dropout as in `Train`, but the statistics move
    /// by this weight: `1 / k` on pass `k` from 1 leaves their plain mean. All else as in `Evaluate`.
    Calibrate(NoiseKey, f32),
    /// Batch normalisation uses the running statistics; dropout and augmentation are the identity; state
    /// stays as it is.
    Evaluate,
}

/// What all layers of a pass share.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) threads: Threads,
    pub(crate) batch: usize,
    pub(crate) mode: Mode,
    /// One for each of the batch's images, where the network has classes; else empty.
    pub(crate) labels: &'a [u32],
}

/// One layer: a linear map (for fixed masks and statistics) followed by a pointwise activation.
///
/// Every layer writes `y`, the activation's output. Cotangents handed to `vjp` and `weight_grad` are those of
/// the activation's *input*; the layer that writes a cotangent applies the derivative of the activation
/// before it, by `epilogue`. `parameters` and `grads` are the layer's own part of the arenas; `state` is a
/// whole arena, of which a layer touches its own ranges.
pub(crate) trait Layer: Debug + Send + Sync {
    fn kind(&self) -> &'static str;
    fn output(&self) -> Shape;
    fn activation(&self) -> Activation;
    /// Weights, in arena order.
    fn parameters(&self) -> &[Parameter] {
        &[]
    }
    /// Keeps large weight matrices in panels from now on, if it can.
    fn store_in_panels(&mut self) {}
    /// Its part of the arena of weights.
    fn range(&self) -> Range<usize> {
        let list = self.parameters();
        list.first().map_or(0, |p| p.range.start)..list.last().map_or(0, |p| p.range.end)
    }
    /// Running statistics and the like, in their own arena.
    fn state(&self) -> &[Parameter] {
        &[]
    }
    /// Values kept between directions for a batch, beside the output.
    fn kept(&self, _batch: usize) -> usize {
        0
    }
    /// Whether one image's output depends on another's input in training.
    fn interacts(&self) -> bool {
        false
    }
    /// Whether its linear part is piecewise linear in `x`, for fixed masks and statistics.
    fn piecewise_linear(&self) -> bool {
        true
    }
    /// Whether it reads the images' labels.
    fn reads_labels(&self) -> bool {
        false
    }
    /// Brings fresh state near what training with fresh weights would make of it.
    fn settle(&self, _threads: Threads, _parameters: &[f32], _state: &mut [f32]) {}
    /// Multiply-adds of a product, counted as two operations each, for one image.
    fn product_flops(&self) -> u64 {
        0
    }

    fn forward(
        &self,
        pass: Pass,
        parameters: &[f32],
        state: &mut [f32],
        x: &[f32],
        y: &mut [f32],
        kept: &mut [f32],
    );

    /// `dx = epilogue(Jᵀ delta)` for rows `rows` of the pass, of which `x`, `delta` and `dx` are; `kept` is
    /// whole.
    #[allow(clippy::too_many_arguments)]
    fn vjp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        x: &[f32],
        delta: &[f32],
        kept: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    );

    /// Sums that `weight_grad` needs and `vjp` leaves, for a first layer whose `vjp` nobody asks for.
    fn prepare_weight_grad(&self, _pass: Pass, _x: &[f32], _delta: &[f32], _kept: &mut [f32]) {}

    /// `grads += sum_i delta_i x_iᵀ` (overwritten unless `accumulate`). With `bias_scale`, `x` is no output
    /// of the layer before but `c_i x_i + t_i`, and what multiplies no `x` (biases, embeddings of labels)
    /// takes `c_i` from it.
    #[allow(clippy::too_many_arguments)]
    fn weight_grad(
        &self,
        _pass: Pass,
        _x: &[f32],
        _delta: &[f32],
        _kept: &mut [f32],
        _bias_scale: Option<&[f32]>,
        _accumulate: bool,
        _grads: &mut [f32],
    ) {
    }

    /// `weight_grad`, without `accumulate`, and the update of the layer's weights by it. Returns the gradients' sum of
    /// squares. What `grads` holds afterwards is not said.
    #[allow(clippy::too_many_arguments)]
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
        self.weight_grad(pass, x, delta, kept, bias_scale, false, grads);
        update.run(pass.threads, grads)
    }

    /// `ty = f'(y) * (J tx)` for rows `rows` of the pass, of which `x`, `y`, `tx` and `ty` are; `kept` is
    /// whole.
    #[allow(clippy::too_many_arguments)]
    fn jvp(
        &self,
        pass: Pass,
        parameters: &[f32],
        rows: Range<usize>,
        x: &[f32],
        y: &[f32],
        kept: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    );
}
