//! Sums over long slices, in blocks fixed by the length alone, so that threads do not change them.

use multiversion::multiversion;

use crate::threads::{BLOCK, Rows, Threads, sum_blocks};

const LANES: usize = 16;

/// `sum x²` of a block, in one run of `f32` lanes.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn squares_block(x: &[f32]) -> f64 {
    let mut lanes = [0.0f32; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane += v * v;
        }
    }
    lanes.iter().map(|&v| f64::from(v)).sum::<f64>() + rest
}

/// `sum a b` of a block, in one run of `f32` lanes.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn dot_block(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder());
    let rest: f64 = rest.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    for (a, b) in a.zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().map(|&v| f64::from(v)).sum::<f64>() + rest
}

/// `sum a b`.
///
/// # Panics
/// If the lengths differ.
pub fn dot(threads: Threads, a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "factors of a dot product");
    sum_blocks(threads, a.len(), (Rows(a, 1), Rows(b, 1)), &|(a, b)| dot_block(a.0, b.0))
}

/// `sum x²`. Not finite if any value is not (or if a square overflows).
pub fn sum_of_squares(threads: Threads, x: &[f32]) -> f64 {
    sum_blocks(threads, x.len(), Rows(x, 1), &|block| squares_block(block.0))
}

/// Whether every value is finite.
pub fn all_finite(x: &[f32]) -> bool {
    x.chunks(BLOCK).all(|block| block.iter().fold(true, |ok, v| ok & v.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_of_squares_agrees_with_float64_and_shows_what_is_not_finite() {
        for n in [0usize, 1, 15, 16, 4096, 4097, 20_001, 300_007] {
            let x: Vec<f32> = (0..n).map(|i| ((i * 37) % 101) as f32 * 0.03 - 1.5).collect();
            let expected: f64 = x.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
            let sum = sum_of_squares(Threads::ONE, &x);
            assert!((sum - expected).abs() <= 1e-6 * expected.max(1.0), "{n}");
            assert_eq!(sum, sum_of_squares(Threads::new(5), &x));
            let y: Vec<f32> = (0..n).map(|i| ((i * 53) % 97) as f32 * 0.02 - 0.9).collect();
            let expected: f64 = x.iter().zip(&y).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let product = dot(Threads::ONE, &x, &y);
            assert!((product - expected).abs() <= 1e-6 * sum.max(1.0), "{n}: {product} {expected}");
            assert_eq!(product, dot(Threads::new(5), &x, &y));
            assert!(all_finite(&x));
            if n > 0 {
                let mut bad = x.clone();
                bad[n / 2] = f32::NAN;
                assert!(sum_of_squares(Threads::new(2), &bad).is_nan() && !all_finite(&bad));
                bad[n / 2] = f32::INFINITY;
                assert!(!all_finite(&bad));
            }
        }
    }
}
