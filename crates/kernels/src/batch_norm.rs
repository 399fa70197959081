//! Batch normalisation over the rows of `[rows, channels]` (Ioffe and Szegedy 2015).
//!
//! With `m`, `v` the mean and (biased) variance of a channel over the rows, `s = 1 / sqrt(v + eps)` and
//! `h = (x - m) s`: `y = gamma h + beta`. The Jacobian of a channel, `gamma s (I - 11ᵀ/R - hhᵀ/R)`, is symmetric, so
//! [`project`] is both its vjp and its jvp.

use multiversion::multiversion;

use crate::activation::{Activation, bias_activation_row};
use crate::rows::{ROW_BLOCK, TILE};
use crate::threads::{Rows, RowsMut, Threads, split};

/// The normalised values `h = (x - mean) inv_std`, which are not kept.
#[derive(Clone, Copy)]
pub struct Normalized<'a> {
    /// `[rows, channels]`.
    pub x: &'a [f32],
    /// Mean of every channel.
    pub mean: &'a [f32],
    /// `1 / sqrt(variance + eps)` of every channel.
    pub inv_std: &'a [f32],
}

/// Mean and biased variance of every channel.
///
/// # Panics
/// If `x` is not whole rows of `mean.len()`, or the outputs' lengths differ.
pub fn statistics(threads: Threads, x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let channels = mean.len();
    assert!(channels == variance.len() && x.len().is_multiple_of(channels), "whole rows of {channels}");
    split(
        threads,
        channels,
        x.len(),
        TILE,
        (RowsMut(mean, 1), RowsMut(variance, 1)),
        &|first, (mean, variance)| {
            for (tile, (mean, variance)) in
                mean.0.chunks_mut(TILE).zip(variance.0.chunks_mut(TILE)).enumerate()
            {
                statistics_tile(x, channels, first + tile * TILE, mean, variance);
            }
        },
    );
}

/// `y = f(gamma h + beta)`.
///
/// # Panics
/// If the lengths disagree.
pub fn normalize(threads: Threads, h: Normalized, gamma: &[f32], beta: &[f32], f: Activation, y: &mut [f32]) {
    let Normalized { x, mean, inv_std } = h;
    let channels = mean.len();
    assert_eq!(x.len(), y.len(), "batch norm input and output");
    assert!(inv_std.len() == channels && gamma.len() == channels && beta.len() == channels, "channels");
    let rows = x.len() / channels;
    split(threads, rows, y.len(), 1, (RowsMut(y, channels), Rows(x, channels)), &|_, (y, x)| {
        for (y, x) in y.0.chunks_exact_mut(channels).zip(x.0.chunks_exact(channels)) {
            normalize_row(x, mean, inv_std, gamma, beta, y);
            if f != Activation::Identity {
                bias_activation_row(f, None, y);
            }
        }
    });
}

/// `sum_d[j] = sum_i d[i, j]` and `sum_dh[j] = sum_i d[i, j] h[i, j]`: beta's and gamma's gradients when `d` is the
/// cotangent of `gamma h + beta`, and what [`project`] needs.
///
/// # Panics
/// If the lengths disagree.
pub fn sums(threads: Threads, d: &[f32], h: Normalized, sum_d: &mut [f32], sum_dh: &mut [f32]) {
    let Normalized { x, mean, inv_std } = h;
    let channels = mean.len();
    assert_eq!(x.len(), d.len(), "batch norm input and cotangent");
    assert!(inv_std.len() == channels && sum_d.len() == channels && sum_dh.len() == channels, "channels");
    split(
        threads,
        channels,
        x.len(),
        TILE,
        (RowsMut(sum_d, 1), RowsMut(sum_dh, 1)),
        &|first, (sum_d, sum_dh)| {
            for (tile, (sum_d, sum_dh)) in sum_d.0.chunks_mut(TILE).zip(sum_dh.0.chunks_mut(TILE)).enumerate()
            {
                sums_tile(d, h, first + tile * TILE, sum_d, sum_dh);
            }
        },
    );
}

