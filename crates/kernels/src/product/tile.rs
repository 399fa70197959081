//! The innermost loop: one tile of a product, kept in registers over a whole panel of the inner dimension.
//!
//! `C[i, j] (+)= sum_p A[i, p] B[p, j]` for [`Tile::rows`] x [`Tile::columns`] values: `B[p, j]` at
//! `b[p * columns + j]` of a packed panel, `A[i, p]` at `a[i * row + p]` (rows of A contiguous) or
//! `a[i + p * step]` (columns contiguous). Every implementation sums in the order of
//! `p`, with one rounding a step where the machine fuses multiply and add: AVX2 and AVX-512 give the same bits.
//!
//! The first tile to read a panel of a row-major B packs it (`PACK`): the copy hides behind the arithmetic.

use super::update::Waiting;

/// Distance of two rows where the last rows of A are packed: the longest panel, and a cache line more, so that rows do
/// not all fall into the same cache set.
pub(super) const ROW_STRIDE: usize = super::MAX_DEPTH + 16;

/// Computes one tile: `(depth, a, b, from, out, accumulate, beside)`. With `PACK`, `b` is written from the rows of `from`, else
/// it is read and `from` ignored. `PARTS` halves of the columns are computed.
///
/// # Safety
/// `a` holds the tile's rows and `b` a panel packed for it, `depth` long (with `PACK`, room for the panel: then `from` has
/// as many rows of the tile's columns); `out` has the tile's rows and the columns computed; the processor has the
/// instructions.
pub(super) type TileFn<S> = unsafe fn(usize, Lines, *mut f32, Lines, LinesMut, bool, &mut S);

/// Rows of A where A is a block of a matrix in panels: `A[i, p]` is at `at[p / PANEL * apart + i * PANEL + p % PANEL]`. Of a panel
/// that is narrower, which only the matrix's last one is, at `last[i * width + p % PANEL]`.
#[derive(Clone, Copy)]
pub(super) struct PanelRows {
    pub(super) at: *const f32,
    pub(super) apart: usize,
    pub(super) last: *const f32,
}

/// Work that a tile does beside its own, a part after every few steps, so that it fills what the multiply-adds leave idle.
#[cfg(target_arch = "x86_64")]
pub(super) trait Beside {
    /// How many parts a tile does.
    const PARTS: usize;

    /// Does the next part, if there is one.
    ///
    /// # Safety
    /// The processor has AVX-512, and what the implementation asks for.
    unsafe fn part(&mut self);
}

#[cfg(target_arch = "x86_64")]
impl Beside for () {
    const PARTS: usize = 1;

    #[inline(always)]
    unsafe fn part(&mut self) {}
}

/// Where lines of memory begin, and how far they are apart.
#[derive(Clone, Copy)]
pub(super) struct Lines(pub(super) *const f32, pub(super) usize);

/// The same, to be written.
#[derive(Clone, Copy)]
pub(super) struct LinesMut(pub(super) *mut f32, pub(super) usize);

/// A tile for panels of B that are packed, one that packs them, and one that computes the left half of its columns.
#[derive(Clone, Copy)]
pub(super) struct Variants<S> {
    pub(super) packed: TileFn<S>,
    pub(super) packing: TileFn<S>,
    pub(super) half: TileFn<S>,
}

/// A tile for [`PanelRows`]: `(depth, a, b, out, accumulate)`.
///
/// # Safety
/// As for [`TileFn`], without `PACK`; a last panel that is narrower has as many steps as columns.
pub(super) type InPanelsFn = unsafe fn(usize, PanelRows, *const f32, LinesMut, bool);

/// A tile, and one that computes the left half of its columns.
#[derive(Clone, Copy)]
pub(super) struct InPanels {
    pub(super) whole: InPanelsFn,
    pub(super) half: InPanelsFn,
}

