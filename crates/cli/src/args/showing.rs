//! What generated images are shown with: `write` and `morph`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{RejectArgs, ThreadsArg, parse_count};

/// Write a number, a date or a time in generated handwriting.
///
/// For a generator that takes labels and whose classes 0 to 9 are the digits, such as the preset `mnist`. Between the digits
/// may stand spaces and - . , : / which a pen of the same width draws.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede write \"2026-11-24\"                        by the newest run under runs/, written.png in its folder
  ganymede write 3.14159 -n 5                        by five hands, a line each
  ganymede write \"10:45\" --hand each --seed 7        each digit by a hand of its own
  ganymede write 90210 --reject 0.1                  by a hand that writes all of them plainly
  ganymede write 42 runs/0000-mnist --ink white -o 42.png")]
pub(crate) struct WriteArgs {
    /// What to write.
    pub(crate) text: String,
    /// A run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT", default_value = "runs")]
    pub(crate) run: PathBuf,
    /// How many lines, each by other hands.
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) lines: u16,
    /// Whose hand: that of one latent for the whole line, or another for each digit.
    #[arg(long, default_value = "one", value_name = "WHOSE")]
    pub(crate) hand: Hand,
    /// Which hands: any number starts a sequence of its own.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Scale of the latents, above 0 and at most 1: a smaller one makes plainer hands, with fewer faults.
    #[arg(long, default_value_t = 1.0, value_name = "PSI")]
    pub(crate) truncation: f32,
    #[command(flatten)]
    pub(crate) reject: RejectArgs,
    /// The colour of the ink; the paper has the other.
    #[arg(long, default_value = "black", value_name = "COLOUR")]
    pub(crate) ink: Ink,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Hand {
    /// One for the whole line.
    One,
    /// One for each digit.
    Each,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ink {
    Black,
    White,
}

/// A moving picture of images that turn into one another.
///
/// With --from and --to a class turns into another and back: the latents stay, so that each image keeps its hand, and the class's
/// embedding moves. Without them it goes through all classes, or for a generator without labels from latent to latent.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede morph runs --from 3 --to 8                sixteen threes become eights and threes again: morph.gif
  ganymede morph runs                                through all classes
  ganymede morph runs/0002-dcgan -n 36 --frames 48 -o walk.gif")]
pub(crate) struct MorphArgs {
    /// A run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT", default_value = "runs")]
    pub(crate) run: PathBuf,
    /// The class to begin with, by its number or name.
    #[arg(long, value_name = "CLASS", requires = "to")]
    pub(crate) from: Option<String>,
    /// The class to reach.
    #[arg(long, value_name = "CLASS", requires = "from")]
    pub(crate) to: Option<String>,
    /// How many images, side by side.
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value = "16", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Pictures from one stop to the next.
    #[arg(long, default_value_t = 24, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=240))]
    pub(crate) frames: u16,
    /// Which images: any number starts a sequence of its own.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
}

/// What both have.
#[derive(Args, Debug)]
pub(crate) struct PictureArgs {
    /// How many times as large as the generator makes them.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16))]
    pub(crate) scale: u16,
    /// The checkpoint, by the images shown that name its file, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    /// The file to write [default: in the run's folder, or the current one].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}
