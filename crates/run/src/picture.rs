//! PNG files.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use data::alpha::{ALPHA_CHANNELS, straight};
use data::{DataError, SOFTWARE, write_atomic};

/// Writes a picture to be looked at, such as a sheet or a plot: 8-bit pixels `[height, width, channels]`, 1 channel (grey),
/// 3 (RGB) or 4 (RGB multiplied by alpha, and alpha; straight in the file), as a PNG, whole or not at all. It names [`SOFTWARE`], so that it is never taken for data.
///
/// # Errors
/// [`DataError`] if the file cannot be written, or the pixels are not so many.
pub fn write_picture(
    path: &Path,
    pixels: &[u8],
    width: usize,
    height: usize,
    channels: usize,
) -> Result<(), DataError> {
    write(path, encode(pixels, width, height, channels, Some(SOFTWARE)))
}

/// The same of a single image, which may be data: it names nothing.
///
/// # Errors
/// As [`write_picture`].
pub fn write_png(
    path: &Path,
    pixels: &[u8],
    width: usize,
    height: usize,
    channels: usize,
) -> Result<(), DataError> {
    write(path, encode(pixels, width, height, channels, None))
}

fn write(path: &Path, encoded: Result<Vec<u8>, String>) -> Result<(), DataError> {
    let bytes = encoded.map_err(|e| DataError::io(path, "encode", std::io::Error::other(e)))?;
    write_atomic(path, |out| out.write_all(&bytes).map_err(|e| DataError::io(path, "write", e)))
}

/// The bytes of a single image.
///
/// # Errors
/// The encoder's words, if there are no pixels or another number of them, or other channels than 1, 3 or 4.
pub fn encode_png(pixels: &[u8], width: usize, height: usize, channels: usize) -> Result<Vec<u8>, String> {
    encode(pixels, width, height, channels, None)
}

fn encode(
    pixels: &[u8],
    width: usize,
    height: usize,
    channels: usize,
    software: Option<&str>,
) -> Result<Vec<u8>, String> {
    let color = match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        ALPHA_CHANNELS => png::ColorType::Rgba,
        other => return Err(format!("a PNG has 1, 3 or 4 channels here, not {other}")),
    };
    let pixels = match channels {
        ALPHA_CHANNELS => Cow::Owned(straight(pixels)),
        _ => Cow::Borrowed(pixels),
    };
    let side = |n: usize| u32::try_from(n).map_err(|_| format!("a side of {n} pixels"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side(width)?, side(height)?);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    if let Some(software) = software {
        encoder.add_text_chunk("Software".to_owned(), software.to_owned()).map_err(|e| e.to_string())?;
    }
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer.write_image_data(&pixels).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// Images `[n, height, width, channels]` as one sheet, `columns` a row, two pixels apart.
///
/// # Errors
/// As [`write_picture`].
pub fn write_grid(
    path: &Path,
    images: &[u8],
    shape: (usize, usize, usize),
    columns: usize,
) -> Result<(), DataError> {
    let (height, width, channels) = shape;
    let (sheet, sheet_width, sheet_height) = data::grid::grid(images, height, width, channels, columns, 2);
    write_picture(path, &sheet, sheet_width, sheet_height, channels)
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
        // Alpha is straight in the file.
        let bytes = encode_png(&[100, 50, 0, 100, 0, 0, 0, 0], 2, 1, 4).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut out = vec![0; 8];
        reader.next_frame(&mut out).unwrap();
        assert_eq!(out, [255, 128, 0, 100, 0, 0, 0, 0]);
        assert!(encode_png(&pixels, 6, 10, 2).is_err());
        assert!(encode_png(&pixels, 6, 9, 1).is_err());
        assert!(encode_png(&[], 0, 0, 1).is_err());
    }
}
