//! Blocks of the factors and of the output, by pointers, so that threads can share them.

use super::panels::Panels;
use crate::tile::Lines;

/// A block of a factor: `rows x columns` values, `row` and `column` apart.
#[derive(Clone, Copy)]
pub(super) struct Strided {
    pub(super) data: *const f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Strided {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> Strided {
        // SAFETY: the caller's promise.
        Strided { data: unsafe { self.data.add(i * self.row + j * self.column) }, ..self }
    }

    /// The transpose.
    pub(super) fn transposed(self) -> Strided {
        Strided { data: self.data, row: self.column, column: self.row }
    }
}

/// A block of a right factor.
#[derive(Clone, Copy)]
pub(super) enum RightFactor {
    Strided(Strided),
    Panels(Panels),
    /// Its transpose, which is read a panel of the inner dimension after the other.
    TransposedPanels(Panels),
}

impl RightFactor {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> RightFactor {
        match self {
            // SAFETY: the caller's promise.
            RightFactor::Strided(source) => RightFactor::Strided(unsafe { source.at(i, j) }),
            RightFactor::Panels(panels) => RightFactor::Panels(panels.at(i, j)),
            RightFactor::TransposedPanels(panels) => RightFactor::TransposedPanels(panels.at(j, i)),
        }
    }

    /// Whether it is in panels, and not their transpose.
    pub(super) fn in_panels(self) -> bool {
        matches!(self, RightFactor::Panels(_))
    }

    /// The lines of the tile's columns that begin at `j`, where its rows are contiguous.
    ///
    /// # Safety
    /// `j` is a column of the block.
    pub(super) unsafe fn lines(self, j: usize) -> Lines {
        match self {
            RightFactor::Strided(source) => Lines(source.data.wrapping_add(j * source.column), source.row),
            RightFactor::Panels(panels) => {
                // SAFETY: the caller's promise.
                let (at, stride) = unsafe { panels.line(0, j) };
                Lines(at, stride)
            }
            // Packed whole.
            RightFactor::TransposedPanels(_) => Lines(std::ptr::null(), 0),
        }
    }
}

/// A block of a left factor.
#[derive(Clone, Copy)]
pub(super) enum LeftFactor {
    Strided(Strided),
    /// In panels: for tiles that read their rows in place.
    Panels(Panels),
}

impl LeftFactor {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> LeftFactor {
        match self {
            // SAFETY: the caller's promise.
            LeftFactor::Strided(source) => LeftFactor::Strided(unsafe { source.at(i, j) }),
            LeftFactor::Panels(panels) => LeftFactor::Panels(panels.at(i, j)),
        }
    }
}

/// A block to be written, row by row or column by column contiguous.
#[derive(Clone, Copy)]
pub(super) struct StridedMut {
    pub(super) data: *mut f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl StridedMut {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> StridedMut {
        // SAFETY: the caller's promise.
        StridedMut { data: unsafe { self.data.add(i * self.row + j * self.column) }, ..self }
    }

    /// The transpose.
    pub(super) fn transposed(self) -> StridedMut {
        StridedMut { data: self.data, row: self.column, column: self.row }
    }

    /// The same block, to be read.
    pub(super) fn read(self) -> Strided {
        Strided { data: self.data, row: self.row, column: self.column }
    }
}
