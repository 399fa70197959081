//! Tiles whose rows of A are read by a table of offsets: where they lie in an image, without a copy.
//!
//! `A[i, p]` is at `rows[i] + step.a` of a list of steps, and `B[p, j]` in row `step.b`. In a convolution, a row of A is the
//! window of a pixel and a step is a value of it; in a weight's gradient it is the other way round.

use super::instructions::{Instructions, MAX_ROWS, PORTABLE_COLUMNS, PORTABLE_ROWS};
use super::store::store_row_portable;
use crate::math::multiply_add;

/// Where each row of a tile begins. Where there are fewer rows than the tile has, the last is repeated.
pub(crate) type RowStarts = [*const f32; MAX_ROWS];
/// Where each row of the result goes.
pub(crate) type RowEnds = [*mut f32; MAX_ROWS];

/// A value that all rows of A have, and the row of B that it is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    a: u32,
    b: u32,
}

impl Step {
    /// # Panics
    /// If one of them has more than 32 bits.
    pub(crate) fn new(a: usize, b: usize) -> Step {
        let narrow =
            |value: usize| u32::try_from(value).expect("the images of a table have fewer than 2^32 values");
        Step { a: narrow(a), b: narrow(b) }
    }

    pub(crate) fn b(self) -> usize {
        self.b as usize
    }
}

/// Computes one tile: `(steps, rows, b, b_stride, out, accumulate)`.
///
/// # Safety
/// Every row may be read at every step; `b` has the rows that the steps name, `b_stride` apart, as wide as the columns
/// computed, and so is each row of `out`; the processor has the instructions.
pub(crate) type GatheredFn = unsafe fn(&[Step], &RowStarts, *const f32, usize, &RowEnds, bool);

/// A tile, and one that computes the left half of its columns.
#[derive(Clone, Copy)]
pub(crate) struct Gathered {
    pub(crate) whole: GatheredFn,
    pub(crate) half: GatheredFn,
}

impl Gathered {
    /// The tile of `instructions`.
    pub(super) fn of(instructions: Instructions) -> Gathered {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => Gathered { whole: x86::tile_avx512::<2>, half: x86::tile_avx512::<1> },
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => Gathered { whole: x86::tile_avx2::<2>, half: x86::tile_avx2::<1> },
            Instructions::Portable => Gathered { whole: tile_portable::<2>, half: tile_portable::<1> },
        }
    }
}

const PORTABLE_HALF: usize = PORTABLE_COLUMNS / 2;

/// See [`GatheredFn`].
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
            sums.zip(b.as_flattened()).for_each(|(s, b)| *s = multiply_add(a, *b, *s));
        }
    }
    for (sums, out) in sums.iter().zip(out) {
        // SAFETY: the caller's output rows are as wide as the columns computed.
        unsafe { store_row_portable(sums.as_flattened(), *out, accumulate) };
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::instructions::{AVX2_ROWS, AVX512_ROWS};
    use super::super::store::store_row;
    use super::{RowEnds, RowStarts, Step};

    /// See [`super::GatheredFn`].
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn tile_avx512<const PARTS: usize>(
        steps: &[Step],
        rows: &RowStarts,
        b: *const f32,
        b_stride: usize,
        out: &RowEnds,
        accumulate: bool,
    ) {
        let rows = *rows;
        let mut sums = [[_mm512_setzero_ps(); PARTS]; AVX512_ROWS];
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
            // SAFETY: the caller's output rows are as wide as the columns computed.
            unsafe { store_row!(avx512, sums, out, accumulate) };
        }
    }

    /// See [`super::GatheredFn`].
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn tile_avx2<const PARTS: usize>(
        steps: &[Step],
        rows: &RowStarts,
        b: *const f32,
        b_stride: usize,
        out: &RowEnds,
        accumulate: bool,
    ) {
        let rows: [_; AVX2_ROWS] = std::array::from_fn(|i| rows[i]);
        let mut sums = [[_mm256_setzero_ps(); PARTS]; AVX2_ROWS];
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
            // SAFETY: the caller's output rows are as wide as the columns computed.
            unsafe { store_row!(avx2, sums, out, accumulate) };
        }
    }
}
