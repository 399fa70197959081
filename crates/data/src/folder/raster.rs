//! A decoded image: its channels and its size made those of the set.

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageBuffer, Luma, Pixel, Rgb};

use crate::Size;

/// 8-bit pixels, `[height, width, channels]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    pub(crate) size: Size,
    pub(crate) channels: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Raster {
    /// From any kind of image, to 1 channel or 3.
    pub(super) fn new(image: DynamicImage, channels: usize) -> Raster {
        let size = Size { height: image.height() as usize, width: image.width() as usize };
        let (colour, alpha) = (image.color().has_color(), image.color().has_alpha());
        let (stored, from) = match (colour, alpha) {
            (true, true) => (over_black(&image.into_rgba8().into_raw(), 4), 3),
            (true, false) => (image.into_rgb8().into_raw(), 3),
            (false, true) => (over_black(&image.into_luma_alpha8().into_raw(), 2), 1),
            (false, false) => (image.into_luma8().into_raw(), 1),
        };
        let pixels = match (from, channels) {
            (3, 1) => stored.chunks_exact(3).map(|rgb| luminance(rgb[0], rgb[1], rgb[2])).collect(),
            (1, 3) => stored.iter().flat_map(|&grey| [grey; 3]).collect(),
            _ => stored,
        };
        Raster { size, channels, pixels }
    }

    /// The largest centred part with the aspect ratio of `target`, scaled to it by Lanczos' filter of
    /// three lobes. Only what has that size already stays as it is.
    pub(crate) fn fitted(self, target: Size) -> Raster {
        if self.size == target {
            return self;
        }
        let covered = covered(self.size, target);
        let part = self.centre(covered);
        let pixels = match part.channels {
            1 => scaled::<Luma<u8>>(part.pixels, part.size, target),
            _ => scaled::<Rgb<u8>>(part.pixels, part.size, target),
        };
        Raster { size: target, channels: part.channels, pixels }
    }

    /// The centred part of a size that is nowhere above its own.
    fn centre(self, part: Size) -> Raster {
        if self.size == part {
            return self;
        }
        let (top, left) = ((self.size.height - part.height) / 2, (self.size.width - part.width) / 2);
        let row = self.size.width * self.channels;
        let columns = left * self.channels..(left + part.width) * self.channels;
        let mut pixels = Vec::with_capacity(part.height * part.width * self.channels);
        for line in self.pixels.chunks_exact(row).skip(top).take(part.height) {
            pixels.extend_from_slice(&line[columns.clone()]);
        }
        Raster { size: part, channels: self.channels, pixels }
    }
}

/// The largest size with the aspect ratio of `target` inside `size`, at least one pixel each way.
fn covered(size: Size, target: Size) -> Size {
    let rounded = |a: usize, b: usize, c: usize| ((2 * a * b + c) / (2 * c)).max(1);
    if size.width * target.height > size.height * target.width {
        Size { height: size.height, width: rounded(size.height, target.width, target.height).min(size.width) }
    } else {
        Size { height: rounded(size.width, target.height, target.width).min(size.height), width: size.width }
    }
}

fn scaled<P: Pixel<Subpixel = u8> + 'static>(pixels: Vec<u8>, size: Size, target: Size) -> Vec<u8> {
    // Sides are at most MAX_SIDE, and there are as many pixels as the size says: the buffer is made.
    let buffer = ImageBuffer::<P, Vec<u8>>::from_raw(size.width as u32, size.height as u32, pixels);
    buffer.map_or_else(Vec::new, |image| {
        imageops::resize(&image, target.width as u32, target.height as u32, FilterType::Lanczos3).into_raw()
    })
}

/// The colours of pixels of `channels` channels, the last of them alpha, over black.
fn over_black(pixels: &[u8], channels: usize) -> Vec<u8> {
    let blend = |value: u8, alpha: u8| ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8;
    pixels
        .chunks_exact(channels)
        .flat_map(|pixel| pixel[..channels - 1].iter().map(|&value| blend(value, pixel[channels - 1])))
        .collect()
}

/// Luminance by Rec. 709, of the values as they are stored.
fn luminance(r: u8, g: u8, b: u8) -> u8 {
    ((2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b) + 5000) / 10_000) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(height: usize, width: usize) -> Size {
        Size { height, width }
    }

    #[test]
    fn the_covered_part() {
        for (from, target, part) in [
            (size(100, 200), size(64, 64), size(100, 100)),
            (size(200, 100), size(64, 64), size(100, 100)),
            (size(30, 30), size(64, 32), size(30, 15)),
            (size(30, 30), size(32, 64), size(15, 30)),
            (size(1, 16_384), size(64, 64), size(1, 1)),
            (size(5, 3), size(16_384, 1), size(5, 1)),
            (size(64, 64), size(64, 64), size(64, 64)),
        ] {
            assert_eq!(covered(from, target), part, "{from} to {target}");
        }
    }

    #[test]
    fn the_centre_is_kept_and_scaled() {
        // Columns of 0, 0, 100, 100, 0, 0: the centre is all 100, at any scale.
        let pixels: Vec<u8> = [0, 0, 100, 100, 0, 0].repeat(2);
        let raster = Raster { size: size(2, 6), channels: 1, pixels };
        for target in [size(2, 2), size(1, 1), size(7, 7)] {
            let fitted = raster.clone().fitted(target);
            assert_eq!((fitted.size, fitted.pixels), (target, vec![100; target.height * target.width]));
        }
        assert_eq!(raster.clone().fitted(size(2, 6)), raster);
        // A ramp stays one, in each colour.
        let ramp = |n: usize| Raster {
            size: size(1, n),
            channels: 3,
            pixels: (0..n).flat_map(|x| [(x * 200 / (n - 1)) as u8, 7, 255]).collect(),
        };
        let fitted = ramp(64).fitted(size(1, 16));
        // The aspect ratio is kept: the 16 columns in the middle.
        assert_eq!(fitted.pixels[..3], [(24 * 200 / 63) as u8, 7, 255]);
    }

    #[test]
    fn black_shows_through() {
        assert_eq!(
            over_black(&[200, 100, 50, 255, 200, 100, 50, 0, 200, 101, 51, 128], 4),
            [200, 100, 50, 0, 0, 0, 100, 51, 26]
        );
        assert_eq!((luminance(255, 255, 255), luminance(0, 255, 0), luminance(255, 0, 0)), (255, 182, 54));
    }
}
