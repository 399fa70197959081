//! Alpha: straight in files, multiplied into the colours inside.
//!
//! A pixel of four channels is red, green, blue and alpha. Inside, the colours are multiplied by alpha, so that a colour that
//! does not show has no influence: on the size of a distance, or on the neighbours when an image is scaled. Images that a
//! generator makes may have colours above their alpha; they are cut off at it.

use crate::Background;

/// Channels of a pixel with alpha.
pub const ALPHA_CHANNELS: usize = 4;

/// Straight pixels with their colours multiplied by alpha, to the nearest byte.
pub(crate) fn multiply(pixels: &mut [u8]) {
    for [colours @ .., alpha] in pixels.as_chunks_mut::<4>().0 {
        colours.iter_mut().for_each(|c| *c = ((u32::from(*c) * u32::from(*alpha) + 127) / 255) as u8);
    }
}

/// Cuts off colours above their alpha, which a filter can make.
pub(crate) fn cut_off(pixels: &mut [u8]) {
    for [colours @ .., alpha] in pixels.as_chunks_mut::<4>().0 {
        colours.iter_mut().for_each(|c| *c = (*c).min(*alpha));
    }
}

/// Multiplied pixels `[n, 4]` as straight ones, as files have them: colour x 255 / alpha, to the nearest byte. Where alpha is 0,
/// all is 0.
pub fn straight(pixels: &[u8]) -> Vec<u8> {
    let mut out = pixels.to_vec();
    for [colours @ .., alpha] in out.as_chunks_mut::<4>().0 {
        let by = u32::from(*alpha);
        let divide = |c: u8| (u32::from(c.min(*alpha)) * 255 + by / 2).checked_div(by).unwrap_or(0) as u8;
        colours.iter_mut().for_each(|c| *c = divide(*c));
    }
    out
}

/// Multiplied pixels `[n, 4]` laid on a background, `[n, 3]`: colour + background x (1 - alpha), to the nearest byte.
pub fn laid_on(pixels: &[u8], background: Background) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<4>();
    let lay = |&[r, g, b, alpha]: &[u8; 4]| {
        let under = background.rgb.map(|c| ((u32::from(c) * u32::from(255 - alpha) + 127) / 255) as u8);
        let over = [r, g, b].map(|c| c.min(alpha));
        [0, 1, 2].map(|i: usize| over[i].saturating_add(under[i]))
    };
    pixels.iter().flat_map(lay).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_pixels_come_back_where_they_show() {
        for alpha in [1_u8, 2, 50, 128, 254, 255] {
            for colour in [0_u8, 1, 77, 128, 254, 255] {
                let mut pixels = [colour, 255, 0, alpha];
                multiply(&mut pixels);
                assert_eq!(pixels[1..], [alpha, 0, alpha]);
                let back = straight(&pixels);
                // A step of the multiplied colour is 255 / alpha steps of the straight one.
                assert!(
                    f64::from(back[0].abs_diff(colour)) <= 127.5 / f64::from(alpha) + 0.5,
                    "{colour} {alpha}"
                );
                assert_eq!(back[1..], [255, 0, alpha]);
            }
        }
        let mut clear = [9, 8, 7, 0];
        multiply(&mut clear);
        assert_eq!((clear, straight(&clear)), ([0; 4], vec![0; 4]));
        // A generator's colour above its alpha.
        assert_eq!(straight(&[200, 50, 0, 100]), [255, 128, 0, 100]);
        let mut rung = [200, 50, 0, 100];
        cut_off(&mut rung);
        assert_eq!(rung, [100, 50, 0, 100]);
    }

    #[test]
    fn what_is_laid_on_white_is_never_darker_than_it_shows() {
        assert_eq!(laid_on(&[0, 0, 0, 0, 10, 20, 30, 255], Background::WHITE), [255, 255, 255, 10, 20, 30]);
        assert_eq!(laid_on(&[51, 0, 0, 51], Background::WHITE), [255, 204, 204]);
        assert_eq!(laid_on(&[0, 0, 0, 127], Background { rgb: [100, 0, 255] }), [50, 0, 128]);
    }
}
