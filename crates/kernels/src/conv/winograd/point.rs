//! The product of all tiles at one point.

use super::super::panel::{
    MAX_BLOCK_COLUMNS, Panel, Ragged, TileRows, panel_count, panel_start, row_of_tiles,
};
use crate::tile::{Step, Tile};

/// The product at one point: `out[i, j] = sum_p left[i row_step + steps[p]] right[p, j]`.
pub(super) struct PointProduct<'a> {
    pub(super) tile: &'a Tile,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) left: *const f32,
    pub(super) row_step: usize,
    pub(super) steps: &'a [Step],
    pub(super) right: *const f32,
    /// Whether the right factor is packed: tile after tile of columns; else it is row-major.
    pub(super) packed: bool,
}

impl PointProduct<'_> {
    /// # Safety
    /// The left factor may be read at every row and step, the right one is `[steps, columns]`.
    pub(super) unsafe fn run(&self, out: &mut [f32], accumulate: bool) {
        assert!(out.len() >= self.rows * self.columns, "a point's sums");
        let (tile, depth, columns) = (self.tile, self.steps.len(), self.columns);
        let mut ragged = Ragged::new();
        for first in (0..columns).step_by(MAX_BLOCK_COLUMNS) {
            let width = MAX_BLOCK_COLUMNS.min(columns - first);
            let panels = panel_count(depth);
            for panel in 0..panels {
                let from = panel_start(depth, panels, panel);
                let to = panel_start(depth, panels, panel + 1);
                let b = if self.packed {
                    Panel {
                        data: self.right.wrapping_add(first * depth),
                        pitch: depth * tile.columns,
                        stride: tile.columns,
                        ragged: None,
                    }
                } else {
                    let right = self.right.wrapping_add(first);
                    // SAFETY: rows of the right factor.
                    unsafe { Panel::in_place(tile, right, columns, (from, to), width, &mut ragged) }
                };
                for row in (0..self.rows).step_by(tile.rows) {
                    let count = tile.rows.min(self.rows - row);
                    let rows = TileRows {
                        starts: std::array::from_fn(|i| self.left.wrapping_add((row + i) * self.row_step)),
                        ends: std::array::from_fn(|i| {
                            out.as_mut_ptr().wrapping_add((row + i) * columns + first)
                        }),
                        count,
                    };
                    // SAFETY: the caller's factors; `out` has a place for each row.
                    unsafe {
                        let steps = &self.steps[from..to];
                        row_of_tiles(tile, steps, &rows, b, width, accumulate || panel > 0);
                    }
                }
            }
        }
    }
}
