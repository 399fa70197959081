//! Convolutions of stride 1 with fewer multiplications: Winograd's minimal filtering, F(4, 5) and F(4, 3).
//!
//! Tiles of 4 x 4 outputs are computed from their inputs' values at 8 x 8 or 6 x 6 points (`transform.rs`). At each point,
//! channels meet in one product `[tiles, from] [from, to]`: 64 products for the 400 that 16 outputs of a 5 x 5 kernel
//! take, 36 for 144 with 3 x 3. The kernel's gradient is the transpose of the same form in the kernel. Errors are larger
//! than a direct sum's: 2e-6 to 6e-6 of the output's root mean square, by the root mean square.
//!
//! Images are taken as many at a time as make [`CHUNK_TILES`] tiles. Each step of a chunk is divided among the threads:
//! transforms by images, products by points.

mod lanes;
mod point;
mod transform;

use self::point::PointProduct;
use self::transform::{Grid, GridMut, Transforms};
use super::epilogue::finish_row;
use super::lowering::Padding;
use super::tile::{MAX_COLUMNS, Step, Tile};
use super::{LINE, Window};
use crate::product::{Epilogue, transpose};
use crate::threads::{Rows, RowsMut, Threads, split};

pub(super) use self::transform::Registers;

/// Tiles of a chunk: enough rows for products, few enough for all points' values to stay in a third-level cache.
const CHUNK_TILES: usize = 128;
/// Outputs of a tile's side.
const OUTPUTS: usize = 4;
/// Channels come in multiples of the widest register.
const CHANNELS: usize = 16;

/// A window's tiles in one direction.
#[derive(Clone, Debug)]
pub(super) struct Winograd {
    /// Taps and points of a side.
    taps: usize,
    points: usize,
    /// Tiles down and across, and the output's height and width, which they cover.
    tiles: (usize, usize),
    size: (usize, usize),
    input: Padding,
    /// Of the output's cotangent, from which a gradient is computed.
    cotangent: Padding,
    /// Which tap of the kernel each of the filter's is.
    order: Vec<usize>,
    from: usize,
    to: usize,
    /// Whether a tap of the kernel is `[from, to]`; else `[to, from]`.
    straight: bool,
    /// Where each tile's channels lie after those of the first, in the input's values at a point.
    steps: Vec<Step>,
    /// The channels themselves.
    channels: Vec<Step>,
}

/// A place that several threads write different parts of.
#[derive(Clone, Copy)]
struct Shared(*mut f32);

// SAFETY: who writes through it says which part is whose.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn at(self, offset: usize) -> *mut f32 {
        self.0.wrapping_add(offset)
    }
}

/// Values from one point's matrix to the next: a cache line more than it has, so that the points of a tile do not all fall
/// into the same cache set.
fn pitch(values: usize) -> usize {
    values + LINE
}

impl Winograd {
    /// The large image to the small one, if there are tiles for the window.
    pub(super) fn forward(window: &Window) -> Option<Winograd> {
        let &Window { large, small, kernel, before, large_channels, small_channels, .. } = window;
        let order = (0..kernel.0 * kernel.1).collect();
        Winograd::new(window, (large, small), (large_channels, small_channels), before, order, true)
    }

    /// The small image to the large one: the taps in the opposite order.
    pub(super) fn adjoint(window: &Window) -> Option<Winograd> {
        let &Window { large, small, kernel, before, large_channels, small_channels, .. } = window;
        let before = ((kernel.0 - 1).checked_sub(before.0)?, (kernel.1 - 1).checked_sub(before.1)?);
        let order = (0..kernel.0 * kernel.1).rev().collect();
        Winograd::new(window, (small, large), (small_channels, large_channels), before, order, false)
    }

