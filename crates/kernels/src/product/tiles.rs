//! A tile over a pair of panels of the inner dimension, whatever the order of its rows of A and its columns of B.

use super::blocking::ROW_STRIDE;
use super::operand::{LeftFactor, RightFactor};
use super::pack::{pack_b, pack_last_rows};
use crate::tile::{Lines, LinesMut, PanelRows, Tile};

/// The rows of A that one tile takes, over a pair of panels of the inner dimension.
#[derive(Clone, Copy)]
pub(super) enum LeftTile {
    /// Rows that are contiguous.
    ByRows(Lines),
    /// Columns that are contiguous.
    BySteps(Lines),
    /// Rows in panels of columns, for each panel of the inner dimension: for processors whose tiles read them in place.
    InPanels([PanelRows; 2]),
}

impl LeftTile {
    /// `rows` rows of `a`, packed where they are fewer than the tile's.
    ///
    /// # Safety
    /// `a` has so many, `steps` long; `packed` has room for `MAX_ROWS` x [`ROW_STRIDE`] values.
    pub(super) unsafe fn new(
        a: LeftFactor,
        rows: usize,
        [one, other]: [usize; 2],
        tile: &Tile,
        packed: *mut f32,
    ) -> LeftTile {
        let by_rows = match a {
            LeftFactor::Strided(a) => a.column == 1,
            LeftFactor::Panels(_) => true,
        };
        if rows < tile.rows {
            // SAFETY: the caller's rows and buffer.
            unsafe { pack_last_rows(a, rows, one + other, tile.rows, packed) };
            return if by_rows {
                LeftTile::ByRows(Lines(packed, ROW_STRIDE))
            } else {
                LeftTile::BySteps(Lines(packed, tile.rows))
            };
        }
        match a {
            LeftFactor::Strided(a) if by_rows => LeftTile::ByRows(Lines(a.data, a.row)),
            LeftFactor::Strided(a) => LeftTile::BySteps(Lines(a.data, a.column)),
            // SAFETY: the caller's rows; the second panel begins within them where it has a step.
            LeftFactor::Panels(a) => LeftTile::InPanels(unsafe {
                let first = a.tile_rows(0, one);
                [first, if other > 0 { a.at(0, one).tile_rows(0, other) } else { first }]
            }),
        }
    }
}

/// Columns of B over a pair of panels of the inner dimension: packed, in place, or to be packed by the first tiles that read them.
#[derive(Clone, Copy)]
pub(super) struct RightBlock {
    from: RightFactor,
    steps: [usize; 2],
    /// Columns that the first row of tiles packs.
    unpacked: usize,
    packed: *mut f32,
}

impl RightBlock {
    /// `columns` columns of `from`, packed into `packed` where it is not left to the tiles of `width` columns.
    ///
    /// # Safety
    /// `from` has so many, `steps` long; the buffer has room for them in whole tiles.
    pub(super) unsafe fn new(
        from: RightFactor,
        steps: [usize; 2],
        columns: usize,
        width: usize,
        packed: *mut f32,
    ) -> RightBlock {
        // SAFETY: the caller's promise.
        let unpacked = unsafe { pack_b(from, steps[0] + steps[1], columns, width, packed) };
        RightBlock { from, steps, unpacked, packed }
    }

    /// Computes a tile over both panels: the `width` columns from `j`, for rows that are the `first` of the block, or not.
    ///
    /// # Safety
    /// As for the functions of [`crate::tile::Variants`], with both panels' steps for its depth; the first rows have been here before others.
    #[inline(always)]
    pub(super) unsafe fn tile(
        &self,
        tile: &Tile,
        left: LeftTile,
        first: bool,
        (j, width): (usize, usize),
        out: LinesMut,
        accumulate: bool,
    ) {
        let [one, other] = self.steps;
        // SAFETY: columns of the block, or of the buffer.
        let (from, packed) = unsafe { (self.from.lines(j), self.packed.add(j * (one + other))) };
        let in_place = self.from.in_panels() && width == tile.columns && from.1 == tile.columns;
        let b = if in_place { from.0.cast_mut() } else { packed };
        let half = width <= tile.columns / 2;
        // Where the second panel begins.
        let after = b.wrapping_add(one * tile.columns);
        let (variants, lines, step) = match (left, &tile.in_panels) {
            (LeftTile::ByRows(lines), _) => (&tile.by_rows, lines, 1),
            (LeftTile::BySteps(lines), _) => (&tile.by_steps, lines, lines.1),
            (LeftTile::InPanels([left, right]), Some(tiles)) => {
                let run = if half { tiles.half } else { tiles.whole };
                // SAFETY: the caller's promise.
                unsafe {
                    run(one, left, b, out, accumulate);
                    if other > 0 {
                        run(other, right, after, out, true);
                    }
                }
                return;
            }
            (LeftTile::InPanels(_), None) => unreachable!("only tiles for panels take them"),
        };
        let run = if first && j < self.unpacked && !in_place {
            variants.packing
        } else if half {
            variants.half
        } else {
            variants.packed
        };
        // SAFETY: the caller's promise.
        unsafe {
            run(one, lines, b, from, out, accumulate, &mut ());
            if other > 0 {
                let lines = Lines(lines.0.wrapping_add(one * step), lines.1);
                let from = Lines(from.0.wrapping_add(one * from.1), from.1);
                run(other, lines, after, from, out, true, &mut ());
            }
        }
    }
}
