//! How the output of a window is cut into tiles, and what that costs.

use super::super::padding::Padding;
use super::super::window::Window;
use super::scratch::pitch;
use crate::memory::CACHE_LINE;
use crate::tile::{MAX_COLUMNS, Step};

/// Tiles of a chunk: enough rows for products, few enough for all points' values to stay in a third-level cache.
const CHUNK_TILES: usize = 128;
/// Outputs of a tile's side.
pub(super) const OUTPUTS: usize = 4;
/// Channels come in multiples of the widest register.
pub(super) const CHANNELS: usize = 16;
/// What a channel's transform costs at a point, in multiply-adds.
const TRANSFORM: usize = 16;

/// A window's tiles in one direction.
#[derive(Clone, Debug)]
pub(in super::super) struct Winograd {
    /// Taps and points of a side.
    pub(super) taps: usize,
    pub(super) points: usize,
    /// Tiles down and across, and the output's height and width, which they cover.
    pub(super) tiles: (usize, usize),
    pub(super) size: (usize, usize),
    pub(super) input: Padding,
    /// Of the output's cotangent, from which a gradient is computed.
    pub(super) cotangent: Padding,
    /// Which tap of the kernel each of the filter's is.
    pub(super) order: Vec<usize>,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether a tap of the kernel is `[from, to]`; else `[to, from]`.
    pub(super) straight: bool,
    /// Where each tile's channels lie after those of the first, in the input's values at a point.
    pub(super) steps: Vec<Step>,
    /// The channels themselves.
    pub(super) channels: Vec<Step>,
}

impl Winograd {
    /// The large image to the small one, if there are tiles for the window.
    pub(in super::super) fn forward(window: &Window) -> Option<Winograd> {
        let &Window { large, small, kernel, before, large_channels, small_channels, .. } = window;
        let order = (0..kernel.0 * kernel.1).collect();
        Winograd::new(window, (large, small), (large_channels, small_channels), before, order, true)
    }

    /// The small image to the large one: the taps in the opposite order.
    pub(in super::super) fn adjoint(window: &Window) -> Option<Winograd> {
        let &Window { large, small, kernel, before, large_channels, small_channels, .. } = window;
        let before = ((kernel.0 - 1).checked_sub(before.0)?, (kernel.1 - 1).checked_sub(before.1)?);
        let order = (0..kernel.0 * kernel.1).rev().collect();
        Winograd::new(window, (small, large), (small_channels, large_channels), before, order, false)
    }

    fn new(
        window: &Window,
        (input, size): ((usize, usize), (usize, usize)),
        (from, to): (usize, usize),
        before: (usize, usize),
        order: Vec<usize>,
        straight: bool,
    ) -> Option<Winograd> {
        let taps = window.kernel.0;
        let fits = window.stride == (1, 1)
            && window.kernel.1 == taps
            && (taps == 3 || taps == 5)
            && from.is_multiple_of(CHANNELS)
            && to.is_multiple_of(CHANNELS);
        if !fits {
            return None;
        }
        let tiles = (size.0.div_ceil(OUTPUTS), size.1.div_ceil(OUTPUTS));
        let covered = (tiles.0 * OUTPUTS, tiles.1 * OUTPUTS);
        let padded = (covered.0 + taps - 1, covered.1 + taps - 1);
        let chunk = (CHUNK_TILES / (tiles.0 * tiles.1)).max(1) * tiles.0 * tiles.1;
        u32::try_from(chunk * from).ok()?;
        Some(Winograd {
            taps,
            points: OUTPUTS + taps - 1,
            tiles,
            size,
            input: Padding::new(input, from, before, padded),
            cotangent: Padding::new(size, to, (0, 0), covered),
            order,
            from,
            to,
            straight,
            steps: (0..chunk).map(|tile| Step::new(tile * from, tile)).collect(),
            channels: (0..from).map(|channel| Step::new(channel, channel)).collect(),
        })
    }

    /// Multiply-adds of an image's products, and what its transforms cost in the same unit.
    pub(in super::super) fn cost(&self) -> usize {
        let points = self.points * self.points;
        self.image_tiles() * points * (self.from * self.to + TRANSFORM * (self.from + self.to))
    }

    pub(super) fn image_tiles(&self) -> usize {
        self.tiles.0 * self.tiles.1
    }

    pub(super) fn chunk_images(&self) -> usize {
        (CHUNK_TILES / self.image_tiles()).max(1)
    }

    pub(super) fn point_count(&self) -> usize {
        self.points * self.points
    }

    /// Values of scratch for `batch` images, in any of the operations.
    pub(in super::super) fn scratch_len(&self, batch: usize) -> usize {
        let images = self.chunk_images().min(batch);
        let tiles = images * self.image_tiles();
        let filters = pitch(self.from * self.to.next_multiple_of(MAX_COLUMNS));
        let matrices = pitch(tiles * self.from) + pitch(tiles * self.to) + filters;
        let padded = images * (self.input.plane() + self.cotangent.plane());
        let transposed = self.order.len() * self.from * self.to;
        self.point_count() * matrices + padded.max(transposed) + 4 * CACHE_LINE
    }
}
