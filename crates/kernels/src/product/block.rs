//! A block of a product: the part that one thread computes.

use std::ops::Range;

use super::blocking::{BLOCK_VALUES, MIN_SIDE};
use super::buffers::BUFFERS;
use super::operand::{LeftFactor, RightFactor, StridedMut};
use super::pack::copy;
use super::tiles::{LeftTile, RightBlock};
use crate::epilogue::Epilogue;
use crate::memory::{CACHE_LINE, Line};
use crate::threads::Threads;
use crate::tile::{LinesMut, MAX_DEPTH, MAX_TILE, PANEL, Tile};

/// Tiles, one below the other, that are written together where the output's columns are contiguous: with AVX-512 sixteen rows, a
/// cache line. Lines that are whole powers of two apart would be driven out of the first-level cache between its halves.
const EDGE_TILES: usize = 2;

/// A block of one product, by pointers, so that blocks of the same output can be written from several threads.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
    pub(super) a: LeftFactor,
    pub(super) b: RightFactor,
    pub(super) out: StridedMut,
    /// Where it begins in the whole output.
    pub(super) first_row: usize,
    pub(super) first_column: usize,
}

// SAFETY: a Block only reads `a` and `b`, which are shared borrows for as long as any Block lives, and only writes its own
// rectangle of `out`; `rows_cut` and `columns_cut` make disjoint rectangles.
unsafe impl Send for Block {}

impl Block {
    /// The same values as `outᵀ = bᵀ aᵀ`, with both transposes given: where a tile can read `b` in place, only the smaller `a` is
    /// packed. The order of each sum stays.
    pub(super) fn transposed(self, b: LeftFactor, a: RightFactor) -> Block {
        Block {
            rows: self.columns,
            columns: self.rows,
            a: b,
            b: a,
            out: self.out.transposed(),
            first_row: self.first_column,
            first_column: self.first_row,
            ..self
        }
    }

    fn rows_cut(self, at: usize) -> (Block, Block) {
        debug_assert!(at <= self.rows);
        // SAFETY: `at <= rows`, so both pointers stay within (or one past) the matrices that `product` checked.
        let (a, out) = unsafe { (self.a.at(at, 0), self.out.at(at, 0)) };
        (
            Block { rows: at, ..self },
            Block { rows: self.rows - at, a, out, first_row: self.first_row + at, ..self },
        )
    }

    fn columns_cut(self, at: usize) -> (Block, Block) {
        debug_assert!(at <= self.columns);
        // SAFETY: `at <= columns`, as above.
        let (b, out) = unsafe { (self.b.at(0, at), self.out.at(0, at)) };
        (
            Block { columns: at, ..self },
            Block { columns: self.columns - at, b, out, first_column: self.first_column + at, ..self },
        )
    }

    /// Computes the block, and applies the epilogue.
    pub(super) fn run(self, tile: &Tile, epilogue: Epilogue) {
        let accumulate = epilogue.accumulates();
        BUFFERS.with_borrow_mut(|buffers| {
            let (a, b) = (buffers.a(), buffers.b());
            let panels = self.depth.div_ceil(MAX_DEPTH);
            // As many whole tiles as the deepest pair of panels leaves room for.
            let deepest = self.depth.min(2 * share(self.depth, panels.max(1)));
            let width = BLOCK_VALUES / deepest.max(1) / tile.columns * tile.columns;
            for first in (0..self.columns).step_by(width) {
                let columns = width.min(self.columns - first);
                let mut done = 0;
                for left in (1..=panels).rev().step_by(2) {
                    let rest = self.depth - done;
                    let one = share(rest, left);
                    let other = if left > 1 { share(rest - one, left - 1) } else { 0 };
                    // SAFETY: the block's own columns and steps; the buffer holds so many steps x width values.
                    unsafe {
                        let steps = (done, [one, other]);
                        self.panels(tile, a, b, (first, columns), steps, accumulate || done > 0);
                    }
                    done += one + other;
                }
            }
        });
        if self.depth == 0 && !accumulate {
            self.each_row(|_, _, row| row.fill(0.0));
        }
        self.finish(epilogue);
    }

