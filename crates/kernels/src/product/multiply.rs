//! The product of two matrices.

use super::block::Block;
use super::blocking::PARTS_PER_THREAD;
use super::matrix::Matrix;
use super::operand::{LeftFactor, RightFactor, StridedMut};
use super::panels;
use crate::epilogue::Epilogue;
use crate::threads::Threads;
use crate::tile::{TILE, Tile};

/// A column-major B with so many times as many columns as A has rows is read in place, as the left factor of the transposed
/// product. With fewer it is packed: tiles that are written transposed cost more than that.
const TRANSPOSED_FROM: usize = 4;
/// The same for a B in panels, of which a tile's rows are no further apart than in a packed A.
const PANELS_TRANSPOSED_FROM: usize = 1;

/// `out = epilogue(a b)`, `out` row-major of shape `[a.rows, b.columns]`.
///
/// Parts of the output are computed on up to `threads` threads; the bits do not depend on how many.
///
/// # Panics
/// If the shapes disagree, or the epilogue's bias or output has another size.
pub fn product(threads: Threads, out: &mut [f32], a: Matrix, b: Matrix, epilogue: Epilogue) {
    product_by(&TILE, threads, out, a, b, epilogue);
}

/// [`product`] with the tiles of any instruction set.
pub(super) fn product_by(
    tile: &Tile,
    threads: Threads,
    out: &mut [f32],
    a: Matrix,
    b: Matrix,
    epilogue: Epilogue,
) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    assert_eq!(out.len(), a.rows * b.columns, "output of {} x {}", a.rows, b.columns);
    epilogue.check(b.columns, out.len());
    if out.is_empty() {
        return;
    }
    let left = a.left();
    let block = Block {
        rows: a.rows,
        columns: b.columns,
        depth: a.columns,
        a: LeftFactor::Strided(left),
        b: b.right(),
        out: StridedMut { data: out.as_mut_ptr(), row: b.columns, column: 1 },
        first_row: 0,
        first_column: 0,
    };
    let parts = threads.parts(2 * a.rows * a.columns * b.columns, PARTS_PER_THREAD);
    let run = |block: Block| {
        // The threads share the larger side.
        block.divide(tile, threads, parts, block.rows >= block.columns, epilogue);
    };
    match block.b {
        RightFactor::Strided(right) if right.column != 1 && b.columns >= TRANSPOSED_FROM * a.rows => {
            run(block.transposed(
                LeftFactor::Strided(right.transposed()),
                RightFactor::Strided(left.transposed()),
            ));
        }
        RightFactor::TransposedPanels(right)
            if tile.in_panels.is_some() && !a.transposed && b.columns >= PANELS_TRANSPOSED_FROM * a.rows =>
        {
            panels::with_transpose(threads, a.data, a.columns, |left| {
                run(block.transposed(LeftFactor::Panels(right), RightFactor::Panels(left)));
            });
        }
        _ => run(block),
    }
}
