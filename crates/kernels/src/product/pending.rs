//! Adam's update of the tile before, in parts between the steps of the tile at hand.

use crate::memory::{CACHE_LINE, Line};
use crate::optimizer::{AdamStep, adam_block};
use crate::sums::squares_block;

/// Values that are updated together.
const LANES: usize = CACHE_LINE;
/// Values by which weights and moments are fetched ahead of their update, about a tile's time.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 256;

/// Weights, first and second moments.
pub(super) type Arenas = [*mut f32; 3];

/// Gradients whose update is pending, contiguous in the buffer and in the arenas.
#[derive(Clone, Copy)]
pub(super) struct PendingUpdate {
    step: AdamStep,
    scale: f32,
    /// Whether the scale and the step's decay are not 1: these multiplications compete with the tile's.
    scales: bool,
    decays: bool,
    /// Gradients, weights and moments that remain, and how many.
    values: *const f32,
    arenas: Arenas,
    remaining: usize,
    /// The last run's weights, which are not updated yet, or null; and what their update needs.
    late: *mut f32,
    weights: Line,
    means: Line,
    roots: Line,
    /// `sum g²`, lane by lane.
    squares: Line,
}

impl PendingUpdate {
    pub(super) fn new(step: AdamStep, scale: f32) -> PendingUpdate {
        PendingUpdate {
            step,
            scale,
            scales: scale != 1.0,
            decays: step.decay != 1.0,
            values: std::ptr::null(),
            arenas: [std::ptr::null_mut(); 3],
            remaining: 0,
            late: std::ptr::null_mut(),
            weights: Line::ZERO,
            means: Line::ZERO,
            roots: Line::ZERO,
            squares: Line::ZERO,
        }
    }

    /// Makes the update of `count` gradients pending. No other may be.
    pub(super) fn set(&mut self, values: *const f32, count: usize, arenas: Arenas) {
        debug_assert!(self.remaining == 0);
        (self.values, self.remaining, self.arenas) = (values, count, arenas);
    }

    /// Whether gradients remain.
    pub(super) fn remains(&self) -> bool {
        self.remaining > 0
    }

    /// Passes over `count` values.
    #[inline(always)]
    fn advance(&mut self, count: usize) {
        self.values = self.values.wrapping_add(count);
        self.remaining -= count;
        self.arenas = self.arenas.map(|a| a.wrapping_add(count));
    }

    /// `sum g²` of what was updated in runs since the last call.
    pub(super) fn take_squares(&mut self) -> f64 {
        let squares = std::mem::replace(&mut self.squares, Line::ZERO);
        squares.0.iter().map(|&v| f64::from(v)).sum()
    }

    /// Completes the update. Returns `sum g²` of the gradients that remained.
    ///
    /// # Safety
    /// Buffer and arenas are those of `set`, and nothing else accesses them.
    pub(super) unsafe fn flush(&mut self) -> f64 {
        if !self.late.is_null() {
            for l in 0..LANES {
                let (p, m, root) = (self.weights.0[l], self.means.0[l], self.roots.0[l]);
                // SAFETY: the weights of the last run.
                unsafe { *self.late.add(l) = self.step.weight(p, m, root) };
            }
            self.late = std::ptr::null_mut();
        }
        if self.remaining == 0 {
            return 0.0;
        }
        // SAFETY: what remains; the three arenas do not overlap.
        let sum = unsafe {
            let g = std::slice::from_raw_parts(self.values, self.remaining);
            let [p, m, v] = self.arenas.map(|a| std::slice::from_raw_parts_mut(a, g.len()));
            adam_block(self.step, self.scale, g, p, m, v);
            squares_block(g)
        };
        self.advance(self.remaining);
        sum
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{AHEAD, LANES, PendingUpdate};
    use crate::memory::Line;
    use crate::optimizer::Decay;
    use crate::tile::{Interleaved, MAX_TILE};

    impl Interleaved for PendingUpdate {
        // As many as a tile has runs: a tile completes the update of the one before.
        const PARTS: usize = MAX_TILE / LANES;

        #[inline(always)]
        unsafe fn part(&mut self) {
            if self.remaining >= LANES {
                // SAFETY: a run remains; the caller promises AVX-512.
                unsafe { self.run() };
            }
        }
    }

    /// [`Decay::mean`].
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn mean(decay: Decay, mean: __m512, x: __m512) -> __m512 {
        let (from, to, weight) =
            if decay.mostly_keeps() { (mean, x, decay.take) } else { (x, mean, decay.keep) };
        _mm512_add_ps(from, _mm512_mul_ps(_mm512_set1_ps(weight), _mm512_sub_ps(to, from)))
    }

    impl PendingUpdate {
        /// Updates the weights of the run before, whose roots are ready by now, and the moments of this one: no chain of
        /// operations is so long that the multiply-adds behind it would have to wait for its end.
        ///
        /// # Safety
        /// A run remains.
        #[inline]
        #[target_feature(enable = "avx512f")]
        unsafe fn run(&mut self) {
            let step = self.step;
            let all = |x: f32| _mm512_set1_ps(x);
            let times = |a, b| _mm512_mul_ps(a, b);
            let [p, m, v] = self.arenas;
            // SAFETY: what is pending, and the weights of the run before; a prefetch reads nothing that could fault.
            unsafe {
                // All is read before anything is written: addresses that differ by whole pages look alike to the processor.
                let (old_p, old_m, old_v) = (_mm512_loadu_ps(p), _mm512_loadu_ps(m), _mm512_loadu_ps(v));
                let g = _mm512_loadu_ps(self.values);
                if !self.late.is_null() {
                    let load = |line: &Line| _mm512_loadu_ps(line.0.as_ptr());
                    let (p, m, root) = (load(&self.weights), load(&self.means), load(&self.roots));
                    let quotient = _mm512_div_ps(m, _mm512_add_ps(root, all(step.eps)));
                    let p = if self.decays { times(all(step.decay), p) } else { p };
                    _mm512_storeu_ps(self.late, _mm512_sub_ps(p, times(all(step.rate), quotient)));
                }
                _mm_prefetch::<_MM_HINT_T0>(p.wrapping_add(AHEAD).cast());
                // Used once a step: they should not drive weights and activations out of the caches.
                _mm_prefetch::<_MM_HINT_NTA>(m.wrapping_add(AHEAD).cast());
                _mm_prefetch::<_MM_HINT_NTA>(v.wrapping_add(AHEAD).cast());
                let square = times(g, g);
                let (g, scaled_square) = if self.scales {
                    let scaled = times(all(self.scale), g);
                    (scaled, times(scaled, scaled))
                } else {
                    (g, square)
                };
                let new_m = mean(step.beta1, old_m, g);
                let new_v = mean(step.beta2, old_v, scaled_square);
                _mm512_storeu_ps(m, new_m);
                _mm512_storeu_ps(v, new_v);
                let squares = _mm512_loadu_ps(self.squares.0.as_ptr());
                let keep = |line: &mut Line, x| _mm512_storeu_ps(line.0.as_mut_ptr(), x);
                keep(&mut self.squares, _mm512_add_ps(squares, square));
                keep(&mut self.weights, old_p);
                keep(&mut self.means, new_m);
                keep(&mut self.roots, _mm512_sqrt_ps(new_v));
            }
            self.late = p;
            self.advance(LANES);
        }
    }
}
