//! Matrix products, cut into parts for the threads, with what follows applied while a part is still in cache.
//!
//! The scheme is that of Goto and van de Geijn (2008): panels of the inner dimension, blocks of the right factor packed
//! so that they fit the caches, the left one read in place, tiles kept in registers. Every size is a constant: the order
//! of each sum follows from the shape alone, whatever the threads and the machine's caches. Weights can lie in the order in
//! which tiles read them (`panels.rs`); then they are not packed at all.

mod pack;
mod panels;
mod tile;
mod tiles;
mod update;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::LazyLock;

pub(crate) use self::pack::transpose;
use self::pack::{Factor, Left, Source, Target, copy};
use self::panels::{PANEL, Panels};
pub use self::panels::{from_panels, to_panels};
pub(crate) use self::tile::multiply_add;
use self::tile::{LinesMut, MAX_ROWS, MAX_TILE, ROW_STRIDE, Tile};
use self::tiles::{Right, TileRows};
pub use self::update::{product_adam, product_into_panels};
use crate::activation::{Activation, bias_activation_row, derivative_row};
use crate::threads::Threads;

/// Longest panel of the inner dimension: a tile's sums run over it. Longer ones are cut evenly.
const MAX_PANEL: usize = 512;
/// Longest pair of panels. They are packed together, and a tile takes both before it leaves the first-level cache.
const MAX_DEPTH: usize = 2 * MAX_PANEL;
/// Values of B packed at a time: half a MiB, half of a usual second-level cache. At the longest depth, 128 columns.
const BLOCK_VALUES: usize = 128 * 1024;
/// A column-major B with so many times as many columns as A has rows is read in place, as the left factor of the transposed
/// product. With fewer it is packed: tiles that are left transposed cost more than that.
const TRANSPOSED_FROM: usize = 4;
/// The same for a B in panels, of which a tile's rows are no further apart than in a packed A.
const PANELS_TRANSPOSED_FROM: usize = 1;
/// Least work worth a thread of its own, about 10 us.
pub(crate) const MIN_FLOPS_PER_PART: usize = 1_000_000;
/// Parts of a large product to each thread. Whoever is done takes the next one, so that a core that is slowed down by its
/// neighbours does not keep the others waiting.
const PARTS_PER_THREAD: usize = 4;
/// Tiles, one below the other, that are left together where the output's columns are contiguous: with AVX-512 sixteen rows, a
/// cache line. Lines that are whole powers of two apart would be driven out of the first-level cache between its halves.
const EDGE_TILES: usize = 2;
/// Fewest rows or columns of a part: a few whole tiles.
const MIN_SIDE: usize = 32;

/// The tile of this processor.
static TILE: LazyLock<Tile> = LazyLock::new(Tile::detect);

/// Sixteen values that begin a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "only its size and alignment are used")] [f32; 16]);

/// A thread's packing buffers, made when it first multiplies and kept.
struct Packed {
    a: Vec<Line>,
    b: Vec<Line>,
    /// Gradients that wait for their update, two tiles.
    waiting: Vec<Line>,
}

impl Packed {
    fn new() -> Packed {
        let lines = |values: usize| vec![Line([0.0; 16]); values.div_ceil(16)];
        Packed { a: lines(MAX_ROWS * ROW_STRIDE), b: lines(BLOCK_VALUES), waiting: lines(2 * MAX_TILE) }
    }
}

thread_local! {
    static PACKED: RefCell<Packed> = RefCell::new(Packed::new());
}

/// A matrix, or the transpose of one: row-major, or in panels of its columns.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
    in_panels: bool,
}

