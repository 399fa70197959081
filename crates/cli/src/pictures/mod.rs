//! Pictures made of generated images: enlarged, with pen strokes, animated, or in a terminal.

mod canvas;
mod gif;
mod half_blocks;
mod scale;

use std::path::Path;

use data::DataError;
use run::picture::write_picture;

pub(crate) use canvas::Canvas;
pub(crate) use gif::write_gif;
pub(crate) use half_blocks::{Depth, half_blocks};
pub(crate) use scale::enlarge;

/// Pixels `[height, width, channels]` with their shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) pixels: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
}

impl Picture {
    /// Writes it as a PNG: whole, or not at all.
    pub(crate) fn save(&self, path: &Path) -> Result<(), DataError> {
        write_picture(path, &self.pixels, self.width, self.height, self.channels)
    }
}
