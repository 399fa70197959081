//! Convolution either way as a product: windows of padded images, read in place, times the kernel's taps.

use super::epilogue::finish_row;
use super::lowering::{Class, Gather, Padding};
use super::panel::{MAX_BLOCK_COLUMNS, Panel, TileRows, panel_count, panel_start, row_of_tiles};
use super::parts;
use super::tile::{MAX_ROWS, Tile};
use crate::product::{Epilogue, transpose};
use crate::threads::Threads;

/// Pixels of output that are worth a pass over the packed kernel: images are padded as many at a time as have them.
const CHUNK_PIXELS: usize = 384;
/// Fewest images: so that the pixels of a corner fill a tile.
const CHUNK_IMAGES: usize = 8;
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
    gather.depth * to.next_multiple_of(tile.columns)
}

impl Kernel<'_> {
    /// Packs the taps of a gather, panel after panel of depth, each tile after tile of columns, each `[depth, columns]`;
    /// the last tile is padded with zeros.
    pub(super) fn pack(&self, threads: Threads, tile: &Tile, gather: &Gather, out: &mut [f32]) {
        let panels = panel_count(gather.depth);
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
        let depth = gather.depth;
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
    let pixels = gathers.iter().map(Gather::pixels).max().unwrap_or(0);
    CHUNK_PIXELS.div_ceil(pixels.max(1)).max(CHUNK_IMAGES)
}

/// A convolution in one direction, its kernel packed.
pub(super) struct Forward<'a> {
    pub(super) tile: &'a Tile,
    pub(super) padding: &'a Padding,
    /// Whether images are padded first.
    pub(super) padded: bool,
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
        let each = |g: &Gather| 2 * g.pixels() * g.depth * self.channels;
        images * self.gathers.iter().map(each).sum::<usize>()
    }

    /// Divides the images among the threads. Where they are padded, each thread pads its own, a chunk at a time, into the
    /// beginning of their part of `scratch`, which then has a plane for each image.
    pub(super) fn run(&self, threads: Threads, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
        let images = output.len() / self.image;
        let count = parts(threads, self.flops(images)).min(images);
        self.divide(threads, count, 0, input, output, scratch);
    }

    /// Values of scratch for an image.
    fn image_scratch(&self) -> usize {
        if self.padded { self.padding.plane() } else { 0 }
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
            let (scratch_a, scratch_b) = scratch.split_at_mut(at * self.image_scratch());
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
        let scratch = &mut scratch[..chunk.min(images) * self.image_scratch()];
        scratch.fill(0.0);
        let inputs = input.chunks(chunk * self.padding.image());
        for (i, (input, output)) in inputs.zip(output.chunks_mut(chunk * self.image)).enumerate() {
            let input = if self.padded {
                let padded = &mut scratch[..input.len() / self.padding.image() * self.padding.plane()];
                self.padding.copy(input, padded);
                &*padded
            } else {
                input
            };
            let start = (first_image + i * chunk) * self.image;
            let mut packed = self.packed;
            for gather in self.gathers {
                let (taps, after) = packed.split_at(packed_len(self.tile, gather, self.channels));
                packed = after;
                self.chunk(gather, taps, input, start, output);
            }
        }
    }

    /// One chunk of images through one gather. `start` is where the output begins in the whole batch's.
    fn chunk(&self, gather: &Gather, packed: &[f32], input: &[f32], start: usize, output: &mut [f32]) {
        let (tile, depth) = (self.tile, gather.depth);
        let panels = panel_count(depth).max(1);
        let width = self.channels.next_multiple_of(tile.columns);
        for first in (0..self.channels).step_by(MAX_BLOCK_COLUMNS) {
            let columns = MAX_BLOCK_COLUMNS.min(self.channels - first);
            for panel in 0..panels {
                let (from, to) = (panel_start(depth, panels, panel), panel_start(depth, panels, panel + 1));
                let b = Panel {
                    // A block is whole tiles: its own begin after those of the blocks before.
                    data: packed[from * width + first * (to - from)..]
                        .as_ptr()
                        .wrapping_sub(from * tile.columns),
                    pitch: (to - from) * tile.columns,
                    stride: tile.columns,
                    ragged: None,
                };
                for class in &gather.classes {
                    self.class(class, (panel, panels), b, (first, columns), input, start, output);
                }
            }
        }
    }

    /// The pixels of one class, over one panel, `columns` channels from `first` on.
    #[allow(clippy::too_many_arguments, reason = "the state of three loops")]
    fn class(
        &self,
        class: &Class,
        (panel, panels): (usize, usize),
        b: Panel,
        (first, columns): (usize, usize),
        input: &[f32],
        start: usize,
        output: &mut [f32],
    ) {
        let tile = self.tile;
        let images = output.len() / self.image;
        let plane = input.len() / images;
        let rows = images * class.pixels.len();
        let steps = &class.steps[class.panels[panel]..class.panels[panel + 1]];
        let accumulate = panel > 0 || matches!(self.epilogue, Epilogue::Accumulate);
        // The next row's image and pixel in it.
        let (mut image, mut pixel) = (0, 0);
        for row in (0..rows).step_by(tile.rows) {
            let count = tile.rows.min(rows - row);
            let mut places = [0; MAX_ROWS];
            let mut tile_rows =
                TileRows { starts: [input.as_ptr(); _], ends: [output.as_mut_ptr(); _], count };
            for (i, place) in places.iter_mut().enumerate().take(count) {
                *place = image * self.image + class.places[pixel] + first;
                tile_rows.starts[i] =
                    tile_rows.starts[i].wrapping_add(image * plane).wrapping_offset(class.pixels[pixel]);
                tile_rows.ends[i] = tile_rows.ends[i].wrapping_add(*place);
                pixel += 1;
                if pixel == class.pixels.len() {
                    (image, pixel) = (image + 1, 0);
                }
            }
            // SAFETY: a class's steps keep within the image from each of its pixels on, and every row of channels lies
            // within the output, where no two pixels of a direction share one; the panel was packed for these steps.
            unsafe { row_of_tiles(tile, steps, &tile_rows, b, columns, accumulate) };
            if panel + 1 == panels {
                for &place in &places[..count] {
                    finish_row(self.epilogue, start + place, first, &mut output[place..place + columns]);
                }
            }
        }
    }
}
