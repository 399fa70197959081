//! Packing: copies blocks of the factors into the order in which a tile reads them.

use super::panels::Panels;
use super::tile::{Lines, ROW_STRIDE};

/// A block of a factor: `rows x columns` values, `row` and `column` apart.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub(super) data: *const f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Source {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> Source {
        // SAFETY: the caller's promise.
        Source { data: unsafe { self.data.add(i * self.row + j * self.column) }, ..self }
    }

    /// The transpose.
    pub(super) fn transposed(self) -> Source {
        Source { data: self.data, row: self.column, column: self.row }
    }
}

/// A block of a right factor.
#[derive(Clone, Copy)]
pub(super) enum Factor {
    Strided(Source),
    Panels(Panels),
    /// Its transpose, which is read a panel of the inner dimension after the other.
    TransposedPanels(Panels),
}

impl Factor {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> Factor {
        match self {
            // SAFETY: the caller's promise.
            Factor::Strided(source) => Factor::Strided(unsafe { source.at(i, j) }),
            Factor::Panels(panels) => Factor::Panels(panels.at(i, j)),
            Factor::TransposedPanels(panels) => Factor::TransposedPanels(panels.at(j, i)),
        }
    }

    /// Whether it is in panels, and not their transpose.
    pub(super) fn in_panels(self) -> bool {
        matches!(self, Factor::Panels(_))
    }

    /// The lines of the tile's columns that begin at `j`, where its rows are contiguous.
    ///
    /// # Safety
    /// `j` is a column of the block.
    pub(super) unsafe fn lines(self, j: usize) -> Lines {
        match self {
            Factor::Strided(source) => Lines(source.data.wrapping_add(j * source.column), source.row),
            Factor::Panels(panels) => {
                // SAFETY: the caller's promise.
                let (at, stride) = unsafe { panels.line(0, j) };
                Lines(at, stride)
            }
            // Packed whole.
            Factor::TransposedPanels(_) => Lines(std::ptr::null(), 0),
        }
    }
}

/// A block of a left factor.
#[derive(Clone, Copy)]
pub(super) enum Left {
    Strided(Source),
    /// In panels: for tiles that read their rows in place.
    Panels(Panels),
}

impl Left {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> Left {
        match self {
            // SAFETY: the caller's promise.
            Left::Strided(source) => Left::Strided(unsafe { source.at(i, j) }),
            Left::Panels(panels) => Left::Panels(panels.at(i, j)),
        }
    }
}

/// A block to be written, row by row or column by column contiguous.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) data: *mut f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Target {
    /// The block that begins at `(i, j)` of this one.
    ///
    /// # Safety
    /// `(i, j)` lies in the block.
    pub(super) unsafe fn at(self, i: usize, j: usize) -> Target {
        // SAFETY: the caller's promise.
        Target { data: unsafe { self.data.add(i * self.row + j * self.column) }, ..self }
    }

    /// The transpose.
    pub(super) fn transposed(self) -> Target {
        Target { data: self.data, row: self.column, column: self.row }
    }

    /// The same block, to be read.
    pub(super) fn source(self) -> Source {
        Source { data: self.data, row: self.row, column: self.column }
    }
}

