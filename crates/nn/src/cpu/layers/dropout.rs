//! Dropout: in training each value is zeroed with probability `rate`, the others divided by `1 - rate`
//! (Srivastava et al. 2014). In evaluation it is the identity.

use kernels::dropout;
use kernels::noise::NoiseKey;

use crate::cpu::layer::{Forward, Jvp, Layer, Mode, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct Dropout {
    /// The activation that it writes: a number that no other layer of the network has.
    pub(crate) number: usize,
    /// Values of one image.
    pub(crate) width: usize,
    pub(crate) rate: f32,
}

impl Layer for Dropout {
    /// The mask.
    fn kept(&self, batch: usize) -> usize {
        batch * self.width
    }

    fn forward(&self, pass: Pass, Forward { x, y, kept: mask, .. }: Forward) {
        let mask = &mut mask[..x.len()];
        match pass.mode {
            Mode::Train(noise) | Mode::Calibrate(noise, _) => {
                // Each dropout layer of the network has a stream of its own.
                let stream = noise.stream ^ ((self.number as u64) << 40);
                dropout::fill_mask(NoiseKey { stream, ..noise }, self.rate, mask);
                dropout::multiply(pass.threads, x, mask, y);
            }
            Mode::Evaluate => {
                mask.fill(1.0);
                y.copy_from_slice(x);
            }
        }
    }

    fn vjp(&self, pass: Pass, Vjp { rows, delta, kept: mask, dx, epilogue, .. }: Vjp) {
        let mask = &mask[rows.start * self.width..rows.end * self.width];
        dropout::multiply(pass.threads, delta, mask, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, pass: Pass, Jvp { rows, kept: mask, tx, ty, .. }: Jvp) {
        let mask = &mask[rows.start * self.width..rows.end * self.width];
        dropout::multiply(pass.threads, tx, mask, ty);
    }
}
