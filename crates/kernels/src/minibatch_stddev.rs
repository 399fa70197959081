//! The standard deviation within groups of images as one more channel (Karras et al. 2018, section 3).
//!
//! Of `B` images in groups of `G`, image `i` is of group `i mod B/G`, as in the paper's code. With `s_j` the
//! biased standard deviation of value `j` over a group, `s_j² = var_j + 1e-8`, the new channel of all its
//! images is `mean_j s_j`.
//!
//! It stands where images are small, so that nothing here is worth a second thread.

use multiversion::multiversion;

use crate::rows::TILE;
use crate::sums::dot_block;

/// Added to the variance (the paper's).
const EPS: f32 = 1e-8;

/// `y`: the pixels of `x`, `[images, pixels, channels]`, with the new channel behind each pixel's. `slopes`,
/// as long as `x`, becomes the derivative of an image's new channel by each value of the image.
///
/// # Panics
/// If `x` is not whole pixels in `images`, `group` does not divide `images`, or the lengths disagree.
pub fn append(x: &[f32], images: usize, group: usize, channels: usize, slopes: &mut [f32], y: &mut [f32]) {
    let width = check(x, images, group, channels, y);
    assert_eq!(slopes.len(), x.len(), "slopes");
    let groups = images / group;
    for m in 0..groups {
        let mut sum = 0.0;
        for first in (0..width).step_by(TILE) {
            sum += slopes_tile(x, (m, groups), width, first, TILE.min(width - first), slopes);
        }
        let value = (sum / width as f64) as f32;
        for i in (m..images).step_by(groups) {
            let image = &x[i * width..(i + 1) * width];
            let pixels = y[i * with_new(width, channels)..(i + 1) * with_new(width, channels)]
                .chunks_exact_mut(channels + 1);
            for (y, x) in pixels.zip(image.chunks_exact(channels)) {
                y[..channels].copy_from_slice(x);
                y[channels] = value;
            }
        }
    }
}

/// `dx = Jᵀ d`, `d` of the layout of [`append`]'s `y`.
///
/// # Panics
/// As `append`.
pub fn append_transposed(
    d: &[f32],
    images: usize,
    group: usize,
    channels: usize,
    slopes: &[f32],
    dx: &mut [f32],
) {
    let width = check(dx, images, group, channels, d);
    assert_eq!(slopes.len(), dx.len(), "slopes");
    let groups = images / group;
    let cotangents = |i: usize| {
        d[i * with_new(width, channels)..(i + 1) * with_new(width, channels)].chunks_exact(channels + 1)
    };
    for m in 0..groups {
        let members = || (m..images).step_by(groups);
        let sum: f64 = members().flat_map(cotangents).map(|d| f64::from(d[channels])).sum();
        for i in members() {
            let image = i * width..(i + 1) * width;
            let pixels =
                dx[image.clone()].chunks_exact_mut(channels).zip(slopes[image].chunks_exact(channels));
            for ((dx, slopes), d) in pixels.zip(cotangents(i)) {
                add_slopes(sum as f32, slopes, &d[..channels], dx);
            }
        }
    }
}

/// `ty = J tx`, `ty` of the layout of [`append`]'s `y`.
///
/// # Panics
/// As `append`.
pub fn append_tangent(
    tx: &[f32],
    images: usize,
    group: usize,
    channels: usize,
    slopes: &[f32],
    ty: &mut [f32],
) {
    let width = check(tx, images, group, channels, ty);
    assert_eq!(slopes.len(), tx.len(), "slopes");
    let groups = images / group;
    for m in 0..groups {
        let members = || (m..images).step_by(groups);
        let image = |i: usize| i * width..(i + 1) * width;
        let sum: f64 = members().map(|i| dot_block(&tx[image(i)], &slopes[image(i)])).sum();
        for i in members() {
            let pixels = ty[i * with_new(width, channels)..(i + 1) * with_new(width, channels)]
                .chunks_exact_mut(channels + 1);
            for (ty, tx) in pixels.zip(tx[image(i)].chunks_exact(channels)) {
                ty[..channels].copy_from_slice(tx);
                ty[channels] = sum as f32;
            }
        }
    }
}

/// Values of an image with the new channel.
fn with_new(width: usize, channels: usize) -> usize {
    width / channels * (channels + 1)
}

/// Values of an image without it.
fn check(x: &[f32], images: usize, group: usize, channels: usize, y: &[f32]) -> usize {
    assert!(images > 0 && group > 0 && images.is_multiple_of(group), "groups of {group} in {images} images");
    assert!(x.len().is_multiple_of(images * channels), "whole pixels in {images} images");
    let width = x.len() / images;
    assert_eq!(y.len(), images * with_new(width, channels), "one more channel");
    width
}

