//! The size of an image.

use std::fmt;

/// The longest side that images are read at, or made.
pub const MAX_SIDE: usize = 16_384;

/// Height and width of an image, in pixels. Written `HxW`, as `48x64`; one number alone is a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}
