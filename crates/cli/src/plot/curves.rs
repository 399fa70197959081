//! Curves of several experiments, a panel a quantity, as SVG and as PNG.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::{COLORS, Drawing, FONT, drawable, ends, is_logarithmic, padded, short, short_over, text};

const WIDTH: u32 = 1280;
const PANEL_HEIGHT: u32 = 330;
const TITLE_HEIGHT: u32 = 52;
const LEGEND_ROW: u32 = 28;
/// Upper bound for the width of a letter of the legend.
const LETTER: u32 = 10;
/// Space before and after a name in the legend.
const LEGEND_PAD: u32 = 64;
/// Panels side by side.
const COLUMNS: usize = 2;
/// Fewer points than this are marked.
const MARKED: usize = 30;

/// From the least to the greatest of several runs at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    pub(crate) x: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

/// One experiment in a panel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Curve {
    /// Which of the figure's names.
    pub(crate) name: usize,
    pub(crate) points: Vec<(f64, f64)>,
    /// Around the points; empty for a single run.
    pub(crate) band: Vec<Band>,
}

/// One quantity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panel {
    pub(crate) title: String,
    /// Whether its scale is logarithmic.
    pub(crate) log: bool,
    pub(crate) curves: Vec<Curve>,
    /// Values to draw as dashed lines across.
    pub(crate) floors: Vec<f64>,
}

/// Panels with one legend.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) title: String,
    /// The name of the x axis, with its unit.
    pub(crate) x: String,
    /// Names of the experiments.
    pub(crate) names: Vec<String>,
    pub(crate) panels: Vec<Panel>,
}

impl Figure {
    fn rows(&self) -> usize {
        self.panels.len().div_ceil(COLUMNS)
    }

    /// The names in rows, each with its place from the left.
    fn legend(&self) -> Vec<Vec<(usize, u32)>> {
        let mut rows = vec![Vec::new()];
        let mut x = 0;
        for (i, name) in self.names.iter().enumerate() {
            let width = LEGEND_PAD + LETTER * name.chars().count() as u32;
            if x > 0 && x + width > WIDTH - 40 {
                rows.push(Vec::new());
                x = 0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((i, x));
            }
            x += width;
        }
        rows
    }
}

impl Drawing for Figure {
    fn size(&self) -> (u32, u32) {
        let head = TITLE_HEIGHT + LEGEND_ROW * self.legend().len() as u32 + 8;
        (WIDTH, head + PANEL_HEIGHT * self.rows() as u32)
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Result<(), String> {
        root.fill(&WHITE).map_err(text)?;
        let legend = self.legend();
        let (_, height) = self.size();
        let head = height - PANEL_HEIGHT * self.rows() as u32;
        root.draw(&Text::new(self.title.clone(), (20, 16), (FONT, 24))).map_err(text)?;
        for (row, names) in legend.iter().enumerate() {
            let y = (TITLE_HEIGHT + LEGEND_ROW * row as u32) as i32;
            for &(i, x) in names {
                let (x, color) = (x as i32 + 20, color(i));
                root.draw(&PathElement::new([(x, y + 8), (x + 28, y + 8)], color.stroke_width(3)))
                    .map_err(text)?;
                root.draw(&Text::new(self.names[i].clone(), (x + 36, y), (FONT, 16))).map_err(text)?;
            }
        }
        let (_, body) = root.split_vertically(head);
        for (area, panel) in body.split_evenly((self.rows(), COLUMNS)).iter().zip(&self.panels) {
            panel.drawable().draw(area, &self.x)?;
        }
        root.present().map_err(text)
    }
}

fn color(name: usize) -> RGBColor {
    COLORS[name % COLORS.len()]
}

impl Panel {
    /// The same with values limited to what an axis can show, and none before its start.
    fn drawable(&self) -> Panel {
        let x = |x: f64| Some(drawable(x)?.max(0.0));
        let curve = |curve: &Curve| Curve {
            name: curve.name,
            points: curve.points.iter().filter_map(|&(at, y)| Some((x(at)?, drawable(y)?))).collect(),
            band: (curve.band.iter())
                .filter_map(|band| {
                    let (least, greatest) = (drawable(band.least)?, drawable(band.greatest)?);
                    Some(Band { x: x(band.x)?, least, greatest })
                })
                .collect(),
        };
        Panel {
            title: self.title.clone(),
            log: self.log,
            curves: self.curves.iter().map(curve).collect(),
            floors: self.floors.iter().copied().filter_map(drawable).collect(),
        }
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, x: &str) -> Result<(), String> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let of_bands = || self.curves.iter().flat_map(|c| &c.band).flat_map(|b| [b.least, b.greatest]);
        let right = points().map(|&(x, _)| x).fold(0.0, f64::max);
        let values = points().map(|&(_, y)| y).chain(of_bands()).chain(self.floors.iter().copied());
        let (low, high) = ends(values);
        let mut builder = ChartBuilder::on(area);
        builder
            .caption(&self.title, (FONT, 18))
            .margin(10)
            .margin_right(24)
            .x_label_area_size(48)
            .y_label_area_size(76);
        let across = 0.0..if right > 0.0 { right } else { 1.0 };
        if self.log && is_logarithmic(low, high) {
            let range = (low / 1.2..high * 1.2).log_scale();
            let chart = builder.build_cartesian_2d(across, range).map_err(text)?;
            return self.draw_curves(chart, x, &short);
        }
        let range = padded(low, high);
        let span = range.end - range.start;
        let chart = builder.build_cartesian_2d(across, range).map_err(text)?;
        self.draw_curves(chart, x, &|y| short_over(span, y))
    }

