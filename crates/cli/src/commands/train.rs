//! `train`: a fresh run.

use gan::Trainer;
use gan::config::{Source, Written};
use gan::run::RunFolder;
use kernels::Threads;

use crate::args::TrainArgs;
use crate::evaluation::Judging;
use crate::exit::Outcome;
use crate::output::{Quiet, note};
use crate::runs::Trained;
use crate::{config, dry_run, environment, session, threads};

pub(super) fn run(args: TrainArgs) -> anyhow::Result<Outcome> {
    let source = source(&args)?;
    let written = Written::parse(&source)?;
    threads::run(args.threads.get(), |threads| train(&args, &source, &written, threads))
}

/// The config with the flags that are short for a `--set` laid over it.
fn source(args: &TrainArgs) -> anyhow::Result<Source> {
    let mut overrides = args.over.overrides(&args.preset)?;
    overrides.extend(args.seed.map(|seed| format!("train.seed={seed}")));
    overrides.extend(args.time.map(|seconds| format!("train.max_seconds={seconds:?}")));
    overrides.extend(args.evaluation.overrides());
    overrides.extend(args.only.map(|player| format!("train.players={}", player.name())));
    Ok(config::source(&args.preset)?.with_overrides(&overrides)?)
}

fn train(args: &TrainArgs, source: &Source, written: &Written, threads: Threads) -> anyhow::Result<Outcome> {
    let mut trainer = Trainer::new(written, source, config::images(written, source)?, threads)?;
    if let Some(from) = &args.from {
        trainer.take_weights(&Trained::open(from, None)?.checkpoint)?;
    }
    for warning in &trainer.experiment().warnings {
        note(Quiet(false), &format!("warning: {warning}"));
    }
    let judging = Judging::of(&trainer)?;
    let evaluator = judging.as_ref().map(|judging| judging.evaluator(&trainer)).transpose()?;
    if args.dry_run {
        dry_run::print(&trainer, evaluator.as_ref())?;
        return Ok(Outcome::Done);
    }
    let name = &trainer.experiment().name;
    let environment = environment::describe(threads.get());
    let folder = RunFolder::create(&args.out, name, trainer.config(), &environment)?;
    session::run(&mut trainer, &folder, threads, evaluator, args.report)
}