    /// Adds two panels of B, of which the second may be empty, times all rows of A, to `columns` of the output.
    ///
    /// # Safety
    /// `packed_b` has room for the panels; `packed_a` for `MAX_ROWS` x `ROW_STRIDE` values.
    unsafe fn panels(
        self,
        tile: &Tile,
        packed_a: *mut f32,
        packed_b: *mut f32,
        (first_column, columns): (usize, usize),
        (done, [one, other]): (usize, [usize; 2]),
        accumulate: bool,
    ) {
        let mut edge = [Line::ZERO; EDGE_TILES * MAX_TILE / CACHE_LINE];
        let edge = StridedMut { data: edge.as_mut_ptr().cast(), row: tile.columns, column: 1 };
        // SAFETY: the block's own columns and steps; the buffer holds so many steps x columns values, in whole tiles.
        let right = unsafe {
            RightBlock::new(self.b.at(done, first_column), [one, other], columns, tile.columns, packed_b)
        };
        // SAFETY: the block's own rows, those of one tile at the most; the buffer holds a tile of them.
        let left = |i: usize| unsafe {
            let rows = tile.rows.min(self.rows - i);
            LeftTile::new(self.a.at(i, done), rows, [one, other], tile, packed_a)
        };
        // What is written transposed is written by whole cache lines.
        let together = if self.out.column == 1 { 1 } else { EDGE_TILES };
        for i in (0..self.rows).step_by(together * tile.rows) {
            let height = (together * tile.rows).min(self.rows - i);
            let first = left(i);
            let second = (height > tile.rows).then(|| left(i + tile.rows));
            for j in (0..columns).step_by(tile.columns) {
                let width = tile.columns.min(columns - j);
                let whole = width == tile.columns || width == tile.columns / 2;
                // SAFETY: the block's own values; the output is a full tile of it, or the edge buffer.
                unsafe {
                    let out = self.out.at(i, first_column + j);
                    let direct = out.column == 1 && height == tile.rows && whole;
                    if accumulate && !direct {
                        copy(out.read(), height, width, edge);
                    }
                    let target = if direct { out } else { edge };
                    let lines = LinesMut(target.data, target.row);
                    right.tile(tile, first, i == 0, (j, width), lines, accumulate);
                    if let Some(second) = second {
                        let lines = LinesMut(target.data.add(tile.rows * target.row), target.row);
                        right.tile(tile, second, false, (j, width), lines, accumulate);
                    }
                    if !direct {
                        copy(edge.read(), height, width, out);
                    }
                }
            }
        }
    }

    /// Applies the epilogue to rows of the output.
    fn finish(self, epilogue: Epilogue) {
        if let Epilogue::BiasActivation(..) | Epilogue::Derivative(..) = epilogue {
            self.each_row(|start, columns, row| {
                epilogue.finish_row(start + columns.start, columns.start, row)
            });
        }
    }

    /// Calls `f` with every contiguous row of the block's part of the output, with the row's place in the output and its
    /// columns.
    fn each_row(self, mut f: impl FnMut(usize, Range<usize>, &mut [f32])) {
        let (rows, columns, first_row, first_column, stride) = if self.out.column == 1 {
            (self.rows, self.columns, self.first_row, self.first_column, self.out.row)
        } else {
            (self.columns, self.rows, self.first_column, self.first_row, self.out.column)
        };
        for row in 0..rows {
            // SAFETY: row `row` of this block's own rectangle, which nothing else touches while it runs.
            let out = unsafe { std::slice::from_raw_parts_mut(self.out.data.add(row * stride), columns) };
            f((first_row + row) * stride, first_column..first_column + columns, out);
        }
    }

    /// Cuts into `parts` along the longer side and runs them on the threads.
    pub(super) fn divide(
        self,
        tile: &Tile,
        threads: Threads,
        parts: usize,
        by_rows: bool,
        epilogue: Epilogue,
    ) {
        let side = if by_rows { self.rows } else { self.columns };
        let left = parts / 2;
        // Whole tiles on the left side of the cut, to the nearest.
        let unit = if by_rows { tile.rows } else { tile.columns };
        let at = (side * left / parts.max(1) + unit / 2) / unit * unit;
        if parts <= 1 || at < MIN_SIDE || at + MIN_SIDE > side {
            return self.run(tile, epilogue);
        }
        let (a, b) = if by_rows { self.rows_cut(at) } else { self.columns_cut(at) };
        threads.join(
            move || a.divide(tile, threads, left, by_rows, epilogue),
            move || b.divide(tile, threads, parts - left, by_rows, epilogue),
        );
    }
}

/// The next of `count` panels of an inner dimension: even ones, but for whole panels of columns.
fn share(depth: usize, count: usize) -> usize {
    depth.div_ceil(count).next_multiple_of(PANEL).min(depth)
}
