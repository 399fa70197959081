//! PNG through the interface of its decoder, which offers more than the general one: colour profiles and texts are
//! skipped instead of unpacked (a few kilobytes can unpack to gigabytes), and a palette can be checked before it is used.

use std::io::{BufRead, Seek};

use ::png::{self as decoder, BitDepth, Transformations};
use image::error::{DecodingError, LimitError, LimitErrorKind, UnsupportedError, UnsupportedErrorKind};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

use crate::MAX_SIDE;

/// Most memory for Exif data, a palette and a row.
const MAX_CHUNK_BYTES: usize = 64 << 20;

/// A PNG whose header is read, up to the pixels.
pub(super) struct Png<R: BufRead + Seek> {
    reader: decoder::Reader<R>,
    color_type: ColorType,
}

impl<R: BufRead + Seek> Png<R> {
    /// Reads everything before the pixels.
    pub(super) fn new(reader: R) -> ImageResult<Png<R>> {
        let mut reading =
            decoder::Decoder::new_with_limits(reader, decoder::Limits { bytes: MAX_CHUNK_BYTES });
        reading.set_ignore_text_chunk(true);
        reading.set_ignore_iccp_chunk(true);
        // The checksum of the pixels, which libpng verifies as well.
        reading.ignore_checksums(false);
        let info = reading.read_header_info().map_err(error)?;
        if info.width as usize > MAX_SIDE || info.height as usize > MAX_SIDE {
            return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
        }
        reading.set_transformations(Transformations::EXPAND);
        let reader = reading.read_info().map_err(error)?;
        if let Some(palette) = &reader.info().palette
            && (palette.is_empty() || !palette.len().is_multiple_of(3))
        {
            return Err(sound(format!("a palette of {} bytes, which are no whole colours", palette.len())));
        }
        let color_type = match reader.output_color_type() {
            (decoder::ColorType::Grayscale, BitDepth::Eight) => ColorType::L8,
            (decoder::ColorType::Grayscale, BitDepth::Sixteen) => ColorType::L16,
            (decoder::ColorType::GrayscaleAlpha, BitDepth::Eight) => ColorType::La8,
            (decoder::ColorType::GrayscaleAlpha, BitDepth::Sixteen) => ColorType::La16,
            (decoder::ColorType::Rgb, BitDepth::Eight) => ColorType::Rgb8,
            (decoder::ColorType::Rgb, BitDepth::Sixteen) => ColorType::Rgb16,
            (decoder::ColorType::Rgba, BitDepth::Eight) => ColorType::Rgba8,
            (decoder::ColorType::Rgba, BitDepth::Sixteen) => ColorType::Rgba16,
            // The transformation leaves no others.
            (kind, bits) => return Err(sound(format!("{kind:?} of {bits:?} bits"))),
        };
        Ok(Png { reader, color_type })
    }

    /// Whether it has more than one frame, or could have.
    pub(super) fn animated(&self) -> bool {
        self.reader.info().animation_control.is_some()
    }
}

impl<R: BufRead + Seek> ImageDecoder for Png<R> {
    fn dimensions(&self) -> (u32, u32) {
        self.reader.info().size()
    }

    fn color_type(&self) -> ColorType {
        self.color_type
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.reader.info().exif_metadata.as_ref().map(|exif| exif.to_vec()))
    }

    fn read_image(mut self, out: &mut [u8]) -> ImageResult<()> {
        self.reader.next_frame(out).map_err(error)?;
        // Values of two bytes are the file's, the high byte first.
        if matches!(self.reader.output_color_type().1, BitDepth::Sixteen) {
            for two in out.as_chunks_mut::<2>().0 {
                *two = u16::from_be_bytes(*two).to_ne_bytes();
            }
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, out: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(out)
    }
}

fn error(error: decoder::DecodingError) -> ImageError {
    match error {
        decoder::DecodingError::IoError(e) => ImageError::IoError(e),
        decoder::DecodingError::LimitsExceeded => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        decoder::DecodingError::Parameter(e) => {
            ImageError::Unsupported(UnsupportedError::from_format_and_kind(
                ImageFormat::Png.into(),
                UnsupportedErrorKind::GenericFeature(e.to_string()),
            ))
        }
        other => sound(other.to_string()),
    }
}

/// Why it is no sound one.
fn sound(reason: String) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormat::Png.into(), reason))
}
