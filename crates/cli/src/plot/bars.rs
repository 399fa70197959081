//! Bars of classes as PNG.

use std::path::Path;

use anyhow::{Context, anyhow};
use plotters::prelude::*;
use run::picture::write_picture;

use super::{COLORS, FONT, bring_font, legend, text};

const WIDTH: u32 = 960;
const HEIGHT: u32 = 760;
/// Height of a chart over that of its highest bar, for the legend.
const HEADROOM: f64 = 1.3;
/// Where a class's two bars begin and end, the class being 1 wide.
const EDGES: [(f64, f64); 2] = [(0.1, 0.48), (0.52, 0.9)];
/// Most names written beside one another, and most letters of one.
const MOST_NAMES: usize = 40;
const LETTERS: usize = 12;

/// Two values for each class.
pub(crate) struct BarPanel {
    pub(crate) title: String,
    /// The names of the two values.
    pub(crate) series: [&'static str; 2],
    /// A pair for each class; `None` without a value.
    pub(crate) values: Vec<[Option<f64>; 2]>,
}

/// Two charts of the same classes, one above the other. Values are shares.
pub(crate) struct Bars {
    pub(crate) names: Vec<String>,
    pub(crate) panels: [BarPanel; 2],
}

impl Bars {
    /// Draws them into a PNG file.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        bring_font()?;
        let mut pixels = vec![0; (WIDTH * HEIGHT * 3) as usize];
        // The drawing library's error borrows the pixels, so only its text is kept.
        self.draw(&mut pixels).map_err(|e| anyhow!("cannot draw the bars: {e}"))?;
        write_picture(path, &pixels, WIDTH as usize, HEIGHT as usize, 3).context("cannot write the bars")
    }

    fn draw(&self, pixels: &mut [u8]) -> Result<(), String> {
        let root = BitMapBackend::with_buffer(pixels, (WIDTH, HEIGHT)).into_drawing_area();
        root.fill(&WHITE).map_err(text)?;
        for (panel, area) in self.panels.iter().zip(root.split_evenly((2, 1))) {
            let highest = panel.values.iter().flatten().flatten().copied().fold(0.0, f64::max);
            let mut chart = ChartBuilder::on(&area)
                .caption(&panel.title, (FONT, 24))
                .margin(14)
                .margin_right(28)
                .x_label_area_size(36)
                .y_label_area_size(76)
                .build_cartesian_2d(0.0..self.names.len() as f64, 0.0..HEADROOM * highest.max(1e-3))
                .map_err(text)?;
            chart
                .configure_mesh()
                .x_labels(0)
                .y_labels(7)
                .y_label_formatter(&|y| format!("{:.0}%", 100.0 * y))
                .disable_x_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(BLACK.mix(0.12))
                .axis_style(BLACK.mix(0.6))
                .label_style((FONT, 17))
                .draw()
                .map_err(text)?;
            for (kind, (color, (from, to))) in COLORS.into_iter().zip(EDGES).enumerate() {
                let bars = panel.values.iter().enumerate().filter_map(|(class, values)| {
                    let (class, value) = (class as f64, values[kind]?);
                    let corners = [(class + from, 0.0), (class + to, value)];
                    Some(Rectangle::new(corners, color.mix(0.75).filled()))
                });
                chart.draw_series(bars).map_err(text)?.label(panel.series[kind]).legend(move |(x, y)| {
                    Rectangle::new([(x, y - 7), (x + 22, y + 7)], color.mix(0.75).filled())
                });
            }
            self.write_names(&area, &chart)?;
            legend(&mut chart, SeriesLabelPosition::UpperRight, 17, 8)?;
        }
        root.present().map_err(text)
    }

    /// Each class's name below the middle of its bars; only every nth name if there are many.
    fn write_names<DB: DrawingBackend, CT>(
        &self,
        area: &DrawingArea<DB, plotters::coord::Shift>,
        chart: &ChartContext<DB, CT>,
    ) -> Result<(), String>
    where
        CT: CoordTranslate<From = (f64, f64)>,
    {
        use plotters::style::text_anchor::{HPos, Pos, VPos};
        let style = TextStyle::from((FONT, 17)).pos(Pos::new(HPos::Center, VPos::Top));
        let (left, top) = area.get_base_pixel();
        for (class, name) in self.names.iter().enumerate().step_by(self.names.len().div_ceil(MOST_NAMES)) {
            let (x, y) = chart.plotting_area().map_coordinate(&(class as f64 + 0.5, 0.0));
            let name: String = name.chars().take(LETTERS).collect();
            area.draw_text(&name, &style, (x - left, y - top + 8)).map_err(text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_values() {
        let panel = |values| BarPanel { title: "t".into(), series: ["a", "b"], values };
        let bars = Bars {
            names: vec!["0".into(), "1".into()],
            panels: [
                panel(vec![[Some(0.5), Some(0.25)], [None, Some(0.5)]]),
                panel(vec![[Some(1.0), None], [None, None]]),
            ],
        };
        bring_font().unwrap();
        let mut pixels = vec![0; (WIDTH * HEIGHT * 3) as usize];
        bars.draw(&mut pixels).unwrap();
        // How many pixels of each column have about a series' colour, in the upper half.
        let blue = |at: usize| pixels[3 * at] < 140 && pixels[3 * at + 2] > 180;
        let orange = |at: usize| pixels[3 * at] > 220 && pixels[3 * at + 2] < 120;
        let height = |x: usize, is: &dyn Fn(usize) -> bool| {
            (60..HEIGHT as usize / 2).filter(|y| is(y * WIDTH as usize + x)).count()
        };
        let (first, second, third, last) = (200, 390, 610, 810);
        let (full, half) = (height(first, &blue), height(second, &orange));
        assert!(full > 150 && (full as f64 / half as f64 - 2.0).abs() < 0.05, "{full} {half}");
        assert_eq!((height(third, &blue), height(last, &orange)), (0, full));
    }
}
