//! Matrices whose columns lie in panels of [`PANEL`]: panel after panel, each row by row; the last may be narrower.
//!
//! A tile reads a panel from its beginning to its end, so weights in this order are one stream of memory, which the processor
//! foresees, and need no packing; of a row-major weight each tile reads lines that are whole rows apart.

use std::cell::RefCell;

use super::blocking::ROW_STRIDE;
use crate::memory::{CACHE_LINE, Line};
use crate::threads::{Rows, RowsMut, Threads, split};
use crate::tile::{PANEL, PanelRows};
use crate::transpose::transpose;

/// A block of a matrix in panels, which begins at `first`.
#[derive(Clone, Copy)]
pub(super) struct Panels {
    data: *mut f32,
    /// Of the whole matrix.
    rows: usize,
    columns: usize,
    first: (usize, usize),
}

impl Panels {
    /// The whole matrix. Read alone where `data` is of a shared borrow.
    pub(super) fn new(data: *mut f32, rows: usize, columns: usize) -> Panels {
        Panels { data, rows, columns, first: (0, 0) }
    }

    /// The block that begins at `(i, j)` of this one.
    pub(super) fn at(self, i: usize, j: usize) -> Panels {
        Panels { first: (self.first.0 + i, self.first.1 + j), ..self }
    }

    /// Where the value `(i, j)` is, and how far it is to the one below. Those to its right follow, to the panel's end.
    ///
    /// # Safety
    /// It is a value of the matrix.
    pub(super) unsafe fn line(self, i: usize, j: usize) -> (*mut f32, usize) {
        let (i, j) = (self.first.0 + i, self.first.1 + j);
        debug_assert!(i < self.rows && j < self.columns);
        let start = j / PANEL * PANEL;
        let width = PANEL.min(self.columns - start);
        // SAFETY: the caller's promise.
        (unsafe { self.data.add(start * self.rows + i * width + j % PANEL) }, width)
    }

    /// The `depth` values of the rows from `i`, for tiles that read them in place.
    ///
    /// # Safety
    /// The block has them, and begins where a panel does.
    pub(super) unsafe fn tile_rows(self, i: usize, depth: usize) -> PanelRows {
        debug_assert_eq!(self.first.1 % PANEL, 0);
        // SAFETY: the caller's promise.
        let (at, last) = unsafe { (self.line(i, 0).0, self.line(i, depth - 1).0) };
        // Where the line's panel begins.
        let last = last.wrapping_sub((depth - 1) % PANEL);
        PanelRows { at, apart: PANEL * self.rows, last }
    }

    /// Copies `rows` rows of the block, as far as `depth`, [`ROW_STRIDE`] apart.
    ///
    /// # Safety
    /// The block has them; `out` has room.
    pub(super) unsafe fn copy_rows(self, rows: usize, depth: usize, out: *mut f32) {
        for i in 0..rows {
            let mut done = 0;
            while done < depth {
                // SAFETY: values of the block, and places in the caller's buffer.
                unsafe {
                    let (from, _) = self.line(i, done);
                    let count = (PANEL - (self.first.1 + done) % PANEL).min(depth - done);
                    std::ptr::copy_nonoverlapping(from, out.add(i * ROW_STRIDE + done), count);
                    done += count;
                }
            }
        }
    }

    /// Packs the transpose, `depth` columns of this block by `count` of its rows, as `[depth, width]`.
    ///
    /// # Safety
    /// The block has so many; `out` has room.
    pub(super) unsafe fn pack_transposed(
        self,
        first_row: usize,
        count: usize,
        depth: usize,
        width: usize,
        out: *mut f32,
    ) {
        let mut done = 0;
        while done < depth {
            // SAFETY: rows and columns of the block, and places in the caller's buffer.
            unsafe {
                let (from, stride) = self.line(first_row, done);
                let steps = (PANEL - (self.first.1 + done) % PANEL).min(depth - done);
                transpose(from, stride, 1, count, steps, out.add(done * width), width);
                done += steps;
            }
        }
    }
}

thread_local! {
    /// Buffers of [`with_transpose`] that are not in use: a thread that waits for others may begin another product.
    static FREE: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` on the transpose in panels of a row-major matrix of `columns` columns. All parts of a product share it.
pub(super) fn with_transpose(threads: Threads, matrix: &[f32], columns: usize, f: impl FnOnce(Panels)) {
    let mut lines = FREE.with_borrow_mut(|free| free.pop().unwrap_or_default());
    lines.resize(lines.len().max(matrix.len().div_ceil(CACHE_LINE)), Line::ZERO);
    // SAFETY: lines are sixteen values each, without padding.
    let values = unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast::<f32>(), matrix.len()) };
    let rows = matrix.len() / columns;
    let work = (RowsMut(values, columns), Rows(matrix, columns));
    split(threads, rows, matrix.len(), PANEL, work, &|_, (out, from)| {
        // As many rows of the matrix as the panel has columns.
        for (out, from) in out.0.chunks_mut(PANEL * columns).zip(from.0.chunks(PANEL * columns)) {
            let width = from.len() / columns;
            // SAFETY: both are `width` lines of `columns` values.
            unsafe { transpose(from.as_ptr(), columns, 1, width, columns, out.as_mut_ptr(), width) };
        }
    });
    f(Panels::new(values.as_mut_ptr(), columns, rows));
    FREE.with_borrow_mut(|free| free.push(lines));
}

/// Where each row-major value of a `rows x columns` matrix lies in panels, in row-major order.
fn places(rows: usize, columns: usize) -> impl Iterator<Item = usize> {
    (0..rows).flat_map(move |i| {
        (0..columns).map(move |j| {
            let start = j / PANEL * PANEL;
            start * rows + i * PANEL.min(columns - start) + j % PANEL
        })
    })
}

/// Row-major `values` in panels.
///
/// # Panics
/// If there are not `rows x columns`.
pub fn to_panels(rows: usize, columns: usize, values: &[f32]) -> Vec<f32> {
    assert_eq!(values.len(), rows * columns, "matrix of {rows} x {columns}");
    let mut out = vec![0.0; values.len()];
    places(rows, columns).zip(values).for_each(|(at, v)| out[at] = *v);
    out
}

/// Values in panels, row-major.
///
/// # Panics
/// If there are not `rows x columns`.
pub fn from_panels(rows: usize, columns: usize, panels: &[f32]) -> Vec<f32> {
    assert_eq!(panels.len(), rows * columns, "matrix of {rows} x {columns}");
    places(rows, columns).map(|at| panels[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_follow_one_another_and_the_last_is_as_wide_as_what_is_left() {
        let columns = PANEL + 3;
        let rows: Vec<f32> = (0..2 * columns).map(|v| v as f32).collect();
        let panels = to_panels(2, columns, &rows);
        let row = |i: usize, from: usize, to: usize| rows[i * columns + from..i * columns + to].to_vec();
        let expected =
            [row(0, 0, PANEL), row(1, 0, PANEL), row(0, PANEL, columns), row(1, PANEL, columns)].concat();
        assert_eq!(panels, expected);
        assert_eq!(from_panels(2, columns, &panels), rows);
    }
}
