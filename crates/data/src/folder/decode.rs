//! One image file to pixels.

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError};

use super::failure::Failure;
use super::formats::{self, Format, Opened, Source, image_formats};
use super::raster::Raster;
use super::tree::Tree;
use crate::contained::contained;
use crate::{Background, DataError, MAX_SIDE, Size, sniff};

/// Largest file that is read.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Most bytes that an image may unpack to: 16-bit RGBA of 8192 x 8192.
const MAX_DECODED_BYTES: u64 = 512 << 20;

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Upright, that is after the turn that its Exif data asks for.
    pub(crate) size: Size,
    /// Whether it has colour channels, whatever is in them.
    pub(crate) colour: bool,
    /// Whether it has an alpha channel, whatever is in it.
    pub(crate) alpha: bool,
}

/// Reads the header of an image, whose format is known by its first bytes, not by its name.
///
/// # Errors
/// [`DataError::Io`] if the file cannot be read; [`DataError::Format`] for an empty file, another
/// format, an animated PNG or WebP, an image above the limits, and a header that does not decode.
pub(crate) fn header(tree: &Tree, path: &Path) -> Result<Header, DataError> {
    contained(&shown(path), || read_header(tree, path))
}

fn read_header(tree: &Tree, path: &Path) -> Result<Header, DataError> {
    let name = shown(path);
    let mut still = Still::open(&name, tree.open(path, MAX_FILE_BYTES)?)?;
    Ok(still.header())
}

/// Decodes the bytes of an image (of a GIF, its first frame) to 8-bit pixels of `channels` channels, 1 or 3.
/// Turned upright by its Exif data; 16-bit values are scaled to 8; where it is transparent, `background`
/// shows through; RGB becomes grey by the luminance of Rec. 709, grey RGB by repetition. Colour
/// profiles are not applied.
///
/// # Errors
/// As [`header`], and [`DataError::Format`] for pixels that do not decode.
pub(crate) fn pixels(
    path: &Path,
    bytes: &[u8],
    channels: usize,
    background: Background,
) -> Result<Raster, DataError> {
    contained(&shown(path), || decode(path, bytes, channels, background))
}

fn decode(path: &Path, bytes: &[u8], channels: usize, background: Background) -> Result<Raster, DataError> {
    let name = shown(path);
    let mut still = Still::open(&name, Box::new(Cursor::new(bytes)))?;
    let format = still.format;
    (format.complete)(bytes).map_err(|reason| corrupt(&name, format, &reason))?;
    let orientation = still.orientation();
    let mut image = DynamicImage::from_decoder(still.decoder).map_err(|e| refusal(&name, format, &e))?;
    image.apply_orientation(orientation);
    Ok(Raster::new(image, channels, background))
}

/// Whether an image has more frames than the one that is read.
pub(crate) fn is_animated(bytes: &[u8]) -> bool {
    formats::of(bytes).is_some_and(|format| (format.frames)(bytes))
}

/// A file's path as errors name it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Reads a whole file, within limits.
pub(crate) fn read(tree: &Tree, path: &Path) -> Result<Vec<u8>, DataError> {
    tree.read(path, MAX_FILE_BYTES)
}

/// A still image whose header is read and within limits.
struct Still<'a> {
    format: &'static Format,
    decoder: Box<dyn ImageDecoder + 'a>,
    grey: bool,
}

impl<'a> Still<'a> {
    fn open(name: &str, mut reader: Box<dyn Source + 'a>) -> Result<Self, DataError> {
        let failed = |e| DataError::io(Path::new(name), "read", e);
        let start = reader.fill_buf().map_err(failed)?;
        let refuse = |expected: String, got: String| Err(DataError::format(name, "image", expected, got));
        if start.is_empty() {
            return refuse(image_formats(), "an empty file".to_owned());
        }
        let Some(format) = formats::of(start) else {
            let got = sniff::kind(&start[..start.len().min(sniff::BYTES)])
                .map_or_else(|| "no image by its first bytes".to_owned(), |kind| kind.to_string());
            return refuse(image_formats(), got);
        };
        let Opened { decoder, grey, animated } = match (format.open)(reader) {
            Ok(opened) => opened,
            Err(Failure::Decoder(e)) => return Err(refusal(name, format, &e)),
            Err(Failure::Damaged(reason)) => return Err(corrupt(name, format, &reason)),
            Err(Failure::Unread { expected, got }) => return refuse(expected.to_owned(), got),
            Err(Failure::Io(e)) => return Err(failed(e)),
        };
        if animated {
            return refuse("a still one".to_owned(), format!("an animated {}", format.name));
        }
        let (width, height) = decoder.dimensions();
        let sides_fit = [width, height].iter().all(|&side| side >= 1 && side as usize <= MAX_SIDE);
        if !sides_fit || decoder.total_bytes() > MAX_DECODED_BYTES {
            let expected =
                format!("sides from 1 to {MAX_SIDE} and at most {MAX_DECODED_BYTES} bytes unpacked");
            return Err(DataError::format(name, "image size", expected, format!("{height}x{width}")));
        }
        Ok(Self { format, decoder, grey })
    }

    /// How the image must be turned. Exif data that cannot be read are ignored.
    fn orientation(&mut self) -> Orientation {
        self.decoder.orientation().unwrap_or(Orientation::NoTransforms)
    }

    fn header(&mut self) -> Header {
        let (width, height) = self.decoder.dimensions();
        let (mut height, mut width) = (height as usize, width as usize);
        if matches!(
            self.orientation(),
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        ) {
            std::mem::swap(&mut height, &mut width);
        }
        let kind = self.decoder.color_type();
        let colour = kind.has_color() && !self.grey;
        Header { size: Size { height, width }, colour, alpha: kind.has_alpha() }
    }
}

fn refusal(name: &str, format: &Format, error: &ImageError) -> DataError {
    match error {
        ImageError::Limits(limit) => {
            let expected = format!("sides up to {MAX_SIDE} and at most {MAX_DECODED_BYTES} bytes unpacked");
            DataError::format(name, "image size", expected, limit)
        }
        other => corrupt(name, format, &other.to_string()),
    }
}

fn corrupt(name: &str, format: &Format, reason: &str) -> DataError {
    // Some decoders' reasons span lines.
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    DataError::format(
        name,
        "image",
        format!("a sound {}", format.name),
        format!("one that does not decode ({reason})"),
    )
}
