//! The tiles of all products: micro-kernels that keep a block of the output in registers over a run of the inner dimension.
//!
//! `C[i, j] (+)= sum_p A[i, p] B[p, j]` for [`Tile::rows`] x [`Tile::columns`] values. The kinds of tile differ in how they
//! find the rows of A: at constant distances (`strided.rs`), in panels (`in_panels.rs`), or by a table of offsets
//! (`gathered.rs`). Every implementation sums in the order of `p`, with one rounding a step where the machine fuses multiply
//! and add: AVX2 and AVX-512 give the same bits.

mod gathered;
mod in_panels;
mod instructions;
mod store;
mod strided;

use std::sync::LazyLock;

pub(crate) use self::gathered::{Gathered, RowEnds, RowStarts, Step};
pub(crate) use self::in_panels::{InPanels, PANEL, PanelRows};
pub(crate) use self::instructions::{Instructions, MAX_COLUMNS, MAX_ROWS};
#[cfg(target_arch = "x86_64")]
pub(crate) use self::strided::Interleaved;
pub(crate) use self::strided::{Lines, LinesMut, Variants};

/// Most values of a tile.
pub(crate) const MAX_TILE: usize = MAX_ROWS * MAX_COLUMNS;
/// Longest run of the inner dimension that a tile sums in registers. Longer ones are cut.
pub(crate) const MAX_DEPTH: usize = 512;

/// The tiles of this processor.
pub(crate) static TILE: LazyLock<Tile> = LazyLock::new(|| Tile::of(Instructions::best()));

/// The tiles of one instruction set, all of one size.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) instructions: Instructions,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// For rows of A that are contiguous, as far apart as [`Lines`] says.
    pub(crate) by_rows: Variants<()>,
    /// For columns of A that are contiguous, as far apart as [`Lines`] says.
    pub(crate) by_steps: Variants<()>,
    /// For rows of A in panels, where there are registers enough.
    pub(crate) in_panels: Option<InPanels>,
    /// For rows of A that are read by a table.
    pub(crate) gathered: Gathered,
}

impl Tile {
    /// The tiles of `instructions`, which the processor must have.
    pub(crate) fn of(instructions: Instructions) -> Tile {
        let (rows, columns) = instructions.tile_size();
        Tile {
            instructions,
            rows,
            columns,
            by_rows: Variants::by_rows(instructions),
            by_steps: Variants::by_steps(instructions),
            in_panels: InPanels::of(instructions),
            gathered: Gathered::of(instructions),
        }
    }

    /// The scalar twin: plain loops.
    #[cfg(test)]
    pub(crate) fn portable() -> Tile {
        Tile::of(Instructions::Portable)
    }

    /// All that this processor can run but the portable one, best first.
    #[cfg(test)]
    pub(crate) fn fused() -> Vec<Tile> {
        Instructions::available().filter(|set| *set != Instructions::Portable).map(Tile::of).collect()
    }
}
