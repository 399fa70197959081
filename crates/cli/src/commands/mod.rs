//! The commands, a file each.

mod bench;
mod blind_test;
mod compare;
mod completions;
mod d_scores;
mod data;
mod eval;
mod export;
mod judge;
mod morph;
mod presets;
mod report;
mod resume;
mod sample;
mod sweep;
mod train;
mod write;

use crate::args::{BenchCommand, Command};
use crate::exit::Outcome;

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Train(args) => return train::run(args),
        Command::Resume(args) => return resume::run(args),
        Command::Sweep(args) => return sweep::run(args),
        Command::Sample(args) => sample::run(args)?,
        Command::Write(args) => write::run(args)?,
        Command::Morph(args) => morph::run(args)?,
        Command::Export(args) => export::run(args)?,
        Command::Eval(args) => eval::run(args)?,
        Command::BlindTest(args) => blind_test::run(args)?,
        Command::Judge(args) => judge::run(args.command)?,
        Command::DScores(args) => d_scores::run(args)?,
        Command::Report(args) => report::run(args)?,
        Command::Compare(args) => compare::run(args)?,
        Command::Presets(args) => presets::run(args)?,
        Command::Data(args) => data::run(args.command)?,
        Command::Bench(args) => match args.command {
            BenchCommand::Step(args) => bench::step(args)?,
            BenchCommand::Layers(args) => bench::layers(args)?,
        },
        Command::Completions(args) => completions::run(args)?,
    }
    Ok(Outcome::Done)
}
