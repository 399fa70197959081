//! Why the header of an image was not read.

use std::io;

use image::ImageError;

/// Why a header was not read.
#[derive(Debug)]
pub(super) enum Failure {
    /// The decoder refused it.
    Decoder(ImageError),
    /// It is damaged, for this reason.
    Damaged(String),
    /// It is sound, but holds something that is not read: what would be, and what it is.
    Unread { expected: &'static str, got: String },
    /// The file could not be read.
    Io(io::Error),
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Failure {
        Failure::Decoder(error)
    }
}
