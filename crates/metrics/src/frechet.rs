//! Frechet distance between Gaussians fitted to two sets of features.

use multiversion::multiversion;

use crate::error::MetricError;
use crate::features::Features;
use crate::jacobi::{factor, nuclear_norm_of_product};

/// Rows centred at a time.
const BLOCK_ROWS: usize = 64;

/// Mean and unbiased covariance (divisor `n - 1`) of features, in float64. Fit the data's once and compare
/// many sets with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    samples: usize,
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl Gaussian {
    /// Fits `features`.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] for less than two rows.
    pub fn fit(features: &Features) -> Result<Gaussian, MetricError> {
        features.at_least(2, "Gaussian", "rows")?;
        let d = features.dimensions();
        let mean = features.mean();
        let mut covariance = vec![0.0; d * d];
        let mut centred = Vec::with_capacity(BLOCK_ROWS * d);
        for block in features.data().chunks(BLOCK_ROWS * d) {
            centred.clear();
            for row in block.chunks_exact(d) {
                centred.extend(row.iter().zip(&mean).map(|(&v, m)| f64::from(v) - m));
            }
            add_squares(&centred, d, &mut covariance);
        }
        let divisor = (features.rows() - 1) as f64;
        for i in 0..d {
            for j in i..d {
                let value = covariance[i * d + j] / divisor;
                (covariance[i * d + j], covariance[j * d + i]) = (value, value);
            }
        }
        Ok(Gaussian { samples: features.rows(), mean, covariance })
    }

    /// Number of fitted rows.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// `[d]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// `[d, d]`.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    fn trace(&self) -> f64 {
        self.covariance.iter().step_by(self.mean.len() + 1).sum()
    }
}

/// Adds `x[r, i] x[r, j]` of all rows to `out[i, j]`, `i <= j`.
#[multiversion(targets("x86_64+avx2"))]
fn add_squares(x: &[f64], d: usize, out: &mut [f64]) {
    for i in 0..d {
        let out = &mut out[i * d + i..(i + 1) * d];
        for row in x.chunks_exact(d) {
            let c = row[i];
            out.iter_mut().zip(&row[i..]).for_each(|(o, v)| *o += c * v);
        }
    }
}

/// A Frechet distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frechet {
    /// The (squared) distance, at least 0. It falls with more samples: compare scores of equal counts only.
    pub distance: f64,
    /// Real samples.
    pub real: usize,
    /// Generated samples.
    pub generated: usize,
}

/// `|m₁ - m₂|² + Tr(S₁ + S₂ - 2 (S₁S₂)^½)` (Dowson and Landau 1982; Heusel et al. 2017, arXiv:1706.08500).
///
/// With `S = FᵀF`, the eigenvalues of `S₁S₂` are the squared singular values of `F₁F₂ᵀ`, so the trace of the
/// root is their sum: it is real and never negative, also for singular covariances (fewer samples than
/// dimensions), where the root of a plain product turns complex.
///
/// # Errors
/// [`MetricError::Disagree`] if dimensions differ.
pub fn frechet(real: &Gaussian, generated: &Gaussian) -> Result<Frechet, MetricError> {
    let d = real.mean.len();
    if d != generated.mean.len() {
        let got = generated.mean.len();
        return Err(MetricError::Disagree {
            metric: "Frechet distance",
            what: "dimensions",
            expected: d,
            got,
        });
    }
    let shift: f64 = real.mean.iter().zip(&generated.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let (f1, f2) = (factor(&real.covariance, d), factor(&generated.covariance, d));
    let root = nuclear_norm_of_product(&f1, &f2, d);
    // Rounding can leave the distance of equal Gaussians just below zero.
    let distance = (shift + real.trace() + generated.trace() - 2.0 * root).max(0.0);
    Ok(Frechet { distance, real: real.samples, generated: generated.samples })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(data: &[f32], d: usize) -> Gaussian {
        Gaussian::fit(&Features::new(data, data.len() / d, d).unwrap()).unwrap()
    }

    #[test]
    fn moments_of_three_points() {
        let g = fit(&[0.0, 0.0, 3.0, 0.0, 0.0, 6.0], 2);
        assert_eq!(g.mean(), [1.0, 2.0]);
        assert_eq!(g.covariance(), [3.0, -3.0, -3.0, 12.0]);
        assert_eq!(g.samples(), 3);
    }

    /// In one dimension the distance is (m1 - m2)² + (s1 - s2)².
    #[test]
    fn closed_forms() {
        let (a, b) = (fit(&[-1.0, 1.0], 1), fit(&[0.0, 6.0], 1));
        let expected = 9.0 + (2f64.sqrt() - 18f64.sqrt()).powi(2);
        let got = frechet(&a, &b).unwrap();
        assert!((got.distance - expected).abs() < 1e-12);
        assert_eq!((got.real, got.generated), (2, 2));
        // Commuting covariances, one singular: each axis by itself.
        let a = fit(&[-1.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, -2.0], 2);
        let b = fit(&[-3.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0], 2);
        let (s, t) = ((2.0f64 / 3.0).sqrt(), (8.0f64 / 3.0).sqrt());
        let expected = (s - 6f64.sqrt()).powi(2) + t * t;
        assert!((frechet(&a, &b).unwrap().distance - expected).abs() < 1e-12);
        // A point against a point: the squared shift.
        let (a, b) = (fit(&[1.0, 2.0, 1.0, 2.0], 2), fit(&[4.0, 6.0, 4.0, 6.0], 2));
        assert_eq!(frechet(&a, &b).unwrap().distance, 25.0);
    }

    #[test]
    fn too_few_rows_and_other_dimensions_are_refused() {
        let one = Features::new(&[1.0, 2.0], 1, 2).unwrap();
        let refused = Gaussian::fit(&one).unwrap_err();
        assert!(matches!(refused, MetricError::TooFew { expected: 2, got: 1, .. }));
        let refused = frechet(&fit(&[0.0; 4], 2), &fit(&[0.0; 4], 1)).unwrap_err();
        assert!(matches!(refused, MetricError::Disagree { expected: 2, got: 1, .. }));
    }
}