/// `out = gamma s (d - sum_d / rows - h sum_dh / rows)`: cotangents pulled back through training-mode normalisation, or
/// tangents pushed forward. With both sums zero it is evaluation mode, where the statistics are constants.
///
/// # Panics
/// If the lengths disagree.
pub fn project(
    threads: Threads,
    d: &[f32],
    h: Normalized,
    gamma: &[f32],
    sum_d: &[f32],
    sum_dh: &[f32],
    out: &mut [f32],
) {
    let Normalized { x, mean, inv_std } = h;
    let channels = mean.len();
    assert!(x.len() == d.len() && x.len() == out.len(), "batch norm input, cotangent and output");
    let lengths = [inv_std.len(), gamma.len(), sum_d.len(), sum_dh.len()];
    assert!(lengths.iter().all(|&n| n == channels), "channels");
    let rows = x.len() / channels;
    let n = out.len();
    let work = (RowsMut(out, channels), Rows(d, channels), Rows(x, channels));
    split(threads, rows, n, 1, work, &|_, (out, d, x)| {
        let rows_of =
            out.0.chunks_exact_mut(channels).zip(d.0.chunks_exact(channels)).zip(x.0.chunks_exact(channels));
        for ((out, d), x) in rows_of {
            project_row(d, Normalized { x, ..h }, gamma, sum_d, sum_dh, 1.0 / rows as f32, out);
        }
    });
}

#[multiversion(targets("x86_64+avx2"))]
fn statistics_tile(x: &[f32], channels: usize, first: usize, mean: &mut [f32], variance: &mut [f32]) {
    let rows = x.len() / channels;
    let count = mean.len();
    let row = |i: usize| &x[i * channels + first..i * channels + first + count];
    let mut total = [0.0f64; TILE];
    for start in (0..rows).step_by(ROW_BLOCK) {
        let mut partial = [0.0f32; TILE];
        for i in start..rows.min(start + ROW_BLOCK) {
            partial.iter_mut().zip(row(i)).for_each(|(p, v)| *p += v);
        }
        total.iter_mut().zip(&partial).for_each(|(t, p)| *t += f64::from(*p));
    }
    mean.iter_mut().zip(&total).for_each(|(m, t)| *m = (*t / rows as f64) as f32);
    let mut total = [0.0f64; TILE];
    for start in (0..rows).step_by(ROW_BLOCK) {
        let mut partial = [0.0f32; TILE];
        for i in start..rows.min(start + ROW_BLOCK) {
            for ((p, v), m) in partial.iter_mut().zip(row(i)).zip(mean.iter()) {
                *p += (v - m) * (v - m);
            }
        }
        total.iter_mut().zip(&partial).for_each(|(t, p)| *t += f64::from(*p));
    }
    variance.iter_mut().zip(&total).for_each(|(v, t)| *v = (*t / rows as f64) as f32);
}

