//! The table: a line a run, and one of medians for each experiment of several.

use metrics::Format;
use serde::Serialize;

use super::scores::Scores;
use super::{Group, Run, median};
use crate::output::grouped;
use crate::time::format_seconds;

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) run: String,
    /// The experiment's name.
    pub(crate) preset: String,
    /// Its data.
    pub(crate) data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<i64>,
    /// Real images shown.
    pub(crate) images: f64,
    /// Seconds of training.
    pub(crate) seconds: f64,
    /// Real images a second, over all of the training.
    pub(crate) images_per_s: Option<f64>,
    /// The headline scores.
    #[serde(flatten)]
    scores: Scores,
    /// Share of real and generated images on which D was right, in the last tick.
    pub(crate) discriminator_accuracy: Option<f64>,
    /// Why it ended; `None` for a run that is still training or was lost.
    pub(crate) reason: Option<String>,
}

impl Row {
    fn of(run: &Run) -> Row {
        let log = &run.log;
        let (images, seconds) = (log.images() as f64, log.seconds());
        Row {
            run: run.label.clone(),
            preset: run.name().to_owned(),
            data: run.config.data().map(str::to_owned),
            seed: run.config.seed(),
            images,
            seconds,
            images_per_s: (seconds > 0.0).then(|| images / seconds),
            scores: Scores::of(run),
            discriminator_accuracy: log.ticks().last().and_then(|tick| tick.accuracy()),
            reason: log.reason().map(str::to_owned),
        }
    }

    /// The median of each figure over those rows that have it.
    fn median(group: &Group, rows: &[Row]) -> Row {
        let of = |read: fn(&Row) -> Option<f64>| {
            median(group.runs.iter().filter_map(|&run| read(&rows[run])).collect())
        };
        let scores: Vec<&Scores> = group.runs.iter().map(|&run| &rows[run].scores).collect();
        Row {
            run: format!("median of {}", group.runs.len()),
            preset: rows[group.runs[0]].preset.clone(),
            data: rows[group.runs[0]].data.clone(),
            seed: None,
            images: of(|row| Some(row.images)).unwrap_or(0.0),
            seconds: of(|row| Some(row.seconds)).unwrap_or(0.0),
            images_per_s: of(|row| row.images_per_s),
            scores: Scores::median(&scores, median),
            discriminator_accuracy: of(|row| row.discriminator_accuracy),
            reason: None,
        }
    }
}

/// A row a run in the order given, and a row of medians for each group of several.
pub(crate) fn rows(runs: &[Run], groups: &[Group]) -> (Vec<Row>, Vec<Row>) {
    let rows: Vec<Row> = runs.iter().map(Row::of).collect();
    let several = groups.iter().filter(|group| group.runs.len() > 1);
    let medians = several.map(|group| Row::median(group, &rows)).collect();
    (rows, medians)
}

/// The rows as text, with a heading; a column that is empty throughout is left out.
pub(crate) fn columns(rows: &[Row]) -> Vec<Vec<String>> {
    let number = |value: Option<f64>| value.map_or_else(String::new, digits);
    let share = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.3}"));
    // Left out if all runs have the same data.
    let several = rows.iter().any(|row| row.data != rows[0].data);
    let data = move |row: &Row| row.data.clone().filter(|_| several).unwrap_or_default();
    let score = |at: usize| {
        move |row: &Row| match row.scores.columns().nth(at) {
            Some((_, Format::Share, value)) => share(value),
            Some((_, Format::Count, Some(value))) => grouped(value as u64),
            Some((_, _, value)) => number(value),
            None => String::new(),
        }
    };
    let heads: Vec<&str> =
        rows.first().into_iter().flat_map(|row| row.scores.columns()).map(|(head, ..)| head).collect();
    type Column<'a> = (&'static str, Box<dyn Fn(&Row) -> String + 'a>);
    let mut columns: Vec<Column> = vec![
        ("run", Box::new(|row| row.run.clone())),
        ("preset", Box::new(|row| row.preset.clone())),
        ("data", Box::new(data)),
        ("seed", Box::new(|row| row.seed.map_or_else(String::new, |seed| seed.to_string()))),
        ("images", Box::new(|row| grouped(row.images as u64))),
        ("time", Box::new(|row| format_seconds(row.seconds))),
        ("images/s", Box::new(|row| number(row.images_per_s))),
    ];
    columns.extend(heads.into_iter().enumerate().map(|(at, head)| (head, Box::new(score(at)) as Box<_>)));
    let behind: Vec<Column> = vec![
        ("D right", Box::new(move |row| share(row.discriminator_accuracy))),
        ("ended", Box::new(|row| row.reason.clone().unwrap_or_default())),
    ];
    columns.extend(behind);
    let mut text: Vec<Vec<String>> = vec![Vec::new(); rows.len() + 1];
    for (head, cell) in columns {
        let cells: Vec<String> = rows.iter().map(cell).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        for (line, cell) in text.iter_mut().zip(std::iter::once(head.to_owned()).chain(cells)) {
            line.push(cell);
        }
    }
    text
}

/// Three decimals, four below 0.1, a power of ten for smaller values, and none from a hundred.
fn digits(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 0.1 || size == 0.0 {
        format!("{value:.3}")
    } else if size >= 0.001 {
        format!("{value:.4}")
    } else {
        format!("{value:.2e}")
    }
}
