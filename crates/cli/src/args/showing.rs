//! `write` and `morph`: pictures that show what a generator has learned.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::reject::RejectArgs;
use super::shared::{ThreadsArg, parse_count};

/// Write a number, a date or a time in generated handwriting.
///
/// It needs a conditional generator whose classes are the digits 0 to 9, such as that of the preset `mnist`. Spaces and the
/// marks - . , : / may stand between the digits. They are drawn with a pen of the same width.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede write \"2026-11-24\"                        # by the newest run under runs/: written.png in its folder
  ganymede write 3.14159 -n 5                        # five lines, each in another handwriting
  ganymede write \"10:45\" --hand each --seed 7        # each digit in another handwriting
  ganymede write 90210 --reject 0.1                  # a handwriting in which all digits look real
  ganymede write 42 runs/0000-mnist --ink white -o 42.png")]
pub(crate) struct WriteArgs {
    /// The text to write.
    pub(crate) text: String,
    /// A run's folder, a folder of runs (the newest is taken), or a model file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT", default_value = "runs")]
    pub(crate) run: PathBuf,
    /// Number of lines, each in another handwriting.
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) lines: u16,
    /// Whether a line has one handwriting (one latent), or each digit its own.
    #[arg(long, default_value = "one", value_name = "WHOSE")]
    pub(crate) hand: Hand,
    /// Seed of the handwritings. Each seed gives its own sequence.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Scale of the latents, above 0 and at most 1. A smaller scale gives plainer handwritings with fewer faults.
    #[arg(long, default_value_t = 1.0, value_name = "PSI")]
    pub(crate) truncation: f32,
    #[command(flatten)]
    pub(crate) reject: RejectArgs,
    /// Colour of the ink. The paper has the other colour.
    #[arg(long, default_value = "black", value_name = "COLOUR")]
    pub(crate) ink: Ink,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Hand {
    /// One handwriting for the whole line.
    One,
    /// One handwriting for each digit.
    Each,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ink {
    Black,
    White,
}

/// Make an animation of images that change into one another.
///
/// With --from and --to, images change from one class to another and back: the latents stay the same, so each image keeps its
/// style, and the class embedding changes. Without them the animation goes through all classes, or, for an unconditional
/// generator, from latent to latent.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede morph runs --from 3 --to 8                # sixteen threes become eights and threes again: morph.gif
  ganymede morph runs                                # through all classes
  ganymede morph runs/0002-dcgan -n 36 --frames 48 -o walk.gif")]
pub(crate) struct MorphArgs {
    /// A run's folder, a folder of runs (the newest is taken), or a model file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT", default_value = "runs")]
    pub(crate) run: PathBuf,
    /// The first class, by number or name.
    #[arg(long, value_name = "CLASS", requires = "to")]
    pub(crate) from: Option<String>,
    /// The second class, by number or name.
    #[arg(long, value_name = "CLASS", requires = "from")]
    pub(crate) to: Option<String>,
    /// Number of images, side by side.
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value = "16", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Number of frames between two stops.
    #[arg(long, default_value_t = 24, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=240))]
    pub(crate) frames: u16,
    /// Seed of the images. Each seed gives its own sequence.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
}

/// Arguments of both commands.
#[derive(Args, Debug)]
pub(crate) struct PictureArgs {
    /// Factor by which the images are enlarged.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16))]
    pub(crate) scale: u16,
    /// The checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    /// The file to write [default: in the run's folder; for a model file, in the current folder].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}
