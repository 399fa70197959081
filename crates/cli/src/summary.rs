//! The end of a run: where everything is, and what to try next.

use std::path::Path;

use data::Split;
use gan::Trainer;
use metrics::Score;
use run::{Evaluation, RunFolder, StopReason};
use serde_json::json;

use crate::args::ConsoleArgs;
use crate::extension::{extended, extension};
use crate::hints::{self, Typed};
use crate::output::{self, grouped, number, table};
use crate::run_log::past;
use crate::showcase::Product;
use crate::time::format_seconds;

/// Prints the run's products: all of them, the folder alone if quiet, or one more JSON line if JSON.
pub(crate) fn print(
    trainer: &Trainer,
    folder: &RunFolder,
    page: Option<&Path>,
    products: &[Product],
    (reason, seconds): (StopReason, f64),
    console: ConsoleArgs,
) -> anyhow::Result<()> {
    let images = trainer.progress().images;
    let run = folder.path().display().to_string();
    let (grid, checkpoint) = (folder.sample_path(images), folder.checkpoint_path(images));
    let best = folder.best_checkpoint().filter(|best| *best != checkpoint);
    if console.json {
        let mut end = json!({
            "event": "end",
            "reason": reason.to_string(),
            "run": run,
            "images": images,
            "seconds": seconds,
            "grid": grid.display().to_string(),
            "checkpoint": checkpoint.display().to_string(),
            "best": folder.best_checkpoint().map(|best| best.display().to_string()),
            "report": page.map(|page| page.display().to_string()),
        });
        for product in products {
            end[product.name] = json!(product.path.display().to_string());
        }
        return Ok(output::document(end.to_string())?);
    }
    if console.quiet {
        return Ok(output::line(run)?);
    }
    let epochs = images as f64 / trainer.experiment().train.epoch_images as f64;
    let time = format_seconds(seconds);
    output::line(format!("{reason} after {} images ({epochs:.2} epochs) and {time} here", grouped(images)))?;
    output::line(format!("run         {run}"))?;
    output::line(format!("grid        {}", grid.display()))?;
    output::line(format!("checkpoint  {}", checkpoint.display()))?;
    if let Some(best) = &best {
        output::line(format!("best        {}", best.display()))?;
    }
    for product in products {
        output::line(format!("{:<10}  {}", product.name, product.path.display()))?;
    }
    if let Some(page) = page {
        output::line(format!("report      {}", page.display()))?;
    }
    let past = past(folder, trainer.progress());
    if let Some(evaluation) = past.evaluations.last() {
        scores(evaluation)?;
    }
    output::line("next")?;
    let run = hints::path(folder.path());
    let data = &trainer.experiment().data;
    // D scores test images, where there are any.
    let split = match data::has_split(&data.source, Split::Test) {
        true => Vec::new(),
        false => vec!["--split", "train"],
    };
    let mut next = vec![
        (Typed::of(["sample", &run, "-n", "64"]), "a sheet of new images"),
        (
            Typed::of([vec!["d-scores", &run], split].concat()),
            "how well D tells real images from generated ones",
        ),
        (Typed::of(["blind-test", &run]), "how well you tell them apart"),
    ];
    if best.is_some() {
        let best = ["sample", &run, "-n", "64", "--checkpoint", "best"];
        next.push((Typed::of(best), "a sheet by the best checkpoint"));
    }
    if let Some(flags) = extension(trainer, reason, past.seconds) {
        next.push((extended(Typed::of(["resume", &run]), &flags), "go on"));
    }
    let next: Vec<_> = next.into_iter().map(|(command, what)| (command.to_string(), what)).collect();
    let width = next.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (command, what) in next {
        output::line(format!("  {command:width$}  {what}"))?;
    }
    Ok(())
}

/// The scores of the last evaluation, each beside its floor.
fn scores(evaluation: &Evaluation) -> std::io::Result<()> {
    output::line(format!("evaluation  {} images, judge {}", grouped(evaluation.images), evaluation.judge))?;
    let head = ["metric", "value", "floor"].map(str::to_owned).to_vec();
    let row =
        |score: &Score| vec![score.name(), number(score.value), score.floor.map_or_else(String::new, number)];
    let rows: Vec<_> = [head].into_iter().chain(evaluation.scores.iter().map(row)).collect();
    table(&rows).lines().try_for_each(|line| output::line(format!("  {line}")))
}

/// How to continue a run that diverged.
pub(crate) fn after_divergence(folder: &RunFolder) -> String {
    let run = folder.path().display();
    match folder.checkpoints().ok().and_then(|all| all.last().cloned()) {
        Some(checkpoint) => format!(
            "run {run}; its last checkpoint, {}, is from before; to go on from there: {}",
            checkpoint.display(),
            Typed::of(["resume", &hints::path(folder.path())])
        ),
        None => format!("run {run} has no checkpoint yet"),
    }
}
