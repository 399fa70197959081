//! The same values seen as an image of another shape, or as a vector: `y = x`. An image's values are in the
//! order of its pixels.

use std::ops::Range;

use kernels::{Activation, Epilogue};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct Reshape {
    /// `reshape` or `flatten`.
    pub(crate) kind: &'static str,
    /// Of the output.
    pub(crate) shape: Shape,
}

impl Layer for Reshape {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        Activation::Identity
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
