//! `train` and `resume`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gan::config::Overlay;

use super::shared::{ConsoleArgs, PresetOverArgs, SetArg, ThreadsArg};
use crate::time::parse_seconds;

/// Evaluation during training, for `train` and `resume`.
#[derive(Args, Clone, Debug)]
pub(crate) struct EvaluationArgs {
    /// Evaluate every N images, and at the end; 0 means never. Short for --set eval.every_images=N.
    #[arg(long, value_name = "N")]
    eval: Option<u64>,
    /// Stop when a metric of the evaluations reaches a value, such as 'fd<5' or 'coverage>0.9'. Short for --set
    /// eval.until=EXPR.
    #[arg(long, value_name = "EXPR")]
    until: Option<String>,
}

impl EvaluationArgs {
    /// The config values that these flags set.
    pub(crate) fn overlays(&self) -> impl Iterator<Item = Overlay> {
        let every = self
            .eval
            .map(|images| Overlay::short(format!("--eval {images}"), format!("eval.every_images={images}")));
        let until = self.until.as_ref();
        let until =
            until.map(|until| Overlay::short(format!("--until {until}"), format!("eval.until={until}")));
        every.into_iter().chain(until)
    }
}

/// Train a preset, a config file of your own, or a folder of pictures.
///
/// For pictures, size, networks, losses and rates are chosen by the pictures and the time, and printed with the reasons.
///
/// The run gets a numbered folder under DIR with its config, a log of events, a grid of samples for each epoch, and
/// checkpoints. On Ctrl-C, a request to terminate or a hang-up, the run finishes its step, saves and stops. A second Ctrl-C
/// stops at once, without saving.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede train                                     # the preset `mnist`: three minutes on the included digits
  ganymede train --time 30m                          # better digits: the learning rates fall over the given time
  ganymede train --total-images 500000 --seed 1      # repeatable: the same bytes for any number of threads
  ganymede train dcgan --until 'fd<5'                # stop when the images are that good
  ganymede train tutorial --set train.epochs=5       # another preset, shorter
  ganymede train photos                              # a folder of pictures: half an hour, all else is chosen
  ganymede train photos --image 96x96x3 --time 8h
  ganymede train photos --dry-run > mine.toml        # the choice as a config to edit
  ganymede train mnist --set data.source=kmnist
  ganymede train mine.toml --seed 7                  # train it

Train one player against the fixed weights of the other:
  ganymede train tutorial --only discriminator --from runs/0000-tutorial
  ganymede train tutorial --only generator --from runs/0001-tutorial")]
pub(crate) struct TrainArgs {
    /// A preset's name (see `ganymede presets`), the path of a TOML file, or data: a folder of pictures, a packed file, a
    /// NumPy array, or a data set's name.
    #[arg(default_value = "mnist", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Folder for runs. Each run gets a numbered folder in it.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Seed of initial weights, noise and image order. With --total-images, the same seed gives the same bytes; runs that end
    /// by time end at different steps. Short for --set train.seed=S.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,
    /// Stop after this training time, such as 90s, 3m or 1h30m. Short for --set train.max_seconds=SECONDS.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_seconds)]
    pub(crate) time: Option<f64>,
    /// Stop after this number of images, without a time limit. Short for --set train.total_images=N --set train.epochs=0 --set
    /// train.max_seconds=0.
    #[arg(long, value_name = "N", conflicts_with = "time", value_parser = clap::value_parser!(u64).range(1..=i64::MAX as u64))]
    pub(crate) total_images: Option<u64>,
    #[command(flatten)]
    pub(crate) evaluation: EvaluationArgs,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// Leave out images that cannot be used. Without this flag they are an error. Short for --set data.skip_broken=true.
    #[arg(long)]
    pub(crate) skip_broken: bool,
    /// Mirror training images left to right at random. Short for --set data.flip=true.
    #[arg(long)]
    pub(crate) flip: bool,
    /// Train one player only; the other does not change. Short for --set train.players=PLAYER.
    #[arg(long, value_name = "PLAYER")]
    pub(crate) only: Option<Player>,
    /// Start with the weights of a run's latest checkpoint, or of a checkpoint file. Optimisers and counters start from zero.
    #[arg(long, value_name = "RUN")]
    pub(crate) from: Option<PathBuf>,
    /// Print the complete config, the layers of both networks and the cost of a step. Nothing is trained or written.
    ///
    /// The output is a valid config file, because the tables are comments.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Player {
    Discriminator,
    Generator,
}

impl Player {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Player::Discriminator => "discriminator",
            Player::Generator => "generator",
        }
    }
}

/// Continue a run from its latest checkpoint.
///
/// The run continues exactly as if it had not stopped. The data may have moved, but their content must be the same. Learning
/// rates, limits and losses may be changed; networks, optimisers and batch size may not.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede resume runs                                    # the newest run under runs/
  ganymede resume runs/0000-dense --set train.epochs=40   # extend a finished run
  ganymede resume runs/0000-dense --time 10m              # until it has trained for ten minutes in total
  ganymede resume runs/0000-dense --checkpoint 1799040    # from an earlier checkpoint; later ones are removed
  ganymede resume runs/0000-dense --checkpoint best       # from the best checkpoint that its evaluations found")]
pub(crate) struct ResumeArgs {
    /// A run's folder, or a folder of runs (the newest is taken).
    pub(crate) run: PathBuf,
    /// The checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Continue although images or labels have changed. Their number and size must be the same. The run is then no longer
    /// the one that its seed gives. Classes are matched by name; new names take the places that are free.
    #[arg(long)]
    pub(crate) changed_data: bool,
    /// Stop after this training time in total, earlier training included, such as 90s, 3m or 1h30m.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_seconds)]
    pub(crate) time: Option<f64>,
    #[command(flatten)]
    pub(crate) evaluation: EvaluationArgs,
    #[command(flatten)]
    pub(crate) set: SetArg,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}
