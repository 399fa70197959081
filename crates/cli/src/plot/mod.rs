//! Charts as files.

mod bars;
mod curves;
mod drawing;
mod heat_map;
mod histogram;
mod places;
mod scale;

use std::sync::OnceLock;

use anyhow::anyhow;
use plotters::style::{FontStyle, RGBColor, register_font};

pub(crate) use bars::{BarPanel, Bars};
pub(crate) use curves::{Band, Curve, Figure, Panel};
pub(crate) use drawing::Drawing;
pub(crate) use heat_map::{Cell, HeatMap};
pub(crate) use histogram::{Histogram, Series, shares};
pub(crate) use places::{Place, Places};
use scale::{drawable, ends, fitting, is_logarithmic, padded, short, short_over};

const FONT: &str = "sans-serif";
/// Told apart by every kind of eye, the first two above all (after Okabe and Ito, and Tableau).
const COLORS: [RGBColor; 8] = [
    RGBColor(31, 119, 180),
    RGBColor(230, 120, 20),
    RGBColor(0, 140, 100),
    RGBColor(190, 60, 140),
    RGBColor(120, 90, 190),
    RGBColor(150, 95, 60),
    RGBColor(90, 100, 110),
    RGBColor(175, 150, 0),
];

/// The drawing library's error borrows what is drawn on; its words are all that is of use.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Gives the drawing library the font it has text from, so that none need be installed.
fn bring_font() -> anyhow::Result<()> {
    static BROUGHT: OnceLock<bool> = OnceLock::new();
    let brought =
        BROUGHT.get_or_init(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if *brought { Ok(()) } else { Err(anyhow!("the built-in font cannot be read")) }
}
