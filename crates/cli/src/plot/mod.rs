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
use plotters::chart::{ChartContext, SeriesLabelPosition};
use plotters::coord::CoordTranslate;
use plotters::prelude::DrawingBackend;
use plotters::style::{BLACK, Color, FontStyle, RGBColor, WHITE, register_font};

pub(crate) use bars::{BarPanel, Bars};
pub(crate) use curves::{Band, Curve, Figure, Panel};
pub(crate) use drawing::Drawing;
pub(crate) use heat_map::{Cell, HeatMap};
pub(crate) use histogram::{Histogram, Series, shares};
pub(crate) use places::{Place, Places};
use scale::{drawable, ends, fitting, is_logarithmic, padded, short, short_over};

const FONT: &str = "sans-serif";
/// Colours that people with colour blindness can distinguish, the first two best (after Okabe and Ito, and Tableau).
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

/// The drawing library's error borrows the drawing area, so only its text is kept.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Draws a chart's legend with letters of `size` pixels, `margin` pixels inside the plot.
fn legend<'a, DB: DrawingBackend + 'a, CT: CoordTranslate>(
    chart: &mut ChartContext<'a, DB, CT>,
    position: SeriesLabelPosition,
    size: u32,
    margin: u32,
) -> Result<(), String> {
    chart
        .configure_series_labels()
        .position(position)
        .label_font((FONT, size))
        .legend_area_size(34)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .margin(margin)
        .draw()
        .map_err(text)
}

/// Registers the built-in font, so that none must be installed.
fn bring_font() -> anyhow::Result<()> {
    static BROUGHT: OnceLock<bool> = OnceLock::new();
    let brought =
        BROUGHT.get_or_init(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if *brought { Ok(()) } else { Err(anyhow!("the built-in font cannot be read")) }
}
