//! The command line: commands, flags and their help.

mod bench;
mod blind_test;
mod data;
mod export;
mod judging;
mod reject;
mod report;
mod shared;
mod showing;
mod sweep;
mod train;

use clap::{Args, Parser, Subcommand};

pub(crate) use bench::{BenchArgs, BenchCommand, BenchLayersArgs, BenchStepArgs};
pub(crate) use blind_test::{Ask, BlindTestArgs};
pub(crate) use data::{CheckArgs, DataArgs, DataCommand, FetchArgs, PackArgs, ShowArgs};
pub(crate) use export::ExportArgs;
pub(crate) use judging::{
    DScoresArgs, EvalArgs, JudgeArgs, JudgeCommand, JudgeShowArgs, JudgeTrainArgs, SampleArgs, SampleFormat,
    WeightsArg,
};
pub(crate) use reject::RejectArgs;
pub(crate) use report::{CompareArgs, ReportArgs};
pub(crate) use shared::{ConsoleArgs, PresetOverArgs, SplitArg, sized};
pub(crate) use showing::{Hand, Ink, MorphArgs, WriteArgs};
pub(crate) use sweep::SweepArgs;
pub(crate) use train::{ResumeArgs, TrainArgs};

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
    Export(ExportArgs),
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
}
