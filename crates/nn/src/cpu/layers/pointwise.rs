//! An activation on its own, where there is no layer before it to be merged into.

use kernels::{Activation, activation};

use crate::cpu::layer::{Forward, Jvp, Layer, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct Pointwise {
    pub(crate) activation: Activation,
}

impl Layer for Pointwise {
    fn forward(&self, pass: Pass, Forward { x, y, .. }: Forward) {
        y.copy_from_slice(x);
        activation::apply(pass.threads, self.activation, y);
    }

    fn vjp(&self, pass: Pass, Vjp { delta, dx, epilogue, .. }: Vjp) {
        dx.copy_from_slice(delta);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, pass: Pass, Jvp { y, tx, ty, .. }: Jvp) {
        ty.copy_from_slice(tx);
        activation::multiply_derivative(pass.threads, self.activation, y, ty);
    }
}
