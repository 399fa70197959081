//! The results of a sweep: one row for each trial, as JSON, CSV and text.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::check::Run;
use super::plan::Plan;
use super::runs::{Ended, State};
use super::score::{median, rank, spread};
use super::text::Mode;
use crate::output::{grouped, number, table};
use crate::time::format_seconds;

/// One trial.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its place on each axis, in words.
    pub(crate) labels: Vec<String>,
    /// Each key that the axes move, and its value here.
    values: Map<String, Value>,
    /// The median over the seeds, when all runs have ended. A run without a score counts as the worst.
    pub(crate) median: Option<f64>,
    /// The least and the greatest score.
    pub(crate) spread: Option<(f64, f64)>,
    /// The ended runs, one for each seed.
    pub(crate) runs: Vec<(u64, Option<Ended>)>,
}

impl Row {
    /// Whether all its runs have ended.
    pub(crate) fn is_whole(&self) -> bool {
        self.runs.iter().all(|(_, ended)| ended.is_some())
    }

    fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.runs.iter().filter_map(|(_, ended)| ended.as_ref())
    }

    /// Problems of its runs, such as `2 of 3 diverged`; empty if there are none.
    pub(crate) fn trouble(&self) -> String {
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for trouble in self.ended().filter_map(Ended::trouble) {
            match kinds.iter_mut().find(|(kind, _)| *kind == trouble) {
                Some((_, count)) => *count += 1,
                None => kinds.push((trouble, 1)),
            }
        }
        let all = self.runs.len();
        let told = kinds.iter().map(|(kind, count)| match (*count, all) {
            (count, all) if count == all => (*kind).to_owned(),
            (count, all) => format!("{count} of {all} {kind}"),
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

/// All rows, in the order of the trials.
#[derive(Clone, Debug)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    /// The score's name, with its number of samples once there is one.
    pub(crate) score: String,
    pub(crate) floor: Option<f64>,
}

impl Results {
    /// From the state of each run, in the order of `runs`.
    pub(crate) fn new(plan: &Plan, runs: &[Run], states: &[State]) -> Results {
        let row = |at: usize| {
            let trial = &plan.trials[at];
            let moved = plan.axes.iter().zip(&trial.settings).flat_map(|(a, s)| a.keys.iter().zip(&s.values));
            let own = runs.iter().zip(states).filter(|(run, _)| run.trial == at);
            let runs: Vec<_> = own
                .map(|(run, state)| match state {
                    State::Ended(ended) => (run.seed, Some(ended.clone())),
                    _ => (run.seed, None),
                })
                .collect();
            let scores: Vec<_> =
                runs.iter().filter_map(|(_, ended)| ended.as_ref().map(|e| e.score)).collect();
            let mut row = Row {
                labels: trial.settings.iter().map(|setting| setting.label.clone()).collect(),
                values: moved.map(|(key, value)| (key.clone(), json!(value))).collect(),
                median: None,
                spread: spread(&scores),
                runs,
            };
            row.median = median(plan.metric, &scores).filter(|_| row.is_whole());
            row
        };
        let rows: Vec<Row> = (0..plan.trials.len()).map(row).collect();
        let named = rows.iter().flat_map(Row::ended).find(|ended| ended.name.is_some());
        let score = named.and_then(|ended| ended.name.clone());
        let floor = named.and_then(|ended| ended.floor);
        Results { rows, score: score.unwrap_or_else(|| plan.metric.to_string()), floor }
    }

    /// Place of the best trial by its median.
    pub(crate) fn best(&self, plan: &Plan) -> Option<usize> {
        let scored = self.rows.iter().enumerate().filter(|(_, row)| row.median.is_some());
        scored
            .min_by(|(_, a), (_, b)| rank(plan.metric, a.median).total_cmp(&rank(plan.metric, b.median)))
            .map(|(at, _)| at)
    }

    /// `sweep.json`. Folders are relative to `folder`.
    pub(crate) fn json(&self, plan: &Plan, folder: &Path) -> Value {
        let written = &plan.text.written;
        let run = |(seed, ended): &(u64, Option<Ended>)| {
            let ended = ended.as_ref()?;
            let path = ended.folder.strip_prefix(folder).unwrap_or(&ended.folder);
            Some(json!({
                "seed": seed,
                "folder": path.display().to_string(),
                "score": ended.score,
                "images": ended.images,
                "seconds": ended.seconds,
                "reason": ended.reason,
            }))
        };
        let axes = plan.axes.iter().map(|axis| json!({ "name": axis.name, "keys": axis.keys }));
        let trials = self.rows.iter().enumerate().map(|(at, row)| {
            let places = plan.axes.iter().zip(&row.labels);
            json!({
                "trial": at,
                "place": places.map(|(axis, label)| (axis.name.clone(), json!(label))).collect::<Map<_, _>>(),
                "values": row.values,
                "median": row.median,
                "least": row.spread.map(|(least, _)| least),
                "greatest": row.spread.map(|(_, greatest)| greatest),
                "trouble": row.trouble(),
                "runs": row.runs.iter().filter_map(run).collect::<Vec<_>>(),
            })
        });
        json!({
            "name": written.name,
            "description": written.description,
            "base": written.base,
            "mode": match written.mode { Mode::Grid => "grid", Mode::Random => "random" },
            "score": self.score,
            "floor": self.floor,
            "seeds": written.seeds,
            "complete": self.rows.iter().all(Row::is_whole),
            "best": self.best(plan),
            "axes": axes.collect::<Vec<_>>(),
            "trials": trials.collect::<Vec<_>>(),
        })
    }

    /// `results.csv`: one line for each trial.
    pub(crate) fn csv(&self, plan: &Plan) -> String {
        let seeds = &plan.text.written.seeds;
        let mut cells: Vec<String> = vec!["trial".into()];
        cells.extend(plan.axes.iter().map(|axis| axis.name.clone()));
        cells.extend(["median", "least", "greatest", "trouble"].map(str::to_owned));
        cells.extend(seeds.iter().map(|seed| format!("{} seed {seed}", self.score)));
        let mut text = csv_line(&cells);
        let value = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for (at, row) in self.rows.iter().enumerate() {
            let mut cells = vec![at.to_string()];
            cells.extend(row.labels.iter().cloned());
            cells.push(value(row.median));
            cells.push(value(row.spread.map(|(least, _)| least)));
            cells.push(value(row.spread.map(|(_, greatest)| greatest)));
            cells.push(row.trouble());
            cells.extend(row.runs.iter().map(|(_, ended)| value(ended.as_ref().and_then(|e| e.score))));
            text.push_str(&csv_line(&cells));
        }
        text
    }

    /// The table, and the best trial below it.
    pub(crate) fn told(&self, plan: &Plan) -> String {
        let mut heading: Vec<String> = plan.axes.iter().map(|axis| axis.name.clone()).collect();
        heading.extend(
            [self.score.as_str(), "least", "greatest", "runs", "images", "training"].map(str::to_owned),
        );
        let mut rows = vec![heading];
        for row in &self.rows {
            let (done, all) = (row.ended().count(), row.runs.len());
            let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
            let mut cells = row.labels.clone();
            cells.push(figure(row.median));
            cells.push(figure(row.spread.map(|(least, _)| least)));
            cells.push(figure(row.spread.map(|(_, greatest)| greatest)));
            cells.push(if done == all { all.to_string() } else { format!("{done} of {all}") });
            cells.push(row.ended().map(|ended| ended.images).max().map_or_else(|| "-".into(), grouped));
            cells.push(format_seconds(row.ended().fold(0.0, |sum, ended| sum + ended.seconds)));
            // Notes come behind the columns, so that rows without them are not wider.
            cells.push(row.trouble());
            rows.push(cells);
        }
        let mut text = table(&rows);
        if let Some((best, median)) = self.best(plan).and_then(|at| Some((at, self.rows[at].median?))) {
            let floor = self.floor.map_or_else(String::new, |floor| format!(" (floor {})", number(floor)));
            let label = plan.label(&plan.trials[best]);
            let _ = writeln!(text, "best: {label}: {} {}{floor}", self.score, number(median));
        }
        text
    }

    /// Writes `sweep.json` and `results.csv` into the sweep's folder.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub(crate) fn write(&self, plan: &Plan, folder: &Path) -> Result<()> {
        write(&folder.join("sweep.json"), &format!("{:#}\n", self.json(plan, folder)))?;
        write(&folder.join("results.csv"), &self.csv(plan))
    }
}

/// Replaces a text file as a whole.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    data::write_atomic(path, |out| {
        out.write_all(text.as_bytes()).map_err(|e| data::DataError::io(path, "write", e))
    })
    .with_context(|| format!("{}: cannot write", path.display()))
}

