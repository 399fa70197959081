//! Differentiable augmentation of a discriminator's images (Zhao et al. 2020): in training each image is
//! changed at random, real and generated ones alike, and cotangents are pulled back through the changes to
//! the generator. In evaluation and calibration it is the identity.
//!
//! Classes of few images can be changed more often than those of many.
//!
//! Each change is affine in the image for fixed draws, so that the vjp is its transpose and the jvp its
//! linear part.

use std::ops::Range;

use kernels::Augmentation;
use kernels::augment::{self, DRAWS, Part};
use kernels::noise::NoiseKey;

use crate::cpu::layer::{Forward, Jvp, Layer, Mode, Pass, Vjp, finish};
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct DiffAugment {
    /// The activation that it writes: a number that no other layer of the network has.
    pub(crate) number: usize,
    pub(crate) shape: Shape,
    pub(crate) list: Vec<Augmentation>,
    /// How often images of each class are changed, `[classes]`; none: always.
    pub(crate) class_probabilities: Vec<f32>,
}

impl DiffAugment {
    /// The map that `part` names, for images `rows`.
    fn apply(&self, pass: Pass, part: Part, rows: Range<usize>, draws: &[f32], x: &[f32], out: &mut [f32]) {
        match pass.mode {
            Mode::Train(_) => {
                let draws = &draws[rows.start * DRAWS..rows.end * DRAWS];
                augment::apply(pass.threads, &self.list, part, self.shape.grid(), draws, x, out);
            }
            Mode::Calibrate(..) | Mode::Evaluate => out.copy_from_slice(x),
        }
    }
}

impl Layer for DiffAugment {
    /// Each image's draws.
    fn kept(&self, batch: usize) -> usize {
        batch * DRAWS
    }

    fn forward(&self, pass: Pass, Forward { x, y, kept: draws, .. }: Forward) {
        let own = &mut draws[..pass.batch * DRAWS];
        match pass.mode {
            Mode::Train(noise) => {
                // Each layer of the network has a stream of its own, which no dropout layer has.
                let stream = noise.stream ^ ((self.number as u64) << 40) ^ (1 << 63);
                augment::fill_draws(NoiseKey { stream, ..noise }, self.shape.grid(), own);
                if !self.class_probabilities.is_empty() {
                    let probabilities = pass.labels.iter().map(|&c| self.class_probabilities[c as usize]);
                    augment::keep_some(self.shape.grid(), probabilities, own);
                }
            }
            Mode::Calibrate(..) | Mode::Evaluate => augment::fill_identity(self.shape.grid(), own),
        }
        self.apply(pass, Part::Affine, 0..pass.batch, draws, x, y);
    }

    fn vjp(&self, pass: Pass, Vjp { rows, delta, kept: draws, dx, epilogue, .. }: Vjp) {
        self.apply(pass, Part::Transposed, rows, draws, delta, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, pass: Pass, Jvp { rows, kept: draws, tx, ty, .. }: Jvp) {
        self.apply(pass, Part::Linear, rows, draws, tx, ty);
    }
}
