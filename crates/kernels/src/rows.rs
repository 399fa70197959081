//! Passes over the rows of a matrix `[rows, width]`, each with one coefficient a row, and sums over its
//! columns.

use multiversion::multiversion;

use crate::activation::{Activation, derivative_row};
use crate::threads::{Rows, RowsMut, Threads, split};

/// Columns summed side by side.
pub(crate) const TILE: usize = 64;
/// Rows summed in `f32` before being added in `f64`.
pub(crate) const ROW_BLOCK: usize = 512;

/// In place: `x[i, :] *= scale[i]`.
///
/// # Panics
/// If `x` is not `scale.len()` rows of `width`.
pub fn scale(threads: Threads, scale: &[f32], width: usize, x: &mut [f32]) {
    assert_eq!(x.len(), scale.len() * width, "rows to scale");
    let n = x.len();
    split(threads, scale.len(), n, 1, (RowsMut(x, width), Rows(scale, 1)), &|_, (x, scale)| {
        for (row, &c) in x.0.chunks_exact_mut(width).zip(scale.0) {
            scale_row(c, row);
        }
    });
}

/// `out[i, :] = scale[i] * d[i, :] * f'(x)[i, :]`, where `y = f(x)`: the signal that a generator's last layer receives.
///
/// # Panics
/// If `d`, `y` and `out` are not `scale.len()` rows of `width`.
pub fn scale_derivative(
    threads: Threads,
    scale: &[f32],
    f: Activation,
    y: &[f32],
    width: usize,
    d: &[f32],
    out: &mut [f32],
) {
    assert_eq!(d.len(), scale.len() * width, "rows to scale");
    assert_eq!(y.len(), d.len(), "activation output");
    assert_eq!(out.len(), d.len(), "scaled rows");
    let n = out.len();
    let work = (RowsMut(out, width), Rows(d, width), Rows(y, width), Rows(scale, 1));
    split(threads, scale.len(), n, 1, work, &|_, (out, d, y, scale)| {
        let rows = d.0.chunks_exact(width).zip(y.0.chunks_exact(width)).zip(scale.0);
        for (out, ((d, y), &c)) in out.0.chunks_exact_mut(width).zip(rows) {
            out.copy_from_slice(d);
            derivative_row(f, y, out);
            scale_row(c, out);
        }
    });
}

/// `out[i, :] = scale[i] * x[i, :]`, or added to `out` where `accumulate`.
///
/// # Panics
/// If `x` and `out` are not `scale.len()` rows of `width`.
pub fn scaled(threads: Threads, scale: &[f32], x: &[f32], width: usize, accumulate: bool, out: &mut [f32]) {
    assert_eq!(x.len(), scale.len() * width, "rows to scale");
    assert_eq!(out.len(), x.len(), "scaled rows");
    let n = out.len();
    let work = (RowsMut(out, width), Rows(x, width), Rows(scale, 1));
    split(threads, scale.len(), n, 1, work, &|_, (out, x, scale)| {
        for ((out, x), &c) in out.0.chunks_exact_mut(width).zip(x.0.chunks_exact(width)).zip(scale.0) {
            if accumulate { add_scaled_row(c, x, out) } else { scaled_row(c, x, out) }
        }
    });
}

/// `out = x`.
///
/// # Panics
/// If the lengths differ.
pub fn copy(threads: Threads, x: &[f32], out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "values to copy");
    let n = out.len();
    split(threads, n, n, 16, (RowsMut(out, 1), Rows(x, 1)), &|_, (out, x)| out.0.copy_from_slice(x.0));
}

/// `out += x`, value by value.
///
/// # Panics
/// If the lengths differ.
pub fn add(threads: Threads, x: &[f32], out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "values to add");
    let n = out.len();
    split(threads, n, n, 16, (RowsMut(out, 1), Rows(x, 1)), &|_, (out, x)| add_row(x.0, out.0));
}

