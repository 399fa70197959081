//! `sweep`.

use std::path::PathBuf;

use clap::Args;

use super::shared::ThreadsArg;

/// Train one experiment with several settings and seeds, and compare the results.
///
/// A sweep is a TOML file: a base (a preset or a config), keys that are set in every run, axes of keys and values, seeds, a
/// budget and a metric. The folder DIR/NAME gets a run for each trial and seed, sweep.json, results.csv with a row for each
/// trial (median and spread over the seeds), and a picture: a line for one axis, a heat map for two. The same command
/// continues an interrupted sweep: finished runs stay, unfinished ones are resumed. You may add values and seeds to the file
/// later; the sweep finds its earlier runs.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede sweep advice-learning-rate                # an included sweep (see `ganymede presets`)
  ganymede presets show advice-learning-rate > mine.toml
  ganymede sweep mine.toml --dry-run                 # list its trials, and which are finished
  ganymede sweep mine.toml --threads 2 --json

A sweep:
  name = \"rates\"
  base = \"dense\"                         # or the path of a config
  seeds = [0, 1, 2]
  metric = \"fd\"                          # of the images at each run's end
  samples = 2000
  budget.total_images = 300000           # or budget.time = \"3m\"
  [set]
  train.batch_size = 32                  # in every run
  [axes]
  \"optimizer.generator.lr\" = [1e-4, 3e-4, 1e-3]
  r = { keys = [\"objective.r1\", \"objective.r2\"], values = [0.05, 0.1, [0.1, 0.0]] }

With mode = \"random\" and trials = 20, settings are drawn at random, also from { range = [1e-4, 1e-2], log = true }.")]
pub(crate) struct SweepArgs {
    /// The sweep's file, or the name of an included sweep.
    #[arg(value_name = "SWEEP")]
    pub(crate) sweep: String,
    /// Folder for sweeps. Each sweep gets a folder in it, named after the sweep.
    #[arg(long, default_value = "sweeps", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Check the sweep and list its trials, and which are finished. Nothing is trained or written.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the JSON object of sweep.json instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}
