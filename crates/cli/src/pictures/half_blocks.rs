//! Pictures in a terminal: two pixels a character, by an upper half block in one colour on another.

use std::env;

use data::Background;
use data::alpha::{ALPHA_CHANNELS, laid_on};

/// Side of an image in the terminal, at most, in characters.
const MAX_SIDE: usize = 16;
/// Rows of images.
const ROWS: usize = 2;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// 24 bits a pixel.
    True,
    /// The 256 of xterm.
    Indexed,
}

impl Depth {
    /// From the environment: terminals with 24 bits set `COLORTERM`.
    pub(crate) fn of_terminal() -> Depth {
        match env::var("COLORTERM").as_deref() {
            Ok("truecolor" | "24bit") => Depth::True,
            _ => Depth::Indexed,
        }
    }

    /// The control sequence that chooses a colour: 38 for the block, 48 for what is behind it.
    fn choose(self, which: u8, [r, g, b]: [u8; 3]) -> String {
        match self {
            Depth::True => format!("\x1b[{which};2;{r};{g};{b}m"),
            Depth::Indexed => format!("\x1b[{which};5;{}m", indexed([r, g, b])),
        }
    }
}

/// The nearest of xterm's colours: the ramp of 24 greys from 232 up with black and white at its ends, or the 6x6x6 cube from
/// 16 up.
fn indexed([r, g, b]: [u8; 3]) -> u8 {
    if r == g && g == b {
        return match (u32::from(r) * 25 + 127) / 255 {
            0 => 16,
            25 => 231,
            step => 231 + step as u8,
        };
    }
    let level = |v: u8| ((u32::from(v) * 5 + 127) / 255) as u8;
    16 + 36 * level(r) + 6 * level(g) + level(b)
}

/// The first of `images`, `[n, height, width, channels]` in bytes, as lines of a terminal `columns` wide, each with its line
/// end: as many side by side as fit, two rows of them. Empty if there is no room for one.
pub(crate) fn half_blocks(
    images: &[u8],
    (height, width, channels): (usize, usize, usize),
    columns: usize,
    most_a_row: usize,
    depth: Depth,
) -> String {
    if channels == ALPHA_CHANNELS {
        let images = laid_on(images, Background::WHITE);
        return half_blocks(&images, (height, width, 3), columns, most_a_row, depth);
    }
    // Several pixels of the picture become one of the terminal.
    let factor = width.max(height).div_ceil(MAX_SIDE).max(1);
    let (small_height, small_width) = (height / factor, width / factor);
    let count = images.len() / (height * width * channels).max(1);
    let across = ((columns + 1) / (small_width + 1)).min(most_a_row).min(count);
    if across == 0 || small_height == 0 || small_width == 0 {
        return String::new();
    }
    let rows = count.div_ceil(across).min(ROWS);
    let pixel = |image: usize, y: usize, x: usize| -> [u8; 3] {
        let value = |channel: usize| {
            let place = |dy: usize, dx: usize| {
                ((image * height + y * factor + dy) * width + x * factor + dx) * channels + channel
            };
            let cells = (0..factor).flat_map(|dy| (0..factor).map(move |dx| (dy, dx)));
            let sum: usize = cells.map(|(dy, dx)| usize::from(images[place(dy, dx)])).sum();
            (sum / (factor * factor)) as u8
        };
        if channels == 3 { [value(0), value(1), value(2)] } else { [value(0); 3] }
    };
    let mut text = String::new();
    for row in 0..rows {
        for y in (0..small_height).step_by(2) {
            let shown = (row * across..(row + 1) * across).take_while(|&image| image < count);
            for (place, image) in shown.enumerate() {
                if place > 0 {
                    text.push_str("\x1b[0m ");
                }
                let mut last = None;
                for x in 0..small_width {
                    let upper = pixel(image, y, x);
                    let lower = if y + 1 < small_height { pixel(image, y + 1, x) } else { [0; 3] };
                    if last != Some((upper, lower)) {
                        text.push_str(&depth.choose(38, upper));
                        text.push_str(&depth.choose(48, lower));
                        last = Some((upper, lower));
                    }
                    text.push('\u{2580}');
                }
            }
            text.push_str("\x1b[0m\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_are_one_character() {
        let images = [10, 20, 30, 40];
        let text = half_blocks(&images, (2, 2, 1), 80, 10, Depth::True);
        let line = "\x1b[38;2;10;10;10m\x1b[48;2;30;30;30m\u{2580}\x1b[38;2;20;20;20m\x1b[48;2;40;40;40m\u{2580}\x1b[0m\n";
        assert_eq!(text, line);
        // A clear pixel shows the white behind it.
        let text = half_blocks(&[0, 0, 0, 0, 9, 9, 9, 255], (2, 1, 4), 80, 10, Depth::True);
        assert_eq!(text, "\x1b[38;2;255;255;255m\x1b[48;2;9;9;9m\u{2580}\x1b[0m\n");
    }

    #[test]
    fn as_many_as_fit() {
        let lines = |columns, most| {
            let text = half_blocks(&[0; 28 * 28 * 20], (28, 28, 1), columns, most, Depth::Indexed);
            let blocks = text.lines().next().map_or(0, |line| line.matches('\u{2580}').count());
            (text.lines().count(), blocks)
        };
        assert_eq!(lines(80, 10), (14, 5 * 14));
        assert_eq!(lines(200, 10), (14, 10 * 14));
        assert_eq!(lines(200, 4), (14, 4 * 14));
        assert_eq!(lines(10, 10), (0, 0));
    }

    #[test]
    fn colours_have_their_nearest_index() {
        assert_eq!([[0; 3], [255; 3], [128; 3]].map(indexed), [16, 231, 244]);
        assert_eq!(indexed([255, 0, 0]), 196);
    }
}
