//! A grey sheet to write on: images laid side by side, and strokes of a pen.

use super::Picture;

/// Values 0 (nothing) to 255 (ink), `[height, width]`, as handwritten digits have them.
#[derive(Debug)]
pub(crate) struct Canvas {
    pub(crate) ink: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Canvas {
        Canvas { ink: vec![0; width * height], width, height }
    }

    /// Lays `other` on it with its upper left corner at (`x`, `y`); the darker value stays.
    ///
    /// # Panics
    /// If it does not fit within.
    pub(crate) fn lay(&mut self, other: &Canvas, x: usize, y: usize) {
        for (row, ink) in other.ink.chunks_exact(other.width).enumerate() {
            let start = (y + row) * self.width + x;
            for (own, ink) in self.ink[start..start + other.width].iter_mut().zip(ink) {
                *own = (*own).max(*ink);
            }
        }
    }

    /// A straight stroke of a round pen between two points in pixels, (0, 0) the upper left corner, with soft edges.
    pub(crate) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), radius: f32) {
        for y in 0..self.height {
            for x in 0..self.width {
                let point = (x as f32 + 0.5, y as f32 + 0.5);
                let covered = (radius + 0.5 - distance(point, from, to)).clamp(0.0, 1.0);
                let own = &mut self.ink[y * self.width + x];
                *own = (*own).max((255.0 * covered).round() as u8);
            }
        }
    }

    /// The columns that have ink above `faint`, first and one past the last; `None` for an empty sheet.
    pub(crate) fn inked_columns(&self, faint: u8) -> Option<(usize, usize)> {
        let inked = |x: &usize| self.ink.iter().skip(*x).step_by(self.width).any(|&v| v > faint);
        let first = (0..self.width).find(inked)?;
        Some((first, (0..self.width).rev().find(inked)? + 1))
    }

    /// Columns `first..end` as a sheet of their own.
    pub(crate) fn columns(&self, first: usize, end: usize) -> Canvas {
        let ink = self.ink.chunks_exact(self.width).flat_map(|row| &row[first..end]).copied().collect();
        Canvas { ink, width: end - first, height: self.height }
    }

    /// Black ink on white paper, or unchanged: white on black.
    pub(crate) fn picture(&self, black_on_white: bool) -> Picture {
        let pixels = self.ink.iter().map(|&v| if black_on_white { 255 - v } else { v }).collect();
        Picture { pixels, width: self.width, height: self.height, channels: 1 }
    }
}

/// Distance of a point from a segment.
fn distance(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let along = (to.0 - from.0, to.1 - from.1);
    let offset = (point.0 - from.0, point.1 - from.1);
    let length = along.0 * along.0 + along.1 * along.1;
    let share = ((offset.0 * along.0 + offset.1 * along.1) / length.max(1e-12)).clamp(0.0, 1.0);
    (offset.0 - share * along.0).hypot(offset.1 - share * along.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_covers_its_pen_and_no_more() {
        let mut canvas = Canvas::new(9, 5);
        canvas.stroke((2.0, 2.5), (6.0, 2.5), 1.0);
        let row = |y: usize| &canvas.ink[9 * y..9 * (y + 1)];
        assert_eq!(row(2), [0, 255, 255, 255, 255, 255, 255, 0, 0].map(|v: u8| v));
        assert!(row(0).iter().all(|&v| v == 0) && row(1)[3] > 0 && row(1) == row(3), "{:?}", canvas.ink);
        assert_eq!(canvas.inked_columns(0), Some((1, 7)));
    }

    #[test]
    fn sheets_are_cut_and_laid() {
        let mut canvas = Canvas::new(4, 1);
        canvas.ink = vec![0, 5, 9, 0];
        let cut = canvas.columns(1, 3);
        assert_eq!(cut.ink, [5, 9]);
        canvas.lay(&cut, 2, 0);
        assert_eq!(canvas.ink, [0, 5, 9, 9]);
        assert_eq!(Canvas::new(3, 2).inked_columns(0), None);
        assert_eq!(cut.picture(true).pixels, [250, 246]);
    }
}
