//! Repeating each pixel over a block of pixels, and its transpose, summing each block: nearest-neighbour
//! enlarging and average pooling, which are each other's cotangents but for a factor.

use multiversion::multiversion;

use crate::grid::Grid;
use crate::rows::TILE;
use crate::threads::{Rows, RowsMut, Threads, split};

/// Every pixel of `x`, images of `small`, times `scale`, over a block of `block` = `(rows, columns)` pixels
/// of `out`.
///
/// # Panics
/// If `x` is not whole images, or `out` not `block` times as long.
pub fn repeat(
    threads: Threads,
    small: Grid,
    (rows, columns): (usize, usize),
    scale: f32,
    x: &[f32],
    out: &mut [f32],
) {
    let images = check(small, (rows, columns), x, out);
    let n = out.len();
    let work = (RowsMut(out, rows * columns * small.row()), Rows(x, small.row()));
    split(threads, images * small.height, n, 1, work, &|_, (out, x)| {
        let lines = x.0.chunks_exact(small.row());
        for (out, line) in out.0.chunks_exact_mut(rows * columns * small.row()).zip(lines) {
            let (first, others) = out.split_at_mut(columns * small.row());
            for (block, pixel) in
                first.chunks_exact_mut(columns * small.channels).zip(line.chunks_exact(small.channels))
            {
                block.chunks_exact_mut(small.channels).for_each(|out| scaled_pixel(scale, pixel, out));
            }
            others.chunks_exact_mut(first.len()).for_each(|row| row.copy_from_slice(first));
        }
    });
}

/// `scale` times the sum of each block of `block` = `(rows, columns)` pixels of `x`, channel by channel, as a
/// pixel of `out`, images of `small`.
///
/// # Panics
/// If `out` is not whole images, or `x` not `block` times as long.
pub fn sum_blocks(
    threads: Threads,
    small: Grid,
    (rows, columns): (usize, usize),
    scale: f32,
    x: &[f32],
    out: &mut [f32],
) {
    let images = check(small, (rows, columns), out, x);
    let n = x.len();
    let work = (RowsMut(out, small.row()), Rows(x, rows * columns * small.row()));
    split(threads, images * small.height, n, 1, work, &|_, (out, x)| {
        let blocks = x.0.chunks_exact(rows * columns * small.row());
        for (out, x) in out.0.chunks_exact_mut(small.row()).zip(blocks) {
            sum_row(small.channels, (rows, columns), scale, x, out);
        }
    });
}

/// The number of images.
fn check(small: Grid, (rows, columns): (usize, usize), pixels: &[f32], blocks: &[f32]) -> usize {
    assert!(pixels.len().is_multiple_of(small.values()), "whole images of {small:?}");
    assert_eq!(blocks.len(), pixels.len() * rows * columns, "blocks of {rows}x{columns} pixels");
    pixels.len() / small.values()
}

#[multiversion(targets("x86_64+avx2"))]
fn scaled_pixel(scale: f32, x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o = scale * x);
}

/// One row of pixels of `out` from the rows of its blocks; each row of a block is summed on its own first.
#[multiversion(targets("x86_64+avx2"))]
fn sum_row(channels: usize, (rows, columns): (usize, usize), scale: f32, x: &[f32], out: &mut [f32]) {
    let line = out.len() * columns;
    for (p, out) in out.chunks_exact_mut(channels).enumerate() {
        for (tile, out) in out.chunks_mut(TILE).enumerate() {
            let mut total = [0.0f32; TILE];
            for r in 0..rows {
                let mut partial = [0.0f32; TILE];
                for q in 0..columns {
                    let start = r * line + (p * columns + q) * channels + tile * TILE;
                    let pixel = &x[start..start + out.len()];
                    partial.iter_mut().zip(pixel).for_each(|(s, v)| *s += v);
                }
                total.iter_mut().zip(&partial).for_each(|(t, s)| *t += s);
            }
            out.iter_mut().zip(&total).for_each(|(o, t)| *o = scale * t);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 11, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn blocks_equal_their_scalar_twins_for_any_number_of_threads() {
        let grid = |height, width, channels| Grid { height, width, channels };
        let cases = [
            (3, grid(2, 3, 5), (2, 2)),
            (2, grid(1, 1, 70), (7, 5)),
            (5, grid(16, 16, 33), (2, 2)),
            (1, grid(4, 1, 1), (3, 1)),
        ];
        for (images, small, (rows, columns)) in cases {
            let Grid { height, width, channels } = small;
            let (x, d) =
                (normal(1, images * small.values()), normal(2, images * small.values() * rows * columns));
            // The place of pixel (r, c) of an enlarged image.
            let at =
                |i: usize, r: usize, c: usize| ((i * height * rows + r) * width * columns + c) * channels;
            for threads in [1, 2, 5] {
                let threads = Threads::new(threads);
                let (mut large, mut sums) = (vec![f32::NAN; d.len()], vec![f32::NAN; x.len()]);
                repeat(threads, small, (rows, columns), 0.5, &x, &mut large);
                sum_blocks(threads, small, (rows, columns), 0.25, &d, &mut sums);
                for (p, (pixel, sums)) in x.chunks(channels).zip(sums.chunks(channels)).enumerate() {
                    let (i, r, c) = (p / (height * width), p / width % height, p % width);
                    for j in 0..channels {
                        let mut sum = 0.0;
                        for (a, b) in (0..rows).flat_map(|a| (0..columns).map(move |b| (a, b))) {
                            let q = at(i, r * rows + a, c * columns + b) + j;
                            assert_eq!(large[q], 0.5 * pixel[j]);
                            sum += f64::from(d[q]);
                        }
                        assert!((f64::from(sums[j]) - 0.25 * sum).abs() < 1e-5);
                    }
                }
                let mut one = vec![0.0; x.len()];
                sum_blocks(Threads::ONE, small, (rows, columns), 0.25, &d, &mut one);
                assert_eq!(sums, one);
            }
        }
    }
}
