//! One image file to pixels.

use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat};

use super::png::Png;
use super::raster::Raster;
use super::{jpeg, webp};
use crate::contained::contained;
use crate::options::MAX_SIDE;
use crate::{Background, DataError, Size, open_regular, read_regular, sniff};

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

/// Reads the header of a still PNG, JPEG or WebP, known by its first bytes, not by its name.
///
/// # Errors
/// [`DataError::Io`] if the file cannot be read; [`DataError::Format`] for an empty file, another
/// format, an animation, an image above the limits, and a header that does not decode.
pub(crate) fn header(path: &Path) -> Result<Header, DataError> {
    contained(&shown(path), || read_header(path))
}

fn read_header(path: &Path) -> Result<Header, DataError> {
    let name = shown(path);
    let (file, metadata) = open_regular(path)?;
    let stored = metadata.len();
    if stored > MAX_FILE_BYTES {
        return Err(DataError::format(&name, "file", format!("at most {MAX_FILE_BYTES} bytes"), stored));
    }
    let mut still = Still::open(&name, BufReader::new(file))?;
    Ok(still.header())
}

/// Decodes the bytes of a still PNG, JPEG or WebP to 8-bit pixels of `channels` channels, 1 or 3.
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
    let mut still = Still::open(&name, Cursor::new(bytes))?;
    // This decoder paints missing parts grey without an error.
    if still.format == ImageFormat::Jpeg {
        jpeg::check(bytes).map_err(|reason| corrupt(&name, still.format, &reason))?;
    }
    // This decoder does not check that the file is complete.
    if still.format == ImageFormat::WebP {
        webp::check(bytes).map_err(|reason| corrupt(&name, still.format, &reason))?;
    }
    let orientation = still.orientation();
    let format = still.format;
    let mut image = DynamicImage::from_decoder(still.decoder).map_err(|e| refusal(&name, format, &e))?;
    image.apply_orientation(orientation);
    Ok(Raster::new(image, channels, background))
}

/// A file's path as errors name it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Reads a whole file, within limits.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    read_regular(path, MAX_FILE_BYTES)
}

/// A still image whose header is read and within limits.
struct Still<'a> {
    format: ImageFormat,
    decoder: Box<dyn ImageDecoder + 'a>,
}

impl<'a> Still<'a> {
    fn open<R: BufRead + Seek + 'a>(name: &str, mut reader: R) -> Result<Self, DataError> {
        let start = reader.fill_buf().map_err(|e| DataError::io(Path::new(name), "read", e))?;
        if start.is_empty() {
            return Err(DataError::format(name, "image", "PNG, JPEG or WebP", "an empty file"));
        }
        let Ok(format) = image::guess_format(start) else {
            let got = sniff::kind(&start[..start.len().min(sniff::BYTES)])
                .map_or_else(|| "no image by its first bytes".to_owned(), |kind| kind.to_string());
            return Err(DataError::format(name, "image", "PNG, JPEG or WebP", got));
        };
        let failed = |e: ImageError| refusal(name, format, &e);
        let (decoder, animated): (Box<dyn ImageDecoder + 'a>, bool) = match format {
            ImageFormat::Png => {
                let decoder = Png::new(reader).map_err(failed)?;
                let animated = decoder.animated();
                (Box::new(decoder), animated)
            }
            ImageFormat::Jpeg => {
                // All of it, as its decoder would.
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map_err(|e| DataError::io(Path::new(name), "read", e))?;
                jpeg::readable(&bytes).map_err(|reason| corrupt(name, format, &reason))?;
                (Box::new(JpegDecoder::new(Cursor::new(bytes)).map_err(failed)?), false)
            }
            ImageFormat::WebP => {
                let decoder = WebPDecoder::new(reader).map_err(failed)?;
                let animated = decoder.has_animation();
                (Box::new(decoder), animated)
            }
            other => {
                return Err(DataError::format(name, "image", "PNG, JPEG or WebP", format!("{other:?}")));
            }
        };
        if animated {
            let got = format!("an animated {}", spelled(format));
            return Err(DataError::format(name, "image", "a still one", got));
        }
        let (width, height) = decoder.dimensions();
        let sides_fit = [width, height].iter().all(|&side| side >= 1 && side as usize <= MAX_SIDE);
        if !sides_fit || decoder.total_bytes() > MAX_DECODED_BYTES {
            let expected =
                format!("sides from 1 to {MAX_SIDE} and at most {MAX_DECODED_BYTES} bytes unpacked");
            return Err(DataError::format(name, "image size", expected, format!("{height}x{width}")));
        }
        Ok(Self { format, decoder })
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
        Header { size: Size { height, width }, colour: kind.has_color(), alpha: kind.has_alpha() }
    }
}

fn refusal(name: &str, format: ImageFormat, error: &ImageError) -> DataError {
    match error {
        ImageError::Limits(limit) => {
            let expected = format!("sides up to {MAX_SIDE} and at most {MAX_DECODED_BYTES} bytes unpacked");
            DataError::format(name, "image size", expected, limit)
        }
        other => corrupt(name, format, &other.to_string()),
    }
}

fn corrupt(name: &str, format: ImageFormat, reason: &str) -> DataError {
    // Some decoders' reasons span lines.
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    DataError::format(
        name,
        "image",
        format!("a sound {}", spelled(format)),
        format!("one that does not decode ({reason})"),
    )
}

fn spelled(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        _ => "WebP",
    }
}
