//! The interface of a layer, and the buffers that each direction gets.

use std::fmt::Debug;
use std::ops::Range;

use kernels::noise::NoiseKey;
use kernels::{Epilogue, Threads, activation};

use crate::optimizer::Update;

/// Whether a pass trains or samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Batch normalisation uses the batch's statistics and updates the running ones; dropout drops and
    /// augmentation changes images, by this noise; spectral normalisation makes a power iteration.
    Train(NoiseKey),
    /// For running statistics alone: batch normalisation and dropout as in `Train`, but the statistics are updated
    /// with this weight: `1 / k` on pass `k` from 1 leaves their plain mean. All else as in `Evaluate`.
    Calibrate(NoiseKey, f32),
    /// Batch normalisation uses the running statistics; dropout and augmentation are the identity; state
    /// does not change.
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

/// Buffers of a forward pass over the whole batch.
pub(crate) struct Forward<'a> {
    /// The layer's own weights.
    pub(crate) parameters: &'a [f32],
    /// The whole arena, of which a layer uses its own ranges.
    pub(crate) state: &'a mut [f32],
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a mut [f32],
    /// What the layer keeps of the pass for the other directions.
    pub(crate) kept: &'a mut [f32],
}

/// Buffers of a vjp for the batch's images `rows`: `x`, `delta` and `dx` are theirs, `kept` is the whole batch's.
pub(crate) struct Vjp<'a> {
    /// The layer's own weights.
    pub(crate) parameters: &'a [f32],
    pub(crate) rows: Range<usize>,
    pub(crate) x: &'a [f32],
    pub(crate) delta: &'a [f32],
    pub(crate) kept: &'a mut [f32],
    pub(crate) dx: &'a mut [f32],
    pub(crate) epilogue: Epilogue<'a>,
}

/// Buffers of a weight gradient over the whole batch.
pub(crate) struct Gradient<'a> {
    /// The layer's input, or with `bias_scale` `c_i x_i + t_i`.
    pub(crate) x: &'a [f32],
    pub(crate) delta: &'a [f32],
    pub(crate) kept: &'a mut [f32],
    /// `c_i`, for what multiplies no `x`: biases and embeddings of labels.
    pub(crate) bias_scale: Option<&'a [f32]>,
    /// Whether the gradient is added to `grads` or overwrites them.
    pub(crate) accumulate: bool,
    /// The layer's own gradients.
    pub(crate) grads: &'a mut [f32],
}

/// Buffers of a jvp for the batch's images `rows`: `x`, `y`, `tx` and `ty` are theirs, `kept` is the whole batch's.
pub(crate) struct Jvp<'a> {
    /// The layer's own weights.
    pub(crate) parameters: &'a [f32],
    pub(crate) rows: Range<usize>,
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a [f32],
    pub(crate) kept: &'a mut [f32],
    pub(crate) tx: &'a [f32],
    pub(crate) ty: &'a mut [f32],
}

/// One operation of the plan on the CPU: a linear map (for fixed masks and statistics), then a pointwise function.
///
/// Every layer writes `y`, the function's output. `delta` is the cotangent of the function's *input*; the layer that writes a
/// cotangent applies the derivative of the function before it, by the epilogue.
pub(crate) trait Layer: Debug + Send + Sync {
    /// Values kept between directions for a batch, beside the output.
    fn kept(&self, _batch: usize) -> usize {
        0
    }

    /// Turns the vectors of spectral normalisation in fresh state towards those of the weights.
    fn power_iterate(&self, _threads: Threads, _parameters: &[f32], _state: &mut [f32]) {}

    /// `y = f(J x)`.
    fn forward(&self, pass: Pass, buffers: Forward);

    /// `dx = epilogue(Jᵀ delta)`.
    fn vjp(&self, pass: Pass, buffers: Vjp);

    /// Sums that `weight_grad` needs and `vjp` leaves, for a first layer without a `vjp`.
    fn prepare_weight_grad(&self, _pass: Pass, _x: &[f32], _delta: &[f32], _kept: &mut [f32]) {}

    /// `grads += sum_i delta_i x_iᵀ` (overwritten unless `accumulate`).
    fn weight_grad(&self, _pass: Pass, _buffers: Gradient) {}

    /// `weight_grad` without `accumulate`, and the update of the layer's weights by it. Returns the gradients' sum of squares.
    /// The contents of `grads` are unspecified afterwards.
    fn weight_update(&self, pass: Pass, mut buffers: Gradient, update: Update) -> f64 {
        self.weight_grad(pass, buffers.reborrow());
        update.run(pass.threads, buffers.grads)
    }

    /// `ty = f'(y) * (J tx)`.
    fn jvp(&self, pass: Pass, buffers: Jvp);
}

impl Gradient<'_> {
    /// The same buffers, lent.
    pub(crate) fn reborrow(&mut self) -> Gradient<'_> {
        Gradient { kept: self.kept, grads: self.grads, ..*self }
    }
}

/// Applies an epilogue to values that no product wrote.
pub(crate) fn finish(threads: Threads, epilogue: Epilogue, values: &mut [f32]) {
    match epilogue {
        Epilogue::Derivative(f, y) => activation::multiply_derivative(threads, f, y, values),
        Epilogue::None => {}
        Epilogue::Accumulate | Epilogue::BiasActivation(..) => unreachable!("not an epilogue of a cotangent"),
    }
}
