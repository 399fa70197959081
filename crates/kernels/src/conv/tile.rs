//! The innermost loop of a convolution: one tile of a product whose left factor is read where it lies in an image.
//!
//! `C[i, j] (+)= sum_p A[i, p] B[p, j]` over a list of steps, with `A[i, p]` at `rows[i] + step.a` and `B[p, j]` in row
//! `step.b`: a row of A is a pixel's window and a step a value of it, or the other way round for a weight's gradient. As in the products' tiles, every implementation sums in
//! the order of `p` with one rounding a step where the machine fuses: AVX2 and AVX-512 give the same bits.

use super::winograd::Registers;

/// Most rows of any implementation.
pub(super) const MAX_ROWS: usize = 8;
/// Most columns of any implementation.
pub(super) const MAX_COLUMNS: usize = 32;

/// Where each row of a tile begins. Where there are fewer rows than the tile has, the last is repeated.
pub(super) type RowStarts = [*const f32; MAX_ROWS];
/// Where each row of the result goes.
pub(super) type RowEnds = [*mut f32; MAX_ROWS];

/// A value that all rows of A have, and the row of B that it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    a: u32,
    b: u32,
}

impl Step {
    /// # Panics
    /// If one of them has more than 32 bits.
    pub(super) fn new(a: usize, b: usize) -> Step {
        let narrow =
            |value: usize| u32::try_from(value).expect("a table's images have fewer than 2^32 values");
        Step { a: narrow(a), b: narrow(b) }
    }

    pub(super) fn b(self) -> usize {
        self.b as usize
    }
}

/// Computes one tile: `(steps, rows, b, b_stride, out, accumulate)`.
///
/// # Safety
/// Every row may be read at every step; `b` has the rows that the steps name, `b_stride` apart, as wide as the columns
/// computed, and so is each row of `out`; the processor has the instructions.
pub(super) type TileFn = unsafe fn(&[Step], &RowStarts, *const f32, usize, &RowEnds, bool);

/// A tile's size, and what computes all its columns or the left half of them.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) whole: TileFn,
    pub(super) half: TileFn,
    /// What goes with it around a product.
    pub(super) registers: Registers,
}

impl Tile {
    /// The best one for this processor.
    pub(super) fn detect() -> Tile {
        #[cfg(target_arch = "x86_64")]
        if let Some(tile) = x86::tiles().into_iter().next() {
            return tile;
        }
        Tile::portable()
    }

    /// The scalar twin, and what runs where there is no other: plain loops.
    pub(super) fn portable() -> Tile {
        Tile {
            rows: PORTABLE_ROWS,
            columns: 2 * PORTABLE_HALF,
            whole: tile_portable::<2>,
            half: tile_portable::<1>,
            registers: Registers::Plain,
        }
    }
}

/// All that this processor can run but the plain one, best first.
#[cfg(test)]
pub(super) fn all() -> Vec<Tile> {
    #[cfg(target_arch = "x86_64")]
    return x86::tiles().into_iter().collect();
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}

const PORTABLE_ROWS: usize = 4;
const PORTABLE_HALF: usize = 8;

