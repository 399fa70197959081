//! `blind-test`: people as judges.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{RejectArgs, ThreadsArg};

/// Write a page on which somebody tells generated images from real ones without knowing which are which.
///
/// As many generated images as real ones that nobody trained on lie on the page in random order, and whoever looks marks
/// those that seem generated (or broken). Then the page shows which were which, how often each kind was marked, and how often
/// chance alone would make so large a difference. It needs no network and no other file, and keeps nothing.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede blind-test                                can you tell? blind-test.html in the newest run's folder
  ganymede blind-test runs/0000-mnist --ask broken   which look broken? Real ones may, too
  ganymede blind-test runs -n 40 --seed 1 -o second.html")]
pub(crate) struct BlindTestArgs {
    /// A run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT", default_value = "runs")]
    pub(crate) run: PathBuf,
    /// How many images of each kind [default: 100, or as many as there are].
    #[arg(short = 'n', long, allow_negative_numbers = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) count: Option<u16>,
    /// What to mark.
    #[arg(long, default_value = "generated", value_name = "WHAT")]
    pub(crate) ask: Ask,
    /// Which images, and in what order: any number starts a sequence of its own.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Scale of the latents, above 0 and at most 1: a smaller one makes more usual images, with fewer faults and less variety.
    #[arg(long, default_value_t = 1.0, value_name = "PSI")]
    pub(crate) truncation: f64,
    #[command(flatten)]
    pub(crate) reject: RejectArgs,
    /// The checkpoint, by the images shown that name its file, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    /// The page [default: blind-test.html in the run's folder, or the current one].
    #[arg(short, long, value_name = "FILE.html")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ask {
    /// Images that seem generated.
    Generated,
    /// Images that cannot be read as their class, or have what no real image would.
    Broken,
}
