//! A decoded image is brought to the channels and the size of the set.

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageBuffer, Luma, Pixel, Rgb, Rgba};

use crate::alpha::{self, ALPHA_CHANNELS};
use crate::{Background, Size};

/// 8-bit pixels, `[height, width, channels]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    pub(crate) size: Size,
    pub(crate) channels: usize,
    pub(crate) pixels: Vec<u8>,
    /// Whether any pixel was not opaque.
    pub(crate) transparent: bool,
}

impl Raster {
    /// From any kind of image, to 1 channel or 3, with `background` where it is transparent; or to 4 with the colours
    /// multiplied by alpha.
    pub(super) fn new(image: DynamicImage, channels: usize, background: Background) -> Raster {
        let size = Size { height: image.height() as usize, width: image.width() as usize };
        if channels == ALPHA_CHANNELS {
            let mut pixels = image.into_rgba8().into_raw();
            let transparent = pixels.as_chunks::<4>().0.iter().any(|pixel| pixel[3] < 255);
            alpha::multiply(&mut pixels);
            return Raster { size, channels, pixels, transparent };
        }
        let (colour, alpha) = (image.color().has_color(), image.color().has_alpha());
        let mut transparent = false;
        let mut laid = |pixels: Vec<u8>, ground: &[u8]| {
            transparent = pixels.chunks_exact(ground.len() + 1).any(|pixel| pixel[ground.len()] < 255);
            over(&pixels, ground)
        };
        let (stored, from) = match (colour, alpha, background.grey()) {
            (false, true, Some(grey)) => (laid(image.into_luma_alpha8().into_raw(), &[grey]), 1),
            // A grey image on a coloured ground has colours.
            (_, true, _) => (laid(image.into_rgba8().into_raw(), &background.rgb), 3),
            (true, false, _) => (image.into_rgb8().into_raw(), 3),
            (false, false, _) => (image.into_luma8().into_raw(), 1),
        };
        let pixels = match (from, channels) {
            (3, 1) => stored.chunks_exact(3).map(|rgb| luminance(rgb[0], rgb[1], rgb[2])).collect(),
            (1, 3) => stored.iter().flat_map(|&grey| [grey; 3]).collect(),
            _ => stored,
        };
        Raster { size, channels, pixels, transparent }
    }

    /// The largest centred part with the aspect ratio of `target`, scaled to it by Lanczos' filter of
    /// three lobes. An image of that size stays as it is.
    pub(crate) fn fitted(self, target: Size) -> Raster {
        if self.size == target {
            return self;
        }
        let covered = covered(self.size, target);
        let part = self.centre(covered);
        let pixels = match part.channels {
            1 => scaled::<Luma<u8>>(part.pixels, part.size, target),
            ALPHA_CHANNELS => {
                let mut pixels = scaled::<Rgba<u8>>(part.pixels, part.size, target);
                alpha::cut_off(&mut pixels);
                pixels
            }
            _ => scaled::<Rgb<u8>>(part.pixels, part.size, target),
        };
        Raster { size: target, channels: part.channels, pixels, transparent: part.transparent }
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
        Raster { size: part, channels: self.channels, pixels, transparent: self.transparent }
    }
}

/// The largest size with the aspect ratio of `target` inside `size`, at least one pixel each way.
pub(crate) fn covered(size: Size, target: Size) -> Size {
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

/// Pixels whose last channel is alpha, laid on a ground: value * alpha + ground * (1 - alpha), of the bytes as they are
/// stored, to the nearest byte. So do Pillow's `alpha_composite` and what browsers show.
fn over(pixels: &[u8], ground: &[u8]) -> Vec<u8> {
    let blend = |value: u8, under: u8, alpha: u8| {
        let alpha = u32::from(alpha);
        ((u32::from(value) * alpha + u32::from(under) * (255 - alpha) + 127) / 255) as u8
    };
    let channels = ground.len();
    pixels
        .chunks_exact(channels + 1)
        .flat_map(|pixel| (0..channels).map(move |c| blend(pixel[c], ground[c], pixel[channels])))
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
        let raster = Raster { size: size(2, 6), channels: 1, pixels, transparent: false };
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
            transparent: false,
        };
        let fitted = ramp(64).fitted(size(1, 16));
        // The aspect ratio is kept: the 16 columns in the middle.
        assert_eq!(fitted.pixels[..3], [(24 * 200 / 63) as u8, 7, 255]);
    }

    #[test]
    fn the_ground_shows_through() {
        let pixels = [200, 100, 50, 255, 200, 100, 50, 0, 200, 101, 51, 128];
        assert_eq!(over(&pixels, &[0; 3]), [200, 100, 50, 0, 0, 0, 100, 51, 26]);
        assert_eq!(over(&pixels, &[255; 3]), [200, 100, 50, 255, 255, 255, 227, 178, 153]);
        assert_eq!(over(&pixels, &[10, 20, 30]), [200, 100, 50, 10, 20, 30, 105, 61, 41]);
        // What is the same above and below shows no seam, at any alpha.
        for alpha in 0..=255 {
            assert_eq!(over(&[77, alpha], &[77]), [77], "{alpha}");
        }
        assert_eq!((luminance(255, 255, 255), luminance(0, 255, 0), luminance(255, 0, 0)), (255, 182, 54));
    }

    #[test]
    fn alpha_is_kept_and_scaled_without_the_colours_that_do_not_show() {
        // A red left half on nothing, whose pixels are white in the file.
        let row = [[200, 0, 0, 255], [200, 0, 0, 255], [255, 255, 255, 0], [255, 255, 255, 0]].concat();
        let image = ImageBuffer::from_raw(4, 4, row.repeat(4)).map(DynamicImage::ImageRgba8).unwrap();
        let raster = Raster::new(image, 4, Background::WHITE);
        assert!(raster.transparent);
        assert_eq!(raster.pixels[4..12], [200, 0, 0, 255, 0, 0, 0, 0]);
        let fitted = raster.fitted(size(2, 2));
        for [r, g, b, a] in fitted.pixels.as_chunks::<4>().0 {
            assert!((*g, *b) == (0, 0) && r <= a, "{:?}", fitted.pixels);
        }
        let straight = alpha::straight(&fitted.pixels);
        assert!(straight[0].abs_diff(200) <= 1 && straight[3] > 230 && straight[7] < 25, "{straight:?}");
    }

    #[test]
    fn only_what_is_not_opaque_is_transparent() {
        let raster = |alpha: u8, background: Background| {
            let image = ImageBuffer::from_raw(1, 1, vec![100, alpha]).map(DynamicImage::ImageLumaA8).unwrap();
            Raster::new(image, 3, background)
        };
        let red = Background { rgb: [255, 0, 0] };
        assert!(!raster(255, red).transparent && raster(254, red).transparent);
        assert_eq!(raster(0, red).pixels, [255, 0, 0], "a coloured ground under a grey image");
        assert_eq!(raster(51, Background::WHITE).pixels, [224; 3]);
    }
}
