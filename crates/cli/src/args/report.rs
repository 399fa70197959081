//! `report` and `compare`: pages, tables and curves of runs.

use std::path::PathBuf;

use clap::Args;

use super::shared::ThreadsArg;

/// Write one page about a run: curves, samples, metrics, D's scores, nearest training images, alarms, config.
///
/// The page needs no network and no other file: open it in any browser, or send it. `train` and `resume` write it at the end
/// of a run. This command writes it again, also while the run is training.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede report runs                               # report.html in the newest run's folder
  ganymede report runs/0003-projection -o page.html")]
pub(crate) struct ReportArgs {
    /// A run's folder, or a folder of runs (the newest is taken).
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// The page to write [default: report.html in the run's folder].
    #[arg(short, long, value_name = "FILE.html")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

/// Compare runs: a table, and their curves in one picture.
///
/// Runs whose configs differ only by the seed are one experiment. Their curves are drawn as one line (the median) in a band
/// (from the least to the greatest), and the table has a row of medians. The pictures show metrics and losses against images
/// and against training time, each as SVG and as PNG.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede compare runs                              # all runs in the folder
  ganymede compare runs/0000-dense runs/0001-dcgan
  ganymede compare runs/*-dense -o seeds/            # three seeds of one config: a median and a band
  ganymede compare runs/0000-dense runs/0001-dcgan --json")]
pub(crate) struct CompareArgs {
    /// The runs' folders. A folder of runs stands for all its runs.
    #[arg(value_name = "RUN", required = true, num_args = 1..)]
    pub(crate) runs: Vec<PathBuf>,
    /// The folder for the pictures.
    #[arg(short, long, default_value = "compare", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