/// `out[j] += sum_i scale[i / n] x[i, j]` (`scale` 1 where `None`): a bias's gradient, where every
/// coefficient belongs to `n` rows of an image.
///
/// # Panics
/// If `x` is not whole rows of `out.len()`, or not as many of them for every coefficient of `scale`.
pub fn add_column_sums(threads: Threads, scale: Option<&[f32]>, x: &[f32], out: &mut [f32]) {
    let width = out.len();
    assert!(width > 0 && x.len().is_multiple_of(width), "whole rows of {width}");
    let whole = |scale: &[f32]| !scale.is_empty() && (x.len() / width).is_multiple_of(scale.len());
    assert!(x.is_empty() || scale.is_none_or(whole), "as many rows for every coefficient");
    split(threads, width, x.len(), TILE, RowsMut(out, 1), &|first, out| {
        for (tile, out) in out.0.chunks_mut(TILE).enumerate() {
            column_sums_tile(scale, x, width, first + tile * TILE, out);
        }
    });
}

#[multiversion(targets("x86_64+avx2"))]
fn scale_row(c: f32, row: &mut [f32]) {
    row.iter_mut().for_each(|x| *x *= c);
}

#[multiversion(targets("x86_64+avx2"))]
fn scaled_row(c: f32, x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o = c * x);
}

#[multiversion(targets("x86_64+avx2"))]
fn add_scaled_row(c: f32, x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o += c * x);
}

#[multiversion(targets("x86_64+avx2"))]
fn add_row(x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o += x);
}

#[multiversion(targets("x86_64+avx2"))]
fn column_sums_tile(scale: Option<&[f32]>, x: &[f32], width: usize, first: usize, out: &mut [f32]) {
    let rows = x.len() / width;
    let count = out.len();
    let rows_each = scale.map_or(1, |s| rows / s.len().max(1));
    let mut total = [0.0f64; TILE];
    let mut start = 0;
    while start < rows {
        let end = rows.min(start + ROW_BLOCK);
        let mut partial = [0.0f32; TILE];
        for i in start..end {
            let row = &x[i * width + first..i * width + first + count];
            let c = scale.map_or(1.0, |s| s[i / rows_each]);
            partial.iter_mut().zip(row).for_each(|(p, v)| *p += c * v);
        }
        total.iter_mut().zip(&partial).for_each(|(t, p)| *t += f64::from(*p));
        start = end;
    }
    out.iter_mut().zip(&total).for_each(|(o, t)| *o += *t as f32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 9, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn row_passes_equal_their_scalar_twins() {
        for (rows, width) in [(1, 1), (7, 5), (64, 784), (300, 1000)] {
            let (c, x, y) = (normal(1, rows), normal(2, rows * width), normal(3, rows * width));
            for threads in [1, 2, 5] {
                let threads = Threads::new(threads);
                let mut scaled_in_place = x.clone();
                scale(threads, &c, width, &mut scaled_in_place);
                let mut out = y.clone();
                scaled(threads, &c, &x, width, false, &mut out);
                assert_eq!(out, scaled_in_place);
                let mut added = y.clone();
                scaled(threads, &c, &x, width, true, &mut added);
                let mut signal = y.clone();
                scale_derivative(threads, &c, Activation::Tanh, &y, width, &x, &mut signal);
                let mut copied = y.clone();
                copy(threads, &x, &mut copied);
                assert_eq!(copied, x);
                for i in 0..rows * width {
                    assert_eq!(out[i], c[i / width] * x[i]);
                    assert_eq!(added[i], y[i] + c[i / width] * x[i]);
                    assert_eq!(signal[i], x[i] * (1.0 - y[i] * y[i]) * c[i / width]);
                }
            }
        }
    }

    #[test]
    fn column_sums_equal_float64_sums_and_do_not_depend_on_threads() {
        for (rows, each, width) in [(1, 1, 1), (3, 1, 70), (128, 1, 512), (1500, 1, 130), (1500, 125, 130)] {
            let (c, x) = (normal(1, rows / each), normal(2, rows * width));
            for scale in [None, Some(&c[..])] {
                let mut one = vec![0.5; width];
                add_column_sums(Threads::ONE, scale, &x, &mut one);
                for j in 0..width {
                    let sum: f64 = (0..rows)
                        .map(|i| scale.map_or(1.0, |s| f64::from(s[i / each])) * f64::from(x[i * width + j]))
                        .sum();
                    assert!((f64::from(one[j]) - 0.5 - sum).abs() < 1e-4, "{rows} {width}");
                }
                for threads in [2, 3, 8] {
                    let mut many = vec![0.5; width];
                    add_column_sums(Threads::new(threads), scale, &x, &mut many);
                    assert_eq!(one, many);
                }
            }
        }
    }
}