/// `slopes = (x - mean) / (width group s)` for `count` values of group `m`'s images from `first`. Returns the
/// sum of their `s`.
#[multiversion(targets("x86_64+avx2"))]
fn slopes_tile(
    x: &[f32],
    (m, groups): (usize, usize),
    width: usize,
    first: usize,
    count: usize,
    slopes: &mut [f32],
) -> f64 {
    let images = x.len() / width;
    let group = (images / groups) as f32;
    let part = |i: usize| i * width + first..i * width + first + count;
    let (mut mean, mut s) = ([0.0f32; TILE], [0.0f32; TILE]);
    for i in (m..images).step_by(groups) {
        mean.iter_mut().zip(&x[part(i)]).for_each(|(m, x)| *m += x);
    }
    mean.iter_mut().for_each(|m| *m /= group);
    for i in (m..images).step_by(groups) {
        for ((s, x), m) in s.iter_mut().zip(&x[part(i)]).zip(&mean) {
            *s += (x - m) * (x - m);
        }
    }
    s.iter_mut().for_each(|s| *s = (*s / group + EPS).sqrt());
    let scale = 1.0 / (width as f32 * group);
    for i in (m..images).step_by(groups) {
        for (((slope, x), m), s) in slopes[part(i)].iter_mut().zip(&x[part(i)]).zip(&mean).zip(&s) {
            *slope = (x - m) * scale / s;
        }
    }
    s[..count].iter().map(|&s| f64::from(s)).sum()
}

#[multiversion(targets("x86_64+avx2"))]
fn add_slopes(c: f32, slopes: &[f32], d: &[f32], dx: &mut [f32]) {
    dx.iter_mut().zip(slopes).zip(d).for_each(|((x, s), d)| *x = d + c * s);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 15, stream, step: 0 }, 0, &mut v);
        v
    }

    /// The new channel of every group, from float64 values.
    fn values(x: &[f64], images: usize, group: usize) -> Vec<f64> {
        let (width, groups) = (x.len() / images, images / group);
        let deviation = |m: usize, j: usize| {
            let column: Vec<f64> = (0..group).map(|g| x[(g * groups + m) * width + j]).collect();
            let mean = column.iter().sum::<f64>() / group as f64;
            let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / group as f64;
            (variance + f64::from(EPS)).sqrt()
        };
        (0..groups).map(|m| (0..width).map(|j| deviation(m, j)).sum::<f64>() / width as f64).collect()
    }

    #[test]
    fn the_new_channel_and_its_derivatives_are_those_of_its_definition() {
        for (images, group, pixels, channels) in [(4, 4, 1, 3), (8, 4, 4, 5), (6, 2, 16, 70), (9, 3, 2, 1)] {
            let (width, groups) = (pixels * channels, images / group);
            let x = normal(1, images * width);
            let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
            let (mut slopes, mut y) =
                (vec![f32::NAN; x.len()], vec![f32::NAN; images * pixels * (channels + 1)]);
            append(&x, images, group, channels, &mut slopes, &mut y);
            let expected = values(&wide, images, group);
            for (p, (y, x)) in y.chunks(channels + 1).zip(x.chunks(channels)).enumerate() {
                assert_eq!(y[..channels], *x);
                assert!((f64::from(y[channels]) - expected[p / pixels % groups]).abs() < 1e-6);
            }
            for at in 0..x.len() {
                let moved = |by: f64| {
                    let mut moved = wide.clone();
                    moved[at] += by;
                    values(&moved, images, group)[at / width % groups]
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((f64::from(slopes[at]) - slope).abs() < 1e-5, "{} {slope}", slopes[at]);
            }
            let (d, tangent) = (normal(2, y.len()), normal(3, x.len()));
            let (mut dx, mut ty) = (vec![f32::NAN; x.len()], vec![f32::NAN; y.len()]);
            append_transposed(&d, images, group, channels, &slopes, &mut dx);
            append_tangent(&tangent, images, group, channels, &slopes, &mut ty);
            let dot = |a: &[f32], b: &[f32]| {
                a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
            };
            assert!((dot(&d, &ty) - dot(&dx, &tangent)).abs() < 1e-4);
            for (p, (ty, tx)) in ty.chunks(channels + 1).zip(tangent.chunks(channels)).enumerate() {
                let m = p / pixels % groups;
                let members = (m..images).step_by(groups).flat_map(|i| i * width..(i + 1) * width);
                let expected: f64 = members.map(|at| f64::from(slopes[at]) * f64::from(tangent[at])).sum();
                assert_eq!(ty[..channels], *tx);
                assert!((f64::from(ty[channels]) - expected).abs() < 1e-5);
            }
        }
    }
}
