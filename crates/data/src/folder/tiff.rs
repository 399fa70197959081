//! TIFF: the first page, in grey or RGB of 8 or 16 bits, with or without alpha.
//!
//! Alpha is what the tag ExtraSamples says (TIFF 6.0, section 18): 2 is straight alpha, 1 means that the colours are
//! multiplied by it, and 0 means that the channel is something else, so the image is opaque.

use std::io::{BufRead, Seek};

use ::tiff::TiffError;
use ::tiff::decoder::{Decoder, DecodingResult};
use ::tiff::tags::Tag;
use image::codecs::tiff::TiffDecoder;
use image::error::DecodingError;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

use super::failure::Failure;

const EXPECTED: &str = "a TIFF of grey or RGB values of 8 or 16 bits";

/// A TIFF whose directory is read.
pub(super) struct Tiff<R: BufRead + Seek> {
    decoder: Reader<R>,
    color_type: ColorType,
    dimensions: (u32, u32),
    alpha: Alpha,
}

/// What reads the pixels.
enum Reader<R: BufRead + Seek> {
    Image(TiffDecoder<R>),
    /// Grey with alpha, which the other does not know.
    GreyAlpha(Decoder<R>, Orientation),
}

/// What the last of four channels is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alpha {
    Other,
    Multiplied,
    Straight,
}

impl<R: BufRead + Seek> Tiff<R> {
    /// Reads the directory of the first page.
    pub(super) fn new(mut reader: R) -> Result<Tiff<R>, Failure> {
        let damaged = |e: ::tiff::TiffError| Failure::Damaged(e.to_string());
        let mut tags = Decoder::new(&mut reader).map_err(damaged)?;
        let kind = tags.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).map_err(damaged)?;
        let refuse = |got: &str| Err(Failure::Unread { expected: EXPECTED, got: got.to_owned() });
        match kind {
            Some(3) => return refuse("one of a palette; save it as RGB"),
            Some(5) => return refuse("one of CMYK, whose colours depend on a printer; save it as RGB"),
            Some(8..=10) => return refuse("one of L*a*b* colours; save it as RGB"),
            _ => {}
        }
        let extra = tags.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(damaged)?;
        let alpha = match extra.as_deref() {
            Some([0, ..]) => Alpha::Other,
            Some([1, ..]) => Alpha::Multiplied,
            // Some writers leave the tag out.
            _ => Alpha::Straight,
        };
        let grey_alpha = match tags.colortype().map_err(damaged)? {
            ::tiff::ColorType::Multiband { bit_depth: 8, num_samples: 2 } => Some(ColorType::La8),
            ::tiff::ColorType::Multiband { bit_depth: 16, num_samples: 2 } => Some(ColorType::La16),
            _ => None,
        };
        let dimensions = tags.dimensions().map_err(damaged)?;
        let planes = tags.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(damaged)?;
        let turned = tags.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
        let turned = turned.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
        drop(tags);
        reader.rewind().map_err(Failure::Io)?;
        if let Some(color_type) = grey_alpha {
            if planes == Some(2) {
                return refuse("one of grey and alpha in two planes");
            }
            let decoder = Reader::GreyAlpha(Decoder::new(reader).map_err(damaged)?, turned);
            return Ok(Tiff { decoder, color_type, dimensions, alpha });
        }
        let decoder = TiffDecoder::new(reader)?;
        let color_type = decoder.color_type();
        if matches!(color_type, ColorType::Rgb32F | ColorType::Rgba32F) {
            return refuse("one of floating-point values");
        }
        Ok(Tiff { decoder: Reader::Image(decoder), color_type, dimensions, alpha })
    }
}

impl<R: BufRead + Seek> ImageDecoder for Tiff<R> {
    fn dimensions(&self) -> (u32, u32) {
        self.dimensions
    }

    fn color_type(&self) -> ColorType {
        self.color_type
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        match &mut self.decoder {
            Reader::Image(decoder) => decoder.orientation(),
            Reader::GreyAlpha(_, turned) => Ok(*turned),
        }
    }

    fn read_image(self, out: &mut [u8]) -> ImageResult<()> {
        let (kind, alpha) = (self.color_type, self.alpha);
        match self.decoder {
            Reader::Image(decoder) => decoder.read_image(out)?,
            Reader::GreyAlpha(mut decoder, _) => read_pairs(&mut decoder, out)?,
        }
        if !kind.has_alpha() || alpha == Alpha::Straight {
            return Ok(());
        }
        let channels = usize::from(kind.channel_count());
        if kind.bytes_per_pixel() == kind.channel_count() {
            for pixel in out.chunks_exact_mut(channels) {
                let mut values: Vec<u32> = pixel.iter().map(|&v| v.into()).collect();
                straighten(&mut values, alpha, 255);
                pixel.iter_mut().zip(values).for_each(|(v, s)| *v = s as u8);
            }
        } else {
            for pixel in out.chunks_exact_mut(2 * channels) {
                let (twos, _) = pixel.as_chunks_mut::<2>();
                let mut values: Vec<u32> = twos.iter().map(|two| u16::from_ne_bytes(*two).into()).collect();
                straighten(&mut values, alpha, 65535);
                twos.iter_mut().zip(values).for_each(|(two, s)| *two = (s as u16).to_ne_bytes());
            }
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, out: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(out)
    }
}

/// Reads grey and alpha, in turn.
fn read_pairs<R: BufRead + Seek>(decoder: &mut Decoder<R>, out: &mut [u8]) -> ImageResult<()> {
    let damaged = |reason: String| ImageError::Decoding(DecodingError::new(ImageFormat::Tiff.into(), reason));
    let bytes = match decoder.read_image() {
        Ok(DecodingResult::U8(values)) => values,
        Ok(DecodingResult::U16(values)) => values.into_iter().flat_map(u16::to_ne_bytes).collect(),
        Ok(_) => return Err(damaged("values of another type".to_owned())),
        Err(TiffError::IoError(e)) => return Err(ImageError::IoError(e)),
        Err(e) => return Err(damaged(e.to_string())),
    };
    if bytes.len() != out.len() {
        return Err(damaged(format!("{} bytes of pixels instead of {}", bytes.len(), out.len())));
    }
    out.copy_from_slice(&bytes);
    Ok(())
}

/// Makes straight alpha of the last channel of a pixel.
fn straighten(pixel: &mut [u32], alpha: Alpha, most: u32) {
    if let Some((last, colours)) = pixel.split_last_mut() {
        match alpha {
            Alpha::Other => *last = most,
            Alpha::Multiplied if *last > 0 => {
                colours.iter_mut().for_each(|c| *c = ((*c * most + *last / 2) / *last).min(most));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplied_colours_are_divided_and_other_channels_are_opaque() {
        for (mut pixel, alpha, most, expected) in [
            (vec![50, 0, 128, 128], Alpha::Multiplied, 255, vec![100, 0, 255, 128]),
            (vec![9, 9, 9, 0], Alpha::Multiplied, 255, vec![9, 9, 9, 0]),
            (vec![65535, 1, 65535], Alpha::Multiplied, 65535, vec![65535, 1, 65535]),
            (vec![7, 8, 9, 0], Alpha::Other, 255, vec![7, 8, 9, 255]),
        ] {
            straighten(&mut pixel, alpha, most);
            assert_eq!(pixel, expected);
        }
    }
}