/// A tile's size and its variants.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// For rows of A that are contiguous, as far apart as [`Lines`] says.
    pub(super) by_rows: Variants<()>,
    /// For columns of A that are contiguous, as far apart as [`Lines`] says.
    pub(super) by_steps: Variants<()>,
    /// The same beside the update of earlier tiles, where there are registers enough.
    pub(super) updating: Option<Variants<Waiting>>,
    /// For rows of A in panels.
    pub(super) in_panels: Option<InPanels>,
}

/// Largest tile of any implementation, in values: room for one that hangs over the edge.
pub(super) const MAX_TILE: usize = MAX_ROWS * 32;
/// Most rows of any implementation.
pub(super) const MAX_ROWS: usize = 8;

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
            by_rows: Variants {
                packed: tile_portable::<true, false, 2>,
                packing: tile_portable::<true, true, 2>,
                half: tile_portable::<true, false, 1>,
            },
            by_steps: Variants {
                packed: tile_portable::<false, false, 2>,
                packing: tile_portable::<false, true, 2>,
                half: tile_portable::<false, false, 1>,
            },
            updating: None,
            in_panels: None,
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
const PORTABLE_HALF: usize = PORTABLE_COLUMNS / 2;

/// Fused where the target always has it; elsewhere a call to a C function would take its place.
#[inline(always)]
pub(crate) fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) { a.mul_add(b, c) } else { a * b + c }
}

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
        let out = unsafe { std::slice::from_raw_parts_mut(out.add(i * out_stride), PARTS * PORTABLE_HALF) };
        for (o, s) in out.iter_mut().zip(sums.as_flattened()) {
            *o = if accumulate { *o + s } else { *s };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::panels::PANEL;
    use super::{Beside, InPanels, Lines, LinesMut, PanelRows, Tile, Variants, Waiting};

    /// Those that this processor has the instructions for, best first.
    pub(super) fn tiles() -> impl IntoIterator<Item = Tile> {
        let avx512 = std::arch::is_x86_feature_detected!("avx512f").then_some(Tile {
            rows: ROWS_512,
            columns: 32,
            by_rows: Variants {
                packed: tile_avx512::<true, false, 2, ()>,
                packing: tile_avx512::<true, true, 2, ()>,
                half: tile_avx512::<true, false, 1, ()>,
            },
            by_steps: Variants {
                packed: tile_avx512::<false, false, 2, ()>,
                packing: tile_avx512::<false, true, 2, ()>,
                half: tile_avx512::<false, false, 1, ()>,
            },
            updating: Some(Variants {
                packed: tile_avx512::<false, false, 2, Waiting>,
                packing: tile_avx512::<false, true, 2, Waiting>,
                half: tile_avx512::<false, false, 1, Waiting>,
            }),
            in_panels: Some(InPanels { whole: tile_in_panels_avx512::<2>, half: tile_in_panels_avx512::<1> }),
        });
        let fma = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        let avx2 = fma.then_some(Tile {
            rows: ROWS_256,
            columns: 16,
            by_rows: Variants {
                packed: tile_avx2::<true, false, 2>,
                packing: tile_avx2::<true, true, 2>,
                half: tile_avx2::<true, false, 1>,
            },
            by_steps: Variants {
                packed: tile_avx2::<false, false, 2>,
                packing: tile_avx2::<false, true, 2>,
                half: tile_avx2::<false, false, 1>,
            },
            updating: None,
            in_panels: None,
        });
        avx512.into_iter().chain(avx2)
    }

    /// 16 sums of the 32 registers: enough to hide the latency of a multiply-add, and batches are multiples of 8, where 14
    /// rows would compute a tenth of the last tile for nothing.
    const ROWS_512: usize = 8;
    /// Rows of B fetched ahead where a tile packs: some hundreds of cycles.
    const PREFETCH: usize = 12;
    /// 12 sums, 2 values of B and a broadcast fill the 16 registers.
    const ROWS_256: usize = 6;

    /// Writes a tile, or adds it. As a function it would take the sums by memory.
    macro_rules! leave_avx512 {
        ($sums:ident, $out:ident, $out_stride:ident, $accumulate:ident) => {
            for (i, sums) in $sums.into_iter().enumerate() {
                // SAFETY: the caller's output is a full tile.
                unsafe {
                    let out = $out.add(i * $out_stride);
                    for (v, sum) in sums.into_iter().enumerate() {
                        let out = out.add(16 * v);
                        let sum = if $accumulate { _mm512_add_ps(_mm512_loadu_ps(out), sum) } else { sum };
                        _mm512_storeu_ps(out, sum);
                    }
                }
            }
        };
    }

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx512f")]
    unsafe fn tile_avx512<const BY_ROWS: bool, const PACK: bool, const PARTS: usize, S: Beside>(
        depth: usize,
        Lines(mut a, apart): Lines,
        mut b: *mut f32,
        Lines(mut from, from_stride): Lines,
        LinesMut(out, out_stride): LinesMut,
        accumulate: bool,
        beside: &mut S,
    ) {
        let (row, step) = if BY_ROWS { (apart, 1) } else { (1, apart) };
        let mut sums = [[_mm512_setzero_ps(); PARTS]; ROWS_512];
        for i in 0..ROWS_512 {
            // SAFETY: a prefetch reads nothing that could fault; the address is a row of the caller's tile.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(out.add(i * out_stride).cast()) };
        }
        for part in 0..S::PARTS {
            // SAFETY: the caller's promise.
            unsafe { beside.part() };
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
        leave_avx512!(sums, out, out_stride, accumulate);
    }

    /// The same for rows of A in panels.
    ///
    /// # Safety
    /// As for [`super::InPanelsFn`].
    #[target_feature(enable = "avx512f")]
    unsafe fn tile_in_panels_avx512<const PARTS: usize>(
        depth: usize,
        left: PanelRows,
        mut b: *const f32,
        LinesMut(out, out_stride): LinesMut,
        accumulate: bool,
    ) {
        let mut sums = [[_mm512_setzero_ps(); PARTS]; ROWS_512];
        for (panel, first) in (0..depth).step_by(PANEL).enumerate() {
            let steps = PANEL.min(depth - first);
            let mut a = if steps == PANEL { left.at.wrapping_add(panel * left.apart) } else { left.last };
            let ahead = a.wrapping_add(ROWS_512 * steps);
            let next = a.wrapping_add(left.apart);
            for p in 0..steps {
                // SAFETY: the caller's panels are `depth` long; all pointers advance by one step each turn; a prefetch reads
                // nothing that could fault.
                unsafe {
                    let to =
                        if p % 2 == 0 { ahead.wrapping_add(8 * p) } else { next.wrapping_add(8 * p - 8) };
                    _mm_prefetch::<_MM_HINT_T0>(to.cast());
                    let values: [_; PARTS] = std::array::from_fn(|v| _mm512_loadu_ps(b.add(16 * v)));
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let x = _mm512_set1_ps(*a.add(i * steps));
                        for (sum, value) in sums.iter_mut().zip(values) {
                            *sum = _mm512_fmadd_ps(x, value, *sum);
                        }
                    }
                    a = a.wrapping_add(1);
                    b = b.add(32);
                }
            }
        }
        leave_avx512!(sums, out, out_stride, accumulate);
    }

    /// See [`super::TileFn`].
    #[target_feature(enable = "avx2,fma")]
    unsafe fn tile_avx2<const BY_ROWS: bool, const PACK: bool, const PARTS: usize>(
        depth: usize,
        Lines(mut a, apart): Lines,
        mut b: *mut f32,
        Lines(mut from, from_stride): Lines,
        LinesMut(out, out_stride): LinesMut,
        accumulate: bool,
        _: &mut (),
    ) {
        let (row, step) = if BY_ROWS { (apart, 1) } else { (1, apart) };
        let mut sums = [[_mm256_setzero_ps(); PARTS]; ROWS_256];
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
                for (v, sum) in sums.into_iter().enumerate() {
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
