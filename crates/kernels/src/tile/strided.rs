//! Tiles whose rows of A, or whose columns of A, lie at constant distances.
//!
//! `B[p, j]` is at `b[p * columns + j]` of a packed panel, `A[i, p]` at `a[i * distance + p]` (rows of A contiguous) or at
//! `a[i + p * distance]` (columns contiguous). The first tile to read a panel of a row-major B packs it (`PACK`): the copy
//! hides behind the arithmetic.

use super::instructions::{Instructions, PORTABLE_COLUMNS, PORTABLE_ROWS};
use super::store::store_row_portable;
use crate::math::multiply_add;

/// Where lines of memory begin, and how far they are apart.
#[derive(Clone, Copy)]
pub(crate) struct Lines(pub(crate) *const f32, pub(crate) usize);

/// The same, to be written.
#[derive(Clone, Copy)]
pub(crate) struct LinesMut(pub(crate) *mut f32, pub(crate) usize);

/// Computes one tile: `(depth, a, b, from, out, accumulate, interleaved)`. With `PACK`, `b` is written from the rows of `from`;
/// without, it is read and `from` is ignored. `PARTS` halves of the columns are computed.
///
/// # Safety
/// `a` holds the tile's rows and `b` a panel packed for it, `depth` long (with `PACK`, room for the panel: then `from` has
/// as many rows of the tile's columns); `out` has the tile's rows and the columns computed; the processor has the
/// instructions.
pub(crate) type TileFn<S> = unsafe fn(usize, Lines, *mut f32, Lines, LinesMut, bool, &mut S);

/// A tile for panels of B that are packed, one that packs them, and one that computes the left half of its columns.
#[derive(Clone, Copy)]
pub(crate) struct Variants<S> {
    pub(crate) packed: TileFn<S>,
    pub(crate) packing: TileFn<S>,
    pub(crate) half: TileFn<S>,
}

macro_rules! variants {
    ($tile:path, $by_rows:literal $(, $interleaved:ty)?) => {{
        use $tile as tile;
        Variants {
            packed: tile::<$by_rows, false, 2 $(, $interleaved)?>,
            packing: tile::<$by_rows, true, 2 $(, $interleaved)?>,
            half: tile::<$by_rows, false, 1 $(, $interleaved)?>,
        }
    }};
}

impl Variants<()> {
    /// For rows of A that are contiguous.
    pub(super) fn by_rows(instructions: Instructions) -> Variants<()> {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => variants!(self::x86::tile_avx512, true, ()),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => variants!(self::x86::tile_avx2, true),
            Instructions::Portable => variants!(self::tile_portable, true),
        }
    }

    /// For columns of A that are contiguous.
    pub(super) fn by_steps(instructions: Instructions) -> Variants<()> {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => variants!(self::x86::tile_avx512, false, ()),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => variants!(self::x86::tile_avx2, false),
            Instructions::Portable => variants!(self::tile_portable, false),
        }
    }
}

/// Work of another kind that a tile does between its steps, so that it fills what the multiply-adds leave idle.
#[cfg(target_arch = "x86_64")]
pub(crate) trait Interleaved: Sized {
    /// How many parts a tile does.
    const PARTS: usize;

    /// Does the next part, if there is one.
    ///
    /// # Safety
    /// The processor has AVX-512, and what the implementation asks for.
    unsafe fn part(&mut self);
}

#[cfg(target_arch = "x86_64")]
impl Interleaved for () {
    const PARTS: usize = 1;

    #[inline(always)]
    unsafe fn part(&mut self) {}
}

#[cfg(target_arch = "x86_64")]
impl<S: Interleaved> Variants<S> {
    /// For columns of A that are contiguous, with interleaved work. `None` where there are not registers enough for both.
    pub(crate) fn interleaved(instructions: Instructions) -> Option<Variants<S>> {
        (instructions == Instructions::Avx512).then_some(variants!(self::x86::tile_avx512, false, S))
    }
}

const PORTABLE_HALF: usize = PORTABLE_COLUMNS / 2;

