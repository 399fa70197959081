//! Convolution either way as a product: windows of padded images, read in place, times the kernel's taps.

use super::lowering::{Gather, Padding};
use super::panel::{MAX_BLOCK_COLUMNS, Panel, TileRows, panel_count, panel_start, row_of_tiles};
use super::tile::{MAX_ROWS, Tile};
use super::{finish_row, parts};
use crate::product::{Epilogue, transpose};
use crate::threads::Threads;

/// Pixels of output that are worth a pass over the packed kernel: images are padded as many at a time as have them.
const CHUNK_PIXELS: usize = 384;
/// Least values of a packed kernel that a second thread helps with.
const MIN_PACKED: usize = 32 * 1024;

/// The kernel `[taps, large channels, small channels]` as the right factor of a direction.
#[derive(Clone, Copy)]
pub(super) struct Kernel<'a> {
    pub(super) values: &'a [f32],
    /// Channels that are read, and that are written.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether a tap is `[from, to]`; else `[to, from]`.
    pub(super) straight: bool,
}

/// Values of a gather's packed kernel.
pub(super) fn packed_len(tile: &Tile, gather: &Gather, to: usize) -> usize {
    gather.steps.len() * to.next_multiple_of(tile.columns)
}

impl Kernel<'_> {
    /// Packs the taps of a gather, panel after panel of depth, each tile after tile of columns, each `[depth, columns]`;
    /// the last tile is filled up with zeros.
    pub(super) fn pack(&self, threads: Threads, tile: &Tile, gather: &Gather, out: &mut [f32]) {
        let panels = panel_count(gather.steps.len());
        self.pack_panels(threads, tile, gather, (0, panels), out);
    }

    fn pack_panels(
        &self,
        threads: Threads,
        tile: &Tile,
        gather: &Gather,
        (first, end): (usize, usize),
        out: &mut [f32],
    ) {
        let depth = gather.steps.len();
        let start = |panel| panel_start(depth, panel_count(depth), panel);
        if threads.get() > 1 && end - first > 1 && out.len() >= MIN_PACKED {
            let middle = first.midpoint(end);
            let width = self.to.next_multiple_of(tile.columns);
            let (a, b) = out.split_at_mut((start(middle) - start(first)) * width);
            threads.join(
                || self.pack_panels(threads, tile, gather, (first, middle), a),
                || self.pack_panels(threads, tile, gather, (middle, end), b),
            );
            return;
        }
        let mut rest = out;
        for panel in first..end {
            let (from, to) = (start(panel), start(panel + 1));
            for column in (0..self.to).step_by(tile.columns) {
                let (out, after) = rest.split_at_mut((to - from) * tile.columns);
                self.pack_tile(tile, gather, (from, to), column, out);
                rest = after;
            }
        }
    }

    fn pack_tile(
        &self,
        tile: &Tile,
        gather: &Gather,
        (from, to): (usize, usize),
        column: usize,
        out: &mut [f32],
    ) {
        let count = tile.columns.min(self.to - column);
        if count < tile.columns {
            out.fill(0.0);
        }
        let mut at = from;
        while at < to {
            let (tap, channel) = (at / self.from, at % self.from);
            let length = (self.from - channel).min(to - at);
            let values = &self.values[gather.taps[tap] * self.from * self.to..][..self.from * self.to];
            let out = &mut out[(at - from) * tile.columns..][..length * tile.columns];
            if self.straight {
                let rows = values.chunks_exact(self.to).skip(channel);
                for (out, row) in out.chunks_exact_mut(tile.columns).zip(rows) {
                    out[..count].copy_from_slice(&row[column..column + count]);
                }
            } else {
                // SAFETY: `count` rows of the tap from `column` on, `length` values of each from `channel` on; the output
                // has `length` rows of a tile's columns.
                unsafe {
                    let values = values.as_ptr().add(column * self.from + channel);
                    transpose(values, self.from, 1, count, length, out.as_mut_ptr(), tile.columns);
                }
            }
            at += length;
        }
    }
}

/// Images padded at a time.
pub(super) fn chunk_images(gathers: &[Gather]) -> usize {
    let pixels = gathers.iter().map(|g| g.pixels.len()).max().unwrap_or(0);
    CHUNK_PIXELS.div_ceil(pixels.max(1))
}

/// A convolution in one direction, its kernel packed.
pub(super) struct Forward<'a> {
    pub(super) tile: &'a Tile,
    pub(super) padding: &'a Padding,
    /// Each with its packed taps.
    pub(super) gathers: &'a [Gather],
    pub(super) packed: &'a [f32],
    /// Channels written, and values of an output image.
    pub(super) channels: usize,
    pub(super) image: usize,
    pub(super) epilogue: Epilogue<'a>,
}

