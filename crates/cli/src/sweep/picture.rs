//! The picture of a sweep: a line with its spread for one axis, a heat map for two.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::plan::Plan;
use super::results::{Results, Row};
use crate::output::number;
use crate::plot::{Cell, Drawing, HeatMap, Place, Places};

/// Draws the results into `chart.png` and `chart.svg` of the sweep's folder. Returns the files, or why there are none.
///
/// # Errors
/// Where they cannot be drawn or written.
pub(crate) fn write(plan: &Plan, results: &Results, folder: &Path) -> Result<Result<[PathBuf; 2], String>> {
    let files = ["png", "svg"].map(|ending| folder.join(format!("chart.{ending}")));
    if results.rows.iter().all(|row| row.median.is_none()) {
        return Ok(Err("no picture: no trial has a score of every seed".into()));
    }
    if plan.axes.iter().any(|axis| axis.settings().is_empty()) {
        return Ok(Err("no picture: it takes axes of values, not ranges".into()));
    }
    match plan.axes.len() {
        1 => line(plan, results).write(&files[0], &files[1])?,
        2 => heat_map(plan, results).write(&files[0], &files[1])?,
        n => return Ok(Err(format!("no picture: there are {n} axes, and it takes one or two"))),
    }
    Ok(Ok(files))
}

fn title(plan: &Plan, results: &Results) -> String {
    let seeds = match plan.text.written.seeds.len() {
        1 => "one seed".to_owned(),
        n => format!("medians of {n} seeds"),
    };
    format!("{}: {} (good: {}), {seeds}", plan.text.written.name, results.score, plan.metric.aim)
}

fn line(plan: &Plan, results: &Results) -> Places {
    let place = |setting: &super::axis::Setting| {
        let row = results.rows.iter().find(|row| row.labels[0] == setting.label);
        let scores = row.into_iter().flat_map(|row| &row.runs).filter_map(|(_, ended)| ended.as_ref()?.score);
        Place {
            label: setting.label.clone(),
            median: row.and_then(|row| row.median),
            values: scores.collect(),
            note: row.map(Row::trouble).unwrap_or_default(),
        }
    };
    Places {
        title: title(plan, results),
        x: plan.axes[0].name.clone(),
        y: results.score.clone(),
        places: plan.axes[0].settings().iter().map(place).collect(),
        floor: results.floor,
    }
}

fn heat_map(plan: &Plan, results: &Results) -> HeatMap {
    let labels = |axis: usize| -> Vec<String> {
        plan.axes[axis].settings().iter().map(|setting| setting.label.clone()).collect()
    };
    let (columns, rows) = (labels(0), labels(1));
    let cell = |across: &String, up: &String| {
        let row = results.rows.iter().find(|row| row.labels[0] == *across && row.labels[1] == *up)?;
        match row.median {
            Some(median) => Some(Cell { value: Some(median), text: number(median) }),
            None if row.is_whole() => Some(Cell { value: None, text: row.trouble() }),
            None => None,
        }
    };
    HeatMap {
        title: title(plan, results),
        x: plan.axes[0].name.clone(),
        y: plan.axes[1].name.clone(),
        cells: rows.iter().map(|up| columns.iter().map(|across| cell(across, up)).collect()).collect(),
        columns,
        rows,
        aim: plan.metric.aim,
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::*;

    fn drawn(axes: &str, scores: &[Option<f64>]) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let (plan, results) = results(axes, 1, scores);
        let files = write(&plan, &results, dir.path()).unwrap()?;
        assert!(std::fs::read(&files[0]).unwrap().starts_with(b"\x89PNG"));
        Ok(std::fs::read_to_string(&files[1]).unwrap())
    }

    #[test]
    fn two_axes_make_a_heat_map_with_the_medians_in_it() {
        let svg =
            drawn("\"across\" = [1, 2]\n\"up\" = [\"x\", \"y\"]", &[Some(1234.5), Some(7.25), None]).unwrap();
        for text in ["1234.5", "7.250", "diverged", "across", "up", "(good: low)"] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn one_axis_makes_a_line() {
        let svg = drawn("\"size\" = [1, 2, 30]", &[Some(3.0), None, Some(7.25)]).unwrap();
        assert!(svg.contains("size") && svg.contains("30") && svg.contains("diverged"), "{svg}");
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let three = "\"a\" = [1]\n\"b\" = [1]\n\"c\" = [1]";
        assert!(drawn(three, &[Some(1.0)]).unwrap_err().contains("there are 3 axes"));
        assert!(drawn("\"a\" = [1]", &[None]).unwrap_err().contains("no trial has a score"));
    }
}