    fn new(
        window: &Window,
        (input, size): ((usize, usize), (usize, usize)),
        (from, to): (usize, usize),
        before: (usize, usize),
        order: Vec<usize>,
        straight: bool,
    ) -> Option<Winograd> {
        let taps = window.kernel.0;
        let fits = window.stride == (1, 1)
            && window.kernel.1 == taps
            && (taps == 3 || taps == 5)
            && from.is_multiple_of(CHANNELS)
            && to.is_multiple_of(CHANNELS);
        if !fits {
            return None;
        }
        let tiles = (size.0.div_ceil(OUTPUTS), size.1.div_ceil(OUTPUTS));
        let covered = (tiles.0 * OUTPUTS, tiles.1 * OUTPUTS);
        let padded = (covered.0 + taps - 1, covered.1 + taps - 1);
        let chunk = (CHUNK_TILES / (tiles.0 * tiles.1)).max(1) * tiles.0 * tiles.1;
        u32::try_from(chunk * from).ok()?;
        Some(Winograd {
            taps,
            points: OUTPUTS + taps - 1,
            tiles,
            size,
            input: Padding::new(input, from, before, padded),
            cotangent: Padding::new(size, to, (0, 0), covered),
            order,
            from,
            to,
            straight,
            steps: (0..chunk).map(|tile| Step::new(tile * from, tile)).collect(),
            channels: (0..from).map(|channel| Step::new(channel, channel)).collect(),
        })
    }

    /// Multiply-adds of an image's products, and what its transforms cost in the same unit.
    pub(super) fn cost(&self) -> usize {
        let points = self.points * self.points;
        self.image_tiles() * points * (self.from * self.to + TRANSFORM * (self.from + self.to))
    }

    fn image_tiles(&self) -> usize {
        self.tiles.0 * self.tiles.1
    }

    fn chunk_images(&self) -> usize {
        (CHUNK_TILES / self.image_tiles()).max(1)
    }

    fn point_count(&self) -> usize {
        self.points * self.points
    }

    /// Values of scratch for `batch` images, in any of the operations.
    pub(super) fn scratch_len(&self, batch: usize) -> usize {
        let images = self.chunk_images().min(batch);
        let tiles = images * self.image_tiles();
        let filters = pitch(self.from * self.to.next_multiple_of(MAX_COLUMNS));
        let matrices = pitch(tiles * self.from) + pitch(tiles * self.to) + filters;
        let padded = images * (self.input.plane() + self.cotangent.plane());
        let transposed = self.order.len() * self.from * self.to;
        self.point_count() * matrices + padded.max(transposed) + 4 * LINE
    }

