//! The glyphs of a line: digits from a generator, and marks drawn by a pen.

use anyhow::bail;

use crate::hints::{Hint, Typed};
use crate::pictures::Canvas;

/// Most glyphs in a line.
const MAX_GLYPHS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyph {
    Digit(u32),
    Mark(Mark),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Space,
    Dash,
    Point,
    Comma,
    Colon,
    Slash,
}

impl Glyph {
    /// Reads a line.
    ///
    /// # Errors
    /// For a character that is neither digit nor mark, a line without digits, or a very long one.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Vec<Glyph>> {
        let glyphs = text.chars().map(Glyph::of).collect::<anyhow::Result<Vec<Glyph>>>()?;
        if !glyphs.iter().any(|glyph| glyph.digit().is_some()) {
            let date = Typed::now().replacing(text, Some("2026-11-24"));
            bail!("there is no digit in `{text}`{}", Hint::WriteDate(date));
        }
        if glyphs.len() > MAX_GLYPHS {
            bail!("a line of {} characters: at most {MAX_GLYPHS}", glyphs.len());
        }
        Ok(glyphs)
    }

    fn of(c: char) -> anyhow::Result<Glyph> {
        Ok(match c {
            '0'..='9' => Glyph::Digit(c as u32 - '0' as u32),
            ' ' => Glyph::Mark(Mark::Space),
            // Also the dashes that programs use for a hyphen.
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Glyph::Mark(Mark::Dash),
            '.' => Glyph::Mark(Mark::Point),
            ',' => Glyph::Mark(Mark::Comma),
            ':' => Glyph::Mark(Mark::Colon),
            '/' => Glyph::Mark(Mark::Slash),
            other => bail!("`{other}` cannot be written\n  hint: digits, spaces and - . , : / can"),
        })
    }

    pub(crate) fn digit(&self) -> Option<u32> {
        match self {
            Glyph::Digit(digit) => Some(*digit),
            Glyph::Mark(_) => None,
        }
    }
}

impl Mark {
    /// The mark on a line of `height` pixels, by a pen about as wide as the digits' strokes.
    pub(crate) fn draw(self, height: usize) -> Canvas {
        // Places in the units of MNIST's 28 pixels: digits stand between 4 and 24.
        let unit = height as f32 / 28.0;
        let (width, strokes): (f32, &[[f32; 4]]) = match self {
            Mark::Space => (9.0, &[]),
            Mark::Dash => (13.0, &[[3.0, 14.5, 10.0, 14.0]]),
            Mark::Point => (6.0, &[[3.0, 22.5, 3.0, 22.6]]),
            Mark::Comma => (6.0, &[[3.4, 22.0, 2.4, 26.0]]),
            Mark::Colon => (6.0, &[[3.0, 11.0, 3.0, 11.1], [3.0, 20.5, 3.0, 20.6]]),
            Mark::Slash => (14.0, &[[2.5, 24.0, 11.5, 4.5]]),
        };
        let mut canvas = Canvas::new((width * unit).round().max(1.0) as usize, height);
        for stroke in strokes {
            let [x0, y0, x1, y1] = stroke.map(|v| v * unit);
            canvas.stroke((x0, y0), (x1, y1), 1.2 * unit);
        }
        canvas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let dash = Glyph::Mark(Mark::Dash);
        assert_eq!(Glyph::parse("1-0\u{2013}").unwrap(), [Glyph::Digit(1), dash, Glyph::Digit(0), dash]);
        for (text, words) in [("a1", "`a` cannot be written"), (" - ", "no digit"), ("", "no digit")] {
            assert!(Glyph::parse(text).unwrap_err().to_string().contains(words), "{text}");
        }
        assert!(Glyph::parse(&"1".repeat(201)).unwrap_err().to_string().contains("at most 200"));
    }

    #[test]
    fn marks_lie_within_their_line() {
        for mark in [Mark::Dash, Mark::Point, Mark::Comma, Mark::Colon, Mark::Slash] {
            for height in [6, 28, 64] {
                let canvas = mark.draw(height);
                assert!(canvas.ink.iter().any(|&v| v > 50), "{mark:?} at {height}");
            }
            // Some empty columns at both sides.
            let (first, end) = mark.draw(28).inked_columns(0).unwrap();
            assert!(first > 0 && end < mark.draw(28).width, "{mark:?}: {first}..{end}");
        }
        assert!(Mark::Space.draw(28).ink.iter().all(|&v| v == 0));
    }
}
