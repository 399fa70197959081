//! Kernel distance: squared maximum mean discrepancy under a polynomial kernel.

use kernels::noise::NoiseKey;
use kernels::{Epilogue, Matrix, Threads, product};

use crate::error::MetricError;
use crate::features::Features;
use crate::parts::parts;
use crate::subset::{stream, subset};

const NAME: &str = "KID";

/// Options of [`kid()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KidOptions {
    /// Number of subsets. Each is drawn without replacement.
    pub subsets: usize,
    /// Samples of each set in one.
    pub subset_size: usize,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for KidOptions {
    /// 100 subsets of 1000, as in torch-fidelity; seed 0.
    fn default() -> KidOptions {
        KidOptions { subsets: 100, subset_size: 1000, seed: 0 }
    }
}

/// A kernel distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kid {
    /// The mean over the subsets. It is unbiased: for equal distributions its expectation is 0 for any number
    /// of samples, so it can be slightly negative.
    pub mean: f64,
    /// The standard deviation of the subsets (divisor `subsets`).
    pub deviation: f64,
    /// Real samples drawn from.
    pub real: usize,
    /// Generated samples drawn from.
    pub generated: usize,
    /// As asked for.
    pub options: KidOptions,
}

/// Kernel (Inception) distance (Binkowski et al. 2018, arXiv:1801.01401): unbiased `MMD²` with the kernel
/// `k(x, y) = (x.y / d + 1)³`, the mean over subsets of `m` samples of
///
/// `sum_{i≠j} [k(x_i, x_j) + k(y_i, y_j)] / (m (m - 1)) - 2 sum_{i,j} k(x_i, y_j) / m²`.
///
/// # Errors
/// [`MetricError::Setting`] for no subset or subsets of less than 2, [`MetricError::TooFew`] for sets smaller
/// than a subset, [`MetricError::Disagree`] if dimensions differ, [`MetricError::Degenerate`] where features
/// are so large that the kernel overflows.
pub fn kid(
    threads: Threads,
    real: &Features,
    generated: &Features,
    options: &KidOptions,
) -> Result<Kid, MetricError> {
    let KidOptions { subsets, subset_size, seed } = *options;
    if subsets == 0 {
        return Err(MetricError::Setting {
            metric: NAME,
            name: "subsets",
            expected: "of at least 1",
            got: 0.0,
        });
    }
    if subset_size < 2 {
        let (expected, got) = ("of at least 2", subset_size as f64);
        return Err(MetricError::Setting { metric: NAME, name: "subset size", expected, got });
    }
    real.comparable(generated, NAME)?;
    real.at_least(subset_size, NAME, "real samples")?;
    generated.at_least(subset_size, NAME, "generated samples")?;
    let draw = |stream, step, n| subset(NoiseKey { seed, stream, step }, n, subset_size);
    let (mean, deviation) = over_subsets(threads, real, generated, subsets, |index| {
        let step = index as u64;
        let x = draw(stream::KID_REAL, step, real.rows());
        (x, draw(stream::KID_GENERATED, step, generated.rows()))
    });
    if !mean.is_finite() || !deviation.is_finite() {
        return Err(MetricError::Degenerate {
            metric: NAME,
            message: "features so large that the kernel overflows",
        });
    }
    Ok(Kid { mean, deviation, real: real.rows(), generated: generated.rows(), options: *options })
}

/// Mean and standard deviation of `MMD²` over the pairs of row sets that `draw` gives.
fn over_subsets(
    threads: Threads,
    real: &Features,
    generated: &Features,
    subsets: usize,
    draw: impl Fn(usize) -> (Vec<u32>, Vec<u32>) + Sync,
) -> (f64, f64) {
    let d = real.dimensions();
    let values = parts(threads, subsets, 1, &|part| {
        let mut kernel = Vec::new();
        part.map(|index| {
            let (x, y) = draw(index);
            mmd2(&real.gather(&x), &generated.gather(&y), d, &mut kernel)
        })
        .collect::<Vec<f64>>()
    })
    .concat();
    let mean = values.iter().sum::<f64>() / subsets as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / subsets as f64;
    (mean, variance.sqrt())
}

/// Unbiased `MMD²` of equally many points.
fn mmd2(x: &[f32], y: &[f32], d: usize, kernel: &mut Vec<f32>) -> f64 {
    let m = (x.len() / d) as f64;
    let (xx, x_diagonal) = kernel_sums(x, x, d, kernel);
    let (yy, y_diagonal) = kernel_sums(y, y, d, kernel);
    let (xy, _) = kernel_sums(x, y, d, kernel);
    (xx - x_diagonal + yy - y_diagonal) / (m * (m - 1.0)) - 2.0 * xy / (m * m)
}

