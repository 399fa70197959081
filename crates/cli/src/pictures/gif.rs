//! Animations as GIF.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use data::alpha::{ALPHA_CHANNELS, laid_on};
use data::{Background, DataError, SOFTWARE, write_atomic};
use gif::{Encoder, Extension, Frame, Repeat};

use super::Picture;

/// Writes frames of one size, grey, colour, or colour with alpha (on white, because a GIF has no half-transparent pixels), as a GIF that repeats; `hundredths` is the duration of each frame.
pub(crate) fn write_gif(path: &Path, frames: &[Picture], hundredths: &[u16]) -> anyhow::Result<()> {
    let first = frames.first().context("a moving picture without frames")?;
    let side =
        |n: usize| u16::try_from(n).with_context(|| format!("a GIF's side is at most 65535 pixels, not {n}"));
    let (width, height) = (side(first.width)?, side(first.height)?);
    ensure!(
        frames.iter().all(|f| (f.width, f.height, f.channels) == (first.width, first.height, first.channels))
    );
    // Greys need no search for a palette.
    let greys: Vec<u8> = (0..=255).flat_map(|v| [v; 3]).collect();
    let mut bytes = Vec::new();
    let palette: &[u8] = if first.channels == 1 { &greys } else { &[] };
    let mut encoder = Encoder::new(&mut bytes, width, height, palette)?;
    encoder.set_repeat(Repeat::Infinite)?;
    // A mark, so that it is never read as data.
    encoder.write_raw_extension(Extension::Comment.into(), &[SOFTWARE.as_bytes()])?;
    for (picture, &delay) in frames.iter().zip(hundredths) {
        let mut frame = match picture.channels {
            1 => Frame::from_indexed_pixels(width, height, picture.pixels.clone(), None),
            ALPHA_CHANNELS => {
                Frame::from_rgb_speed(width, height, &laid_on(&picture.pixels, Background::WHITE), 10)
            }
            _ => Frame::from_rgb_speed(width, height, &picture.pixels, 10),
        };
        frame.delay = delay;
        encoder.write_frame(&frame)?;
    }
    drop(encoder);
    Ok(write_atomic(path, |out| out.write_all(&bytes).map_err(|e| DataError::io(path, "write", e)))?)
}
