//! A convolution in either direction as a product whose left factor, the windows of the images, is read in place.

use super::kernel::{Kernel, packed_len};
use super::lowering::{Class, Gather, Lowered};
use super::panel::{MAX_BLOCK_COLUMNS, Panel, TileRows, panel_count, panel_start, row_of_tiles};
use crate::epilogue::Epilogue;
use crate::threads::{Rows, RowsMut, Threads, split_parts};
use crate::tile::{MAX_ROWS, Tile};

/// Pixels of output that are worth a pass over the packed kernel: as many images are padded at a time as have them.
const CHUNK_PIXELS: usize = 384;
/// Fewest images: so that the pixels of a corner fill a tile.
const CHUNK_IMAGES: usize = 8;

/// A convolution in one direction.
pub(super) struct ImplicitGemm<'a> {
    pub(super) lowered: &'a Lowered,
    pub(super) kernel: Kernel<'a>,
    /// Values of an output image.
    pub(super) image: usize,
    pub(super) epilogue: Epilogue<'a>,
}

/// Values of scratch for `batch` images of a direction that writes `to` channels: the packed kernel, and padded images.
pub(super) fn scratch_len(tile: &Tile, lowered: &Lowered, to: usize, batch: usize) -> usize {
    let packed = lowered.gathers.iter().map(|gather| packed_len(tile, gather, to)).sum::<usize>();
    packed + lowered.padded_len(batch)
}

impl ImplicitGemm<'_> {
    /// Packs the kernel, then divides the images among the threads. Where images are padded, each thread pads its own, a chunk at
    /// a time, into the beginning of its part of `scratch`, which has a plane for each image.
    pub(super) fn run(
        &self,
        tile: &Tile,
        threads: Threads,
        input: &[f32],
        output: &mut [f32],
        scratch: &mut [f32],
    ) {
        let &ImplicitGemm { lowered, kernel, image, epilogue } = self;
        let len: usize = lowered.gathers.iter().map(|gather| packed_len(tile, gather, kernel.to)).sum();
        let (packed, scratch) = scratch.split_at_mut(len);
        let mut rest = &mut *packed;
        for gather in &lowered.gathers {
            let (taps, after) = rest.split_at_mut(packed_len(tile, gather, kernel.to));
            kernel.pack(threads, tile, gather, taps);
            rest = after;
        }
        let run = PackedGemm { tile, lowered, packed, channels: kernel.to, image, epilogue };
        let images = output.len() / image;
        let parts = threads.parts(run.flops(images), 1);
        let work = (
            Rows(input, lowered.padding.image()),
            RowsMut(output, image),
            RowsMut(scratch, lowered.padded_len(1)),
        );
        split_parts(threads, parts, images, work, &|first, (input, output, scratch)| {
            run.images(first, input.0, output.0, scratch.0);
        });
    }
}

/// The same with its kernel packed.
struct PackedGemm<'a> {
    tile: &'a Tile,
    lowered: &'a Lowered,
    /// The taps of each gather.
    packed: &'a [f32],
    /// Channels written, and values of an output image.
    channels: usize,
    image: usize,
    epilogue: Epilogue<'a>,
}

/// Images that are computed together.
struct Chunk<'a> {
    /// As the tables read them.
    input: &'a [f32],
    output: &'a mut [f32],
    /// Where the output begins in the whole batch's.
    start: usize,
}

impl PackedGemm<'_> {
    /// Multiplications and additions of `images` images.
    fn flops(&self, images: usize) -> usize {
        let each = |g: &Gather| 2 * g.pixels() * g.depth * self.channels;
        images * self.lowered.gathers.iter().map(each).sum::<usize>()
    }

    /// Images of a chunk.
    fn chunk_images(&self) -> usize {
        let pixels = self.lowered.gathers.iter().map(Gather::pixels).max().unwrap_or(0);
        CHUNK_PIXELS.div_ceil(pixels.max(1)).max(CHUNK_IMAGES)
    }

    /// The images of one thread, of which `first_image` is the first.
    fn images(&self, first_image: usize, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
        let Lowered { padding, padded, gathers, .. } = self.lowered;
        let (images, chunk) = (output.len() / self.image, self.chunk_images());
        // Each chunk is copied between the zeros of the first.
        let scratch = &mut scratch[..self.lowered.padded_len(chunk.min(images))];
        scratch.fill(0.0);
        let inputs = input.chunks(chunk * padding.image());
        for (i, (input, output)) in inputs.zip(output.chunks_mut(chunk * self.image)).enumerate() {
            let input = if *padded {
                let copies = &mut scratch[..input.len() / padding.image() * padding.plane()];
                padding.copy(input, copies);
                &*copies
            } else {
                input
            };
            let mut chunk = Chunk { input, output, start: (first_image + i * chunk) * self.image };
            let mut packed = self.packed;
            for gather in gathers {
                let (taps, after) = packed.split_at(packed_len(self.tile, gather, self.channels));
                packed = after;
                self.gather(gather, taps, &mut chunk);
            }
        }
    }

    /// One chunk of images through one gather.
    fn gather(&self, gather: &Gather, packed: &[f32], chunk: &mut Chunk) {
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
                    self.class(class, (panel, panels), b, (first, columns), chunk);
                }
            }
        }
    }

    /// The pixels of one class, over one panel, `columns` channels from `first` on.
    fn class(
        &self,
        class: &Class,
        (panel, panels): (usize, usize),
        b: Panel,
        (first, columns): (usize, usize),
        chunk: &mut Chunk,
    ) {
        let &mut Chunk { input, start, ref mut output } = chunk;
        let tile = self.tile;
        let images = output.len() / self.image;
        let plane = input.len() / images;
        let rows = images * class.pixels.len();
        let steps = &class.steps[class.panels[panel]..class.panels[panel + 1]];
        let accumulate = panel > 0 || self.epilogue.accumulates();
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
                    self.epilogue.finish_row(start + place, first, &mut output[place..place + columns]);
                }
            }
        }
    }
}
