//! `train` and `resume`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gan::config::Overlay;

use super::{ConsoleArgs, PresetOverArgs, SetArg, ThreadsArg};
use crate::time::parse_seconds;

/// Evaluation during training, as `train` and `resume` take it.
#[derive(Args, Clone, Debug)]
pub(crate) struct EvaluationArgs {
    /// Evaluate the images every N images shown, and at the end; 0: never. Short for --set eval.every_images=N.
    #[arg(long, value_name = "N")]
    eval: Option<u64>,
    /// Stop when a metric of the evaluations reaches a value, such as 'fjd<5' or 'coverage>0.9'. Short for --set
    /// eval.until=EXPR.
    #[arg(long, value_name = "EXPR")]
    until: Option<String>,
}

impl EvaluationArgs {
    /// As laid over a config.
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

/// Train a preset or a config file of your own.
///
/// Makes a numbered folder under DIR with the config, a log of events, a grid of samples an epoch, and checkpoints.
/// Ctrl-C, a request to terminate or a hang-up finishes the step, saves and stops; a second Ctrl-C stops at once, without saving.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede train                                     the preset `mnist`: three minutes, on the built-in digits
  ganymede train --time 30m                          better digits: the rates fall over whatever time there is
  ganymede train --total-images 500000 --seed 1      repeatable: the same bytes on any number of threads
  ganymede train dcgan --until 'fjd<5'               stop when the images are that good
  ganymede train tutorial --set train.epochs=5       another preset, shorter
  ganymede train mnist --set data.source=kmnist
  ganymede train projection --image 64x64x3 --set data.source=my-images
  ganymede train --dry-run > mine.toml               a config to edit,
  ganymede train mine.toml --seed 7                  and to train

One player at a time, against the other as it is in an earlier run:
  ganymede train tutorial --only discriminator --from runs/0000-tutorial
  ganymede train tutorial --only generator --from runs/0001-tutorial")]
pub(crate) struct TrainArgs {
    /// A preset's name (see `ganymede presets`), or the path of a TOML file.
    #[arg(default_value = "mnist", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Folder in which the run gets a numbered folder of its own.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Fixes weights, noise and order: with --total-images, or whatever else counts images, the same seed gives the same bytes. Time
    /// ends no two runs at the same step. Short for --set train.seed=S.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,
    /// Stop after so much training, such as 90s, 3m or 1h30m. Short for --set train.max_seconds=SECONDS.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_seconds)]
    pub(crate) time: Option<f64>,
    /// Stop after so many images, however long that takes. Short for --set train.total_images=N --set train.epochs=0 --set
    /// train.max_seconds=0.
    #[arg(long, value_name = "N", conflicts_with = "time", value_parser = clap::value_parser!(u64).range(1..=i64::MAX as u64))]
    pub(crate) total_images: Option<u64>,
    #[command(flatten)]
    pub(crate) evaluation: EvaluationArgs,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// Leave out files of a folder that cannot be used, instead of refusing it. Short for --set data.skip_broken=true.
    #[arg(long)]
    pub(crate) skip_broken: bool,
    /// Train one player and leave the other as it is. Short for --set train.players=PLAYER.
    #[arg(long, value_name = "PLAYER")]
    pub(crate) only: Option<Player>,
    /// Start from the weights of a run's latest checkpoint, or of one .safetensors file. Optimizers and counters start
    /// anew.
    #[arg(long, value_name = "RUN")]
    pub(crate) from: Option<PathBuf>,
    /// Print the complete config, both networks' layers, and what a step costs; train nothing, write nothing.
    ///
    /// The output is itself a config file: the tables are comments.
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

/// Go on with a run that was stopped, from its latest checkpoint.
///
/// The next step is exactly the one that would have followed. What the run
/// learns from may move, but has to have the same content; rates, limits and losses may be changed; networks, optimizers and batch size may not.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede resume runs                                    the newest run under runs/
  ganymede resume runs/0000-dense --set train.epochs=40   extend a run that is finished
  ganymede resume runs/0000-dense --time 10m              until it has trained ten minutes in all
  ganymede resume runs/0000-dense --checkpoint 1799040    from an earlier checkpoint: later ones go
  ganymede resume runs/0000-dense --checkpoint best       from the best one that its evaluations found")]
pub(crate) struct ResumeArgs {
    /// The run's folder, or the folder that holds it: then the newest run in it.
    pub(crate) run: PathBuf,
    /// The checkpoint, by the images shown that name its file, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Go on although the images or labels are not those that the run was trained on, as many of the same size. It is then no
    /// longer the run that its seed gives. Classes keep their places by name; new names take the places left over.
    #[arg(long)]
    pub(crate) changed_data: bool,
    /// Stop after so much training in total, that before the stop included, such as 90s, 3m or 1h30m.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_seconds)]
    pub(crate) time: Option<f64>,
    #[command(flatten)]
    pub(crate) evaluation: EvaluationArgs,
    #[command(flatten)]
    pub(crate) set: SetArg,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}
