//! A thread's packing buffers.

use std::cell::RefCell;

use super::blocking::{BLOCK_VALUES, ROW_STRIDE};
use crate::memory::Line;
use crate::tile::{MAX_ROWS, MAX_TILE};

/// Room for packed values. Made when a thread first multiplies, and kept.
pub(super) struct Buffers {
    a: Vec<Line>,
    b: Vec<Line>,
    gradients: Vec<Line>,
}

impl Buffers {
    fn new() -> Buffers {
        Buffers {
            a: Line::buffer(MAX_ROWS * ROW_STRIDE),
            b: Line::buffer(BLOCK_VALUES),
            gradients: Line::buffer(2 * MAX_TILE),
        }
    }

    /// `MAX_ROWS` x `ROW_STRIDE` values: the last rows of a left factor.
    pub(super) fn a(&mut self) -> *mut f32 {
        self.a.as_mut_ptr().cast()
    }

    /// `BLOCK_VALUES` values: a block of a right factor.
    pub(super) fn b(&mut self) -> *mut f32 {
        self.b.as_mut_ptr().cast()
    }

    /// Two tiles of gradients whose update is pending.
    pub(super) fn gradients(&mut self) -> *mut f32 {
        self.gradients.as_mut_ptr().cast()
    }
}

thread_local! {
    /// The buffers of this thread.
    pub(super) static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers::new());
}
