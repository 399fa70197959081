//! Several images as one with more channels, and back: `[group, pixels, channels]` as `[pixels, group * channels]`, in which
//! image `k` has the channels `k * channels..(k + 1) * channels` of every pixel.

use crate::threads::{Rows, RowsMut, Threads, split};

/// Every `group` images of `x`, `[n, pixels, channels]`, as one of `out`, `[n / group, pixels, group * channels]`.
///
/// # Panics
/// If `x` is not whole groups of such images, or `out` has another length.
pub fn interleave(
    threads: Threads,
    group: usize,
    pixels: usize,
    channels: usize,
    x: &[f32],
    out: &mut [f32],
) {
    let width = group * pixels * channels;
    assert!(x.len() == out.len() && x.len().is_multiple_of(width), "whole groups of {width} values");
    let n = x.len();
    split(threads, n / width, n, 1, (RowsMut(out, width), Rows(x, width)), &|_, (out, x)| {
        for (out, x) in out.0.chunks_exact_mut(width).zip(x.0.chunks_exact(width)) {
            swap(group, pixels, channels, x, out);
        }
    });
}

/// What [`interleave`] does, undone: `x`, `[n / group, pixels, group * channels]`, as `out`, `[n, pixels, channels]`. Also its
/// transpose, as it is a permutation.
///
/// # Panics
/// As [`interleave`].
pub fn deinterleave(
    threads: Threads,
    group: usize,
    pixels: usize,
    channels: usize,
    x: &[f32],
    out: &mut [f32],
) {
    // The transpose of a matrix of chunks, whose own is the transpose of the one with rows and columns exchanged.
    interleave(threads, pixels, group, channels, x, out);
}

/// `[rows, columns, chunk]` to `[columns, rows, chunk]`.
fn swap(rows: usize, columns: usize, chunk: usize, x: &[f32], out: &mut [f32]) {
    for (row, x) in x.chunks_exact(columns * chunk).enumerate() {
        for (x, out) in x.chunks_exact(chunk).zip(out.chunks_exact_mut(rows * chunk)) {
            out[row * chunk..(row + 1) * chunk].copy_from_slice(x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_lie_side_by_side_and_come_back() {
        for (n, group, pixels, channels) in [(2, 1, 5, 3), (6, 2, 4, 1), (12, 3, 700, 3), (8, 4, 1, 7)] {
            let x: Vec<f32> = (0..n * pixels * channels).map(|i| i as f32).collect();
            for threads in [1, 2, 5] {
                let (mut out, mut back) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                interleave(Threads::new(threads), group, pixels, channels, &x, &mut out);
                for image in 0..n {
                    let (pack, k) = (image / group, image % group);
                    for p in 0..pixels {
                        for c in 0..channels {
                            let at = (pack * pixels + p) * group * channels + k * channels + c;
                            assert_eq!(out[at], x[(image * pixels + p) * channels + c]);
                        }
                    }
                }
                deinterleave(Threads::new(threads), group, pixels, channels, &out, &mut back);
                assert_eq!(back, x);
            }
        }
    }
}
