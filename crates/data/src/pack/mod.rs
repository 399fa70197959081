//! Packed files: a folder of images as one file. Up to a gigabyte of pixels is read into memory; more stay in
//! the file and are read image by image, so that it may be larger than memory.
//!
//! | bytes | content |
//! |---|---|
//! | 0..8 | `GANYPACK` |
//! | 8..12 | version of the format: 1, or 2 where images were transparent |
//! | 12..16, 16..20, 20..24 | height, width, channels of every image |
//! | 24..32 | number of images N |
//! | 32..36 | number of classes C; 0: no labels |
//! | 36..40 | length L of the class names in bytes |
//! | 40..72 | SHA-256 of the pixels |
//! | 72..104 | SHA-256 of bytes 0..72, in version 2 of 104..115, and of the labels and the names |
//! | 104..112 | in version 2: how many images were transparent somewhere, at least 1 |
//! | 112..115 | in version 2: red, green and blue of their background |
//! | ..4096 | zeros, so that the pixels begin at a page |
//! | 4096.. | pixels, N * height * width * channels bytes in NHWC order |
//! | then | if C > 0: N labels of 16 bits, each below C; and the C names in UTF-8, a zero byte between two |
//!
//! Four channels are red, green, blue and alpha, with the colours multiplied by alpha.
//!
//! Numbers are little-endian and unsigned. A file that is longer or shorter than its header says is
//! refused.

mod header;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::{is_pack, open, verify};
pub use write::{Packed, pack};

/// The usual ending of a packed file's name.
pub const EXTENSION: &str = "gpack";
