//! The kernel's gradient.

use super::images::Side;
use super::point::PointProduct;
use super::scratch::{Shared, pitch, take};
use super::tiling::{CHANNELS, Winograd};
use super::transform::{Grid, GridMut, Transforms};
use crate::memory::CACHE_LINE;
use crate::threads::{Rows, RowsMut, Threads, split};
use crate::tile::Tile;

/// Pairs of channels that a kernel is transformed by at a time: whole cache lines, but not so many that the places written
/// fall out of the first-level cache.
const PAIRS: usize = 64;
impl Winograd {
    /// `dw (+)= gradient` of the kernel, from the input and the output's cotangent.
    pub(in super::super) fn weight_grad(
        &self,
        tile: &Tile,
        threads: Threads,
        (input, cotangent, dw): (&[f32], &[f32], &mut [f32]),
        accumulate: bool,
        scratch: &mut [f32],
    ) {
        let transforms = Transforms::of(tile.instructions, self.taps);
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
        let tiles = (values_pitch - CACHE_LINE) / self.from;
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
