//! The convolution, one chunk of images after the other.

use super::images::Side;
use super::point::PointProduct;
use super::scratch::{Shared, pitch, take};
use super::tiling::{OUTPUTS, Winograd};
use super::transform::{Grid, GridMut, Transforms};
use crate::epilogue::Epilogue;
use crate::memory::CACHE_LINE;
use crate::threads::{Rows, RowsMut, Threads, split};
use crate::tile::Tile;
use crate::transpose::transpose;

impl Winograd {
    /// `output = epilogue(convolution of input)`.
    pub(in super::super) fn convolve(
        &self,
        tile: &Tile,
        threads: Threads,
        (input, kernel, output): (&[f32], &[f32], &mut [f32]),
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let transforms = Transforms::of(tile.instructions, self.taps);
        let image = self.size.0 * self.size.1 * self.to;
        let images = self.chunk_images().min(output.len() / image);
        let tiles = images * self.image_tiles();
        let (filters, scratch) = take(scratch, self.point_count() * self.filter_pitch(tile));
        let (values, scratch) = take(scratch, self.point_count() * pitch(tiles * self.from));
        let (sums, rest) = take(scratch, self.point_count() * pitch(tiles * self.to));
        self.transform_kernel(tile, &transforms, threads, kernel, rest, filters);
        let inputs = input.chunks(images * self.input.image());
        for (i, (input, output)) in inputs.zip(output.chunks_mut(images * image)).enumerate() {
            let count = output.len() / image;
            let values = &mut values[..self.point_count() * pitch(count * self.image_tiles() * self.from)];
            let sums = &mut sums[..self.point_count() * pitch(count * self.image_tiles() * self.to)];
            self.transform_images(&transforms, threads, Side::Input, input, rest, values);
            self.multiply(tile, threads, values, filters, sums);
            self.transform_sums(&transforms, threads, sums, i * images * image, epilogue, output);
        }
    }

    /// Values from one point's filters to the next: whole panels of a tile's columns.
    fn filter_pitch(&self, tile: &Tile) -> usize {
        pitch(self.from * self.to.next_multiple_of(tile.columns))
    }

    /// The kernel's values at each point, packed: tile after tile of columns, each `[from, columns]`. Where its taps are
    /// transposed, by way of `scratch`.
    fn transform_kernel(
        &self,
        tile: &Tile,
        transforms: &Transforms,
        threads: Threads,
        kernel: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) {
        let pairs = self.from * self.to;
        let kernel = if self.straight {
            kernel
        } else {
            let (scratch, _) = scratch.split_at_mut(kernel.len());
            let work = RowsMut(scratch, pairs);
            split(threads, self.order.len(), kernel.len(), 1, work, &|first, taps| {
                for (i, out) in taps.0.chunks_exact_mut(pairs).enumerate() {
                    let tap = &kernel[self.order[first + i] * pairs..][..pairs];
                    // SAFETY: a tap of `[to, from]` and one of `[from, to]`.
                    unsafe {
                        transpose(tap.as_ptr(), self.from, 1, self.to, self.from, out.as_mut_ptr(), self.to);
                    }
                }
            });
            scratch
        };
        let (columns, to) = (tile.columns, self.to);
        let channel_pitch = self.filter_pitch(tile);
        let elements = out.len();
        let out = Shared(out.as_mut_ptr());
        let work = Rows(&kernel[..pairs], to);
        split(threads, self.from, elements, 1, work, &|first, rows| {
            for column in (0..to).step_by(columns) {
                for row in first..first + rows.0.len() / to {
                    let from = Grid {
                        data: kernel[row * to + column..].as_ptr(),
                        row: self.taps * pairs,
                        column: pairs,
                    };
                    let at = GridMut {
                        data: out.at(column * self.from + row * columns),
                        row: self.points * channel_pitch,
                        column: channel_pitch,
                        limits: (self.points, self.points),
                    };
                    // SAFETY: every tap has `pairs` values and every point a panel for these columns, whose rows are
                    // this thread's.
                    unsafe { (transforms.kernel)(from, at, columns.min(to - column), false) };
                }
            }
        });
    }

    /// The outputs of a chunk from their values at each point, `start` from the beginning of the whole output.
    fn transform_sums(
        &self,
        transforms: &Transforms,
        threads: Threads,
        sums: &[f32],
        start: usize,
        epilogue: Epilogue,
        output: &mut [f32],
    ) {
        let (height, width) = self.size;
        let image = height * width * self.to;
        let count = output.len() / image;
        let channel_pitch = pitch(count * self.image_tiles() * self.to);
        let accumulate = epilogue.accumulates();
        split(threads, count, sums.len(), 1, RowsMut(output, image), &|first, images| {
            for (i, out) in images.0.chunks_exact_mut(image).enumerate() {
                for tile in 0..self.image_tiles() {
                    let (y, x) = (tile / self.tiles.1 * OUTPUTS, tile % self.tiles.1 * OUTPUTS);
                    let limits = (OUTPUTS.min(height - y), OUTPUTS.min(width - x));
                    let from = Grid {
                        data: sums[((first + i) * self.image_tiles() + tile) * self.to..].as_ptr(),
                        row: self.points * channel_pitch,
                        column: channel_pitch,
                    };
                    let to = GridMut {
                        data: out[(y * width + x) * self.to..].as_mut_ptr(),
                        row: width * self.to,
                        column: self.to,
                        limits,
                    };
                    // SAFETY: every point has a row for the tile; the limits keep within the image.
                    unsafe { (transforms.output)(from, to, self.to, accumulate) };
                    for y in y..y + limits.0 {
                        for x in x..x + limits.1 {
                            let place = (y * width + x) * self.to;
                            let out = &mut out[place..place + self.to];
                            epilogue.finish_row(start + (first + i) * image + place, 0, out);
                        }
                    }
                }
            }
        });
    }

    /// At each point `sums[tile, to] = values[tile, from] filters[from, to]`.
    fn multiply(&self, tile: &Tile, threads: Threads, values: &[f32], filters: &[f32], sums: &mut [f32]) {
        let points = self.point_count();
        let (values_pitch, filters_pitch, sums_pitch) =
            (values.len() / points, filters.len() / points, sums.len() / points);
        let tiles = (sums_pitch - CACHE_LINE) / self.to;
        let elements = tiles * self.from * self.to;
        split(threads, points, elements, 1, RowsMut(sums, sums_pitch), &|first, sums| {
            for (i, sums) in sums.0.chunks_exact_mut(sums_pitch).enumerate() {
                let values = values[(first + i) * values_pitch..].as_ptr();
                let filters = filters[(first + i) * filters_pitch..].as_ptr();
                let product = PointProduct {
                    tile,
                    rows: tiles,
                    columns: self.to,
                    left: values,
                    row_step: self.from,
                    steps: &self.channels,
                    right: filters,
                    packed: true,
                };
                // SAFETY: a point's matrices have these sizes.
                unsafe { product.run(sums, false) };
            }
        });
    }
}
