//! The layout of an image's values.

/// `height x width` pixels of `channels` values each, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// Values of a pixel.
    pub channels: usize,
}

impl Grid {
    /// Values of one image.
    pub fn values(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Values of one row of pixels.
    pub(crate) fn row(self) -> usize {
        self.width * self.channels
    }
}
