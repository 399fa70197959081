//! A product whose output is in panels.

use super::block::Block;
use super::blocking::PARTS_PER_THREAD;
use super::columns::Columns;
use super::matrix::Matrix;
use super::operand::{LeftFactor, RightFactor, StridedMut};
use crate::epilogue::Epilogue;
use crate::threads::Threads;
use crate::tile::{TILE, Tile};

/// Columns of a product and where it goes.
#[derive(Clone, Copy)]
struct PanelOutput {
    columns: Columns,
    out: *mut f32,
}

// SAFETY: a `PanelOutput` only reads the factors, which are shared borrows for as long as any of them lives, and only writes its own
// panels; `divide` makes disjoint ones.
unsafe impl Send for PanelOutput {}

impl PanelOutput {
    /// Each panel is a product of its own.
    fn divide(self, tile: &Tile, threads: Threads, parts: usize, epilogue: Epilogue) {
        let PanelOutput { columns, out } = self;
        if let Some((left, right)) = columns.halves().filter(|_| parts > 1) {
            let after = out.wrapping_add(left.columns * columns.rows);
            let (left, right) =
                (PanelOutput { columns: left, out }, PanelOutput { columns: right, out: after });
            threads.join(
                move || left.divide(tile, threads, parts / 2, epilogue),
                move || right.divide(tile, threads, parts - parts / 2, epilogue),
            );
            return;
        }
        let Columns { rows, depth, a, b, .. } = columns;
        for (first, width) in columns.panels() {
            // SAFETY: columns of the right factor.
            let b = RightFactor::Strided(unsafe { b.at(0, first) });
            let out = StridedMut { data: out.wrapping_add(first * rows), row: width, column: 1 };
            let (first_row, first_column) = (0, 0);
            Block { rows, columns: width, depth, a: LeftFactor::Strided(a), b, out, first_row, first_column }
                .run(tile, epilogue);
        }
    }
}

/// `out = a b`, of shape `[a.rows, b.columns]` in panels, or with `accumulate` `out += a b`. The bits are those of [`super::product`].
///
/// # Panics
/// If the shapes disagree, or a factor is in panels.
pub fn product_into_panels(threads: Threads, out: &mut [f32], a: Matrix, b: Matrix, accumulate: bool) {
    assert_eq!(out.len(), a.rows * b.columns, "output of {} x {}", a.rows, b.columns);
    let columns = Columns::new(a, b);
    let epilogue = if accumulate { Epilogue::Accumulate } else { Epilogue::None };
    let output = PanelOutput { columns, out: out.as_mut_ptr() };
    output.divide(&TILE, threads, threads.parts(columns.flops(), PARTS_PER_THREAD), epilogue);
}