    /// `output = epilogue(convolution of input)`.
    pub(super) fn convolve(
        &self,
        tile: &Tile,
        threads: Threads,
        (input, kernel, output): (&[f32], &[f32], &mut [f32]),
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let transforms = Transforms::of(tile.registers, self.taps);
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

    /// `dw (+)= gradient` of the kernel, from the input and the output's cotangent.
    pub(super) fn weight_grad(
        &self,
        tile: &Tile,
        threads: Threads,
        (input, cotangent, dw): (&[f32], &[f32], &mut [f32]),
        accumulate: bool,
        scratch: &mut [f32],
    ) {
        let transforms = Transforms::of(tile.registers, self.taps);
        let images = self.chunk_images().min(input.len() / self.input.image());
        let tiles = images * self.image_tiles();
        let (sums, scratch) = take(scratch, self.point_count() * pitch(self.from * self.to));
        let (values, scratch) = take(scratch, self.point_count() * pitch(tiles * self.from));
        let (cotangents, rest) = take(scratch, self.point_count() * pitch(tiles * self.to));
        let inputs = input.chunks(images * self.input.image());
        for (i, (input, cotangent)) in
            inputs.zip(cotangent.chunks(images * self.cotangent.image())).enumerate()
        {
            let tiles = input.len() / self.input.image() * self.image_tiles();
            let values = &mut values[..self.point_count() * pitch(tiles * self.from)];
            let cotangents = &mut cotangents[..self.point_count() * pitch(tiles * self.to)];
            self.transform_images(&transforms, threads, Side::Input, input, rest, values);
            self.transform_images(&transforms, threads, Side::Cotangent, cotangent, rest, cotangents);
            self.multiply_transposed(tile, threads, values, cotangents, i > 0, sums);
        }
        let (pairs, channel_pitch) = (self.from * self.to, pitch(self.from * self.to));
        let (sums, out) = (&*sums, Shared(dw.as_mut_ptr()));
        let work = Rows(&sums[..pairs], 1);
        split(threads, pairs, sums.len(), CHANNELS, work, &|first, pairs_here| {
            for start in (0..pairs_here.0.len()).step_by(PAIRS) {
                let count = PAIRS.min(pairs_here.0.len() - start);
                let from = Grid {
                    data: sums[first + start..].as_ptr(),
                    row: self.points * channel_pitch,
                    column: channel_pitch,
                };
                let to = GridMut {
                    data: out.at(first + start),
                    row: self.taps * pairs,
                    column: pairs,
                    limits: (self.taps, self.taps),
                };
                // SAFETY: every point and every tap has `pairs` values, of which these are this thread's.
                unsafe { (transforms.gradient)(from, to, count, accumulate) };
            }
        });
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

    /// The values of a chunk of images at each point, `[point, tile, channel]`. `scratch` holds the padded images.
    fn transform_images(
        &self,
        transforms: &Transforms,
        threads: Threads,
        side: Side,
        images: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) {
        let (padding, channels, run) = match side {
            Side::Input => (&self.input, self.from, transforms.input),
            Side::Cotangent => (&self.cotangent, self.to, transforms.cotangent),
        };
        let count = images.len() / padding.image();
        let channel_pitch = pitch(count * self.image_tiles() * channels);
        let elements = out.len();
        let out = Shared(out.as_mut_ptr());
        let padded = &mut scratch[..count * padding.plane()];
        let work = (Rows(images, padding.image()), RowsMut(padded, padding.plane()));
        split(threads, count, elements, 1, work, &|first, (images, padded)| {
            // One after the other in the same place, between the same zeros.
            let plane = &mut padded.0[..padding.plane()];
            plane.fill(0.0);
            for (i, image) in images.0.chunks_exact(padding.image()).enumerate() {
                padding.copy(image, plane);
                for tile in 0..self.image_tiles() {
                    let (y, x) = (tile / self.tiles.1 * OUTPUTS, tile % self.tiles.1 * OUTPUTS);
                    let from = Grid {
                        data: plane[(y * padding.padded.1 + x) * channels..].as_ptr(),
                        row: padding.padded.1 * channels,
                        column: channels,
                    };
                    let to = GridMut {
                        data: out.at(((first + i) * self.image_tiles() + tile) * channels),
                        row: self.points * channel_pitch,
                        column: channel_pitch,
                        limits: (self.points, self.points),
                    };
                    // SAFETY: the padded image covers its tiles; the rows of this tile are this thread's.
                    unsafe { run(from, to, channels, false) };
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
        let accumulate = matches!(epilogue, Epilogue::Accumulate);
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
                            finish_row(epilogue, start + (first + i) * image + place, 0, out);
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
        let tiles = (sums_pitch - LINE) / self.to;
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

    /// At each point `sums[from, to] (+)= values[tile, from]ᵀ cotangents[tile, to]`.
    fn multiply_transposed(
        &self,
        tile: &Tile,
        threads: Threads,
        values: &[f32],
        cotangents: &[f32],
        accumulate: bool,
        sums: &mut [f32],
    ) {
        let points = self.point_count();
        let (values_pitch, cotangents_pitch, sums_pitch) =
            (values.len() / points, cotangents.len() / points, sums.len() / points);
        let tiles = (values_pitch - LINE) / self.from;
        let elements = tiles * self.from * self.to;
        split(threads, points, elements, 1, RowsMut(sums, sums_pitch), &|first, sums| {
            for (i, sums) in sums.0.chunks_exact_mut(sums_pitch).enumerate() {
                let product = PointProduct {
                    tile,
                    rows: self.from,
                    columns: self.to,
                    left: values[(first + i) * values_pitch..].as_ptr(),
                    row_step: 1,
                    steps: &self.steps[..tiles],
                    right: cotangents[(first + i) * cotangents_pitch..].as_ptr(),
                    packed: false,
                };
                // SAFETY: a point's matrices have these sizes.
                unsafe { product.run(sums, accumulate) };
            }
        });
    }
}

/// Pairs of channels that a kernel is transformed by at a time: whole cache lines, but not so many that the places written
/// fall out of the first-level cache.
const PAIRS: usize = 64;
/// What a channel's transform costs at a point, in multiply-adds.
const TRANSFORM: usize = 16;

/// Which images are transformed.
#[derive(Clone, Copy)]
enum Side {
    Input,
    Cotangent,
}

/// The first `len` values, and the rest from a cache line's beginning on.
fn take(scratch: &mut [f32], len: usize) -> (&mut [f32], &mut [f32]) {
    let (taken, rest) = scratch.split_at_mut(len.next_multiple_of(LINE));
    (&mut taken[..len], rest)
}
