//! Pixel normalisation: `y = x r`, `r = 1 / sqrt(mean x² + eps)` over the channels of a pixel (Karras et al.
//! 2018).
//!
//! Its Jacobian, `r (I - x xᵀ r² / channels)`, is symmetric, so [`project`] is both its vjp and its jvp.

use multiversion::multiversion;

use crate::activation::{Activation, bias_activation_row};
use crate::sums::dot_block;
use crate::threads::{Rows, RowsMut, Threads, split};

/// `y = f(x r)`.
///
/// # Panics
/// If `x` and `y` are not whole pixels of `channels`, as many.
pub fn normalize(threads: Threads, channels: usize, eps: f32, x: &[f32], f: Activation, y: &mut [f32]) {
    assert!(x.len() == y.len() && x.len().is_multiple_of(channels), "whole pixels of {channels}");
    let n = y.len();
    split(threads, n / channels, n, 1, (RowsMut(y, channels), Rows(x, channels)), &|_, (y, x)| {
        for (y, x) in y.0.chunks_exact_mut(channels).zip(x.0.chunks_exact(channels)) {
            let r = inverse_root(x, eps);
            scale_row(r, x, y);
            if f != Activation::Identity {
                bias_activation_row(f, None, y);
            }
        }
    });
}

/// `out = r (d - x r² mean(x d))`, pixel by pixel.
///
/// # Panics
/// If the lengths disagree.
pub fn project(threads: Threads, channels: usize, eps: f32, d: &[f32], x: &[f32], out: &mut [f32]) {
    assert!(x.len() == d.len() && x.len() == out.len(), "pixel norm input, cotangent and output");
    assert!(x.len().is_multiple_of(channels), "whole pixels of {channels}");
    let n = out.len();
    let work = (RowsMut(out, channels), Rows(d, channels), Rows(x, channels));
    split(threads, n / channels, n, 1, work, &|_, (out, d, x)| {
        let pixels =
            out.0.chunks_exact_mut(channels).zip(d.0.chunks_exact(channels)).zip(x.0.chunks_exact(channels));
        for ((out, d), x) in pixels {
            let r = inverse_root(x, eps);
            let mean = (dot_block(x, d) / channels as f64) as f32;
            project_row(r, r * r * mean, d, x, out);
        }
    });
}

fn inverse_root(x: &[f32], eps: f32) -> f32 {
    (1.0 / (dot_block(x, x) / x.len() as f64 + f64::from(eps)).sqrt()) as f32
}

#[multiversion(targets("x86_64+avx2"))]
fn scale_row(r: f32, x: &[f32], y: &mut [f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y = r * x);
}

#[multiversion(targets("x86_64+avx2"))]
fn project_row(r: f32, along: f32, d: &[f32], x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(d).zip(x).for_each(|((o, d), x)| *o = r * (d - along * x));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 13, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn both_passes_equal_float64_twins_for_any_number_of_threads() {
        for (pixels, channels) in [(1, 1), (5, 3), (40, 512), (900, 70)] {
            let (x, d) = (normal(1, pixels * channels), normal(2, pixels * channels));
            let mut first: Option<[Vec<f32>; 2]> = None;
            for threads in [1, 2, 5] {
                let threads = Threads::new(threads);
                let (mut y, mut out) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
                normalize(threads, channels, 1e-3, &x, Activation::Tanh, &mut y);
                project(threads, channels, 1e-3, &d, &x, &mut out);
                for p in 0..pixels {
                    let wide = |v: &[f32]| -> Vec<f64> {
                        v[p * channels..(p + 1) * channels].iter().map(|&v| f64::from(v)).collect()
                    };
                    let (xs, ds, ys, outs) = (wide(&x), wide(&d), wide(&y), wide(&out));
                    let mean = |a: &[f64], b: &[f64]| {
                        a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / channels as f64
                    };
                    let r = 1.0 / (mean(&xs, &xs) + f64::from(1e-3f32)).sqrt();
                    let along = mean(&xs, &ds);
                    for j in 0..channels {
                        assert!((ys[j] - (r * xs[j]).tanh()).abs() < 2e-6);
                        let expected = r * (ds[j] - xs[j] * r * r * along);
                        assert!((outs[j] - expected).abs() < 1e-5 * (1.0 + expected.abs() + r));
                    }
                }
                let both = [y, out];
                assert_eq!(first.get_or_insert_with(|| both.clone()), &both, "bits depend on threads");
            }
        }
    }
}