impl<'a> Matrix<'a> {
    /// Row-major `[rows, columns]`.
    ///
    /// # Panics
    /// If `data` is not `rows * columns` long.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Matrix<'a> {
        assert_eq!(data.len(), rows * columns, "matrix of {rows} x {columns}");
        Matrix { data, rows, columns, transposed: false, in_panels: false }
    }

    /// `[rows, columns]` in panels, as [`to_panels`] makes them. Only a right factor can be.
    ///
    /// # Panics
    /// If `data` is not `rows * columns` long.
    pub fn in_panels(data: &'a [f32], rows: usize, columns: usize) -> Matrix<'a> {
        Matrix { in_panels: true, ..Matrix::new(data, rows, columns) }
    }

    /// The transpose, without a copy.
    pub fn transposed(self) -> Matrix<'a> {
        Matrix { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    /// As a left factor, which is row-major or the transpose of what is.
    fn source(self) -> Source {
        assert!(!self.in_panels, "a left factor in panels");
        let source = Source { data: self.data.as_ptr(), row: self.columns, column: 1 };
        if self.transposed { Source { row: 1, column: self.rows, ..source } } else { source }
    }

    fn factor(self) -> Factor {
        let panels = |rows, columns| Panels::new(self.data.as_ptr().cast_mut(), rows, columns);
        match (self.in_panels, self.transposed) {
            (false, _) => Factor::Strided(self.source()),
            (true, false) => Factor::Panels(panels(self.rows, self.columns)),
            (true, true) => Factor::TransposedPanels(panels(self.columns, self.rows)),
        }
    }
}

/// What happens to each value of a product before it is left.
#[derive(Clone, Copy)]
pub enum Epilogue<'a> {
    /// Nothing.
    None,
    /// Nothing, and the product is added to what the output held.
    Accumulate,
    /// `f(v + bias[column])`.
    BiasActivation(Option<&'a [f32]>, Activation),
    /// `v * f'(x)` where `y = f(x)`, `y` of the output's shape.
    Derivative(Activation, &'a [f32]),
}

/// A block of one product, by pointers, so that blocks of the same output can be written from several threads.
#[derive(Clone, Copy)]
struct Block {
    rows: usize,
    columns: usize,
    depth: usize,
    a: Left,
    b: Factor,
    out: Target,
    first_row: usize,
    first_column: usize,
}

// SAFETY: a Block only reads `a` and `b`, which are shared borrows for as long as any Block lives, and only writes its own
// rectangle of `out`; `rows_cut` and `columns_cut` make disjoint rectangles.
unsafe impl Send for Block {}

impl Block {
    /// The same values as `outᵀ = bᵀ aᵀ`, those two given: where a tile can read `b` in place, only the smaller `a` is packed. The
    /// order of each sum stays.
    fn transposed(self, b: Left, a: Factor) -> Block {
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
    fn run(self, tile: &Tile, epilogue: Epilogue) {
        let accumulate = matches!(epilogue, Epilogue::Accumulate);
        PACKED.with_borrow_mut(|packed| {
            let a = packed.a.as_mut_ptr().cast::<f32>();
            let b = packed.b.as_mut_ptr().cast::<f32>();
            let panels = self.depth.div_ceil(MAX_PANEL);
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
    /// `packed_b` has room for the panels; `packed_a` for MAX_ROWS x ROW_STRIDE values.
    unsafe fn panels(
        self,
        tile: &Tile,
        packed_a: *mut f32,
        packed_b: *mut f32,
        (first_column, columns): (usize, usize),
        (done, [one, other]): (usize, [usize; 2]),
        accumulate: bool,
    ) {
        let mut edge = [Line([0.0; 16]); EDGE_TILES * MAX_TILE / 16];
        let edge = Target { data: edge.as_mut_ptr().cast(), row: tile.columns, column: 1 };
        // SAFETY: the block's own columns and steps; the buffer holds so many steps x columns values, in whole tiles.
        let right = unsafe {
            Right::new(self.b.at(done, first_column), [one, other], columns, tile.columns, packed_b)
        };
        // SAFETY: the block's own rows, those of one tile at the most; the buffer holds a tile of them.
        let left = |i: usize| unsafe {
            let rows = tile.rows.min(self.rows - i);
            TileRows::new(self.a.at(i, done), rows, [one, other], tile, packed_a)
        };
        // What is left transposed is left by whole cache lines.
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
                        copy(out.source(), height, width, edge);
                    }
                    let target = if direct { out } else { edge };
                    let lines = LinesMut(target.data, target.row);
                    right.tile(tile, first, i == 0, (j, width), lines, accumulate);
                    if let Some(second) = second {
                        let lines = LinesMut(target.data.add(tile.rows * target.row), target.row);
                        right.tile(tile, second, false, (j, width), lines, accumulate);
                    }
                    if !direct {
                        copy(edge.source(), height, width, out);
                    }
                }
            }
        }
    }

    /// Applies the epilogue to rows of the output as its owner sees them.
    fn finish(self, epilogue: Epilogue) {
        match epilogue {
            Epilogue::None | Epilogue::Accumulate => {}
            Epilogue::BiasActivation(bias, f) => self.each_row(|_, columns, row| {
                bias_activation_row(f, bias.map(|b| &b[columns]), row);
            }),
            Epilogue::Derivative(f, y) => self.each_row(|start, columns, row| {
                derivative_row(f, &y[start + columns.start..start + columns.end], row);
            }),
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
            // SAFETY: row `row` of this block's own rectangle, which nobody else touches while it runs.
            let out = unsafe { std::slice::from_raw_parts_mut(self.out.data.add(row * stride), columns) };
            f((first_row + row) * stride, first_column..first_column + columns, out);
        }
    }

    /// Cuts into `parts` along the longer side and runs them on the threads.
    fn divide(self, tile: &Tile, threads: Threads, parts: usize, by_rows: bool, epilogue: Epilogue) {
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

/// `out = epilogue(a b)`, `out` row-major of shape `[a.rows, b.columns]`.
///
/// Parts of the output are computed on up to `threads` threads; the bits do not depend on how many.
///
/// # Panics
/// If the shapes disagree, or the epilogue's bias or output has another size.
pub fn product(threads: Threads, out: &mut [f32], a: Matrix, b: Matrix, epilogue: Epilogue) {
    product_by(&TILE, threads, out, a, b, epilogue);
}

/// The next of `count` panels of an inner dimension: even ones, but for whole panels of columns.
fn share(depth: usize, count: usize) -> usize {
    depth.div_ceil(count).next_multiple_of(PANEL).min(depth)
}

/// Into how many parts a product is cut.
fn parts(threads: Threads, flops: usize) -> usize {
    let wanted =
        if cfg!(feature = "rayon") && threads.get() > 1 { PARTS_PER_THREAD * threads.get() } else { 1 };
    wanted.min(flops / MIN_FLOPS_PER_PART).max(1)
}

fn product_by(tile: &Tile, threads: Threads, out: &mut [f32], a: Matrix, b: Matrix, epilogue: Epilogue) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    assert_eq!(out.len(), a.rows * b.columns, "output of {} x {}", a.rows, b.columns);
    match epilogue {
        Epilogue::BiasActivation(Some(bias), _) => assert_eq!(bias.len(), b.columns, "bias"),
        Epilogue::Derivative(_, y) => assert_eq!(y.len(), out.len(), "activation output"),
        _ => {}
    }
    if out.is_empty() {
        return;
    }
    let left = a.source();
    let block = Block {
        rows: a.rows,
        columns: b.columns,
        depth: a.columns,
        a: Left::Strided(left),
        b: b.factor(),
        out: Target { data: out.as_mut_ptr(), row: b.columns, column: 1 },
        first_row: 0,
        first_column: 0,
    };
    let parts = parts(threads, 2 * a.rows * a.columns * b.columns);
    let run = |block: Block| {
        // The threads share the larger side.
        block.divide(tile, threads, parts, block.rows >= block.columns, epilogue);
    };
    match block.b {
        Factor::Strided(right) if right.column != 1 && b.columns >= TRANSPOSED_FROM * a.rows => {
            run(block.transposed(Left::Strided(right.transposed()), Factor::Strided(left.transposed())));
        }
        Factor::TransposedPanels(right)
            if tile.in_panels.is_some() && !a.transposed && b.columns >= PANELS_TRANSPOSED_FROM * a.rows =>
        {
            panels::with_transpose(threads, a.data, a.columns, |left| {
                run(block.transposed(Left::Panels(right), Factor::Panels(left)));
            });
        }
        _ => run(block),
    }
}

#[cfg(test)]
mod tests;