impl Forward<'_> {
    /// Multiplications and additions of `images` images.
    pub(super) fn flops(&self, images: usize) -> usize {
        let each = |g: &Gather| 2 * g.pixels.len() * g.steps.len() * self.channels;
        images * self.gathers.iter().map(each).sum::<usize>()
    }

    /// Divides the images among the threads. Each pads its images, a chunk at a time, into the beginning of their part of
    /// `scratch`, which has a plane for each image.
    pub(super) fn run(&self, threads: Threads, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
        let images = output.len() / self.image;
        let count = parts(threads, self.flops(images)).min(images);
        self.divide(threads, count, 0, input, output, scratch);
    }

    fn divide(
        &self,
        threads: Threads,
        parts: usize,
        first_image: usize,
        input: &[f32],
        output: &mut [f32],
        scratch: &mut [f32],
    ) {
        let images = output.len() / self.image;
        let left = parts / 2;
        let at = images * left / parts.max(1);
        if parts > 1 && at > 0 {
            let (input_a, input_b) = input.split_at(at * self.padding.image());
            let (output_a, output_b) = output.split_at_mut(at * self.image);
            let (scratch_a, scratch_b) = scratch.split_at_mut(at * self.padding.plane());
            threads.join(
                || self.divide(threads, left, first_image, input_a, output_a, scratch_a),
                || {
                    self.divide(threads, parts - left, first_image + at, input_b, output_b, scratch_b);
                },
            );
            return;
        }
        let chunk = chunk_images(self.gathers);
        // Each chunk is copied between the zeros of the first.
        scratch[..chunk.min(images) * self.padding.plane()].fill(0.0);
        let inputs = input.chunks(chunk * self.padding.image());
        for (i, (input, output)) in inputs.zip(output.chunks_mut(chunk * self.image)).enumerate() {
            let padded = &mut scratch[..input.len() / self.padding.image() * self.padding.plane()];
            self.padding.copy(input, padded);
            let mut packed = self.packed;
            for gather in self.gathers {
                let (taps, after) = packed.split_at(packed_len(self.tile, gather, self.channels));
                packed = after;
                self.chunk(gather, taps, padded, (first_image + i * chunk) * self.image, output);
            }
        }
    }

    /// One chunk of padded images through one gather. `start` is where the output begins in the whole batch's.
    fn chunk(&self, gather: &Gather, packed: &[f32], padded: &[f32], start: usize, output: &mut [f32]) {
        let (tile, pixels, plane) = (self.tile, gather.pixels.len(), self.padding.plane());
        let rows = output.len() / self.image * pixels;
        let depth = gather.steps.len();
        let panels = panel_count(depth);
        let width = self.channels.next_multiple_of(tile.columns);
        let accumulate = matches!(self.epilogue, Epilogue::Accumulate);
        for first in (0..self.channels).step_by(MAX_BLOCK_COLUMNS) {
            let columns = MAX_BLOCK_COLUMNS.min(self.channels - first);
            // Without taps there is one panel, of nothing.
            for panel in 0..panels.max(1) {
                let from = panel_start(depth, panels.max(1), panel);
                let to = panel_start(depth, panels.max(1), panel + 1);
                let b = Panel {
                    // A block is whole tiles: its own begin after those of the blocks before.
                    data: packed[from * width + first * (to - from)..].as_ptr(),
                    pitch: (to - from) * tile.columns,
                    stride: tile.columns,
                    ragged: None,
                };
                // The next row's image and pixel in it.
                let (mut image, mut pixel) = (0, 0);
                for row in (0..rows).step_by(tile.rows) {
                    let count = tile.rows.min(rows - row);
                    let mut places = [0; MAX_ROWS];
                    let mut tile_rows =
                        TileRows { starts: [padded.as_ptr(); _], ends: [output.as_mut_ptr(); _], count };
                    for (i, place) in places.iter_mut().enumerate().take(count) {
                        let window = image * plane + gather.pixels[pixel] as usize;
                        *place = image * self.image + gather.places[pixel] as usize + first;
                        tile_rows.starts[i] = tile_rows.starts[i].wrapping_add(window);
                        tile_rows.ends[i] = tile_rows.ends[i].wrapping_add(*place);
                        pixel += 1;
                        if pixel == pixels {
                            (image, pixel) = (image + 1, 0);
                        }
                    }
                    // SAFETY: the tables keep every window within the padded images and every row of channels within the
                    // output, where no two pixels of a direction share one; the panel was packed for these steps.
                    unsafe {
                        let add = accumulate || panel > 0;
                        let steps = &gather.steps[from..to];
                        row_of_tiles(tile, steps, &tile_rows, b, columns, add);
                    }
                    if panel + 1 >= panels {
                        for &place in &places[..count] {
                            let out = &mut output[place..place + columns];
                            finish_row(self.epilogue, start + place, first, out);
                        }
                    }
                }
            }
        }
    }
}
