//! Two kinds' scores as one histogram.

use std::path::Path;

use anyhow::{Context, anyhow};
use plotters::prelude::*;
use run::picture::write_picture;

use super::{COLORS, FONT, bring_font, legend, text};

const WIDTH: u32 = 960;
const HEIGHT: u32 = 600;
/// Bins of [0, 1].
const BINS: usize = 40;
/// Height of the chart over that of the highest bar, for the legend.
const HEADROOM: f64 = 1.25;

/// One set of values in [0, 1].
pub(crate) struct Series<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: &'a [f64],
}

/// Two sets of values in [0, 1] over the same bins.
pub(crate) struct Histogram<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) series: [Series<'a>; 2],
}

impl Histogram<'_> {
    /// Draws it into a PNG file.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        bring_font()?;
        let mut pixels = vec![0; (WIDTH * HEIGHT * 3) as usize];
        // The drawing library's error borrows the pixels, so only its text is kept.
        self.draw(&mut pixels).map_err(|e| anyhow!("cannot draw the histogram: {e}"))?;
        write_picture(path, &pixels, WIDTH as usize, HEIGHT as usize, 3).context("cannot write the histogram")
    }

    fn draw(&self, pixels: &mut [u8]) -> Result<(), String> {
        let root = BitMapBackend::with_buffer(pixels, (WIDTH, HEIGHT)).into_drawing_area();
        root.fill(&WHITE).map_err(text)?;
        let shares = self.series.each_ref().map(|series| shares(series.values));
        let highest = shares.iter().flatten().copied().fold(0.0, f64::max);
        let mut chart = ChartBuilder::on(&root)
            .caption(self.title, (FONT, 24))
            .margin(16)
            .margin_right(28)
            .x_label_area_size(56)
            .y_label_area_size(76)
            .build_cartesian_2d(0.0..1.0, 0.0..HEADROOM * highest.max(1e-3))
            .map_err(text)?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .x_labels(11)
            .y_labels(8)
            .x_label_formatter(&|x| format!("{x:.1}"))
            .y_label_formatter(&|y| format!("{:.0}%", 100.0 * y))
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .axis_style(BLACK.mix(0.6))
            .label_style((FONT, 17))
            .axis_desc_style((FONT, 19))
            .draw()
            .map_err(text)?;
        let edge = |bin: usize| bin as f64 / BINS as f64;
        for ((series, shares), color) in self.series.iter().zip(&shares).zip(COLORS) {
            // The outline keeps the lower of two overlapping bars visible.
            let outline = shares
                .iter()
                .enumerate()
                .flat_map(|(bin, &share)| [(edge(bin), share), (edge(bin + 1), share)]);
            let outline: Vec<_> = std::iter::once((0.0, 0.0)).chain(outline).chain([(1.0, 0.0)]).collect();
            let area = Polygon::new(outline.clone(), color.mix(0.35).filled());
            chart.draw_series([area]).map_err(text)?;
            chart
                .draw_series(LineSeries::new(outline, color.stroke_width(2)))
                .map_err(text)?
                .label(series.name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 7), (x + 22, y + 7)], color.mix(0.6).filled()));
        }
        // Where D is in doubt.
        let half = [(0.5, 0.0), (0.5, HEADROOM * highest)];
        chart.draw_series(DashedLineSeries::new(half, 6, 6, BLACK.mix(0.5).into())).map_err(text)?;
        legend(&mut chart, SeriesLabelPosition::UpperMiddle, 18, 12)?;
        root.present().map_err(text)
    }
}

/// Share of the values in each bin of [0, 1].
pub(crate) fn shares(values: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; BINS];
    for value in values {
        let bin = (value * BINS as f64) as usize;
        shares[bin.min(BINS - 1)] += 1.0 / values.len() as f64;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one_and_ends_belong_to_bins() {
        let shares = shares(&[0.0, 1.0, 0.5, 0.024]);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!((shares[0], shares[BINS - 1], shares[BINS / 2]), (0.5, 0.25, 0.25));
    }
}
