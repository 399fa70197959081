//! The curves of several experiments, overlaid.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use metrics::{Aim, METRICS, Metric};

use super::{Group, Run, median};
use crate::plot::{Band, Curve, Drawing, Figure, Panel};

/// The x axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Images,
    Time,
}

/// One value of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    images: u64,
    seconds: f64,
    value: f64,
}

impl Point {
    fn x(self, axis: Axis) -> f64 {
        match axis {
            Axis::Images => self.images as f64,
            Axis::Time => self.seconds,
        }
    }
}

/// A figure of every tick: its title, its name in the log, and whether its scale is logarithmic.
const OF_TICKS: [(&str, &str, bool); 4] = [
    ("D's loss", "discriminator_loss", false),
    ("G's loss", "generator_loss", false),
    ("Norm of D's gradient", "discriminator_grad_norm", true),
    ("Norm of G's gradient", "generator_grad_norm", true),
];

/// Draws metrics and losses, each against images and against time, as PNG and SVG into a folder. Returns the files.
pub(crate) fn write_figures(runs: &[Run], groups: &[Group], folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let names: Vec<String> = groups.iter().map(|group| group.label.clone()).collect();
    let mut files = Vec::new();
    for axis in [Axis::Images, Axis::Time] {
        let (file, x) = match axis {
            Axis::Images => ("images", "images shown"),
            Axis::Time => ("time", "training time, seconds"),
        };
        let kinds = [
            ("losses", "Training", losses(runs, groups, axis)),
            ("metrics", "Evaluations (dashed: floors)", metrics(runs, groups, axis)),
        ];
        for (kind, title, panels) in kinds {
            if panels.is_empty() {
                continue;
            }
            fs::create_dir_all(folder).with_context(|| format!("{}: cannot create", folder.display()))?;
            let figure = Figure { title: title.into(), x: x.into(), names: names.clone(), panels };
            let path = |ending: &str| folder.join(format!("{kind}-by-{file}.{ending}"));
            figure.write(&path("png"), &path("svg"))?;
            files.extend([path("png"), path("svg")]);
        }
    }
    Ok(files)
}

fn losses(runs: &[Run], groups: &[Group], axis: Axis) -> Vec<Panel> {
    let of_ticks = |read: &dyn Fn(&crate::report::log::Tick) -> Option<f64>, run: &Run| -> Vec<Point> {
        let point = |tick: &crate::report::log::Tick| {
            Some(Point { images: tick.images, seconds: tick.seconds, value: read(tick)? })
        };
        run.log.ticks().filter_map(point).collect()
    };
    let mut panels: Vec<Panel> = OF_TICKS
        .iter()
        .map(|&(title, key, log)| {
            panel(title, log, groups, runs, axis, &|run| of_ticks(&|tick| tick.figure(key), run))
        })
        .collect();
    let accuracy = |run: &Run| of_ticks(&|tick| tick.accuracy(), run);
    panels.push(panel("Share of images on which D is right", false, groups, runs, axis, &accuracy));
    let speed = |run: &Run| of_ticks(&|tick| tick.images_per_s, run);
    panels.push(panel("Images a second", false, groups, runs, axis, &speed));
    panels.retain(|panel| !panel.curves.is_empty());
    panels
}

fn metrics(runs: &[Run], groups: &[Group], axis: Axis) -> Vec<Panel> {
    let panels = METRICS.iter().map(|&metric| {
        let scores = |run: &Run| -> Vec<Point> {
            let point = |eval: &crate::report::log::Eval| {
                Some(Point { images: eval.images, seconds: eval.seconds, value: eval.value(metric)? })
            };
            run.log.evals().filter_map(point).collect()
        };
        // Low values differ by factors.
        let log = metric.aim == Aim::Low;
        let mut panel = panel(&title(metric), log, groups, runs, axis, &scores);
        let floor = |run: &Run| run.log.evals().last()?.score(metric)?.floor;
        panel.floors = runs.iter().filter_map(floor).collect();
        panel.floors.sort_by(f64::total_cmp);
        panel.floors.dedup();
        panel
    });
    panels.filter(|panel| !panel.curves.is_empty()).collect()
}

fn title(metric: Metric) -> String {
    format!("{metric} (good: {})", metric.aim)
}

/// One quantity of all experiments that have it.
fn panel(
    title: &str,
    log: bool,
    groups: &[Group],
    runs: &[Run],
    axis: Axis,
    read: &dyn Fn(&Run) -> Vec<Point>,
) -> Panel {
    let curves = groups.iter().enumerate().flat_map(|(name, group)| {
        let series = group.runs.iter().map(|&run| read(&runs[run])).filter(|points| !points.is_empty());
        curves(name, &series.collect::<Vec<_>>(), axis)
    });
    Panel { title: title.into(), log, curves: curves.collect(), floors: Vec::new() }
}

/// The curve of an experiment: the median of its runs, with a band, at the numbers of images where all have a value. If the
/// runs have none in common, one curve for each run.
fn curves(name: usize, series: &[Vec<Point>], axis: Axis) -> Vec<Curve> {
    let single = |points: &Vec<Point>| Curve {
        name,
        points: points.iter().map(|point| (point.x(axis), point.value)).collect(),
        band: Vec::new(),
    };
    if series.len() < 2 {
        return series.iter().map(single).collect();
    }
    let mut at: BTreeMap<u64, Vec<Point>> = BTreeMap::new();
    for point in series.iter().flatten() {
        at.entry(point.images).or_default().push(*point);
    }
    let mut curve = Curve { name, ..Curve::default() };
    for points in at.values().filter(|points| points.len() == series.len()) {
        let x = median(points.iter().map(|point| point.x(axis)).collect());
        let values = || points.iter().map(|point| point.value);
        if let (Some(x), Some(value)) = (x, median(values().collect())) {
            let (least, greatest) = (values().fold(value, f64::min), values().fold(value, f64::max));
            curve.points.push((x, value));
            curve.band.push(Band { x, least, greatest });
        }
    }
    if curve.points.is_empty() { series.iter().map(single).collect() } else { vec![curve] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[(u64, f64, f64)]) -> Vec<Point> {
        values.iter().map(|&(images, seconds, value)| Point { images, seconds, value }).collect()
    }

    #[test]
    fn several_runs_are_a_median_in_a_band() {
        let series = [
            points(&[(10, 1.0, 5.0), (20, 2.0, 3.0)]),
            points(&[(10, 2.0, 7.0), (20, 5.0, 1.0)]),
            points(&[(10, 3.0, 6.0), (20, 3.0, 9.0), (30, 4.0, 0.0)]),
        ];
        let curves = curves(4, &series, Axis::Time);
        assert_eq!((curves.len(), curves[0].name), (1, 4));
        assert_eq!(curves[0].points, [(2.0, 6.0), (3.0, 3.0)]);
        assert_eq!(curves[0].band[1], Band { x: 3.0, least: 1.0, greatest: 9.0 });
    }

    #[test]
    fn runs_without_a_common_place_keep_their_curves() {
        let series = [points(&[(10, 1.0, 5.0)]), points(&[(11, 1.0, 5.0)])];
        assert_eq!(curves(0, &series, Axis::Images).len(), 2);
        assert_eq!(curves(0, &series[..1], Axis::Images)[0].points, [(10.0, 5.0)]);
        assert!(curves(0, &[], Axis::Images).is_empty());
    }
}