/// The sum of `k(x_i, y_j)` over all pairs, and over `i = j`.
fn kernel_sums(x: &[f32], y: &[f32], d: usize, products: &mut Vec<f32>) -> (f64, f64) {
    let (rows, columns) = (x.len() / d, y.len() / d);
    products.resize(rows * columns, 0.0);
    let (a, b) = (Matrix::new(x, rows, d), Matrix::new(y, columns, d).transposed());
    product(Threads::ONE, products, a, b, Epilogue::None);
    let value = |product: f32| {
        let base = f64::from(product) / d as f64 + 1.0;
        base * base * base
    };
    let all = products.chunks_exact(columns).map(|row| row.iter().map(|&p| value(p)).sum::<f64>()).sum();
    (all, products.iter().step_by(columns + 1).map(|&p| value(p)).sum())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// d = 1, x = (0, 1), y = (1, 2): k = 1, 1, 1, 8 and 8, 27, 27, 125 and 1, 1, 8, 27.
    #[test]
    fn closed_form_of_two_points() {
        let (x, y) = (Features::new(&[0.0, 1.0], 2, 1).unwrap(), Features::new(&[1.0, 2.0], 2, 1).unwrap());
        let options = KidOptions { subsets: 3, subset_size: 2, seed: 1 };
        let got = kid(Threads::ONE, &x, &y, &options).unwrap();
        assert_eq!(got.mean, (2.0 + 54.0) / 2.0 - 2.0 * 37.0 / 4.0);
        assert_eq!((got.deviation, got.real, got.generated), (0.0, 2, 2));
    }

    #[derive(Deserialize)]
    struct Reference {
        samples: usize,
        dimensions: usize,
        subsets: Vec<(Vec<u32>, Vec<u32>)>,
        kid_mean: f64,
        kid_deviation: f64,
    }

    /// torch-fidelity's figures for the same subsets (oracles/metrics.py).
    #[test]
    fn agrees_with_torch_fidelity() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../../oracles/metrics.json")).unwrap();
        let values: Vec<f32> = include_bytes!("../../../oracles/metrics.f32")
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect();
        let Reference { samples, dimensions, subsets, .. } = &reference;
        let (x, y) = values.split_at(samples * dimensions);
        let (x, y) = (Features::new(x, *samples, *dimensions).unwrap(), &y[..samples * dimensions]);
        let y = Features::new(y, *samples, *dimensions).unwrap();
        let got = over_subsets(Threads::new(2), &x, &y, subsets.len(), |index| subsets[index].clone());
        assert!((got.0 / reference.kid_mean - 1.0).abs() < 1e-5, "{got:?}");
        assert!((got.1 / reference.kid_deviation - 1.0).abs() < 1e-5, "{got:?}");
    }

    #[test]
    fn subsets_follow_from_the_seed_and_not_from_threads() {
        let mut values = vec![0.0; 400 * 3];
        kernels::noise::fill_normal(NoiseKey { seed: 9, stream: 0, step: 0 }, 0, &mut values);
        let (x, y) = values.split_at(250 * 3);
        let (x, y) = (Features::new(x, 250, 3).unwrap(), Features::new(y, 150, 3).unwrap());
        let run = |threads, seed| {
            let options = KidOptions { subsets: 7, subset_size: 100, seed };
            kid(Threads::new(threads), &x, &y, &options).unwrap()
        };
        let one = run(1, 5);
        assert!(one.deviation > 0.0);
        assert!([2, 3, 9].iter().all(|&threads| run(threads, 5) == one));
        assert!(run(1, 6).mean != one.mean);
    }

    #[test]
    fn settings_and_sets_that_do_not_fit_are_refused() {
        let (x, y) = (Features::new(&[0.0; 8], 4, 2).unwrap(), Features::new(&[0.0; 8], 8, 1).unwrap());
        let run = |x, y, subsets, subset_size| {
            kid(Threads::ONE, x, y, &KidOptions { subsets, subset_size, seed: 0 }).unwrap_err()
        };
        assert!(matches!(run(&x, &x, 0, 4), MetricError::Setting { name: "subsets", .. }));
        assert!(matches!(run(&x, &x, 1, 1), MetricError::Setting { name: "subset size", .. }));
        assert!(matches!(run(&x, &x, 1, 5), MetricError::TooFew { expected: 5, got: 4, .. }));
        assert!(matches!(run(&x, &y, 1, 4), MetricError::Disagree { .. }));
        let huge = Features::new(&[f32::MAX; 8], 4, 2).unwrap();
        assert!(matches!(run(&huge, &huge, 1, 4), MetricError::Degenerate { .. }));
    }
}
