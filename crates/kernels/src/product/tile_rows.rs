//! A tile over a pair of panels of the inner dimension, whatever the order of its rows of A.

use super::pack::{Left, pack_last_rows};
use super::tile::{Lines, LinesMut, PanelRows, ROW_STRIDE, Tile};

/// The rows of A that one tile takes, over a pair of panels of the inner dimension.
#[derive(Clone, Copy)]
pub(super) enum TileRows {
    /// Rows that are contiguous.
    ByRows(Lines),
    /// Columns that are contiguous.
    BySteps(Lines),
    /// Rows in panels of columns, for each panel of the inner dimension.
    InPanels([PanelRows; 2]),
}

/// The columns of B that one tile takes.
#[derive(Clone, Copy)]
pub(super) enum TileColumns {
    /// A whole tile's, packed.
    Packed,
    /// As many at the most as half a tile has, packed.
    Half,
    /// A whole tile's, to be packed from these rows.
    Packing(Lines),
}

impl TileRows {
    /// `rows` rows of `a`, packed where they are fewer than the tile's.
    ///
    /// # Safety
    /// `a` has so many, `steps` long; `packed` has room for `MAX_ROWS` x [`ROW_STRIDE`] values.
    pub(super) unsafe fn new(
        a: Left,
        rows: usize,
        [one, other]: [usize; 2],
        tile: &Tile,
        packed: *mut f32,
    ) -> TileRows {
        let by_rows = match a {
            Left::Strided(a) => a.column == 1,
            Left::Panels(_) => true,
        };
        if rows < tile.rows || (tile.in_panels.is_none() && matches!(a, Left::Panels(_))) {
            // SAFETY: the caller's rows and buffer.
            unsafe { pack_last_rows(a, rows, one + other, tile.rows, packed) };
            return if by_rows {
                TileRows::ByRows(Lines(packed, ROW_STRIDE))
            } else {
                TileRows::BySteps(Lines(packed, tile.rows))
            };
        }
        match a {
            Left::Strided(a) if by_rows => TileRows::ByRows(Lines(a.data, a.row)),
            Left::Strided(a) => TileRows::BySteps(Lines(a.data, a.column)),
            // SAFETY: the caller's rows; the second panel begins within them where it has a step.
            Left::Panels(a) => TileRows::InPanels(unsafe {
                let first = a.tile_rows(0, one);
                [first, if other > 0 { a.at(0, one).tile_rows(0, other) } else { first }]
            }),
        }
    }

    /// Computes a tile over both panels, of `b` as the tile reads it.
    ///
    /// # Safety
    /// As for [`super::tile::TileFn`], with `steps` for `depth`.
    #[inline(always)]
    pub(super) unsafe fn run(
        self,
        tile: &Tile,
        [one, other]: [usize; 2],
        b: *mut f32,
        columns: TileColumns,
        out: LinesMut,
        accumulate: bool,
    ) {
        // Where the second panel begins.
        let after = b.wrapping_add(one * tile.columns);
        let (variants, lines, step) = match (self, &tile.in_panels) {
            (TileRows::InPanels([first, second]), Some(tiles)) => {
                let run = match columns {
                    TileColumns::Half => tiles.half,
                    _ => tiles.whole,
                };
                // SAFETY: the caller's promise.
                unsafe {
                    run(one, first, b, out, accumulate);
                    if other > 0 {
                        run(other, second, after, out, true);
                    }
                }
                return;
            }
            (TileRows::InPanels(_), None) => unreachable!("only tiles for panels take them"),
            (TileRows::ByRows(lines), _) => (&tile.by_rows, lines, 1),
            (TileRows::BySteps(lines), _) => (&tile.by_steps, lines, lines.1),
        };
        let (run, from) = match columns {
            TileColumns::Packed => (variants.packed, Lines(b, 0)),
            TileColumns::Half => (variants.half, Lines(b, 0)),
            TileColumns::Packing(from) => (variants.packing, from),
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
