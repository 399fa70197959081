//! Convolution to few channels, an image's one or three, where an implicit product would fill a sixteenth of a tile.
//!
//! One product `[pixels, from] [from, taps * to]` multiplies every pixel that is read by every tap. The columns are then summed into
//! the pixels of the output (col2im), in an order fixed by the window.

use multiversion::multiversion;

use super::padding::Padding;
use super::window::Window;
use crate::epilogue::Epilogue;
use crate::product::{Matrix, product};
use crate::threads::{Rows, RowsMut, Threads, split_parts};
use crate::transpose::transpose;

/// Values of a chunk's products: a quarter of a usual second-level cache.
const CHUNK_VALUES: usize = 64 * 1024;

/// From which side of a window the pixels come.
pub(super) enum Direction<'a> {
    /// Large to small: a small pixel sums its taps' products of large pixels.
    Forward,
    /// Small to large: a small pixel's products are added to a padded large image, whose border is then cut off.
    Adjoint(&'a Padding),
}

/// A convolution to few channels.
pub(super) struct Col2im<'a> {
    pub(super) window: &'a Window,
    pub(super) direction: Direction<'a>,
    pub(super) epilogue: Epilogue<'a>,
}

impl Col2im<'_> {
    fn taps(&self) -> usize {
        self.window.kernel.0 * self.window.kernel.1
    }

    /// Pixels and channels of an input image, values of an output image, channels of the output.
    fn sizes(&self) -> (usize, usize, usize, usize) {
        let Window { large, small, large_channels, small_channels, .. } = *self.window;
        let (large, small) = (large.0 * large.1, small.0 * small.1);
        match self.direction {
            Direction::Forward => (large, large_channels, small * small_channels, small_channels),
            Direction::Adjoint(_) => (small, small_channels, large * large_channels, large_channels),
        }
    }

    /// Values of scratch for an image.
    pub(super) fn image_scratch(&self) -> usize {
        let (pixels, _, _, to) = self.sizes();
        let plane = if let Direction::Adjoint(padding) = &self.direction { padding.plane() } else { 0 };
        pixels * self.taps() * to + plane
    }

    /// The kernel with the channels that are read last, `[taps, to, from]`: as it is, or transposed into `scratch`.
    fn kernel<'a>(&self, kernel: &'a [f32], scratch: &'a mut [f32]) -> &'a [f32] {
        if let Direction::Adjoint(_) = self.direction {
            return kernel;
        }
        let (from, to) = (self.window.large_channels, self.window.small_channels);
        for (tap, out) in kernel.chunks_exact(from * to).zip(scratch.chunks_exact_mut(from * to)) {
            // SAFETY: a tap of `[from, to]` and one of `[to, from]`.
            unsafe { transpose(tap.as_ptr(), to, 1, from, to, out.as_mut_ptr(), from) };
        }
        scratch
    }

    /// Divides the images among the threads. `scratch` holds the kernel, and [`Col2im::image_scratch`] for each image.
    pub(super) fn run(
        &self,
        threads: Threads,
        input: &[f32],
        kernel: &[f32],
        output: &mut [f32],
        scratch: &mut [f32],
    ) {
        let (pixels, from, image, to) = self.sizes();
        let images = output.len() / image;
        let (transposed, scratch) = scratch.split_at_mut(kernel.len());
        let kernel = Matrix::new(self.kernel(kernel, transposed), self.taps() * to, from).transposed();
        let flops = 2 * images * pixels * from * self.taps() * to;
        let work =
            (Rows(input, pixels * from), RowsMut(output, image), RowsMut(scratch, self.image_scratch()));
        split_parts(threads, threads.parts(flops, 1), images, work, &|first, (input, output, scratch)| {
            self.images(first, input.0, kernel, output.0, scratch.0);
        });
    }

    /// The images of one thread, of which `first_image` is the first.
    fn images(
        &self,
        first_image: usize,
        input: &[f32],
        kernel: Matrix,
        output: &mut [f32],
        scratch: &mut [f32],
    ) {
        let (pixels, from, image, to) = self.sizes();
        let values = pixels * self.taps() * to;
        let chunk = (CHUNK_VALUES / values).max(1);
        let inputs = input.chunks(chunk * pixels * from);
        for (i, (input, output)) in inputs.zip(output.chunks_mut(chunk * image)).enumerate() {
            let count = output.len() / image;
            let (products, rest) = scratch.split_at_mut(count * values);
            let matrix = Matrix::new(input, count * pixels, from);
            product(Threads::ONE, products, matrix, kernel, Epilogue::None);
            for (j, (products, out)) in
                products.chunks_exact(values).zip(output.chunks_exact_mut(image)).enumerate()
            {
                self.epilogue.begin_image(to, out);
                match &self.direction {
                    Direction::Forward => sum_taps(self.window, products, out),
                    Direction::Adjoint(padding) => {
                        let padded = &mut rest[..padding.plane()];
                        scatter_taps(self.window, padding.padded.1, products, padded);
                        padding.add_unpadded(padded, out);
                    }
                }
                self.epilogue.finish_image((first_image + i * chunk + j) * image, out);
            }
        }
    }
}

