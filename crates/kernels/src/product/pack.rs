//! Packing: copies blocks of the factors into the order in which a tile reads them.

use super::blocking::ROW_STRIDE;
use super::operand::{LeftFactor, RightFactor, Strided, StridedMut};
use crate::tile::Lines;
use crate::transpose::transpose;

/// Copies `rows x columns` values between blocks that are contiguous one way or the other.
///
/// # Safety
/// Both hold so many values, and do not overlap.
pub(super) unsafe fn copy(from: Strided, rows: usize, columns: usize, out: StridedMut) {
    // SAFETY: the caller's promise; `transpose` takes lines of `from` to columns of `out`.
    unsafe {
        match (from.column == 1, out.column == 1) {
            (true, true) => {
                for i in 0..rows {
                    let (from, out) = (from.data.add(i * from.row), out.data.add(i * out.row));
                    std::ptr::copy_nonoverlapping(from, out, columns);
                }
            }
            (true, false) => transpose(from.data, from.row, 1, rows, columns, out.data, out.column),
            (false, _) => transpose(from.data, from.column, from.row, columns, rows, out.data, out.row),
        }
    }
}

/// Packs `depth x columns` of B into panels of `width` columns, each `[depth, width]`; the last is filled up with zeros.
/// Where B's rows are contiguous, or it is in panels, whole ones are left to the tiles that read them first: returns their
/// columns.
///
/// # Safety
/// `b` holds `depth x columns` values; `out` has room for `depth` times `columns` rounded up to whole panels.
pub(super) unsafe fn pack_b(
    b: RightFactor,
    depth: usize,
    columns: usize,
    width: usize,
    out: *mut f32,
) -> usize {
    let by_rows = match b {
        RightFactor::Strided(source) => source.column == 1,
        RightFactor::Panels(_) => true,
        RightFactor::TransposedPanels(_) => false,
    };
    let left = if by_rows { columns / width * width } else { 0 };
    for first in (left..columns).step_by(width) {
        let count = width.min(columns - first);
        // SAFETY: panels of the caller's buffer, and the block's columns that belong to them.
        unsafe {
            let panel = out.add(first * depth);
            if count < width {
                std::slice::from_raw_parts_mut(panel, depth * width).fill(0.0);
            }
            match b {
                RightFactor::Strided(b) if !by_rows => {
                    let b = b.at(0, first);
                    transpose(b.data, b.column, b.row, count, depth, panel, width);
                }
                RightFactor::TransposedPanels(b) => b.pack_transposed(first, count, depth, width, panel),
                RightFactor::Strided(_) | RightFactor::Panels(_) => {
                    let Lines(from, stride) = b.lines(first);
                    for p in 0..depth {
                        std::ptr::copy_nonoverlapping(from.add(p * stride), panel.add(p * width), count);
                    }
                }
            }
        }
    }
    left
}

/// Packs the last rows of A, fewer than the `height` of a tile, filled up with zeros: row by row, [`ROW_STRIDE`] apart,
/// where A's rows are contiguous, else step by step, `[depth, height]`. Whole tiles of A are read in place.
///
/// # Safety
/// `a` holds `rows x depth` values, contiguous one way or the other; `out` has room for `height` times [`ROW_STRIDE`].
pub(super) unsafe fn pack_last_rows(a: LeftFactor, rows: usize, depth: usize, height: usize, out: *mut f32) {
    // SAFETY: the block's rows and steps, and places in the caller's buffer.
    unsafe {
        std::slice::from_raw_parts_mut(out, height * ROW_STRIDE).fill(0.0);
        match a {
            LeftFactor::Panels(a) => a.copy_rows(rows, depth, out),
            LeftFactor::Strided(a) if a.column == 1 => {
                for i in 0..rows {
                    std::ptr::copy_nonoverlapping(a.data.add(i * a.row), out.add(i * ROW_STRIDE), depth);
                }
            }
            LeftFactor::Strided(a) => {
                for p in 0..depth {
                    std::ptr::copy_nonoverlapping(a.data.add(p * a.column), out.add(p * height), rows);
                }
            }
        }
    }
}
