//! One page about a run: `report.html`, which needs no network and no other file.
//!
//! Everything about training comes from the run's log, whose lines are in the page unchanged. The rest is computed here.

mod about;
pub(crate) mod log;
mod neighbours;
mod page;
mod real;
mod samples;
mod weights;

use std::io::Write;
use std::path::{Path, PathBuf};

use data::ImageSet;
use kernels::Threads;
use metrics::METRICS;
use metrics::registry::MAIN;
use run::RunFolder;
use serde_json::{Value, json};

use crate::runs::Trained;

pub(crate) use about::Config;
pub(crate) use log::RunLog;
pub(crate) use page::STYLE;

/// The page's name in a run's folder.
const FILE: &str = "report.html";

/// Writes the report of a run to `output`, or into its folder; returns its path. `training` are the run's training images, if
/// they are loaded; then slow reading is skipped.
///
/// # Errors
/// If it is not a run, nothing was trained, or the page cannot be written. The page explains which parts could not be made.
pub(crate) fn write(
    run: &Path,
    output: Option<&Path>,
    training: Option<&ImageSet>,
    threads: Threads,
) -> anyhow::Result<PathBuf> {
    let folder = RunFolder::open(run)?;
    let run = folder.path();
    let log = RunLog::read(run)?;
    let config = Config::read(run);
    let mut about = about::about(run, &config, &log);
    about["metrics"] = json!(METRICS);
    about["main_metric"] = json!(MAIN.name);
    about["scores"] = json!(log.scores_by_name());
    about["samples"] = json!(samples::samples(run));
    for (part, value) in weights::parts(&Trained::open(run, None), training, threads) {
        about[part] = value;
    }
    // The lines of the log that a roll-back undid.
    let undone = log.entries.iter().enumerate().filter(|(_, entry)| entry.undone).map(|(i, _)| i);
    about["undone"] = undone.map(Value::from).collect();
    let lines: Vec<&str> = log.entries.iter().map(|entry| entry.line.as_str()).collect();
    let title = format!("{} · Ganymede", config.name.as_deref().unwrap_or("a run"));
    let page = page::page(&title, &about, &lines.join(",\n"));
    let path = output.map_or_else(|| run.join(FILE), Path::to_path_buf);
    data::write_atomic(&path, |out| {
        out.write_all(page.as_bytes()).map_err(|e| data::DataError::io(&path, "write", e))
    })?;
    Ok(path)
}
