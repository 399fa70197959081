//! The header of an IDX file, and its limits.

use super::MAX_BYTES;
use crate::DataError;

/// The only element type read here: unsigned byte.
pub(super) const TYPE_U8: u8 = 0x08;

/// The ranks in use: labels, grey images, colour images.
pub(super) const RANKS: [u8; 3] = [1, 3, 4];

/// Checks the first four bytes and returns the rank.
pub(super) fn parse_magic(file: &str, magic: [u8; 4]) -> Result<u8, DataError> {
    let [zero_0, zero_1, element_type, rank] = magic;
    if [zero_0, zero_1] != [0, 0] {
        let got = format!("{zero_0:02x} {zero_1:02x} {element_type:02x} {rank:02x}");
        return Err(DataError::format(file, "magic", "00 00 08 and a rank", got));
    }
    if element_type != TYPE_U8 {
        return Err(DataError::format(
            file,
            "element type",
            "0x08 (unsigned byte)",
            format!("0x{element_type:02x} ({})", type_name(element_type)),
        ));
    }
    if !RANKS.contains(&rank) {
        return Err(DataError::format(
            file,
            "rank",
            "1 (labels), 3 (grey images) or 4 (colour images)",
            rank,
        ));
    }
    Ok(rank)
}

/// Checks the sizes and returns them with the number of bytes they announce.
pub(super) fn parse_dims(file: &str, sizes: &[[u8; 4]]) -> Result<(Vec<usize>, u64), DataError> {
    let mut dims = Vec::with_capacity(sizes.len());
    let mut bytes = 1_u64;
    for (axis, size) in sizes.iter().enumerate() {
        let size = u32::from_be_bytes(*size);
        if size == 0 {
            return Err(DataError::format(file, format!("dimension {axis}"), "at least 1", size));
        }
        bytes = bytes.saturating_mul(u64::from(size));
        // Fails only where usize has 16 bits.
        dims.push(usize::try_from(size).unwrap_or(usize::MAX));
    }
    // The second condition is for 32-bit targets.
    if bytes > MAX_BYTES || usize::try_from(bytes).is_err() {
        let expected = format!("at most {MAX_BYTES} bytes");
        return Err(DataError::format(file, "size", expected, format!("dimensions {dims:?}")));
    }
    Ok((dims, bytes))
}

fn type_name(element_type: u8) -> &'static str {
    match element_type {
        0x09 => "signed byte",
        0x0b => "16-bit integer",
        0x0c => "32-bit integer",
        0x0d => "32-bit float",
        0x0e => "64-bit float",
        _ => "not an IDX type",
    }
}
