//! The numbers of the noise streams: each use of randomness has its own, so that none disturbs another.

use kernels::noise::NoiseKey;

/// The generator's first weights.
pub const GENERATOR_WEIGHTS: u64 = 1;
/// The discriminator's first weights.
pub const DISCRIMINATOR_WEIGHTS: u64 = 2;
/// Latents of a training step.
pub const LATENTS: u64 = 3;
/// The generator's dropout in training.
pub const GENERATOR_DROPOUT: u64 = 4;
/// The discriminator's dropout in its own update.
pub const DISCRIMINATOR_DROPOUT: u64 = 5;
/// The discriminator's dropout in the generator's update, where that is a pass of its own.
pub const GENERATOR_UPDATE_DROPOUT: u64 = 6;
/// Noise added to D's inputs.
pub const INSTANCE_NOISE: u64 = 7;
/// As above, in the generator's own pass.
pub const GENERATOR_UPDATE_INSTANCE_NOISE: u64 = 8;
/// Where interpolates lie between real and generated images, or the noise on DRAGAN's real ones.
pub const INTERPOLATION: u64 = 9;
/// Latents that recompute batch statistics.
pub const CALIBRATION: u64 = 10;
/// Latents of the sample grid a tick, and of samples asked for.
pub const SAMPLES: u64 = 11;

/// Labels of the images that recompute batch statistics.
pub const CALIBRATION_LABELS: u64 = 12;

/// Training images that a look of the run's health compares with.
pub const HEALTH_DATA: u64 = 13;

/// Which training images of a step are mirrored.
pub const FLIPS: u64 = 14;

/// The key of one stream at one step.
pub fn key(seed: u64, stream: u64, step: u64) -> NoiseKey {
    NoiseKey { seed, stream, step }
}
