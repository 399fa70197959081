//! Upsampling by linear interpolation along both axes, and its transpose.
//!
//! Output pixel `o` of an axis lies at `(o + 1/2) / factor - 1/2` of the input's pixels, not below 0, between
//! the two nearest ones (PyTorch's `interpolate` with `align_corners=False`).

use multiversion::multiversion;

use crate::grid::Grid;
use crate::threads::{Rows, RowsMut, Threads, split};

/// The two pixels of `n` that output `o` lies between, and the weight of the second.
#[inline(always)]
fn between(o: usize, factor: usize, n: usize) -> (usize, usize, f32) {
    let at = ((o as f32 + 0.5) / factor as f32 - 0.5).max(0.0);
    let first = (at as usize).min(n - 1);
    (first, (first + 1).min(n - 1), at - first as f32)
}

/// `out`, images of `factor` times the height and width of `small`, from `x`.
///
/// # Panics
/// If `x` is not whole images, or `out` not `factor²` times as long.
pub fn upsample(threads: Threads, small: Grid, factor: usize, x: &[f32], out: &mut [f32]) {
    let images = check(small, factor, x, out);
    let (line, height) = (factor * small.row(), factor * small.height);
    let n = out.len();
    split(threads, images * height, n, 1, RowsMut(out, line), &|first, out| {
        for (r, out) in out.0.chunks_exact_mut(line).enumerate() {
            let (image, o) = ((first + r) / height, (first + r) % height);
            let x = &x[image * small.values()..(image + 1) * small.values()];
            upsample_row(small, factor, o, x, out);
        }
    });
}

/// The transpose of [`upsample`]: `dx`, images of `small`, from `d`.
///
/// # Panics
/// As `upsample`.
pub fn upsample_transposed(threads: Threads, small: Grid, factor: usize, d: &[f32], dx: &mut [f32]) {
    let images = check(small, factor, dx, d);
    let large = factor * factor * small.values();
    let work = (RowsMut(dx, small.values()), Rows(d, large));
    split(threads, images, d.len(), 1, work, &|_, (dx, d)| {
        for (dx, d) in dx.0.chunks_exact_mut(small.values()).zip(d.0.chunks_exact(large)) {
            scatter_image(small, factor, d, dx);
        }
    });
}

fn check(small: Grid, factor: usize, pixels: &[f32], large: &[f32]) -> usize {
    assert!(pixels.len().is_multiple_of(small.values()), "whole images of {small:?}");
    assert_eq!(large.len(), pixels.len() * factor * factor, "images {factor} times as large");
    pixels.len() / small.values()
}

/// The four weights of an output pixel: of the first and second column in the first row, then in the second.
#[inline(always)]
fn weights(down: f32, right: f32) -> [f32; 4] {
    [(1.0 - down) * (1.0 - right), (1.0 - down) * right, down * (1.0 - right), down * right]
}

#[multiversion(targets("x86_64+avx2"))]
fn upsample_row(small: Grid, factor: usize, o: usize, x: &[f32], out: &mut [f32]) {
    let channels = small.channels;
    let (top, bottom, down) = between(o, factor, small.height);
    for (c, out) in out.chunks_exact_mut(channels).enumerate() {
        let (left, right, across) = between(c, factor, small.width);
        let [a, b, e, f] = weights(down, across);
        let pixel = |r: usize, c: usize| &x[(r * small.width + c) * channels..][..channels];
        let (p, q, s, t) = (pixel(top, left), pixel(top, right), pixel(bottom, left), pixel(bottom, right));
        for j in 0..channels {
            out[j] = (a * p[j] + b * q[j]) + (e * s[j] + f * t[j]);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn scatter_image(small: Grid, factor: usize, d: &[f32], dx: &mut [f32]) {
    let channels = small.channels;
    dx.fill(0.0);
    for (p, d) in d.chunks_exact(channels).enumerate() {
        let (o, c) = (p / (factor * small.width), p % (factor * small.width));
        let (top, bottom, down) = between(o, factor, small.height);
        let (left, right, across) = between(c, factor, small.width);
        let places = [(top, left), (top, right), (bottom, left), (bottom, right)];
        for ((r, c), weight) in places.into_iter().zip(weights(down, across)) {
            let dx = &mut dx[(r * small.width + c) * channels..][..channels];
            dx.iter_mut().zip(d).for_each(|(x, d)| *x += weight * d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 12, stream, step: 0 }, 0, &mut v);
        v
    }

    /// The weight of input pixel `i` in output pixel `o`, along one axis of `n`: the hat function around `i`,
    /// with what would lie outside held at the edge.
    fn hat(o: usize, i: usize, factor: usize, n: usize) -> f64 {
        let at = ((o as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (n - 1) as f64);
        (1.0 - (at - i as f64).abs()).max(0.0)
    }

    #[test]
    fn both_directions_equal_the_hat_functions_for_any_number_of_threads() {
        let grid = |height, width, channels| Grid { height, width, channels };
        for (images, small, factor) in
            [(2, grid(3, 2, 5), 2), (3, grid(1, 4, 1), 3), (2, grid(8, 8, 40), 2), (1, grid(5, 5, 3), 4)]
        {
            let Grid { height, width, channels } = small;
            let (lines, columns) = (height * factor, width * factor);
            let x = normal(1, images * small.values());
            let d = normal(2, x.len() * factor * factor);
            for threads in [1, 2, 7] {
                let threads = Threads::new(threads);
                let (mut y, mut dx) = (vec![f32::NAN; d.len()], vec![f32::NAN; x.len()]);
                upsample(threads, small, factor, &x, &mut y);
                upsample_transposed(threads, small, factor, &d, &mut dx);
                let (mut expected, mut back) = (vec![0.0; d.len()], vec![0.0; x.len()]);
                for p in 0..x.len() {
                    let (i, r, c, j) = (
                        p / small.values(),
                        p / (width * channels) % height,
                        p / channels % width,
                        p % channels,
                    );
                    for (o, q) in (0..lines).flat_map(|o| (0..columns).map(move |q| (o, q))) {
                        let weight = hat(o, r, factor, height) * hat(q, c, factor, width);
                        let at = ((i * lines + o) * columns + q) * channels + j;
                        expected[at] += weight * f64::from(x[p]);
                        back[p] += weight * f64::from(d[at]);
                    }
                }
                assert!(y.iter().zip(&expected).all(|(y, e)| (f64::from(*y) - e).abs() < 1e-5));
                assert!(dx.iter().zip(&back).all(|(x, e)| (f64::from(*x) - e).abs() < 1e-5));
                let mut one = vec![0.0; x.len()];
                upsample_transposed(Threads::ONE, small, factor, &d, &mut one);
                assert_eq!(one, dx);
            }
        }
    }
}
