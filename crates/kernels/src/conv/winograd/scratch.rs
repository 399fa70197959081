//! Places in scratch memory.

use crate::memory::CACHE_LINE;

/// A place that several threads write different parts of.
#[derive(Clone, Copy)]
pub(super) struct Shared(pub(super) *mut f32);

// SAFETY: every write through it says which part belongs to its thread.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub(super) fn at(self, offset: usize) -> *mut f32 {
        self.0.wrapping_add(offset)
    }
}

/// Values from one point's matrix of `values` to the next: a cache line more, so that the points of a tile do not all fall
/// into the same cache set.
pub(super) fn pitch(values: usize) -> usize {
    values + CACHE_LINE
}

/// The first `len` values, and the rest from a cache line's beginning on.
pub(super) fn take(scratch: &mut [f32], len: usize) -> (&mut [f32], &mut [f32]) {
    let (taken, rest) = scratch.split_at_mut(len.next_multiple_of(CACHE_LINE));
    (&mut taken[..len], rest)
}
