//! A kernel's gradient as a product: images, read in place by the taps' steps, times the other side's pixels.

use super::lowering::{TapClass, panel_images};
use super::panel::{MAX_BLOCK_COLUMNS, Panel, Ragged, TileRows, row_of_tiles};
use crate::threads::Threads;
use crate::tile::{MAX_DEPTH, Step, Tile};

/// `out[tap and channel, column] (+)= sum over images and pixels of left[...] right[pixel, column]`.
pub(super) struct WeightGrad<'a> {
    pub(super) tile: &'a Tile,
    pub(super) classes: &'a [TapClass],
    /// All images.
    pub(super) left: &'a [f32],
    /// `[images, pixels, columns]`.
    pub(super) right: &'a [f32],
    pub(super) images: usize,
    pub(super) columns: usize,
    pub(super) accumulate: bool,
}

/// A rectangle of the gradient, to be written by one thread: rows counted through the classes.
#[derive(Clone, Copy)]
struct Part {
    rows: (usize, usize),
    columns: (usize, usize),
    out: *mut f32,
}

// SAFETY: parts are disjoint rectangles of an output that is borrowed for as long as any of them lives.
unsafe impl Send for Part {}

impl WeightGrad<'_> {
    pub(super) fn run(&self, threads: Threads, out: &mut [f32]) {
        let rows = self.classes.iter().map(|class| class.rows.len()).sum::<usize>();
        assert_eq!(out.len(), rows * self.columns, "gradient of {rows} x {}", self.columns);
        if self.images == 0 {
            if !self.accumulate {
                out.fill(0.0);
            }
            return;
        }
        let flops = 2 * rows * self.right.len();
        let part = Part { rows: (0, rows), columns: (0, self.columns), out: out.as_mut_ptr() };
        // The threads share the side of more tiles.
        let by_rows = rows.div_ceil(self.tile.rows) >= self.columns.div_ceil(self.tile.columns);
        self.divide(threads, threads.parts(flops, 1), by_rows, part);
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

    /// Pixels of an image.
    fn pixels(&self) -> usize {
        self.right.len() / self.columns / self.images
    }

    /// Calls `f(panel, first_image, pixels)` for each panel of the depth, `pixels` counted from the first image on.
    fn panels(&self, f: &mut impl FnMut(usize, usize, (usize, usize))) {
        let (pixels, images) = (self.pixels(), self.images);
        let group = panel_images(pixels);
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
        pixels: (usize, usize),
    ) {
        let tile = self.tile;
        let base = self.left[image * (self.left.len() / self.images)..].as_ptr();
        let right = &self.right[image * self.pixels() * self.columns + first..];
        let accumulate = self.accumulate || panel > 0;
        let mut ragged = Ragged::new();
        // SAFETY: the panel's pixels of the right side, and the block's columns.
        let b = unsafe { Panel::in_place(tile, right.as_ptr(), self.columns, pixels, columns, &mut ragged) };
        let mut before = 0;
        for class in self.classes {
            // Those of the class's rows that are the part's.
            let from = part.rows.0.saturating_sub(before).min(class.rows.len());
            let to = part.rows.1.saturating_sub(before).min(class.rows.len());
            before += class.rows.len();
            let until = |pixel: usize| class.steps.partition_point(|step: &Step| step.b() < pixel);
            let steps = &class.steps[until(pixels.0)..until(pixels.1)];
            if steps.is_empty() && accumulate {
                continue;
            }
            for rows in class.rows[from..to].chunks(tile.rows) {
                let mut tile_rows = TileRows { starts: [base; _], ends: [part.out; _], count: rows.len() };
                for (i, &(row, offset)) in rows.iter().enumerate() {
                    tile_rows.starts[i] = base.wrapping_offset(offset);
                    tile_rows.ends[i] = part.out.wrapping_add(row * self.columns + first);
                }
                // SAFETY: a class's steps keep within the images for each of its rows; rows and columns are this part's.
                unsafe { row_of_tiles(tile, steps, &tile_rows, b, columns, accumulate) };
            }
        }
    }
}

/// `dw[tap, cl, cs] (+)= transposed[i, cs, cl]` for the tap that is the `i`-th of `taps`.
pub(super) fn add_transposed(
    taps: &[usize],
    small: usize,
    large: usize,
    transposed: &mut [f32],
    accumulate: bool,
    dw: &mut [f32],
) {
    for (&tap, from) in taps.iter().zip(transposed.chunks_exact(small * large)) {
        for (cl, out) in dw[tap * small * large..][..small * large].chunks_exact_mut(small).enumerate() {
            for (cs, out) in out.iter_mut().enumerate() {
                let value = from[cs * large + cl];
                *out = if accumulate { *out + value } else { value };
            }
        }
    }
}
