//! A value for each pair of places on two axes, as coloured cells with their values in them.

use metrics::Aim;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Drawing, FONT, drawable, ends, fitting, text};

const CELL_WIDTH: u32 = 132;
const CELL_HEIGHT: u32 = 76;
const LEFT: u32 = 190;
const RIGHT: u32 = 30;
const TOP: u32 = 70;
const BOTTOM: u32 = 84;
/// Smallest width, so that the title has room.
const LEAST_WIDTH: u32 = 800;
/// Largest width and height, with smaller cells if need be.
const MOST: u32 = 6000;
/// From the worst to the best, after the map "viridis" of Matplotlib, whose order is visible in grey and with colour blindness.
const COLORS: [(f64, f64, f64); 5] =
    [(253.0, 231.0, 37.0), (94.0, 201.0, 98.0), (33.0, 145.0, 140.0), (59.0, 82.0, 139.0), (68.0, 1.0, 84.0)];
/// Values over more than this factor are coloured by their logarithm.
const LOG_FROM: f64 = 10.0;

/// One pair of places.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// The value for its colour; without one it is grey.
    pub(crate) value: Option<f64>,
    /// Its text.
    pub(crate) text: String,
}

/// Cells in rows, the first row at the bottom.
pub(crate) struct HeatMap {
    pub(crate) title: String,
    pub(crate) x: String,
    pub(crate) y: String,
    /// Places across.
    pub(crate) columns: Vec<String>,
    /// Places upwards.
    pub(crate) rows: Vec<String>,
    /// `cells[row][column]`; `None` without a value.
    pub(crate) cells: Vec<Vec<Option<Cell>>>,
    /// Which values are good.
    pub(crate) aim: Aim,
}

impl HeatMap {
    fn cell_size(&self) -> (u32, u32) {
        let fit =
            |wanted: u32, count: usize, margins| wanted.min((MOST - margins) / count.max(1) as u32).max(1);
        (fit(CELL_WIDTH, self.columns.len(), LEFT + RIGHT), fit(CELL_HEIGHT, self.rows.len(), TOP + BOTTOM))
    }

    /// The rank of a value between the worst, 0, and the best, 1.
    fn standing(&self) -> impl Fn(f64) -> f64 {
        let values = || self.cells.iter().flatten().flatten().filter_map(|cell| drawable(cell.value?));
        let (low, high) = ends(values());
        let (log, aim) = (low > 0.0 && high / low > LOG_FROM, self.aim);
        let scale = move |value: f64| match aim {
            Aim::Low if log => -value.ln(),
            Aim::Low => -value,
            Aim::High if log => value.ln(),
            Aim::High => value,
            Aim::Near(_) => -aim.cost(value),
        };
        let (worst, best) = values()
            .map(scale)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(worst, best), v| (worst.min(v), best.max(v)));
        move |value| match drawable(value) {
            Some(value) if best > worst => (scale(value) - worst) / (best - worst),
            _ => 0.5,
        }
    }
}

/// The colour of a rank, and the colour of letters on it.
fn colors(standing: f64) -> (RGBColor, RGBColor) {
    let place = standing.clamp(0.0, 1.0) * (COLORS.len() - 1) as f64;
    let at = (place as usize).min(COLORS.len() - 2);
    let (from, to, share) = (COLORS[at], COLORS[at + 1], place - at as f64);
    let mix = |a: f64, b: f64| (a + share * (b - a)).round();
    let (r, g, b) = (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2));
    // Luma of ITU-R BT.601.
    let bright = 0.299 * r + 0.587 * g + 0.114 * b > 140.0;
    (RGBColor(r as u8, g as u8, b as u8), if bright { BLACK } else { WHITE })
}

