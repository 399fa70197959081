//! `sweep`.

use std::path::PathBuf;

use clap::Args;

use super::ThreadsArg;

/// Train one experiment again and again with some of its keys moved, and say what came of it.
///
/// A sweep is a TOML file: a base (a preset or a config), keys that are set in every run, axes of keys and values, seeds, a
/// budget and a metric. Its folder, DIR/NAME, gets a run for each trial and seed, sweep.json and results.csv with a row a
/// trial (median and spread over the seeds), and a picture: over one axis a line, over two a heat map. Whatever stops it, the
/// same command goes on: what is finished stays, what is not is resumed. A file that has grown by a value or a seed finds
/// its runs again.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede sweep advice-learning-rate                one of the program's (see `ganymede presets`)
  ganymede presets show advice-learning-rate > mine.toml
  ganymede sweep mine.toml --dry-run                 its trials, and what is done already
  ganymede sweep mine.toml --threads 2 --json

A sweep:
  name = \"rates\"
  base = \"dense\"                         # or the path of a config
  seeds = [0, 1, 2]
  metric = \"fjd\"                         # of the images at each run's end
  samples = 2000
  budget.total_images = 300000           # or budget.time = \"3m\"
  [set]
  train.batch_size = 32                  # in every run
  [axes]
  \"optimizer.generator.lr\" = [1e-4, 3e-4, 1e-3]
  r = { keys = [\"objective.r1\", \"objective.r2\"], values = [0.05, 0.1, [0.1, 0.0]] }

With mode = \"random\" and trials = 20, settings are drawn, also from { range = [1e-4, 1e-2], log = true }.")]
pub(crate) struct SweepArgs {
    /// The sweep's file, or the name of one in the program.
    #[arg(value_name = "SWEEP")]
    pub(crate) sweep: String,
    /// Folder in which the sweep gets a folder of its name.
    #[arg(long, default_value = "sweeps", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Check everything and print the trials with what is done already; train nothing, write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// One JSON object, that of sweep.json, instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}