/// See [`TileFn`].
unsafe fn tile_portable<const BY_ROWS: bool, const PACK: bool, const PARTS: usize>(
    depth: usize,
    Lines(a, apart): Lines,
    b: *mut f32,
    Lines(from, from_stride): Lines,
    LinesMut(out, out_stride): LinesMut,
    accumulate: bool,
    _: &mut (),
) {
    let (row, step) = if BY_ROWS { (apart, 1) } else { (1, apart) };
    let mut sums = [[[0.0f32; PORTABLE_HALF]; PARTS]; PORTABLE_ROWS];
    for p in 0..depth {
        // SAFETY: the caller's panels are `depth` long, and `from` has as many rows.
        let b = unsafe {
            let b = b.add(p * PORTABLE_COLUMNS).cast::<[f32; PORTABLE_COLUMNS]>();
            if PACK {
                *b = *from.add(p * from_stride).cast();
            }
            *b
        };
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: as above.
            let a = unsafe { *a.add(i * row + p * step) };
            sums.as_flattened_mut().iter_mut().zip(&b).for_each(|(s, b)| *s = multiply_add(a, *b, *s));
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's output is a full tile.
        unsafe { store_row_portable(sums.as_flattened(), out.add(i * out_stride), accumulate) };
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::instructions::{AVX2_ROWS, AVX512_ROWS};
    use super::super::store::store_row;
    use super::{Interleaved, Lines, LinesMut};

    /// Rows of B fetched ahead where a tile packs: some hundreds of cycles.
    const PREFETCH: usize = 12;

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn tile_avx512<
        const BY_ROWS: bool,
        const PACK: bool,
        const PARTS: usize,
        S: Interleaved,
    >(
        depth: usize,
        Lines(mut a, apart): Lines,
        mut b: *mut f32,
        Lines(mut from, from_stride): Lines,
        LinesMut(out, out_stride): LinesMut,
        accumulate: bool,
        interleaved: &mut S,
    ) {
        let (row, step) = if BY_ROWS { (apart, 1) } else { (1, apart) };
        let mut sums = [[_mm512_setzero_ps(); PARTS]; AVX512_ROWS];
        for i in 0..AVX512_ROWS {
            // SAFETY: a prefetch reads nothing that could fault; the address is a row of the caller's tile.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(out.add(i * out_stride).cast()) };
        }
        for part in 0..S::PARTS {
            // SAFETY: the caller's promise.
            unsafe { interleaved.part() };
            for _ in depth * part / S::PARTS..depth * (part + 1) / S::PARTS {
                // SAFETY: the caller's panels are `depth` long; all pointers advance by one step each turn.
                unsafe {
                    let source = if PACK { from } else { b };
                    let values: [_; PARTS] = std::array::from_fn(|v| _mm512_loadu_ps(source.add(16 * v)));
                    if PACK {
                        let ahead = from.wrapping_add(PREFETCH * from_stride);
                        _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
                        _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(16).cast());
                        for (v, value) in values.into_iter().enumerate() {
                            _mm512_storeu_ps(b.add(16 * v), value);
                        }
                        from = from.wrapping_add(from_stride);
                    }
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let x = _mm512_set1_ps(*a.add(i * row));
                        for (sum, value) in sums.iter_mut().zip(values) {
                            *sum = _mm512_fmadd_ps(x, value, *sum);
                        }
                    }
                    a = a.wrapping_add(step);
                    b = b.add(32);
                }
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            // SAFETY: the caller's output is a full tile.
            unsafe {
                let out = out.add(i * out_stride);
                store_row!(avx512, sums, out, accumulate);
            }
        }
    }

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn tile_avx2<const BY_ROWS: bool, const PACK: bool, const PARTS: usize>(
        depth: usize,
        Lines(mut a, apart): Lines,
        mut b: *mut f32,
        Lines(mut from, from_stride): Lines,
        LinesMut(out, out_stride): LinesMut,
        accumulate: bool,
        _: &mut (),
    ) {
        let (row, step) = if BY_ROWS { (apart, 1) } else { (1, apart) };
        let mut sums = [[_mm256_setzero_ps(); PARTS]; AVX2_ROWS];
        for _ in 0..depth {
            // SAFETY: the caller's panels are `depth` long; all pointers advance by one step each turn.
            unsafe {
                let source = if PACK { from } else { b };
                let values: [_; PARTS] = std::array::from_fn(|v| _mm256_loadu_ps(source.add(8 * v)));
                if PACK {
                    _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(PREFETCH * from_stride).cast());
                    for (v, value) in values.into_iter().enumerate() {
                        _mm256_storeu_ps(b.add(8 * v), value);
                    }
                    from = from.wrapping_add(from_stride);
                }
                for (i, sums) in sums.iter_mut().enumerate() {
                    let x = _mm256_broadcast_ss(&*a.add(i * row));
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = _mm256_fmadd_ps(x, value, *sum);
                    }
                }
                a = a.wrapping_add(step);
                b = b.add(16);
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            // SAFETY: the caller's output is a full tile.
            unsafe {
                let out = out.add(i * out_stride);
                store_row!(avx2, sums, out, accumulate);
            }
        }
    }
}
