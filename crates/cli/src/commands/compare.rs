//! `compare`: runs side by side.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::ensure;
use run::find_runs;
use serde_json::json;

use crate::args::CompareArgs;
use crate::compare::{Run, columns, groups, rows, warnings, write_figures};
use crate::output::{self, Quiet, note, table};
use crate::product_file;

pub(super) fn run(args: CompareArgs) -> anyhow::Result<()> {
    let runs = open(&args)?;
    product_file::figures(&args.output)?;
    let groups = groups(&runs);
    let warnings = warnings(&runs, &groups);
    for warning in &warnings {
        note(Quiet(false), &format!("warning: {warning}"));
    }
    let (rows, medians) = rows(&runs, &groups);
    let files = write_figures(&runs, &groups, &args.output)?;
    if args.json {
        let experiments: Vec<_> = groups
            .iter()
            .map(|group| {
                json!({
                    "name": group.label,
                    "runs": group.runs.iter().map(|&i| &runs[i].label).collect::<Vec<_>>(),
                })
            })
            .collect();
        let report = json!({
            "runs": rows,
            "medians": medians,
            "experiments": experiments,
            "warnings": warnings,
            "files": files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        });
        return Ok(output::document(format!("{report:#}"))?);
    }
    let all: Vec<_> = rows.into_iter().chain(medians).collect();
    output::raw(table(&columns(&all)).as_bytes())?;
    if files.is_empty() {
        note(Quiet(false), "note: these runs have neither ticks nor evaluations to draw");
    }
    for file in files {
        output::line(file.display().to_string())?;
    }
    Ok(())
}

/// The runs without repetitions, with unique labels.
fn open(args: &CompareArgs) -> anyhow::Result<Vec<Run>> {
    let paths = args.runs.iter().map(|path| find_runs(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let mut known = BTreeSet::new();
    let (paths, again): (Vec<PathBuf>, Vec<PathBuf>) = paths
        .into_iter()
        .partition(|path| known.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    for path in again {
        note(Quiet(false), &format!("note: {} is named again; it counts once", path.display()));
    }
    let mut runs = Vec::with_capacity(paths.len());
    for path in &paths {
        match Run::open(path) {
            Ok(run) => runs.push((run, path)),
            // A run that is named must be readable. Other folders beside it may be incomplete.
            Err(error) if args.runs.contains(path) || paths.len() == 1 => return Err(error),
            Err(error) => note(Quiet(false), &format!("note: left out: {error:#}")),
        }
    }
    ensure!(!runs.is_empty(), "none of {} runs can be read", paths.len());
    let labels: Vec<String> = runs.iter().map(|(run, _)| run.label.clone()).collect();
    for (run, path) in &mut runs {
        if labels.iter().filter(|label| **label == run.label).count() > 1 {
            run.label = path.display().to_string();
        }
    }
    Ok(runs.into_iter().map(|(run, _)| run).collect())
}