#[multiversion(targets("x86_64+avx2"))]
fn normalize_row(x: &[f32], mean: &[f32], inv_std: &[f32], gamma: &[f32], beta: &[f32], y: &mut [f32]) {
    let n = y.len();
    let (x, mean, inv_std, gamma, beta) = (&x[..n], &mean[..n], &inv_std[..n], &gamma[..n], &beta[..n]);
    for j in 0..n {
        y[j] = (x[j] - mean[j]) * inv_std[j] * gamma[j] + beta[j];
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn sums_tile(d: &[f32], h: Normalized, first: usize, sum_d: &mut [f32], sum_dh: &mut [f32]) {
    let (channels, count) = (h.mean.len(), sum_d.len());
    let x = h.x;
    let (mean, inv_std) = (&h.mean[first..first + count], &h.inv_std[first..first + count]);
    let rows = x.len() / channels;
    let mut total_d = [0.0f64; TILE];
    let mut total_dh = [0.0f64; TILE];
    for start in (0..rows).step_by(ROW_BLOCK) {
        let mut partial_d = [0.0f32; TILE];
        let mut partial_dh = [0.0f32; TILE];
        for i in start..rows.min(start + ROW_BLOCK) {
            let range = i * channels + first..i * channels + first + count;
            let (d, x) = (&d[range.clone()], &x[range]);
            for j in 0..count {
                partial_d[j] += d[j];
                partial_dh[j] += d[j] * ((x[j] - mean[j]) * inv_std[j]);
            }
        }
        for j in 0..count {
            total_d[j] += f64::from(partial_d[j]);
            total_dh[j] += f64::from(partial_dh[j]);
        }
    }
    for j in 0..count {
        sum_d[j] = total_d[j] as f32;
        sum_dh[j] = total_dh[j] as f32;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn project_row(
    d: &[f32],
    h: Normalized,
    gamma: &[f32],
    sum_d: &[f32],
    sum_dh: &[f32],
    inv_rows: f32,
    out: &mut [f32],
) {
    let n = out.len();
    let (d, x, mean, inv_std) = (&d[..n], &h.x[..n], &h.mean[..n], &h.inv_std[..n]);
    let (gamma, sum_d, sum_dh) = (&gamma[..n], &sum_d[..n], &sum_dh[..n]);
    for j in 0..n {
        let h = (x[j] - mean[j]) * inv_std[j];
        out[j] = gamma[j] * inv_std[j] * (d[j] - inv_rows * (sum_d[j] + h * sum_dh[j]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 2, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn kernels_equal_float64_twins_for_any_number_of_threads() {
        for (rows, channels) in [(2, 1), (5, 70), (64, 1024), (1300, 33)] {
            let x: Vec<f32> = normal(1, rows * channels).iter().map(|v| 3.0 * v + 5.0).collect();
            let d = normal(2, rows * channels);
            let (gamma, beta) = (normal(3, channels), normal(4, channels));
            let mut first: Option<Vec<Vec<f32>>> = None;
            for threads in [1, 2, 7] {
                let threads = Threads::new(threads);
                let zeros = || vec![0.0; channels];
                let (mut mean, mut variance, mut sum_d, mut sum_dh) = (zeros(), zeros(), zeros(), zeros());
                statistics(threads, &x, &mut mean, &mut variance);
                let inv_std: Vec<f32> = variance.iter().map(|v| 1.0 / (v + 1e-5).sqrt()).collect();
                let mut y = vec![0.0; rows * channels];
                let h = Normalized { x: &x, mean: &mean, inv_std: &inv_std };
                normalize(threads, h, &gamma, &beta, Activation::LeakyRelu(0.2), &mut y);
                sums(threads, &d, h, &mut sum_d, &mut sum_dh);
                let mut dx = vec![0.0; rows * channels];
                project(threads, &d, h, &gamma, &sum_d, &sum_dh, &mut dx);
                for j in 0..channels {
                    let column =
                        |v: &[f32]| (0..rows).map(|i| f64::from(v[i * channels + j])).collect::<Vec<_>>();
                    let (xs, ds) = (column(&x), column(&d));
                    let m = xs.iter().sum::<f64>() / rows as f64;
                    let v = xs.iter().map(|x| (x - m).powi(2)).sum::<f64>() / rows as f64;
                    assert!((f64::from(mean[j]) - m).abs() < 1e-5 * 5.0);
                    assert!((f64::from(variance[j]) - v).abs() < 1e-5 * v.max(1.0));
                    let s = 1.0 / (v + 1e-5).sqrt();
                    let h: Vec<f64> = xs.iter().map(|x| (x - m) * s).collect();
                    let d1 = ds.iter().sum::<f64>();
                    let d2 = ds.iter().zip(&h).map(|(d, h)| d * h).sum::<f64>();
                    let scale = (rows as f64).sqrt();
                    assert!((f64::from(sum_d[j]) - d1).abs() < 1e-5 * scale);
                    assert!((f64::from(sum_dh[j]) - d2).abs() < 1e-4 * scale, "{} {d2}", sum_dh[j]);
                    for i in 0..rows {
                        let g = f64::from(gamma[j]);
                        let expected =
                            Activation::LeakyRelu(0.2).value((g * h[i] + f64::from(beta[j])) as f32);
                        assert!((y[i * channels + j] - expected).abs() < 2e-5 * (1.0 + expected.abs()));
                        let e = g * s * (ds[i] - d1 / rows as f64 - h[i] * d2 / rows as f64);
                        assert!((f64::from(dx[i * channels + j]) - e).abs() < 1e-4 * (1.0 + e.abs()));
                    }
                }
                let all = vec![mean, variance, y, sum_d, sum_dh, dx];
                match &first {
                    None => first = Some(all),
                    Some(first) => assert!(first == &all, "bits depend on threads"),
                }
            }
        }
    }
}
