//! PNG files.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use data::{DataError, write_atomic};

/// Writes 8-bit pixels `[height, width, channels]`, 1 channel (grey) or 3 (RGB), as a PNG: whole, or not at all.
///
/// # Errors
/// [`DataError`] if the file cannot be written, or the pixels are not so many.
pub fn write_png(
    path: &Path,
    pixels: &[u8],
    width: usize,
    height: usize,
    channels: usize,
) -> Result<(), DataError> {
    let bytes = encode_png(pixels, width, height, channels)
        .map_err(|e| DataError::io(path, "encode", std::io::Error::other(e)))?;
    write_atomic(path, |out| out.write_all(&bytes).map_err(|e| DataError::io(path, "write", e)))
}

/// A text in each picture, before its pixels: who drew it.
const SOFTWARE: (&str, &str) = ("Software", "Ganymede");
/// Bytes of a PNG that hold that text: signature, header and the text come first.
const START_BYTES: u64 = 128;

/// Whether a file is a picture that [`write_png`] made.
pub(super) fn is_own_picture(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(START_BYTES).read_to_end(&mut start));
    let text = [SOFTWARE.0.as_bytes(), &[0], SOFTWARE.1.as_bytes()].concat();
    read.is_ok() && start.starts_with(b"\x89PNG\r\n\x1a\n") && start.windows(text.len()).any(|w| w == text)
}

/// The bytes of such a PNG.
///
/// # Errors
/// The encoder's words, if there are no pixels or another number of them, or other channels than 1 or 3.
pub fn encode_png(pixels: &[u8], width: usize, height: usize, channels: usize) -> Result<Vec<u8>, String> {
    let color = match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        other => return Err(format!("a PNG has 1 or 3 channels here, not {other}")),
    };
    let side = |n: usize| u32::try_from(n).map_err(|_| format!("a side of {n} pixels"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side(width)?, side(height)?);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.add_text_chunk(SOFTWARE.0.into(), SOFTWARE.1.into()).map_err(|e| e.to_string())?;
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer.write_image_data(pixels).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// Images `[n, height, width, channels]` as one sheet, `columns` a row, two pixels apart.
///
/// # Errors
/// As [`write_png`].
pub fn write_grid(
    path: &Path,
    images: &[u8],
    shape: (usize, usize, usize),
    columns: usize,
) -> Result<(), DataError> {
    let (height, width, channels) = shape;
    let (sheet, sheet_width, sheet_height) = data::grid::grid(images, height, width, channels, columns, 2);
    write_png(path, &sheet, sheet_width, sheet_height, channels)
}

/// Columns of a grid of `n` images: the smallest square that holds them.
pub fn square_columns(n: usize) -> usize {
    (1..=n.max(1)).find(|c| c * c >= n).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_decodes_to_what_was_written() {
        let pixels: Vec<u8> = (0..60).collect();
        for (width, height, channels) in [(6, 10, 1), (5, 4, 3)] {
            let bytes = encode_png(&pixels, width, height, channels).unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            let mut out = vec![0; 60];
            reader.next_frame(&mut out).unwrap();
            assert_eq!(out, pixels);
        }
        assert!(encode_png(&pixels, 6, 10, 2).is_err());
        assert!(encode_png(&pixels, 6, 9, 1).is_err());
        assert!(encode_png(&[], 0, 0, 1).is_err());
    }

    #[test]
    fn columns_make_squares() {
        assert_eq!([1, 2, 4, 16, 17, 64].map(square_columns), [1, 2, 2, 4, 5, 8]);
    }
}
