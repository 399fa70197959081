//! Images copied between zeros.

use crate::threads::{Rows, RowsMut, Threads, split};

/// How an image of `[height, width, channels]` is copied between zeros, so that every window lies within it.
#[derive(Clone, Debug)]
pub(super) struct Padding {
    /// Height and width of what is copied; pixels that no window sees are left out.
    copied: (usize, usize),
    /// Width of the image itself.
    width: usize,
    /// Rows above and columns to the left that are zeros.
    before: (usize, usize),
    /// Height and width with the zeros.
    pub(super) padded: (usize, usize),
    channels: usize,
    height: usize,
}

impl Padding {
    /// For images of `size`: `padded` rows and columns, of which the first are `-before`.
    pub(super) fn new(
        size: (usize, usize),
        channels: usize,
        before: (usize, usize),
        padded: (usize, usize),
    ) -> Padding {
        let copied =
            (size.0.min(padded.0.saturating_sub(before.0)), size.1.min(padded.1.saturating_sub(before.1)));
        Padding { copied, width: size.1, before, padded, channels, height: size.0 }
    }

    /// Values of an image.
    pub(super) fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Values of a padded image.
    pub(super) fn plane(&self) -> usize {
        self.padded.0 * self.padded.1 * self.channels
    }

    /// Copies whole images between zeros that are already there.
    pub(super) fn copy(&self, images: &[f32], out: &mut [f32]) {
        let row = self.padded.1 * self.channels;
        let copied = self.copied.1 * self.channels;
        let left = (self.before.1 * self.channels).min(row);
        for (image, out) in images.chunks_exact(self.image()).zip(out.chunks_exact_mut(self.plane())) {
            let rows = image.chunks_exact(self.width * self.channels).take(self.copied.0);
            for (from, out) in rows.zip(out.chunks_exact_mut(row).skip(self.before.0)) {
                out[left..left + copied].copy_from_slice(&from[..copied]);
            }
        }
    }

    /// Copies all images between zeros.
    pub(super) fn pad(&self, threads: Threads, images: &[f32], out: &mut [f32]) {
        let (count, elements) = (images.len() / self.image(), out.len());
        let work = (Rows(images, self.image()), RowsMut(out, self.plane()));
        split(threads, count, elements, 1, work, &|_, (images, out)| {
            let images = images.0.chunks_exact(self.image());
            for (image, out) in images.zip(out.0.chunks_exact_mut(self.plane())) {
                out.fill(0.0);
                self.copy(image, out);
            }
        });
    }

    /// Adds a padded image without its border to `image`.
    pub(super) fn add_unpadded(&self, padded: &[f32], image: &mut [f32]) {
        let row = self.padded.1 * self.channels;
        let copied = self.copied.1 * self.channels;
        let left = (self.before.1 * self.channels).min(row);
        let rows = image.chunks_exact_mut(self.width * self.channels);
        let padded = padded.chunks_exact(row).skip(self.before.0);
        for (image, padded) in rows.zip(padded).take(self.copied.0) {
            image.iter_mut().zip(&padded[left..left + copied]).for_each(|(o, v)| *o += v);
        }
    }
}
