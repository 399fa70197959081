//! A convolution's kernel, packed as the right factor of a product.

use super::lowering::Gather;
use super::panel::{panel_count, panel_start};
use crate::threads::Threads;
use crate::tile::Tile;
use crate::transpose::transpose;

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
