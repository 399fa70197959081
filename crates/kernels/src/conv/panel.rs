//! A row of tiles: some rows of a product over one panel of its depth, all columns of a block.

use std::mem::MaybeUninit;

use crate::tile::{MAX_COLUMNS, MAX_DEPTH, MAX_ROWS, RowEnds, RowStarts, Step, Tile};

/// Most columns of a block: at the longest depth, its panel of B is half a MiB, half of a usual second-level cache.
pub(super) const MAX_BLOCK_COLUMNS: usize = 256;

/// Where panel `i` of `count` begins.
pub(super) fn panel_start(depth: usize, count: usize, i: usize) -> usize {
    depth * i / count
}

/// Into how many panels of at most [`MAX_DEPTH`] a depth is cut.
pub(super) fn panel_count(depth: usize) -> usize {
    depth.div_ceil(MAX_DEPTH)
}

/// A panel of B: tile after tile of columns, as far apart as `pitch` says, their rows `stride` apart. Where `data` and
/// `ragged` point to is row 0 of the steps, which may lie before the panel.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub(super) data: *const f32,
    pub(super) pitch: usize,
    pub(super) stride: usize,
    /// Where columns that do not fill half a tile or a whole one lie padded with zeros, if not in their place.
    pub(super) ragged: Option<*const f32>,
}

/// Room for the columns of a row-major panel that do not fill a tile.
pub(super) struct Ragged(MaybeUninit<[f32; MAX_DEPTH * MAX_COLUMNS]>);

impl Ragged {
    pub(super) fn new() -> Ragged {
        Ragged(MaybeUninit::uninit())
    }
}

impl Panel {
    /// Rows `from..to` (at most [`MAX_DEPTH`]) of a row-major matrix, read in place but for those last columns that fill no
    /// tile, which are copied to `ragged`.
    ///
    /// # Safety
    /// The matrix at `data` has these rows, of `columns` values, `stride` apart; the panel is used before `ragged` is used
    /// again.
    pub(super) unsafe fn in_place(
        tile: &Tile,
        data: *const f32,
        stride: usize,
        (from, to): (usize, usize),
        columns: usize,
        ragged: &mut Ragged,
    ) -> Panel {
        let count = columns % tile.columns;
        if count == 0 || count == tile.columns / 2 {
            return Panel { data, pitch: tile.columns, stride, ragged: None };
        }
        debug_assert!(to - from <= MAX_DEPTH);
        let first = columns - count;
        let room = ragged.0.as_mut_ptr().cast::<f32>();
        for p in from..to {
            // SAFETY: rows of the caller's matrix; the room has MAX_DEPTH rows of the widest tile.
            unsafe {
                let row = room.add((p - from) * tile.columns);
                std::slice::from_raw_parts_mut(row.cast::<MaybeUninit<f32>>(), tile.columns)
                    .fill(MaybeUninit::new(0.0));
                std::ptr::copy_nonoverlapping(data.add(p * stride + first), row, count);
            }
        }
        let ragged = room.cast_const().wrapping_sub(from * tile.columns);
        Panel { data, pitch: tile.columns, stride, ragged: Some(ragged) }
    }
}

/// The rows of a tile: where they begin in an image, where their results go, and how many there are.
pub(super) struct TileRows {
    pub(super) starts: RowStarts,
    pub(super) ends: RowEnds,
    pub(super) count: usize,
}

/// `rows` of the output, `columns` wide, summed over `steps`, or added to what they hold.
///
/// # Safety
/// As for [`crate::tile::Gathered`]: the rows may be read at each of `steps`, the panel has as many rows, and `columns`
/// columns rounded up to half tiles; the rows' ends have `columns` values.
pub(super) unsafe fn row_of_tiles(
    tile: &Tile,
    steps: &[Step],
    rows: &TileRows,
    panel: Panel,
    columns: usize,
    accumulate: bool,
) {
    let count = rows.count;
    let starts = std::array::from_fn(|i| rows.starts[if i < count { i } else { 0 }]);
    // For rows that the tile has and the output has not.
    let mut spill = [0.0f32; MAX_COLUMNS];
    for j in (0..columns).step_by(tile.columns) {
        let width = tile.columns.min(columns - j);
        let half = width <= tile.columns / 2;
        let (run, computed) =
            if half { (tile.gathered.half, tile.columns / 2) } else { (tile.gathered.whole, tile.columns) };
        // SAFETY: the caller's rows, steps and panel; the output is the caller's, the edge, or a row that is never read.
        unsafe {
            let (b, stride) = match panel.ragged {
                Some(ragged) if width < computed => (ragged, tile.columns),
                _ => (panel.data.wrapping_add(j / tile.columns * panel.pitch), panel.stride),
            };
            if width == computed {
                let ends =
                    std::array::from_fn(|i| if i < count { rows.ends[i].add(j) } else { spill.as_mut_ptr() });
                run(steps, &starts, b, stride, &ends, accumulate);
                continue;
            }
            let mut edge = [[0.0f32; MAX_COLUMNS]; MAX_ROWS];
            let ends = edge.each_mut().map(|row| row.as_mut_ptr());
            run(steps, &starts, b, stride, &ends, false);
            for (end, values) in rows.ends.iter().zip(&edge).take(count) {
                let out = std::slice::from_raw_parts_mut(end.add(j), width);
                for (o, v) in out.iter_mut().zip(values) {
                    *o = if accumulate { *o + v } else { *v };
                }
            }
        }
    }
}