/// Copies `rows x columns` values between blocks that are contiguous one way or the other.
///
/// # Safety
/// Both hold so many values, and do not overlap.
pub(super) unsafe fn copy(from: Source, rows: usize, columns: usize, out: Target) {
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
pub(super) unsafe fn pack_b(b: Factor, depth: usize, columns: usize, width: usize, out: *mut f32) -> usize {
    let by_rows = match b {
        Factor::Strided(source) => source.column == 1,
        Factor::Panels(_) => true,
        Factor::TransposedPanels(_) => false,
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
                Factor::Strided(b) if !by_rows => {
                    let b = b.at(0, first);
                    transpose(b.data, b.column, b.row, count, depth, panel, width);
                }
                Factor::TransposedPanels(b) => b.pack_transposed(first, count, depth, width, panel),
                Factor::Strided(_) | Factor::Panels(_) => {
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
pub(super) unsafe fn pack_last_rows(a: Left, rows: usize, depth: usize, height: usize, out: *mut f32) {
    // SAFETY: the block's rows and steps, and places in the caller's buffer.
    unsafe {
        std::slice::from_raw_parts_mut(out, height * ROW_STRIDE).fill(0.0);
        match a {
            Left::Panels(a) => a.copy_rows(rows, depth, out),
            Left::Strided(a) if a.column == 1 => {
                for i in 0..rows {
                    std::ptr::copy_nonoverlapping(a.data.add(i * a.row), out.add(i * ROW_STRIDE), depth);
                }
            }
            Left::Strided(a) => {
                for p in 0..depth {
                    std::ptr::copy_nonoverlapping(a.data.add(p * a.column), out.add(p * height), rows);
                }
            }
        }
    }
}

/// `out[p * out_stride + j] = from[j * stride + p * step]` for `j` below `lines`, `p` below `length`.
///
/// # Safety
/// All of these lie within the two buffers.
pub(crate) unsafe fn transpose(
    from: *const f32,
    stride: usize,
    step: usize,
    lines: usize,
    length: usize,
    out: *mut f32,
    out_stride: usize,
) {
    let mut done = (0, 0);
    #[cfg(target_arch = "x86_64")]
    if step == 1 && std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: whole 8 x 8 blocks of what the caller promises; the processor has AVX.
        unsafe { x86::transpose_blocks(from, stride, lines, length, out, out_stride) };
        done = (lines / 8 * 8, length / 8 * 8);
    }
    for j in 0..lines {
        let start = if j < done.0 { done.1 } else { 0 };
        for p in start..length {
            // SAFETY: the caller's promise.
            unsafe { *out.add(p * out_stride + j) = *from.add(j * stride + p * step) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// The whole 8 x 8 blocks of [`super::transpose`] with `step` 1.
    ///
    /// # Safety
    /// As there, on a processor with AVX.
    #[target_feature(enable = "avx")]
    pub(super) unsafe fn transpose_blocks(
        from: *const f32,
        stride: usize,
        lines: usize,
        length: usize,
        out: *mut f32,
        out_stride: usize,
    ) {
        for j in (0..lines / 8 * 8).step_by(8) {
            for p in (0..length / 8 * 8).step_by(8) {
                // SAFETY: rows j..j+8, values p..p+8 of the source; rows p..p+8, values j..j+8 of the output.
                unsafe {
                    let from = from.add(j * stride + p);
                    let out = out.add(p * out_stride + j);
                    let row = |i: usize| _mm256_loadu_ps(from.add(i * stride));
                    let rows = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)];
                    let columns = transpose_8x8(rows);
                    for (i, column) in columns.into_iter().enumerate() {
                        _mm256_storeu_ps(out.add(i * out_stride), column);
                    }
                }
            }
        }
    }

    /// The transpose of eight rows of eight: pairs, then quarters, then halves change places.
    #[target_feature(enable = "avx")]
    fn transpose_8x8(r: [__m256; 8]) -> [__m256; 8] {
        let pairs = |i: usize, k: usize| (_mm256_unpacklo_ps(r[i], r[k]), _mm256_unpackhi_ps(r[i], r[k]));
        let ((a0, a1), (a2, a3)) = (pairs(0, 1), pairs(2, 3));
        let ((a4, a5), (a6, a7)) = (pairs(4, 5), pairs(6, 7));
        const LOW: i32 = 0b01_00_01_00;
        const HIGH: i32 = 0b11_10_11_10;
        let top = [
            _mm256_shuffle_ps::<LOW>(a0, a2),
            _mm256_shuffle_ps::<HIGH>(a0, a2),
            _mm256_shuffle_ps::<LOW>(a1, a3),
            _mm256_shuffle_ps::<HIGH>(a1, a3),
        ];
        let bottom = [
            _mm256_shuffle_ps::<LOW>(a4, a6),
            _mm256_shuffle_ps::<HIGH>(a4, a6),
            _mm256_shuffle_ps::<LOW>(a5, a7),
            _mm256_shuffle_ps::<HIGH>(a5, a7),
        ];
        let first = |i: usize| _mm256_permute2f128_ps::<0x20>(top[i], bottom[i]);
        let second = |i: usize| _mm256_permute2f128_ps::<0x31>(top[i], bottom[i]);
        [first(0), first(1), first(2), first(3), second(0), second(1), second(2), second(3)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_moves_every_value_to_its_place() {
        for (lines, length, step) in [(1, 1, 1), (8, 8, 1), (14, 37, 1), (32, 512, 1), (5, 9, 3)] {
            let stride = length * step + 3;
            let from: Vec<f32> = (0..lines * stride).map(|v| v as f32).collect();
            let mut out = vec![-1.0; length * (lines + 2)];
            // SAFETY: both buffers are as long as the sizes say.
            unsafe { transpose(from.as_ptr(), stride, step, lines, length, out.as_mut_ptr(), lines + 2) };
            for j in 0..lines {
                for p in 0..length {
                    assert_eq!(out[p * (lines + 2) + j], from[j * stride + p * step]);
                }
            }
        }
    }
}
