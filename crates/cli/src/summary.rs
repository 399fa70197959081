//! The end of a run: where everything is, and what to try next.

use std::path::Path;

use gan::Trainer;
use gan::run::{RunFolder, StopReason};
use serde_json::json;

use crate::args::ReportArgs;
use crate::output::{self, grouped};
use crate::session::extension;
use crate::time::format_seconds;

/// Prints the run's products: all for people, the folder alone if quiet, one JSON line more if JSON.
pub(crate) fn print(
    trainer: &Trainer,
    folder: &RunFolder,
    page: Option<&Path>,
    (reason, seconds): (StopReason, f64),
    report: ReportArgs,
) -> anyhow::Result<()> {
    let images = trainer.progress().images;
    let run = folder.path().display().to_string();
    let (grid, checkpoint) = (folder.sample_path(images), folder.checkpoint_path(images));
    if report.json {
        let end = json!({
            "event": "end",
            "reason": reason.to_string(),
            "run": run,
            "images": images,
            "seconds": seconds,
            "grid": grid.display().to_string(),
            "checkpoint": checkpoint.display().to_string(),
            "report": page.map(|page| page.display().to_string()),
        });
        return Ok(output::line(end.to_string())?);
    }
    if report.quiet {
        return Ok(output::line(run)?);
    }
    let epochs = images as f64 / trainer.experiment().train.epoch_images as f64;
    let time = format_seconds(seconds);
    output::line(format!("{reason} after {} images ({epochs:.2} epochs) and {time} here", grouped(images)))?;
    output::line(format!("run         {run}"))?;
    output::line(format!("grid        {}", grid.display()))?;
    output::line(format!("checkpoint  {}", checkpoint.display()))?;
    if let Some(page) = page {
        output::line(format!("report      {}", page.display()))?;
    }
    output::line("next")?;
    let mut next = vec![
        (format!("ganymede sample {run} -n 64"), "a sheet of new images"),
        (format!("ganymede judge-d {run}"), "how well D tells real from generated"),
    ];
    if let Some(flags) = extension(trainer, reason) {
        next.push((format!("ganymede resume {run} {flags}").trim_end().to_owned(), "go on"));
    }
    let width = next.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (command, what) in next {
        output::line(format!("  {command:width$}  {what}"))?;
    }
    Ok(())
}

/// Where a run that diverged can be taken up again.
pub(crate) fn after_divergence(folder: &RunFolder) -> String {
    let run = folder.path().display();
    match folder.checkpoints().ok().and_then(|all| all.last().cloned()) {
        Some(checkpoint) => format!(
            "run {run}; its last checkpoint, {}, is from before: ganymede resume {run} goes on from there",
            checkpoint.display()
        ),
        None => format!("run {run} has no checkpoint yet"),
    }
}
