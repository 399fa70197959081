//! Tiles whose rows of A lie in panels of columns.

use super::instructions::Instructions;
use super::strided::LinesMut;

/// Columns of a panel: those of the widest tile.
pub(crate) const PANEL: usize = 32;

/// Rows of A where A is a block of a matrix in panels: `A[i, p]` is at `at[p / PANEL * apart + i * PANEL + p % PANEL]`. In the
/// matrix's last panel, which may be narrower, it is at `last[i * width + p % PANEL]`.
#[derive(Clone, Copy)]
pub(crate) struct PanelRows {
    pub(crate) at: *const f32,
    pub(crate) apart: usize,
    pub(crate) last: *const f32,
}

/// Computes one tile: `(depth, a, b, out, accumulate)`.
///
/// # Safety
/// As for [`super::strided::TileFn`], without `PACK`; a last panel that is narrower has as many steps as columns.
pub(crate) type InPanelsFn = unsafe fn(usize, PanelRows, *const f32, LinesMut, bool);

/// A tile, and one that computes the left half of its columns.
#[derive(Clone, Copy)]
pub(crate) struct InPanels {
    pub(crate) whole: InPanelsFn,
    pub(crate) half: InPanelsFn,
}

impl InPanels {
    /// The tile of `instructions`, if there is one.
    pub(super) fn of(instructions: Instructions) -> Option<InPanels> {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                Some(InPanels { whole: x86::tile_avx512::<2>, half: x86::tile_avx512::<1> })
            }
            _ => None,
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::instructions::AVX512_ROWS;
    use super::super::store::store_row;
    use super::super::strided::LinesMut;
    use super::{PANEL, PanelRows};

    /// See [`super::InPanelsFn`].
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn tile_avx512<const PARTS: usize>(
        depth: usize,
        left: PanelRows,
        mut b: *const f32,
        LinesMut(out, out_stride): LinesMut,
        accumulate: bool,
    ) {
        let mut sums = [[_mm512_setzero_ps(); PARTS]; AVX512_ROWS];
        for (panel, first) in (0..depth).step_by(PANEL).enumerate() {
            let steps = PANEL.min(depth - first);
            let mut a = if steps == PANEL { left.at.wrapping_add(panel * left.apart) } else { left.last };
            let ahead = a.wrapping_add(AVX512_ROWS * steps);
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
        for (i, sums) in sums.into_iter().enumerate() {
            // SAFETY: the caller's output is a full tile.
            unsafe {
                let out = out.add(i * out_stride);
                store_row!(avx512, sums, out, accumulate);
            }
        }
    }
}