    fn draw_curves<DB: DrawingBackend, Y: Ranged<ValueType = f64> + ValueFormatter<f64>>(
        &self,
        mut chart: ChartContext<DB, Cartesian2d<RangedCoordf64, Y>>,
        x: &str,
        label: &dyn Fn(f64) -> String,
    ) -> Result<(), String> {
        chart
            .configure_mesh()
            .x_desc(x)
            .x_labels(7)
            .y_labels(6)
            .x_label_formatter(&|&x| short(x))
            .y_label_formatter(&|&y| label(y))
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .axis_style(BLACK.mix(0.6))
            .label_style((FONT, 14))
            .axis_desc_style((FONT, 15))
            .draw()
            .map_err(text)?;
        let across = chart.x_range();
        for &floor in &self.floors {
            let line = [(across.start, floor), (across.end, floor)];
            chart.draw_series(DashedLineSeries::new(line, 8, 6, BLACK.mix(0.55).into())).map_err(text)?;
        }
        for Curve { name, points, band } in &self.curves {
            let color = color(*name);
            if band.len() > 1 {
                let above = band.iter().map(|band| (band.x, band.greatest));
                let below = band.iter().rev().map(|band| (band.x, band.least));
                let area = Polygon::new(above.chain(below).collect::<Vec<_>>(), color.mix(0.22).filled());
                chart.draw_series([area]).map_err(text)?;
            }
            for band in band.iter().filter(|_| band.len() == 1) {
                let bar =
                    PathElement::new([(band.x, band.least), (band.x, band.greatest)], color.stroke_width(2));
                chart.draw_series([bar]).map_err(text)?;
            }
            chart
                .draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))
                .map_err(text)?;
            if points.len() < MARKED {
                let dots = points.iter().map(|&at| Circle::new(at, 3, color.filled()));
                chart.draw_series(dots).map_err(text)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_their_limits_are_drawn() {
        let rims = [f64::MAX, 1e300, 1e17 + 16.0, 1e17, 1.0, 1e-300, f64::MIN_POSITIVE, 5e-324, 0.0, -1e308];
        let mut panels = Vec::new();
        for (i, &a) in rims.iter().enumerate() {
            for &b in &rims[i..] {
                let points = vec![(-1.0, a), (a.abs(), b), (f64::INFINITY, f64::NAN)];
                let curve = Curve { name: 0, points, band: vec![Band { x: b, least: b, greatest: a }] };
                panels.extend([true, false].map(|log| Panel {
                    title: "rims".into(),
                    log,
                    curves: vec![curve.clone()],
                    floors: vec![b],
                }));
            }
        }
        let figure = Figure { title: "t".into(), x: "x".into(), names: vec!["n".into()], panels };
        super::super::bring_font().unwrap();
        let mut svg = String::new();
        let size = figure.size();
        figure.draw(&SVGBackend::with_string(&mut svg, size).into_drawing_area()).unwrap();
        assert!(svg.contains("rims"));
    }

    #[test]
    fn every_kind_of_panel_is_drawn_twice() {
        let dir = tempfile::tempdir().unwrap();
        let curve = |name, points: &[(f64, f64)]| Curve { name, points: points.to_vec(), band: Vec::new() };
        let band = |x, least, greatest| Band { x, least, greatest };
        let panel = |title: &str, log, curves| Panel { title: title.into(), log, curves, floors: vec![0.5] };
        let banded = Curve {
            band: vec![band(0.0, 0.5, 2.0), band(9.0, 1.0, 3.0)],
            ..curve(0, &[(0.0, 1.0), (9.0, 2.0)])
        };
        let figure = Figure {
            title: "a <b> & more".into(),
            x: "images".into(),
            names: (0..30).map(|i| format!("experiment {i}")).collect(),
            panels: vec![
                panel("band", false, vec![banded]),
                panel("wide", true, vec![curve(1, &[(1.0, 1e-3), (5.0, 1e3)])]),
                panel("one point", true, vec![curve(2, &[(0.0, -1.0)])]),
                panel("nothing", false, Vec::new()),
                Panel::default(),
            ],
        };
        let (png, svg) = (dir.path().join("a.png"), dir.path().join("a.svg"));
        figure.write(&png, &svg).unwrap();
        assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
        let svg = std::fs::read_to_string(&svg).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("a &lt;b&gt; &amp; more") && svg.contains("experiment 29"));
    }
}
