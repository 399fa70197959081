//! Layers that leave values as they are, `y = x`:
//!
//! - `reshape` and `flatten`: the same values seen as an image of another shape, or as a vector. An image's values are in
//!   the order of its pixels.
//! - `residual`, the end of a block, `y = f(a + b)` (He et al. 2016): the identity for each of its two summands. The network,
//!   which knows where the second one comes from, adds it and applies the activation.

use std::ops::Range;

use kernels::{Activation, Epilogue};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct Identity {
    /// `reshape`, `flatten` or `residual`.
    pub(crate) kind: &'static str,
    /// Of the output.
    pub(crate) shape: Shape,
    /// Of a block's end, applied by the network.
    pub(crate) activation: Activation,
}

impl Layer for Identity {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn forward(&self, _: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], _: &mut [f32]) {
        y.copy_from_slice(x);
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        _: &[f32],
        delta: &[f32],
        _: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        dx.copy_from_slice(delta);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(
        &self,
        _: Pass,
        _: &[f32],
        _: Range<usize>,
        _: &[f32],
        _: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        ty.copy_from_slice(tx);
    }
}
