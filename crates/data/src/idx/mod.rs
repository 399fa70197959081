//! The IDX file format, as far as image data sets use it: unsigned bytes of rank 1 (labels, `[N]`),
//! 3 (grey images, `[N, height, width]`) and 4 (colour images, `[N, height, width, channels]`, a
//! natural extension that keeps the format's rules).
//!
//! A file is `00 00 TT RR`, where `TT` is the element type (`08`: unsigned byte) and `RR` the rank;
//! then `RR` sizes as big-endian 32-bit numbers; then the elements, the last index running fastest.
//! Source: LeCun, Cortes, Burges, "The MNIST database", section "the IDX file format". Files may be
//! gzip-compressed, which is seen from their first two bytes, not from their name.
//!
//! Reading is safe for untrusted files: sizes are multiplied with checks and capped at [`MAX_BYTES`]; a plain file's
//! length must agree with its header before its body is read; a compressed body is unpacked into a
//! buffer that grows with the real data, and stops one byte after the announced size.

mod gunzip;
mod header;
mod read;
mod write;

pub(crate) use read::Stream;
pub use read::{IdxArray, read, read_bytes};
pub use write::{part, write, write_streamed, write_to};

/// The largest body that is read or written, in bytes: 8 GiB, some 15 times the largest set that
/// [`crate::load`] knows by name.
pub const MAX_BYTES: u64 = 8 << 30;

#[cfg(test)]
mod tests;
