//! The shape of one image's activation.

use std::fmt;

use kernels::Grid;
use serde::{Deserialize, Serialize};

/// `height x width x channels`; a vector of `n` features is `1 x 1 x n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// Values of a pixel.
    pub channels: usize,
}

impl Shape {
    /// A vector of `features`.
    pub fn flat(features: usize) -> Shape {
        Shape { height: 1, width: 1, channels: features }
    }

    pub(crate) fn grid(self) -> Grid {
        let Shape { height, width, channels } = self;
        Grid { height, width, channels }
    }

    /// Values of one image.
    pub fn values(self) -> usize {
        self.height * self.width * self.channels
    }

    /// The same, where it is a number that a machine has.
    pub(crate) fn checked_values(self) -> Option<usize> {
        self.height.checked_mul(self.width)?.checked_mul(self.channels)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.height == 1 && self.width == 1 {
            write!(f, "{}", self.channels)
        } else {
            write!(f, "{}x{}x{}", self.height, self.width, self.channels)
        }
    }
}
