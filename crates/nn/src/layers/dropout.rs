//! Dropout: in training each value is zeroed with probability `rate`, the others divided by `1 - rate`
//! (Srivastava et al. 2014). In evaluation it is the identity.

use std::ops::Range;

use kernels::noise::NoiseKey;
use kernels::{Activation, Epilogue, dropout};

use crate::layer::{Layer, Mode, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct Dropout {
    /// A number that no other layer of the network has.
    pub(crate) ordinal: usize,
    pub(crate) shape: Shape,
    pub(crate) rate: f32,
}

impl Layer for Dropout {
    fn kind(&self) -> &'static str {
        "dropout"
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        Activation::Identity
    }

    /// The mask.
    fn kept(&self, batch: usize) -> usize {
        batch * self.shape.values()
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], mask: &mut [f32]) {
        let mask = &mut mask[..x.len()];
        match pass.mode {
            Mode::Train(noise) | Mode::Calibrate(noise, _) => {
                // A stream of its own for each dropout layer of the network.
                let stream = noise.stream ^ ((self.ordinal as u64 + 1) << 40);
                dropout::fill_mask(NoiseKey { stream, ..noise }, self.rate, mask);
                dropout::multiply(pass.threads, x, mask, y);
            }
            Mode::Evaluate => {
                mask.fill(1.0);
                y.copy_from_slice(x);
            }
        }
    }

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        delta: &[f32],
        mask: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        let width = self.shape.values();
        dropout::multiply(pass.threads, delta, &mask[rows.start * width..rows.end * width], dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        _: &[f32],
        mask: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        let width = self.shape.values();
        dropout::multiply(pass.threads, tx, &mask[rows.start * width..rows.end * width], ty);
    }
}
