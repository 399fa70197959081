//! `report` and `compare`: what is made of finished runs.

use std::path::PathBuf;

use clap::Args;

use super::ThreadsArg;

/// Write one page about a run: curves, samples, metrics, D's scores, nearest training images, alarms, config.
///
/// The page needs no network and no other file: open it in any browser, or send it. `train` and `resume` write it at their
/// end; this makes it anew, also while the run trains.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede report runs                               report.html in the newest run's folder
  ganymede report runs/0003-projection -o page.html")]
pub(crate) struct ReportArgs {
    /// The run's folder, or the folder that holds it: then the newest run in it.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// The page [default: report.html in the run's folder].
    #[arg(short, long, value_name = "FILE.html")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

/// Set runs side by side: a table, and their curves in one picture.
///
/// Runs whose configs differ by the seed only are one experiment: their curves are one line, the median, in a band from the
/// least to the greatest, and the table has a line of medians. Each picture is drawn twice, as SVG and as PNG: metrics and
/// losses, against images shown and against training time.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede compare runs                              all that is there
  ganymede compare runs/0000-dense runs/0001-dcgan
  ganymede compare runs/*-dense -o seeds/            three seeds of one config: a median and a band
  ganymede compare runs/0000-dense runs/0001-dcgan --json")]
pub(crate) struct CompareArgs {
    /// The runs' folders; of a folder that holds runs, all of them.
    #[arg(value_name = "RUN", required = true, num_args = 1..)]
    pub(crate) runs: Vec<PathBuf>,
    /// The folder of the pictures.
    #[arg(short, long, default_value = "compare", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
