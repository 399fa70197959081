//! `blind-test`: a page on which people judge images.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::reject::RejectArgs;
use super::shared::ThreadsArg;

/// Write a page for a blind test: can you tell generated images from real ones?
///
/// The page shows as many generated images as real test images, in random order. You mark the images that seem generated (or
/// broken). The page then shows which were which, how often each kind was marked, and how likely such a difference is by
/// chance. The page needs no network and no other file, and it stores nothing.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede blind-test                                # blind-test.html in the newest run's folder
  ganymede blind-test runs/0000-mnist --ask broken   # mark the images that look broken; real ones may, too
  ganymede blind-test runs -n 40 --seed 1 -o second.html")]
pub(crate) struct BlindTestArgs {
    /// A run's folder, a folder of runs (the newest is taken), or a model file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT", default_value = "runs")]
    pub(crate) run: PathBuf,
    /// Number of images of each kind [default: 100, or all if there are fewer].
    #[arg(short = 'n', long, allow_negative_numbers = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) count: Option<u16>,
    /// What the viewer marks.
    #[arg(long, default_value = "generated", value_name = "WHAT")]
    pub(crate) ask: Ask,
    /// Seed of the images and of their order.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Scale of the latents, above 0 and at most 1. A smaller scale gives fewer faults and less variety.
    #[arg(long, default_value_t = 1.0, value_name = "PSI")]
    pub(crate) truncation: f64,
    #[command(flatten)]
    pub(crate) reject: RejectArgs,
    /// The checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    /// The page to write [default: blind-test.html in the run's folder; for a model file, in the current folder].
    #[arg(short, long, value_name = "FILE.html")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ask {
    /// Mark the images that seem generated.
    Generated,
    /// Mark the images that are not recognisable as their class, or that have a fault no real image has.
    Broken,
}