/// See [`TileFn`].
unsafe fn tile_portable<const PARTS: usize>(
    steps: &[Step],
    rows: &RowStarts,
    b: *const f32,
    b_stride: usize,
    out: &RowEnds,
    accumulate: bool,
) {
    let mut sums = [[[0.0f32; PORTABLE_HALF]; PARTS]; PORTABLE_ROWS];
    for step in steps {
        // SAFETY: the caller's B has a row for each step.
        let b = unsafe { *b.wrapping_add(step.b() * b_stride).cast::<[[f32; PORTABLE_HALF]; PARTS]>() };
        for (sums, row) in sums.iter_mut().zip(rows) {
            // SAFETY: the caller's rows may be read at every step.
            let a = unsafe { *row.wrapping_add(step.a as usize) };
            let sums = sums.as_flattened_mut().iter_mut();
            sums.zip(b.as_flattened()).for_each(|(s, b)| *s = crate::product::multiply_add(a, *b, *s));
        }
    }
    for (sums, out) in sums.iter().zip(out) {
        // SAFETY: the caller's output rows are as wide as the columns computed.
        let out = unsafe { std::slice::from_raw_parts_mut(*out, PARTS * PORTABLE_HALF) };
        for (o, s) in out.iter_mut().zip(sums.as_flattened()) {
            *o = if accumulate { *o + s } else { *s };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Registers, RowEnds, RowStarts, Step, Tile};

    /// Those that this processor has the instructions for, best first.
    pub(super) fn tiles() -> impl IntoIterator<Item = Tile> {
        let avx512 = std::arch::is_x86_feature_detected!("avx512f").then_some(Tile {
            rows: ROWS_512,
            columns: 32,
            whole: tile_avx512::<2>,
            half: tile_avx512::<1>,
            registers: Registers::Avx512,
        });
        let fma = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        let avx2 = fma.then_some(Tile {
            rows: ROWS_256,
            columns: 16,
            whole: tile_avx2::<2>,
            half: tile_avx2::<1>,
            registers: Registers::Avx2,
        });
        avx512.into_iter().chain(avx2)
    }

    /// 16 sums of the 32 registers, and an address register for each row.
    const ROWS_512: usize = 8;
    /// 12 sums, 2 values of B and a broadcast fill the 16 registers.
    const ROWS_256: usize = 6;

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx512f")]
    unsafe fn tile_avx512<const PARTS: usize>(
        steps: &[Step],
        rows: &RowStarts,
        b: *const f32,
        b_stride: usize,
        out: &RowEnds,
        accumulate: bool,
    ) {
        let rows = *rows;
        let mut sums = [[_mm512_setzero_ps(); PARTS]; ROWS_512];
        for out in out {
            _mm_prefetch::<_MM_HINT_T0>(out.cast());
        }
        for step in steps {
            let b = b.wrapping_add(step.b() * b_stride);
            // SAFETY: the caller's rows may be read at every step, and B has a row for each.
            unsafe {
                let values: [_; PARTS] = std::array::from_fn(|v| _mm512_loadu_ps(b.add(16 * v)));
                for (sums, row) in sums.iter_mut().zip(&rows) {
                    let x = _mm512_set1_ps(*row.wrapping_add(step.a as usize));
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = _mm512_fmadd_ps(x, value, *sum);
                    }
                }
            }
        }
        for (sums, out) in sums.into_iter().zip(out) {
            for (v, sum) in sums.into_iter().enumerate() {
                // SAFETY: the caller's output rows are as wide as the columns computed.
                unsafe {
                    let out = out.add(16 * v);
                    _mm512_storeu_ps(
                        out,
                        if accumulate { _mm512_add_ps(_mm512_loadu_ps(out), sum) } else { sum },
                    );
                }
            }
        }
    }

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx2,fma")]
    unsafe fn tile_avx2<const PARTS: usize>(
        steps: &[Step],
        rows: &RowStarts,
        b: *const f32,
        b_stride: usize,
        out: &RowEnds,
        accumulate: bool,
    ) {
        let rows: [_; ROWS_256] = std::array::from_fn(|i| rows[i]);
        let mut sums = [[_mm256_setzero_ps(); PARTS]; ROWS_256];
        for step in steps {
            let b = b.wrapping_add(step.b() * b_stride);
            // SAFETY: the caller's rows may be read at every step, and B has a row for each.
            unsafe {
                let values: [_; PARTS] = std::array::from_fn(|v| _mm256_loadu_ps(b.add(8 * v)));
                for (sums, row) in sums.iter_mut().zip(&rows) {
                    let x = _mm256_broadcast_ss(&*row.wrapping_add(step.a as usize));
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = _mm256_fmadd_ps(x, value, *sum);
                    }
                }
            }
        }
        for (sums, out) in sums.into_iter().zip(out) {
            for (v, sum) in sums.into_iter().enumerate() {
                // SAFETY: the caller's output rows are as wide as the columns computed.
                unsafe {
                    let out = out.add(8 * v);
                    _mm256_storeu_ps(
                        out,
                        if accumulate { _mm256_add_ps(_mm256_loadu_ps(out), sum) } else { sum },
                    );
                }
            }
        }
    }
}
