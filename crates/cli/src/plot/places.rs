//! Values at the places of one axis: a line through the medians, and the values around it.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{COLORS, Drawing, FONT, drawable, ends, fitting, is_logarithmic, padded, short, text};

const WIDTH: u32 = 880;
const HEIGHT: u32 = 520;
/// Most places that are all named.
const NAMED: usize = 16;

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) label: String,
    pub(crate) median: Option<f64>,
    /// One a seed.
    pub(crate) values: Vec<f64>,
    /// A note about it.
    pub(crate) note: String,
}

/// Places at even distances. Their values do not matter.
pub(crate) struct Places {
    pub(crate) title: String,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) places: Vec<Place>,
    /// A dashed line across.
    pub(crate) floor: Option<f64>,
}

impl Places {
    /// The same with values limited to what an axis can show.
    fn drawable(&self) -> Places {
        let place = |place: &Place| Place {
            median: place.median.and_then(drawable),
            values: place.values.iter().copied().filter_map(drawable).collect(),
            ..place.clone()
        };
        Places {
            title: self.title.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
            places: self.places.iter().map(place).collect(),
            floor: self.floor.and_then(drawable),
        }
    }

    fn draw_places<DB: DrawingBackend, Y: Ranged<ValueType = f64> + ValueFormatter<f64>>(
        &self,
        root: &DrawingArea<DB, Shift>,
        mut chart: ChartContext<DB, Cartesian2d<RangedCoordf64, Y>>,
    ) -> Result<(), String> {
        chart
            .configure_mesh()
            .x_desc(&self.x)
            .y_desc(&self.y)
            .x_labels(0)
            .y_labels(8)
            .y_label_formatter(&|&y| short(y))
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .axis_style(BLACK.mix(0.6))
            .label_style((FONT, 16))
            .axis_desc_style((FONT, 18))
            .draw()
            .map_err(text)?;
        let across = chart.x_range();
        if let Some(floor) = self.floor {
            let line = [(across.start, floor), (across.end, floor)];
            chart.draw_series(DashedLineSeries::new(line, 8, 6, BLACK.mix(0.55).into())).map_err(text)?;
        }
        let color = COLORS[0];
        let at = |place: usize| place as f64;
        let whole = |place: &Place| {
            let values = place.values.iter().copied();
            let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            (!place.values.is_empty()).then_some(ends)
        };
        // Bands and lines stop at a place without a median.
        let pieces = self.places.iter().enumerate().collect::<Vec<_>>();
        for piece in pieces.split(|(_, place)| place.median.is_none()) {
            let ends = || piece.iter().filter_map(|(i, place)| Some((at(*i), whole(place)?)));
            let above = ends().map(|(x, (_, high))| (x, high)).collect::<Vec<_>>();
            let below = ends().map(|(x, (low, _))| (x, low)).collect::<Vec<_>>();
            let around: Vec<_> = above.into_iter().chain(below.into_iter().rev()).collect();
            chart.draw_series([Polygon::new(around, color.mix(0.2).filled())]).map_err(text)?;
            let line = piece.iter().filter_map(|(i, place)| Some((at(*i), place.median?)));
            chart.draw_series(LineSeries::new(line, color.stroke_width(3))).map_err(text)?;
        }
        for (i, place) in self.places.iter().enumerate() {
            if let Some((low, high)) = whole(place) {
                let bar = PathElement::new([(at(i), low), (at(i), high)], color.mix(0.7).stroke_width(2));
                chart.draw_series([bar]).map_err(text)?;
            }
            let dots =
                place.values.iter().map(|&value| Circle::new((at(i), value), 3, color.mix(0.6).filled()));
            chart.draw_series(dots).map_err(text)?;
            let median = place.median.map(|median| Circle::new((at(i), median), 6, color.filled()));
            chart.draw_series(median).map_err(text)?;
        }
        self.write_labels(root, chart.plotting_area().get_pixel_range())
    }

    /// Names below the places and notes at the top, outside the plot's area.
    fn write_labels<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        (xs, ys): (Range<i32>, Range<i32>),
    ) -> Result<(), String> {
        let count = self.places.len();
        let step = count.div_ceil(NAMED).max(1);
        let room = (xs.end - xs.start) as u32 / count.div_ceil(step).max(1) as u32;
        for (i, place) in self.places.iter().enumerate().step_by(step) {
            let share = (i as f64 + 0.5) / count as f64;
            let x = xs.start + (share * f64::from(xs.end - xs.start)) as i32;
            let write = |words: &str, y: i32| {
                let (words, size) = fitting(words, 16, room.saturating_sub(6));
                let style = (FONT, size).into_font().color(&BLACK).pos(Pos::new(HPos::Center, VPos::Center));
                root.draw(&Text::new(words, (x, y), style)).map_err(text)
            };
            write(&place.label, ys.end + 16)?;
            write(&place.note, ys.start + 12)?;
        }
        Ok(())
    }
}

impl Drawing for Places {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Result<(), String> {
        let drawable = self.drawable();
        root.fill(&WHITE).map_err(text)?;
        let (title, size) = fitting(&self.title, 22, WIDTH - 60);
        let mut builder = ChartBuilder::on(root);
        builder
            .caption(title, (FONT, size))
            .margin(12)
            .margin_right(28)
            .x_label_area_size(60)
            .y_label_area_size(80);
        let across = -0.5..self.places.len() as f64 - 0.5;
        let (low, high) = ends(drawable.places.iter().flat_map(|place| &place.values).copied());
        // The values alone choose the scale: a floor far below would press them together on a logarithmic one.
        let log = is_logarithmic(low, high);
        let (low, high) = drawable.floor.map_or((low, high), |floor| (low.min(floor), high.max(floor)));
        if log && low > 0.0 {
            let range = (low / 1.2..high * 1.5).log_scale();
            drawable.draw_places(root, builder.build_cartesian_2d(across, range).map_err(text)?)?;
        } else {
            drawable
                .draw_places(root, builder.build_cartesian_2d(across, padded(low, high)).map_err(text)?)?;
        }
        root.present().map_err(text)
    }
}
