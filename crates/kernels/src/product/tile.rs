//! The innermost loop: one tile of a product, kept in registers over a whole panel of the inner dimension.
//!
//! `C[i, j] (+)= sum_p A[i, p] B[p, j]` for [`Tile::rows`] x [`Tile::columns`] values, from packed panels:
//! `B[p, j]` at `b[p * columns + j]`, `A[i, p]` at `a[i * ROW + p * STEP]`. Every implementation sums in the order of
//! `p`, with one rounding a step where the machine fuses multiply and add: AVX2 and AVX-512 give the same bits.

/// Distance of two rows in a panel packed row by row: the longest panel, and a cache line more, so that rows do not all
/// fall into the same cache set.
pub(super) const ROW_STRIDE: usize = super::MAX_DEPTH + 16;

/// Computes one tile: `(depth, a, b, out, out_stride, accumulate)`.
///
/// # Safety
/// `a` and `b` are panels packed for this tile, `depth` long; `out` is a full tile of rows `out_stride` apart; the
/// processor has the instructions.
pub(super) type TileFn = unsafe fn(usize, *const f32, *const f32, *mut f32, usize, bool);

/// A tile's size and its two variants.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// For `A` packed row by row: `ROW = ROW_STRIDE`, `STEP = 1`.
    pub(super) by_rows: TileFn,
    /// For `A` packed step by step: `ROW = 1`, `STEP = rows`.
    pub(super) by_steps: TileFn,
}

/// Largest tile of any implementation, in values: room for one that hangs over the edge.
pub(super) const MAX_TILE: usize = 8 * 32;

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
            columns: PORTABLE_COLUMNS,
            by_rows: tile_portable::<ROW_STRIDE, 1>,
            by_steps: tile_portable::<1, PORTABLE_ROWS>,
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
const PORTABLE_COLUMNS: usize = 16;

/// Fused where the target always has it; elsewhere a call to a C function would take its place.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) { a.mul_add(b, c) } else { a * b + c }
}

/// See [`TileFn`].
unsafe fn tile_portable<const ROW: usize, const STEP: usize>(
    depth: usize,
    a: *const f32,
    b: *const f32,
    out: *mut f32,
    out_stride: usize,
    accumulate: bool,
) {
    let mut sums = [[0.0f32; PORTABLE_COLUMNS]; PORTABLE_ROWS];
    for p in 0..depth {
        // SAFETY: the caller's panels are `depth` long.
        let b = unsafe { &*b.add(p * PORTABLE_COLUMNS).cast::<[f32; PORTABLE_COLUMNS]>() };
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: as above.
            let a = unsafe { *a.add(i * ROW + p * STEP) };
            sums.iter_mut().zip(b).for_each(|(s, b)| *s = multiply_add(a, *b, *s));
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's output is a full tile.
        let out = unsafe { std::slice::from_raw_parts_mut(out.add(i * out_stride), PORTABLE_COLUMNS) };
        for (o, s) in out.iter_mut().zip(sums) {
            *o = if accumulate { *o + s } else { *s };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{ROW_STRIDE, Tile};

    /// Those that this processor has the instructions for, best first.
    pub(super) fn tiles() -> impl IntoIterator<Item = Tile> {
        let avx512 = std::arch::is_x86_feature_detected!("avx512f").then_some(Tile {
            rows: ROWS_512,
            columns: 32,
            by_rows: tile_avx512::<ROW_STRIDE, 1>,
            by_steps: tile_avx512::<1, ROWS_512>,
        });
        let fma = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        let avx2 = fma.then_some(Tile {
            rows: ROWS_256,
            columns: 16,
            by_rows: tile_avx2::<ROW_STRIDE, 1>,
            by_steps: tile_avx2::<1, ROWS_256>,
        });
        avx512.into_iter().chain(avx2)
    }

    /// 16 sums of the 32 registers: enough to hide the latency of a multiply-add, and batches are multiples of 8, where 14
    /// rows would compute a tenth of the last tile for nothing.
    const ROWS_512: usize = 8;
    /// 12 sums, 2 values of B and a broadcast fill the 16 registers.
    const ROWS_256: usize = 6;

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx512f")]
    unsafe fn tile_avx512<const ROW: usize, const STEP: usize>(
        depth: usize,
        mut a: *const f32,
        mut b: *const f32,
        out: *mut f32,
        out_stride: usize,
        accumulate: bool,
    ) {
        let mut sums = [[_mm512_setzero_ps(); 2]; ROWS_512];
        for i in 0..ROWS_512 {
            // SAFETY: a prefetch reads nothing that could fault; the address is a row of the caller's tile.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(out.add(i * out_stride).cast()) };
        }
        for _ in 0..depth {
            // SAFETY: the caller's panels are `depth` long; both pointers advance by one step each turn.
            unsafe {
                let (b0, b1) = (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16)));
                for (i, [s0, s1]) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*a.add(i * ROW));
                    *s0 = _mm512_fmadd_ps(x, b0, *s0);
                    *s1 = _mm512_fmadd_ps(x, b1, *s1);
                }
                a = a.add(STEP);
                b = b.add(32);
            }
        }
        for (i, [s0, s1]) in sums.into_iter().enumerate() {
            // SAFETY: the caller's output is a full tile.
            unsafe {
                let out = out.add(i * out_stride);
                if accumulate {
                    _mm512_storeu_ps(out, _mm512_add_ps(_mm512_loadu_ps(out), s0));
                    _mm512_storeu_ps(out.add(16), _mm512_add_ps(_mm512_loadu_ps(out.add(16)), s1));
                } else {
                    _mm512_storeu_ps(out, s0);
                    _mm512_storeu_ps(out.add(16), s1);
                }
            }
        }
    }

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx2,fma")]
    unsafe fn tile_avx2<const ROW: usize, const STEP: usize>(
        depth: usize,
        mut a: *const f32,
        mut b: *const f32,
        out: *mut f32,
        out_stride: usize,
        accumulate: bool,
    ) {
        let mut sums = [[_mm256_setzero_ps(); 2]; ROWS_256];
        for _ in 0..depth {
            // SAFETY: the caller's panels are `depth` long; both pointers advance by one step each turn.
            unsafe {
                let (b0, b1) = (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8)));
                for (i, [s0, s1]) in sums.iter_mut().enumerate() {
                    let x = _mm256_broadcast_ss(&*a.add(i * ROW));
                    *s0 = _mm256_fmadd_ps(x, b0, *s0);
                    *s1 = _mm256_fmadd_ps(x, b1, *s1);
                }
                a = a.add(STEP);
                b = b.add(16);
            }
        }
        for (i, [s0, s1]) in sums.into_iter().enumerate() {
            // SAFETY: the caller's output is a full tile.
            unsafe {
                let out = out.add(i * out_stride);
                if accumulate {
                    _mm256_storeu_ps(out, _mm256_add_ps(_mm256_loadu_ps(out), s0));
                    _mm256_storeu_ps(out.add(8), _mm256_add_ps(_mm256_loadu_ps(out.add(8)), s1));
                } else {
                    _mm256_storeu_ps(out, s0);
                    _mm256_storeu_ps(out.add(8), s1);
                }
            }
        }
    }
}
