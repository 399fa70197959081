//! GIF: the first frame, on the screen that the file describes. What the frame does not cover is transparent.
//!
//! An image is grey if all colours of its palette are, and it has an alpha channel if a colour of the palette is
//! transparent or the frame does not cover the screen.

use std::io::{Cursor, Read};
use std::num::NonZeroU64;

use ::gif::{self as decoder, DecodeOptions, MemoryLimit};
use image::error::{DecodingError, LimitError, LimitErrorKind};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

/// Most memory for a frame's indices.
const MAX_FRAME_BYTES: NonZeroU64 = NonZeroU64::MIN.saturating_add((512 << 20) - 1);

/// A GIF whose header is read, up to the pixels of the first frame.
pub(super) struct Gif<R: Read> {
    reader: decoder::Decoder<R>,
    frame: Place,
    palette: Vec<[u8; 3]>,
    color_type: ColorType,
}

/// Where the first frame lies, and which index is transparent.
struct Place {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    transparent: Option<u8>,
}

impl<R: Read> Gif<R> {
    /// Reads everything before the pixels of the first frame.
    pub(super) fn new(reader: R) -> ImageResult<Gif<R>> {
        let mut options = DecodeOptions::new();
        options.set_memory_limit(MemoryLimit::Bytes(MAX_FRAME_BYTES));
        let mut reader = options.read_info(reader).map_err(error)?;
        let (screen_width, screen_height) = (usize::from(reader.width()), usize::from(reader.height()));
        let Some(frame) = reader.next_frame_info().map_err(error)? else {
            return Err(damaged("it has no frame"));
        };
        let frame = Place {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
            transparent: frame.transparent,
        };
        let palette = reader.palette().map_err(error)?.as_chunks::<3>().0.to_vec();
        let grey = palette.iter().all(|[r, g, b]| r == g && g == b);
        let covers =
            frame.left == 0 && frame.top == 0 && frame.width >= screen_width && frame.height >= screen_height;
        let color_type = match (grey, frame.transparent.is_some() || !covers) {
            (true, false) => ColorType::L8,
            (true, true) => ColorType::La8,
            (false, false) => ColorType::Rgb8,
            (false, true) => ColorType::Rgba8,
        };
        Ok(Gif { reader, frame, palette, color_type })
    }
}

impl<R: Read> ImageDecoder for Gif<R> {
    fn dimensions(&self) -> (u32, u32) {
        (self.reader.width().into(), self.reader.height().into())
    }

    fn color_type(&self) -> ColorType {
        self.color_type
    }

    fn read_image(mut self, out: &mut [u8]) -> ImageResult<()> {
        let mut indices = vec![0; self.reader.buffer_size()];
        self.reader.read_into_buffer(&mut indices).map_err(error)?;
        let (width, height) = (usize::from(self.reader.width()), usize::from(self.reader.height()));
        let channels = usize::from(self.color_type.channel_count());
        let colours = if self.color_type.has_color() { 3 } else { 1 };
        out.fill(0);
        let Place { left, top, transparent, .. } = self.frame;
        let rows = indices.chunks_exact(self.frame.width.max(1)).zip(top..height);
        for (row, y) in rows {
            for (&index, x) in row.iter().zip(left..width) {
                let pixel = &mut out[(y * width + x) * channels..][..channels];
                // An index beyond the palette is black, as in other decoders.
                let colour = self.palette.get(usize::from(index)).copied().unwrap_or_default();
                pixel[..colours].copy_from_slice(&colour[..colours]);
                if let Some(alpha) = pixel.get_mut(colours) {
                    *alpha = if Some(index) == transparent { 0 } else { 255 };
                }
            }
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, out: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(out)
    }
}

/// Whether a GIF has more than one frame. Nothing is decoded.
pub(super) fn is_animated(bytes: &[u8]) -> bool {
    let mut options = DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut reader) = options.read_info(Cursor::new(bytes)) else { return false };
    (0..2).all(|_| matches!(reader.next_frame_info(), Ok(Some(_))))
}

fn error(error: decoder::DecodingError) -> ImageError {
    match error {
        decoder::DecodingError::Io(e) => ImageError::IoError(e),
        decoder::DecodingError::OutOfMemory | decoder::DecodingError::MemoryLimit => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        other => damaged(&other.to_string()),
    }
}

fn damaged(reason: &str) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormat::Gif.into(), reason.to_owned()))
}
