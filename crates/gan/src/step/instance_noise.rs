//! Noise on D's inputs.

use std::ops::Range;

use kernels::noise::{self, NoiseKey};
use kernels::{Threads, rows};

/// Adds normal noise of standard deviation `deviation` to `values` of D's input; `scratch` is as long as they are.
pub(super) fn add_noise(
    threads: Threads,
    key: NoiseKey,
    deviation: f64,
    values: Range<usize>,
    scratch: &mut [f32],
    input: &mut [f32],
) {
    if deviation <= 0.0 {
        return;
    }
    noise::fill_normal(key, values.start as u64, scratch);
    let part = &mut input[values];
    // One row of the whole length: every value gets the same coefficient.
    rows::scaled(threads, &[deviation as f32], scratch, part.len(), true, part);
}
