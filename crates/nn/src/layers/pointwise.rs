//! An activation on its own, where there is no layer before it to be merged into.

use std::ops::Range;

use kernels::{Activation, Epilogue, activation};

use crate::layer::{Layer, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct Pointwise {
    pub(crate) shape: Shape,
    pub(crate) activation: Activation,
}

impl Layer for Pointwise {
    fn kind(&self) -> &'static str {
        self.activation.name()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], _: &mut [f32]) {
        y.copy_from_slice(x);
        activation::apply(pass.threads, self.activation, y);
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
        pass: Pass,
        _: &[f32],
        _: Range<usize>,
        _: &[f32],
        y: &[f32],
        _: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        ty.copy_from_slice(tx);
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}