impl Drawing for HeatMap {
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.cell_size();
        let (columns, rows) = (self.columns.len() as u32, self.rows.len() as u32);
        ((LEFT + RIGHT + width * columns).max(LEAST_WIDTH), TOP + BOTTOM + height * rows)
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Result<(), String> {
        root.fill(&WHITE).map_err(text)?;
        let (width, height) = self.cell_size();
        let bottom = (TOP + height * self.rows.len() as u32) as i32;
        let corner = |row: usize, column: usize| {
            ((LEFT + width * column as u32) as i32, bottom - (height * (row + 1) as u32) as i32)
        };
        let centre = |(x, y): (i32, i32)| (x + width as i32 / 2, y + height as i32 / 2);
        let style = |size: u32, color: &RGBColor, h: HPos| {
            (FONT, size).into_font().color(color).pos(Pos::new(h, VPos::Center))
        };
        let write = |words: &str, at: (i32, i32), size: u32, color: &RGBColor, h: HPos, room: u32| {
            let (words, size) = fitting(words, size, room);
            root.draw(&Text::new(words, at, style(size, color, h))).map_err(text)
        };
        let whole = self.size().0;
        write(&self.title, (20, 30), 22, &BLACK, HPos::Left, whole - 40)?;
        let standing = self.standing();
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let (at, next) = (corner(row, column), corner(row, column + 1));
                let Some(cell) = cell else { continue };
                let (back, ink) = match cell.value {
                    Some(value) => colors(standing(value)),
                    None => (RGBColor(215, 215, 215), BLACK),
                };
                let corners = [(at.0 + 1, at.1 + 1), (next.0 - 1, at.1 + height as i32 - 1)];
                root.draw(&Rectangle::new(corners, back.filled())).map_err(text)?;
                write(&cell.text, centre(at), 20, &ink, HPos::Center, width - 8)?;
            }
        }
        for (column, label) in self.columns.iter().enumerate() {
            let at = (centre(corner(0, column)).0, bottom + 18);
            write(label, at, 16, &BLACK, HPos::Center, width - 4)?;
        }
        for (row, label) in self.rows.iter().enumerate() {
            let at = (LEFT as i32 - 10, centre(corner(row, 0)).1);
            write(label, at, 16, &BLACK, HPos::Right, LEFT - 20)?;
        }
        let middle = (LEFT + width * self.columns.len() as u32 / 2) as i32;
        write(&self.x, (middle.max(LEFT as i32), bottom + 54), 18, &BLACK, HPos::Center, whole - LEFT)?;
        write(&self.y, (20, TOP as i32 - 10), 18, &BLACK, HPos::Left, whole - 40)?;
        root.present().map_err(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f64], aim: Aim) -> HeatMap {
        let cell = |&value: &f64| Some(Cell { value: Some(value), text: String::new() });
        HeatMap {
            title: String::new(),
            x: String::new(),
            y: String::new(),
            columns: values.iter().map(f64::to_string).collect(),
            rows: vec!["a".into()],
            cells: vec![values.iter().map(cell).collect()],
            aim,
        }
    }

    #[test]
    fn the_best_stands_at_one() {
        let falling = map(&[1.0, 100.0, 10.0], Aim::Low);
        let standing = falling.standing();
        assert_eq!([1.0, 10.0, 100.0].map(&standing), [1.0, 0.5, 0.0]);
        let rising = map(&[0.25, 0.5, 0.75], Aim::High);
        assert_eq!([0.25, 0.5, 0.75].map(rising.standing()), [0.0, 0.5, 1.0]);
        let one = map(&[0.05, 1.0, 1.5], Aim::Near(1.0));
        assert_eq!([0.05, 1.0].map(one.standing()), [0.0, 1.0]);
        assert_eq!(map(&[3.0], Aim::High).standing()(3.0), 0.5);
    }

    #[test]
    fn letters_stand_out() {
        assert_eq!((colors(0.0).1, colors(1.0).1), (BLACK, WHITE));
        assert_eq!(colors(1.0).0, RGBColor(68, 1, 84));
    }

    #[test]
    fn many_places_fit() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        assert!(map(&values, Aim::High).size().0 <= MOST);
    }
}
