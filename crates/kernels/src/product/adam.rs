//! A weight gradient's product with Adam's update in one pass: `grads = a b`, never written to memory.
//!
//! The update of a tile is pending while the next tile is computed. It is cut into parts that run every few steps of that tile:
//! roots, quotients and the loads of weights and moments hide behind multiply-adds. A panel's tiles follow one another in memory,
//! so weights and moments are three streams for the processor to prefetch.

use super::buffers::BUFFERS;
use super::columns::Columns;
use super::into_panels::product_into_panels;
use super::matrix::Matrix;
use super::operand::{LeftFactor, RightFactor, Strided, StridedMut};
use super::pack::{copy, pack_b, pack_last_rows};
use super::pending::{Arenas, PendingUpdate};
use crate::optimizer::{AdamArenas, AdamStep, adam};
use crate::threads::Threads;
use crate::tile::{Lines, LinesMut, MAX_DEPTH, MAX_TILE, PANEL, TILE, Tile, Variants};

/// Most work of a part that is not divided further.
const PART_FLOPS: usize = 4_000_000;

/// The tiles that update beside their own work, where the processor has registers enough.
fn updating(tile: &Tile) -> Option<Variants<PendingUpdate>> {
    #[cfg(target_arch = "x86_64")]
    return Variants::interleaved(tile.instructions);
    #[cfg(not(target_arch = "x86_64"))]
    None
}

/// Columns of a product and their update.
#[derive(Clone, Copy)]
struct UpdatedColumns<'a> {
    columns: Columns,
    arenas: Arenas,
    step: AdamStep,
    scale: f32,
    tile: &'a Tile,
    variants: &'a Variants<PendingUpdate>,
}

// SAFETY: as for `PanelOutput`, and the panels of the arenas belong to one of them alone.
unsafe impl Send for UpdatedColumns<'_> {}

/// A panel of the right factor: packed, or to be packed by the first tile that reads it.
struct RightPanel {
    from: Strided,
    packed: *mut f32,
    width: usize,
    unpacked: bool,
}

impl UpdatedColumns<'_> {
    /// Halves run in parallel down to parts fixed by the shape: the tree of the sum follows from the shape alone.
    fn divide(self, threads: Threads) -> f64 {
        let Some((left, right)) = self.columns.halves().filter(|_| self.columns.flops() > PART_FLOPS) else {
            return self.run();
        };
        let passed = left.columns * left.rows;
        let left = UpdatedColumns { columns: left, ..self };
        let arenas = self.arenas.map(|a| a.wrapping_add(passed));
        let right = UpdatedColumns { columns: right, arenas, ..self };
        let mut sums = (0.0, 0.0);
        let (one, other) = (&mut sums.0, &mut sums.1);
        threads.join(move || *one = left.divide(threads), move || *other = right.divide(threads));
        sums.0 + sums.1
    }

    fn run(self) -> f64 {
        debug_assert_eq!(self.tile.columns, PANEL);
        let Columns { rows, depth, b, .. } = self.columns;
        BUFFERS.with_borrow_mut(|buffers| {
            let (packed_a, packed_b, gradients) = (buffers.a(), buffers.b(), buffers.gradients());
            let mut pending = PendingUpdate::new(self.step, self.scale);
            let mut sum = 0.0;
            let mut turn = 0;
            for (first, width) in self.columns.panels() {
                // SAFETY: columns of the right factor; the buffer holds a panel of them.
                let right = unsafe {
                    let from = b.at(0, first);
                    let unpacked = pack_b(RightFactor::Strided(from), depth, width, PANEL, packed_b) > 0;
                    RightPanel { from, packed: packed_b, width, unpacked }
                };
                for i in (0..rows).step_by(self.tile.rows) {
                    let height = self.tile.rows.min(rows - i);
                    // The pending gradients are in the other half.
                    turn = MAX_TILE - turn;
                    let out = LinesMut(gradients.wrapping_add(turn), width);
                    // SAFETY: the panel's own rows; the buffers hold a tile of A, and two of gradients.
                    unsafe { self.tile(packed_a, &right, i, out, &mut pending) };
                    if pending.remains() {
                        // SAFETY: the tile before.
                        sum += unsafe { pending.flush() };
                    }
                    let before = first * rows + i * width;
                    pending.set(out.0, height * width, self.arenas.map(|a| a.wrapping_add(before)));
                }
                // Few enough for the lanes' precision.
                sum += pending.take_squares();
            }
            // SAFETY: the last tile.
            sum + unsafe { pending.flush() }
        })
    }

    /// The gradients of one tile: rows from `i` of a panel.
    ///
    /// # Safety
    /// The buffers have room: `packed_a` for `MAX_ROWS` x `ROW_STRIDE` values, `right.packed` for a panel, `out` for the tile.
    unsafe fn tile(
        &self,
        packed_a: *mut f32,
        right: &RightPanel,
        i: usize,
        out: LinesMut,
        pending: &mut PendingUpdate,
    ) {
        let Columns { rows, depth, a, .. } = self.columns;
        let &RightPanel { from, packed, width, unpacked } = right;
        let (tile, variants) = (self.tile, self.variants);
        let height = tile.rows.min(rows - i);
        let (run, computed) = match (i == 0 && unpacked, width <= tile.columns / 2) {
            (true, _) => (variants.packing, tile.columns),
            (false, false) => (variants.packed, tile.columns),
            (false, true) => (variants.half, tile.columns / 2),
        };
        // SAFETY: the panel's own rows, and the caller's buffers.
        unsafe {
            let a = a.at(i, 0);
            let a = if height == tile.rows {
                Lines(a.data, a.column)
            } else {
                pack_last_rows(LeftFactor::Strided(a), height, depth, tile.rows, packed_a);
                Lines(packed_a, tile.rows)
            };
            let from = Lines(from.data, from.row);
            if height == tile.rows && width == computed {
                run(depth, a, packed, from, out, false, pending);
            } else {
                let mut edge = [0.0f32; MAX_TILE];
                run(depth, a, packed, from, LinesMut(edge.as_mut_ptr(), tile.columns), false, pending);
                let edge = Strided { data: edge.as_ptr(), row: tile.columns, column: 1 };
                copy(edge, height, width, StridedMut { data: out.0, row: out.1, column: 1 });
            }
        }
    }
}