/// Cells with commas between them; one with a comma, a quote or a line end is quoted (RFC 4180).
fn csv_line(cells: &[String]) -> String {
    let quoted = cells.iter().map(|cell| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use gan::config::{Source, Written};

    use super::super::text::SweepText;
    use super::*;

    /// Results of a sweep whose runs have these scores; `None` for one that diverged.
    pub(crate) fn results(axes: &str, seeds: usize, scores: &[Option<f64>]) -> (Plan, Results) {
        let seeds: Vec<u64> = (0..seeds as u64).collect();
        let text = format!("name = \"t\"\nbase = \"dense\"\nseeds = {seeds:?}\n[axes]\n{axes}");
        let plan = Plan::new(SweepText::parse(&text, "t.toml".into(), PathBuf::new()).unwrap()).unwrap();
        let (source, written) = (Source::new("", "t"), Written::default());
        let run = |(trial, &seed): (usize, &u64)| Run {
            trial,
            seed,
            source: source.clone(),
            written: written.clone(),
            config: String::new(),
        };
        let runs: Vec<Run> =
            (0..plan.trials.len()).flat_map(|t| seeds.iter().map(move |s| (t, s))).map(run).collect();
        let state = |at: usize| match scores.get(at) {
            None => State::New,
            Some(&score) => State::Ended(Ended {
                folder: PathBuf::from(format!("out/t/runs/{at}")),
                score,
                floor: score.map(|_| 0.5),
                name: score.map(|_| "fd100".to_owned()),
                images: 64,
                seconds: 1.5,
                reason: if score.is_some() {
                    "finished".into()
                } else {
                    "training diverged at 64 images".into()
                },
            }),
        };
        let states: Vec<State> = (0..runs.len()).map(state).collect();
        let results = Results::new(&plan, &runs, &states);
        (plan, results)
    }

    #[test]
    fn rows_have_medians_spreads_and_troubles() {
        let scores = [4.0, 2.0, 3.0].map(Some).into_iter().chain([None, Some(9.0), None]).chain([None; 3]);
        let scores: Vec<_> = scores.chain([Some(1.0)]).collect();
        let (plan, results) = results("\"a\" = [1, 2, 3, 4]", 3, &scores);
        let medians: Vec<_> = results.rows.iter().map(|row| row.median).collect();
        assert_eq!(medians, [Some(3.0), None, None, None]);
        let spreads: Vec<_> = results.rows.iter().map(|row| row.spread).collect();
        assert_eq!(spreads, [Some((2.0, 4.0)), Some((9.0, 9.0)), None, Some((1.0, 1.0))]);
        let troubles: Vec<_> = results.rows.iter().map(Row::trouble).collect();
        assert_eq!(troubles, ["", "2 of 3 diverged", "diverged", ""]);
        let told = results.told(&plan);
        assert!(told.contains("best: a 1: fd100 3 (floor 0.5000)") && told.contains("1 of 3"), "{told}");
        let json = results.json(&plan, Path::new("out/t"));
        assert_eq!((json["complete"].as_bool(), json["best"].as_u64()), (Some(false), Some(0)));
        assert_eq!(json["trials"][1]["runs"][1]["folder"], "runs/4");
        assert_eq!(json["trials"][2]["values"]["a"], 3);
        assert_eq!(results.csv(&plan).lines().nth(2).unwrap(), "1,2,,9,9,2 of 3 diverged,,9,");
    }

    #[test]
    fn cells_are_quoted_where_they_must() {
        assert_eq!(csv_line(&["a".into(), "b,c".into(), "d\"e".into()]), "a,\"b,c\",\"d\"\"e\"\n");
    }
}
