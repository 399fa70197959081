//! Differentiable augmentation of a discriminator's images (Zhao et al. 2020): in training each image is
//! changed at random, real and generated ones alike, and cotangents go back through the changes to the
//! generator. In evaluation and calibration it is the identity.
//!
//! Classes of few images can be changed more often than those of many, which pay for it: their D no longer
//! sees exactly the images that G is to make.
//!
//! Each change is affine in the image for fixed draws, so that the vjp is its transpose and the jvp its
//! linear part.

use std::ops::Range;

use kernels::augment::{self, DRAWS, Part};
use kernels::noise::NoiseKey;
use kernels::{Activation, Augmentation, Epilogue};

use crate::layer::{Layer, Mode, Pass};
use crate::layers::finish;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct DiffAugment {
    /// A number that no other layer of the network has.
    pub(crate) ordinal: usize,
    pub(crate) shape: Shape,
    pub(crate) list: Vec<Augmentation>,
    /// How often images of each class are changed, `[classes]`; none: always.
    pub(crate) class_probabilities: Vec<f32>,
}

impl DiffAugment {
    /// The changes, or what `part` says of them, of images `rows`.
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
    fn kind(&self) -> &'static str {
        "diff-augment"
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn activation(&self) -> Activation {
        Activation::Identity
    }

    fn reads_labels(&self) -> bool {
        !self.class_probabilities.is_empty()
    }

    /// Each image's draws.
    fn kept(&self, batch: usize) -> usize {
        batch * DRAWS
    }

    fn forward(&self, pass: Pass, _: &[f32], _: &mut [f32], x: &[f32], y: &mut [f32], draws: &mut [f32]) {
        let own = &mut draws[..pass.batch * DRAWS];
        match pass.mode {
            Mode::Train(noise) => {
                // A stream of its own for each layer of the network, and another than a dropout's in the same
                // place.
                let stream = noise.stream ^ ((self.ordinal as u64 + 1) << 40) ^ (1 << 63);
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

    fn vjp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        delta: &[f32],
        draws: &mut [f32],
        dx: &mut [f32],
        epilogue: Epilogue,
    ) {
        self.apply(pass, Part::Transposed, rows, draws, delta, dx);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(
        &self,
        pass: Pass,
        _: &[f32],
        rows: Range<usize>,
        _: &[f32],
        _: &[f32],
        draws: &mut [f32],
        tx: &[f32],
        ty: &mut [f32],
    ) {
        self.apply(pass, Part::Linear, rows, draws, tx, ty);
    }
}
