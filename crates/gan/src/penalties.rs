//! Penalties on the gradient of D's logit by its input, exactly, by one push forward of tangents.
//!
//! With `g_i = ds_i/dx_i` (the shared backward pass's input cotangent) and `P = mean_i phi(|g_i|)`, the tangent
//! `u_i = dP/dg_i` pushed through D gives `dP/dW = sum_i delta_i t_iᵀ` layer by layer, for piecewise-linear D.
//!
//! | penalty | phi(n) | u_i | rows |
//! |---|---|---|---|
//! | R1 (Mescheder et al. 2018) | gamma/2 n² | gamma g_i / B | real |
//! | R2 | gamma/2 n² | gamma g_i / B | generated |
//! | gradient penalty (Gulrajani et al. 2017) | lambda (n - 1)² | 2 lambda (1 - 1/n) g_i / B | interpolates |
//! | DRAGAN (Kodali et al. 2017) | lambda (n - 1)² | 2 lambda (1 - 1/n) g_i / B | real images with noise |
//!
//! The last two read the third block of rows, so a run has at most one of them.

use std::ops::Range;

use kernels::{Threads, rows, sums};
use nn::Tape;

/// The weights of the penalties. The rows of D's pass are `[real; generated; third]`, `batch` each; the third block holds the
/// interpolates of the gradient penalty or DRAGAN's real images with noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalties {
    /// gamma on real images.
    pub r1: f64,
    /// gamma on generated images.
    pub r2: f64,
    /// lambda on interpolates.
    pub gradient_penalty: f64,
    /// lambda on real images with noise.
    pub dragan: f64,
}

impl Penalties {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.r1 > 0.0 || self.r2 > 0.0 || self.third() > 0.0
    }

    /// Batches in D's pass: two, or three with interpolates or real images with noise.
    pub fn blocks(&self) -> usize {
        if self.third() > 0.0 { 3 } else { 2 }
    }

    /// lambda on the third block.
    fn third(&self) -> f64 {
        self.gradient_penalty + self.dragan
    }

    /// The rows that need an input cotangent for a penalty: one range that covers all.
    pub fn rows(&self, batch: usize) -> Range<usize> {
        let wanted = [self.r1 > 0.0, self.r2 > 0.0, self.third() > 0.0];
        match (wanted.iter().position(|&w| w), wanted.iter().rposition(|&w| w)) {
            (Some(first), Some(last)) => first * batch..(last + 1) * batch,
            _ => 0..0,
        }
    }

    /// Reads the input cotangents on the tape, writes the tangents `u_i` beside them, and returns `P`.
    /// `coefficients` is scratch of at least as many values as there are rows.
    pub fn seed_tangents(
        &self,
        threads: Threads,
        batch: usize,
        coefficients: &mut [f32],
        tape: &mut Tape,
    ) -> f64 {
        let rows = self.rows(batch);
        let (tangents, cotangents) = tape.input_tangent_mut(rows.clone());
        let width = cotangents.len() / rows.len().max(1);
        let coefficients = &mut coefficients[..rows.len()];
        let mut total = 0.0;
        for ((row, g), c) in rows.clone().zip(cotangents.chunks_exact(width)).zip(coefficients.iter_mut()) {
            let square = sums::sum_of_squares(Threads::ONE, g);
            let (value, coefficient) = match row / batch {
                0 => (0.5 * self.r1 * square, self.r1),
                1 => (0.5 * self.r2 * square, self.r2),
                _ => {
                    let norm = square.sqrt();
                    // At zero the norm has no gradient; the penalty's is taken as zero there.
                    let slope = if norm > 0.0 { 2.0 * (1.0 - 1.0 / norm) } else { 0.0 };
                    (self.third() * (norm - 1.0).powi(2), self.third() * slope)
                }
            };
            total += value;
            *c = (coefficient / batch as f64) as f32;
        }
        rows::scaled(threads, coefficients, cotangents, width, false, tangents);
        total / batch as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_covers_all_penalised_rows() {
        let p = |r1, r2, gradient_penalty| Penalties { r1, r2, gradient_penalty, dragan: 0.0 }.rows(4);
        assert_eq!(p(0.0, 0.0, 0.0), 0..0);
        assert_eq!(p(1.0, 0.0, 0.0), 0..4);
        assert_eq!(p(0.0, 1.0, 0.0), 4..8);
        assert_eq!(p(1.0, 1.0, 0.0), 0..8);
        assert_eq!(p(0.0, 0.0, 1.0), 8..12);
        assert_eq!(p(1.0, 0.0, 1.0), 0..12);
        assert_eq!(Penalties { dragan: 1.0, ..Penalties::default() }.rows(4), 8..12);
    }
}
