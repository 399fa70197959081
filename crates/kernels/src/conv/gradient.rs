//! A kernel's gradient as a product: padded images, read in place by the taps' steps, times the other side's pixels.

use super::lowering::{Gather, Padding};
use super::panel::{MAX_BLOCK_COLUMNS, MAX_DEPTH, Panel, Ragged, TileRows, row_of_tiles};
use super::parts;
use super::tile::Tile;
use crate::threads::{Rows, RowsMut, Threads, split};

/// Pads all images, divided among the threads.
pub(super) fn pad(threads: Threads, padding: &Padding, images: &[f32], padded: &mut [f32]) {
    let (count, elements) = (images.len() / padding.image(), padded.len());
    let work = (Rows(images, padding.image()), RowsMut(padded, padding.plane()));
    split(threads, count, elements, 1, work, &|_, (images, padded)| padding.pad(images.0, padded.0));
}

/// `out[tap and channel, column] (+)= sum over images and pixels of padded[...] right[pixel, column]`.
pub(super) struct Gradient<'a> {
    pub(super) tile: &'a Tile,
    pub(super) gather: &'a Gather,
    /// Values of a padded image.
    pub(super) plane: usize,
    /// All images, padded.
    pub(super) padded: &'a [f32],
    /// `[images, pixels, columns]`, pixels in the order of the gather.
    pub(super) right: &'a [f32],
    pub(super) columns: usize,
    pub(super) accumulate: bool,
    /// Where each pixel of some images lies from the first of them: see [`pixel_steps`].
    pub(super) pixel_steps: &'a [u32],
}

/// Images whose pixels together make a panel: at least one, of which panels are cut where it has more.
pub(super) fn panel_images(gather: &Gather) -> usize {
    (MAX_DEPTH / gather.pixels.len().max(1)).max(1)
}

/// Where the pixels of as many images as make a panel lie from the first image's beginning.
#[allow(clippy::cast_possible_truncation, reason = "a panel's planes are checked to fit")]
pub(super) fn pixel_steps(gather: &Gather, plane: usize) -> Vec<u32> {
    let images = 0..panel_images(gather);
    images.flat_map(|i| gather.pixels.iter().map(move |p| p + (i * plane) as u32)).collect()
}

/// A rectangle of the gradient, to be written by one thread.
#[derive(Clone, Copy)]
struct Part {
    rows: (usize, usize),
    columns: (usize, usize),
    out: *mut f32,
}

// SAFETY: parts are disjoint rectangles of an output that is borrowed for as long as any of them lives.
unsafe impl Send for Part {}

impl Gradient<'_> {
    pub(super) fn run(&self, threads: Threads, out: &mut [f32]) {
        let rows = self.gather.steps.len();
        assert_eq!(out.len(), rows * self.columns, "gradient of {rows} x {}", self.columns);
        if self.right.is_empty() && !self.accumulate {
            out.fill(0.0);
        }
        let flops = 2 * rows * self.right.len();
        let part = Part { rows: (0, rows), columns: (0, self.columns), out: out.as_mut_ptr() };
        // The threads share the side of more tiles.
        let by_rows = rows.div_ceil(self.tile.rows) >= self.columns.div_ceil(self.tile.columns);
        self.divide(threads, parts(threads, flops), by_rows, part);
    }

    fn divide(&self, threads: Threads, parts: usize, by_rows: bool, part: Part) {
        let (from, to) = if by_rows { part.rows } else { part.columns };
        let unit = if by_rows { self.tile.rows } else { self.tile.columns };
        let left = parts / 2;
        let at = ((to - from) * left / parts.max(1) + unit / 2) / unit * unit;
        if parts <= 1 || at == 0 || at >= to - from {
            return self.part(part);
        }
        let middle = from + at;
        let (a, b) = if by_rows {
            (Part { rows: (from, middle), ..part }, Part { rows: (middle, to), ..part })
        } else {
            (Part { columns: (from, middle), ..part }, Part { columns: (middle, to), ..part })
        };
        threads.join(
            move || self.divide(threads, left, by_rows, a),
            move || self.divide(threads, parts - left, by_rows, b),
        );
    }

    fn part(&self, part: Part) {
        let (from, to) = part.columns;
        for first in (from..to).step_by(MAX_BLOCK_COLUMNS) {
            let columns = (first, MAX_BLOCK_COLUMNS.min(to - first));
            self.panels(&mut |panel, image, pixels| self.panel(part, columns, panel, image, pixels));
        }
    }

    /// Calls `f(panel, first_image, pixels)` for each panel of the depth, `pixels` counted from the first image on.
    fn panels(&self, f: &mut impl FnMut(usize, usize, (usize, usize))) {
        let pixels = self.gather.pixels.len();
        let images = self.padded.len() / self.plane;
        let group = panel_images(self.gather);
        if group > 1 {
            let count = images.div_ceil(group);
            for i in 0..count {
                let (from, to) = (images * i / count, images * (i + 1) / count);
                f(i, from, (0, (to - from) * pixels));
            }
        } else {
            let cuts = pixels.div_ceil(MAX_DEPTH);
            for image in 0..images {
                for i in 0..cuts {
                    f(image * cuts + i, image, (pixels * i / cuts, pixels * (i + 1) / cuts));
                }
            }
        }
    }

    fn panel(
        &self,
        part: Part,
        (first, columns): (usize, usize),
        panel: usize,
        image: usize,
        (from, to): (usize, usize),
    ) {
        let tile = self.tile;
        let base = self.padded[image * self.plane..].as_ptr();
        let right = &self.right[(image * self.gather.pixels.len() + from) * self.columns + first..];
        let accumulate = self.accumulate || panel > 0;
        let steps = &self.pixel_steps[from..to];
        let mut ragged = Ragged::new();
        // SAFETY: the panel's pixels of the right side, of which there are `to - from`, and the block's columns.
        let b =
            unsafe { Panel::in_place(tile, right.as_ptr(), self.columns, to - from, columns, &mut ragged) };
        for row in (part.rows.0..part.rows.1).step_by(tile.rows) {
            let count = tile.rows.min(part.rows.1 - row);
            let mut rows = TileRows { starts: [base; _], ends: [part.out; _], count };
            for i in 0..count {
                rows.starts[i] = base.wrapping_add(self.gather.steps[row + i] as usize);
                rows.ends[i] = part.out.wrapping_add((row + i) * self.columns + first);
            }
            // SAFETY: the tables keep every pixel's tap within the padded images; rows and columns are this part's own.
            unsafe { row_of_tiles(tile, steps, &rows, b, columns, accumulate) };
        }
    }
}
