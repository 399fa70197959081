//! `compare`: runs side by side.

use gan::run::find_run;
use serde_json::json;

use crate::args::CompareArgs;
use crate::compare::{Run, columns, groups, rows, warnings, write_figures};
use crate::output::{self, Quiet, note, table};

pub(super) fn run(args: CompareArgs) -> anyhow::Result<()> {
    let runs = open(&args)?;
    let groups = groups(&runs);
    let warnings = warnings(&runs);
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
        return Ok(output::line(format!("{report:#}"))?);
    }
    let all: Vec<_> = rows.into_iter().chain(medians).collect();
    output::raw(table(&columns(&all)).as_bytes())?;
    for file in files {
        output::line(file.display().to_string())?;
    }
    Ok(())
}

/// The runs, each with a label of its own.
fn open(args: &CompareArgs) -> anyhow::Result<Vec<Run>> {
    let paths = args.runs.iter().map(|path| find_run(path)).collect::<Result<Vec<_>, _>>()?;
    let mut runs = paths.iter().map(|path| Run::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let labels: Vec<String> = runs.iter().map(|run| run.label.clone()).collect();
    for (run, path) in runs.iter_mut().zip(&paths) {
        if labels.iter().filter(|label| **label == run.label).count() > 1 {
            run.label = path.display().to_string();
        }
    }
    Ok(runs)
}
