//! The command line: commands, flags and their help.

mod bench;
mod blind_test;
mod data;
mod judging;
mod reject;
mod report;
mod showing;
mod sweep;
mod train;

use ::data::{DataError, Size};
use anyhow::bail;
use clap::{Args, Parser, Subcommand};
use gan::config::Overlay;
use gan::presets::{self, ImageSize, Networks, UnfitSize};

pub(crate) use bench::{BenchArgs, BenchCommand, BenchLayersArgs, BenchStepArgs};
pub(crate) use blind_test::{Ask, BlindTestArgs};
pub(crate) use data::{CheckArgs, DataArgs, DataCommand, FetchArgs, ImagesArgs, PackArgs, ShowArgs};
pub(crate) use judging::{
    DScoresArgs, EvalArgs, JudgeArgs, JudgeCommand, JudgeShowArgs, JudgeTrainArgs, SampleArgs, SampleFormat,
    SplitArg, WeightsArg,
};
pub(crate) use reject::RejectArgs;
pub(crate) use report::{CompareArgs, ReportArgs};
pub(crate) use showing::{Hand, Ink, MorphArgs, WriteArgs};
pub(crate) use sweep::SweepArgs;
pub(crate) use train::{ResumeArgs, TrainArgs};

/// Most images in one command.
const MAX_IMAGES: u64 = 1_000_000;

/// Train, judge and ship image GANs on the processor of this machine.
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "Start with:\n  ganymede train                   # train on the included digits for three minutes\n  \
                  ganymede sample runs             # images from the newest run under runs/\n  \
                  ganymede train --dry-run         # show the config and networks, train nothing\n\n\
                  Exit codes: 0 done, 1 error, 2 wrong usage, 3 training diverged, 4 stopped by an alarm \
                  of [health] (after saving), 130 interrupted (after saving)."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Train(TrainArgs),
    Resume(ResumeArgs),
    Sample(SampleArgs),
    Write(WriteArgs),
    Morph(MorphArgs),
    Eval(EvalArgs),
    BlindTest(BlindTestArgs),
    Judge(JudgeArgs),
    #[command(alias = "judge-d")]
    DScores(DScoresArgs),
    Report(ReportArgs),
    Compare(CompareArgs),
    Sweep(SweepArgs),
    Presets(PresetsArgs),
    Data(DataArgs),
    Bench(BenchArgs),
    Completions(CompletionsArgs),
}

/// Threads of the commands that compute.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ThreadsArg {
    /// Number of threads [default: the number of cores]. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl ThreadsArg {
    pub(crate) fn get(self) -> Option<usize> {
        self.threads.map(usize::from)
    }
}

/// Config values, for every command that reads a config.
#[derive(Args, Clone, Debug)]
pub(crate) struct SetArg {
    /// Set one value of the config. It may be repeated; a later value replaces an earlier one.
    ///
    /// KEY is the path in the TOML file, joined by dots: train.batch_size=128, optimizer.generator.lr=1e-4,
    /// data.source=kmnist, generator.layers.0.dense=64 (list items are numbered from 0). VALUE is read by the type of its key, so
    /// data.source=2024 is a text.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl SetArg {
    pub(crate) fn overlays(&self) -> impl Iterator<Item = Overlay> {
        self.set.iter().map(Overlay::set)
    }

    /// As typed.
    pub(crate) fn texts(&self) -> &[String] {
        &self.set
    }
}

/// Changes to a preset.
#[derive(Args, Clone, Debug)]
pub(crate) struct PresetOverArgs {
    #[command(flatten)]
    set: SetArg,
    /// Fit the preset's networks to images of this size, such as 32x32x3 or 64x64x3. It also sets data.size and data.channels,
    /// so that a folder of images is cropped and scaled to this size.
    #[arg(long, value_name = "HxWxC")]
    pub(crate) image: Option<ImageSize>,
}

impl PresetOverArgs {
    /// All that is laid over the config of `preset`: networks of another size first, so that `--set` has the last word.
    pub(crate) fn overlays(&self, preset: &str) -> anyhow::Result<Vec<Overlay>> {
        self.overlays_for(preset, self.image)
    }

    /// [`overlays`](Self::overlays) with another size of images.
    pub(crate) fn overlays_for(
        &self,
        preset: &str,
        image: Option<ImageSize>,
    ) -> anyhow::Result<Vec<Overlay>> {
        let mut overlays = Vec::new();
        if let Some(image) = image {
            match presets::find(preset) {
                Ok(found) => overlays.extend(sized(found.name, image)?),
                Err(_) if std::path::Path::new(preset).is_file() => {
                    bail!(
                        "--image {image}: makes networks of a preset; {preset} is a file with networks of its own"
                    )
                }
                Err(unknown) => return Err(unknown.into()),
            }
        }
        overlays.extend(self.set.overlays());
        Ok(overlays)
    }
}

/// What `--image` is short for.
pub(crate) fn sized(preset: &str, image: ImageSize) -> Result<Vec<Overlay>, UnfitSize> {
    let Networks { generator, discriminator } = presets::networks(preset, image)?;
    let texts = [
        format!("generator.layers={generator}"),
        format!("discriminator.layers={discriminator}"),
        format!("data.size={}x{}", image.height, image.width),
        format!("data.channels={}", image.channels),
    ];
    Ok(texts.into_iter().map(|text| Overlay::short(format!("--image {image}"), text)).collect())
}

/// What a training run prints while it runs.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ConsoleArgs {
    /// Show no progress; print only the run's folder.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print events as JSON lines, as in the run's events.jsonl.
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the included presets and sweeps, or print one.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede presets
  ganymede presets show dense > mine.toml            # a commented config to edit")]
pub(crate) struct PresetsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<PresetsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PresetsCommand {
    /// List all names with a description (the default).
    List,
    /// Print a preset's TOML with its comments.
    Show {
        /// The preset or sweep.
        name: String,
    },
}

/// Print a completion script for a shell.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede completions bash > ~/.local/share/bash-completion/completions/ganymede
  ganymede completions zsh > ~/.zfunc/_ganymede
  ganymede completions fish > ~/.config/fish/completions/ganymede.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

fn parse_count(text: &str) -> Result<usize, String> {
    let n: u64 = text.parse().map_err(|_| "expected a number of images, such as 64".to_owned())?;
    match n {
        0 => Err("no images would be made; 1 to 1000000 fit".into()),
        1..=MAX_IMAGES => Ok(n as usize),
        _ => Err("more than 1000000 images; make several files, each with a --seed of its own".into()),
    }
}

fn parse_size(text: &str) -> Result<Size, String> {
    text.parse().map_err(|error: DataError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn earlier_names_are_understood_and_hidden() {
        let parse = |words: &[&str]| {
            Arguments::try_parse_from(["ganymede"].iter().chain(words)).map(|arguments| arguments.command)
        };
        assert!(matches!(parse(&["judge-d", "runs"]), Ok(Command::DScores(_))));
        for (word, ema) in [("ema", true), ("best", true), ("raw", false), ("last", false)] {
            let Ok(Command::Sample(args)) = parse(&["sample", "runs", "--weights", word]) else {
                panic!("{word}")
            };
            assert_eq!(matches!(args.weights, WeightsArg::Ema), ema, "{word}");
        }
        let help = Arguments::command().render_long_help().to_string();
        assert!(help.contains("d-scores") && !help.contains("judge-d"), "{help}");
    }

    #[test]
    fn counts_have_limits() {
        assert_eq!(parse_count("1000000"), Ok(1_000_000));
        for text in ["0", "1000001", "-1", "many"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }
}
