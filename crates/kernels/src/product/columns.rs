//! Columns of a product whose output is in panels.

use super::matrix::Matrix;
use super::operand::Strided;
use crate::tile::PANEL;

/// A right factor's columns that make whole panels of the output, to be shared among threads.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
    pub(super) a: Strided,
    pub(super) b: Strided,
}

impl Columns {
    pub(super) fn new(a: Matrix, b: Matrix) -> Columns {
        assert_eq!(a.columns, b.rows, "inner dimensions of a product");
        Columns { rows: a.rows, columns: b.columns, depth: a.columns, a: a.left(), b: b.left() }
    }

    pub(super) fn flops(self) -> usize {
        2 * self.rows * self.columns * self.depth
    }

    /// Halves of whole panels, none of them empty; nothing where there is one panel.
    pub(super) fn halves(self) -> Option<(Columns, Columns)> {
        let at = (self.columns / 2).next_multiple_of(PANEL);
        // SAFETY: `at` columns lie within the matrix.
        let b = (0 < at && at < self.columns).then(|| unsafe { self.b.at(0, at) })?;
        Some((Columns { columns: at, ..self }, Columns { columns: self.columns - at, b, ..self }))
    }

    /// Its panels: first column and width.
    pub(super) fn panels(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.columns).step_by(PANEL).map(move |first| (first, PANEL.min(self.columns - first)))
    }
}