/// Adam's update of the weights by `scale` times the gradients `a b`, of shape `[a.rows, b.columns]` in panels like weights and
/// moments. Returns the gradients' sum of squares. `grads`, as large, is where they may be written; what it holds afterwards
/// is unspecified.
///
/// Weights and moments have the bits that [`product_into_panels`] and [`adam`] give them.
///
/// # Panics
/// If the shapes disagree, or a factor is in panels.
pub fn product_adam(
    threads: Threads,
    step: AdamStep,
    scale: f32,
    a: Matrix,
    b: Matrix,
    grads: &mut [f32],
    arenas: AdamArenas,
) -> f64 {
    let n = a.rows * b.columns;
    assert!(grads.len() == n, "gradients of {} x {}", a.rows, b.columns);
    arenas.check(n);
    let (tile, columns) = (&*TILE, Columns::new(a, b));
    // The transpose of a row-major `a` and a row-major `b`, in one panel of the inner dimension.
    let fits = a.rows > 1 && a.transposed && !b.transposed && (1..=MAX_DEPTH).contains(&columns.depth);
    match updating(tile) {
        Some(variants) if fits => {
            let arenas = [arenas.p.as_mut_ptr(), arenas.m.as_mut_ptr(), arenas.v.as_mut_ptr()];
            UpdatedColumns { columns, arenas, step, scale, tile, variants: &variants }.divide(threads)
        }
        _ => {
            product_into_panels(threads, grads, a, b, false);
            adam(threads, step, scale, grads, arenas)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{product, to_panels};
    use super::*;
    use crate::epilogue::Epilogue;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 6, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn halves_of_any_width_are_whole_panels_and_smaller() {
        let (x, d) = ([0.0; 1], [0.0; 600]);
        for columns in 0..600 {
            let whole = Columns::new(Matrix::new(&x, 1, 1), Matrix::new(&d[..columns], 1, columns));
            let Some((left, right)) = whole.halves() else {
                assert!(columns <= PANEL, "{columns}");
                continue;
            };
            assert!(left.columns > 0 && left.columns.is_multiple_of(PANEL) && right.columns > 0);
            assert_eq!(left.columns + right.columns, columns);
        }
    }

    #[test]
    fn bits_are_those_of_the_product_and_adam_for_any_number_of_threads() {
        for (rows, columns, depth) in [
            (1, 70, 5),
            (9, 1, 3),
            (13, 31, 5),
            (100, 128, 64),
            (85, 257, 129),
            (200, 784, 128),
            (50, 1040, 256),
            (33, 1041, 256),
            (300, 1024, 128),
            (20, 40, 600),
            // More work than a part has, in one column and in one panel: nothing is left to cut.
            (16_384, 1, 128),
            (8_192, 2, 128),
            (1_024, 32, 80),
        ] {
            let n = rows * columns;
            let (x, d) = (normal(1, depth * rows), normal(2, depth * columns));
            let (a, b) = (Matrix::new(&x, depth, rows).transposed(), Matrix::new(&d, depth, columns));
            let (p0, m0) = (normal(3, n), normal(4, n));
            let v0: Vec<f32> = normal(5, n).iter().map(|v| v * v).collect();
            let (mut g, mut p, mut m, mut v) = (vec![0.0; n], p0.clone(), m0.clone(), v0.clone());
            product(Threads::ONE, &mut g, a, b, Epilogue::None);
            let g = to_panels(rows, columns, &g);
            let (step, scale) = if depth % 2 == 0 {
                (AdamStep::new(3, 0.01, (0.5, 0.99), 1e-8, 1.0), 1.0)
            } else {
                (AdamStep::new(1, 0.01, (0.9, 0.3), 1e-8, 0.999), 0.5)
            };
            let expected =
                adam(Threads::ONE, step, scale, &g, AdamArenas { p: &mut p, m: &mut m, v: &mut v });
            let mut sums = Vec::new();
            for threads in [1, 2, 3, 8] {
                let (mut q, mut o, mut w) = (p0.clone(), m0.clone(), v0.clone());
                let arenas = AdamArenas { p: &mut q, m: &mut o, v: &mut w };
                let sum = product_adam(Threads::new(threads), step, scale, a, b, &mut vec![0.0; n], arenas);
                assert!(p == q && m == o && v == w, "{rows} x {columns} x {depth}, {threads} threads");
                assert!((sum / expected - 1.0).abs() < 1e-6, "{sum} {expected}");
                sums.push(sum);
            }
            assert!(sums.iter().all(|s| *s == sums[0]), "{sums:?}");
        }
    }
}
