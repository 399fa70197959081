//! Dropout (Srivastava et al. 2014): masks of counter-based noise, and the product with them.

use multiversion::multiversion;

use crate::noise::{NoiseKey, fill_words};
use crate::threads::{Rows, RowsMut, Threads, split};

/// Fills `mask` with 0 (probability `rate`) or `1 / (1 - rate)`: values `0..mask.len()` of the key's sequence.
pub fn fill_mask(key: NoiseKey, rate: f32, mask: &mut [f32]) {
    let threshold = (f64::from(rate) * 4_294_967_296.0) as u32;
    let keep = 1.0 / (1.0 - rate);
    let mut words = [0u32; 1024];
    for (block, mask) in mask.chunks_mut(1024).enumerate() {
        let words = &mut words[..mask.len()];
        fill_words(key, 1024 * block as u64, words);
        mask.iter_mut().zip(words.iter()).for_each(|(m, &w)| *m = if w < threshold { 0.0 } else { keep });
    }
}

/// `out = x * mask`, value by value.
///
/// # Panics
/// If the lengths differ.
pub fn multiply(threads: Threads, x: &[f32], mask: &[f32], out: &mut [f32]) {
    assert!(x.len() == mask.len() && x.len() == out.len(), "input, mask and output");
    let n = out.len();
    split(threads, n, n, 16, (RowsMut(out, 1), Rows(x, 1), Rows(mask, 1)), &|_, (out, x, mask)| {
        multiply_block(x.0, mask.0, out.0);
    });
}

#[multiversion(targets("x86_64+avx2"))]
fn multiply_block(x: &[f32], mask: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).zip(mask).for_each(|((o, x), m)| *o = x * m);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_mean_and_the_rate() {
        for rate in [0.0, 0.3, 0.5, 0.9] {
            let mut mask = vec![0.0; 100_000];
            fill_mask(NoiseKey { seed: 1, stream: 1, step: 1 }, rate, &mut mask);
            let zeros = mask.iter().filter(|&&m| m == 0.0).count() as f32 / 1e5;
            assert!((zeros - rate).abs() < 0.01, "{rate}: {zeros}");
            assert!(mask.iter().all(|&m| m == 0.0 || m == 1.0 / (1.0 - rate)));
            let x: Vec<f32> = (0..100_000).map(|i| i as f32).collect();
            let mut out = vec![0.0; 100_000];
            multiply(Threads::new(3), &x, &mask, &mut out);
            assert!(out.iter().zip(x.iter().zip(&mask)).all(|(o, (x, m))| *o == x * m));
        }
    }
}
