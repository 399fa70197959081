//! Matrices as the factors of a product.

use super::operand::{RightFactor, Strided};
use super::panels::Panels;

/// A matrix, or the transpose of one: row-major, or in panels of its columns.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) transposed: bool,
    pub(super) in_panels: bool,
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

    /// `[rows, columns]` in panels, as [`super::to_panels`] makes them. Only a right factor can be in panels.
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

    /// As a left factor, which is row-major or the transpose of a row-major matrix.
    pub(super) fn left(self) -> Strided {
        assert!(!self.in_panels, "a left factor in panels");
        let strided = Strided { data: self.data.as_ptr(), row: self.columns, column: 1 };
        if self.transposed { Strided { row: 1, column: self.rows, ..strided } } else { strided }
    }

    /// As a right factor.
    pub(super) fn right(self) -> RightFactor {
        let panels = |rows, columns| Panels::new(self.data.as_ptr().cast_mut(), rows, columns);
        match (self.in_panels, self.transposed) {
            (false, _) => RightFactor::Strided(self.left()),
            (true, false) => RightFactor::Panels(panels(self.rows, self.columns)),
            (true, true) => RightFactor::TransposedPanels(panels(self.columns, self.rows)),
        }
    }
}
