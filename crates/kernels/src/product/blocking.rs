//! The sizes by which a product is cut. All are constants: the order of each sum follows from the shape alone.

use crate::memory::CACHE_LINE;
use crate::tile::MAX_DEPTH;

/// Longest pair of panels of the inner dimension. They are packed together, and a tile takes both before it leaves the
/// first-level cache.
pub(super) const PAIR_DEPTH: usize = 2 * MAX_DEPTH;
/// Distance of two rows where the last rows of A are packed: the longest pair of panels, and a cache line more, so that rows do
/// not all fall into the same cache set.
pub(super) const ROW_STRIDE: usize = PAIR_DEPTH + CACHE_LINE;
/// Values of B packed at a time: half a MiB, half of a usual second-level cache. At the longest depth, 128 columns.
pub(super) const BLOCK_VALUES: usize = 128 * 1024;
/// Fewest rows or columns of a part: a few whole tiles.
pub(super) const MIN_SIDE: usize = 32;
/// Parts of a large product to each thread. A thread that is done takes the next one, so that a core that is slowed down by
/// others does not keep the rest waiting.
pub(super) const PARTS_PER_THREAD: usize = 4;