/// Where tap `k` of an axis lies within the large side: small positions `first..end`, and the first one's large position.
fn seen(large: usize, small: usize, stride: usize, before: usize, k: usize) -> (usize, usize, usize) {
    let first = before.saturating_sub(k).div_ceil(stride);
    let end = (large + before).saturating_sub(k).div_ceil(stride).min(small);
    (first, end, (first * stride + k).saturating_sub(before))
}

/// `small[i, j, :] += products[i sy - top + ky, j sx - left + kx, (ky, kx), :]` over all taps.
#[multiversion(targets("x86_64+avx2"))]
fn sum_taps(window: &Window, products: &[f32], small: &mut [f32]) {
    let Window { large: (height, width), small: (rows, columns), kernel, stride, before, .. } = *window;
    let channels = window.small_channels;
    let pixel = kernel.0 * kernel.1 * channels;
    for ky in 0..kernel.0 {
        let (first, end, mut y) = seen(height, rows, stride.0, before.0, ky);
        for i in first..end {
            for kx in 0..kernel.1 {
                let (first, end, x) = seen(width, columns, stride.1, before.1, kx);
                if first >= end {
                    continue;
                }
                let start = (y * width + x) * pixel + (ky * kernel.1 + kx) * channels;
                let out = &mut small[(i * columns + first) * channels..(i * columns + end) * channels];
                let from = products[start..].chunks(stride.1 * pixel);
                if channels == 1 {
                    out.iter_mut().zip(from).for_each(|(o, p)| *o += p[0]);
                } else {
                    for (out, p) in out.chunks_exact_mut(channels).zip(from) {
                        out.iter_mut().zip(p).for_each(|(o, p)| *o += p);
                    }
                }
            }
            y += stride.0;
        }
    }
}

/// `padded[i sy + ky, j sx + kx, :] += products[i, j, (ky, kx), :]` over all small pixels, from zero.
#[multiversion(targets("x86_64+avx2"))]
fn scatter_taps(window: &Window, width: usize, products: &[f32], padded: &mut [f32]) {
    let Window { small: (_, columns), kernel, stride, large_channels: channels, .. } = *window;
    padded.fill(0.0);
    let run = kernel.1 * channels;
    for (index, product) in products.chunks_exact(kernel.0 * run).enumerate() {
        let (i, j) = (index / columns, index % columns);
        let start = (i * stride.0 * width + j * stride.1) * channels;
        for (ky, product) in product.chunks_exact(run).enumerate() {
            let out = &mut padded[start + ky * width * channels..][..run];
            out.iter_mut().zip(product).for_each(|(o, p)| *o += p);
        }
    }
}
