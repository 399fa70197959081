//! `train`: a fresh run.

use std::path::Path;

use anyhow::anyhow;
use gan::config::{Source, Written};
use gan::presets;
use gan::run::RunFolder;
use gan::{Trainer, identity};
use kernels::Threads;

use crate::args::TrainArgs;
use crate::evaluation::Judging;
use crate::exit::Outcome;
use crate::output::{Quiet, note};
use crate::runs::Trained;
use crate::{classes, config, dry_run, environment, session, threads};

pub(super) fn run(args: TrainArgs) -> anyhow::Result<Outcome> {
    let source = source(&args)?;
    let written = Written::parse(&source)?;
    threads::run(args.threads.get(), |threads| train(&args, &source, &written, threads))
}

/// The config with the flags that are short for a `--set` laid over it.
fn source(args: &TrainArgs) -> anyhow::Result<Source> {
    let mut overrides = args.over.overrides(&args.preset)?;
    let base = config::source(&args.preset)?;
    // What somebody calls the run has the last word.
    overrides.splice(0..0, called(&args.preset, &base, &overrides)?);
    overrides.extend(args.seed.map(|seed| format!("train.seed={seed}")));
    overrides.extend(args.time.map(|seconds| format!("train.max_seconds={seconds:?}")));
    if let Some(images) = args.total_images {
        let limits =
            [format!("train.total_images={images}"), "train.epochs=0".into(), "train.max_seconds=0.0".into()];
        overrides.extend(limits);
    }
    overrides.extend(args.evaluation.overrides());
    overrides.extend(args.only.map(|player| format!("train.players={}", player.name())));
    Ok(base.with_overrides(&overrides)?)
}

/// The name and the description of a preset on other data than its own: its own say what those data are.
fn called(preset: &str, base: &Source, overrides: &[String]) -> anyhow::Result<Vec<String>> {
    if presets::find(preset).is_err() {
        return Ok(Vec::new());
    }
    let own = Written::parse(base)?.data.source;
    let source = Written::parse(&base.clone().with_overrides(overrides)?)?.data.source;
    if source == own {
        return Ok(Vec::new());
    }
    let stem =
        Path::new(&source).file_stem().map_or_else(|| source.clone(), |stem| stem.to_string_lossy().into());
    let words: Vec<&str> =
        stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = [&[preset], &words[..]].concat().join("-");
    let description = format!("The preset `{preset}` on the data `{source}`");
    Ok(vec![format!("name={}", toml(name)), format!("description={}", toml(description))])
}

/// A text as a TOML value.
fn toml(text: String) -> toml::Value {
    toml::Value::String(text)
}

fn train(args: &TrainArgs, source: &Source, written: &Written, threads: Threads) -> anyhow::Result<Outcome> {
    let from = args.from.as_ref().map(|from| Trained::open(from, None)).transpose()?;
    let mut images = config::images(written, source)?;
    if let Some(from) = &from {
        // The places of the weights' classes: what they learned of a class goes on to be of that class.
        images = classes::for_weights_of(images, from.checkpoint.description());
    }
    let lists = from.as_ref().and_then(|from| identity::lists(&images, from.checkpoint.description()));
    let mut trainer = Trainer::new(written, source, images, threads)?;
    if let Some(from) = &from {
        let taken = trainer.take_weights(&from.checkpoint);
        taken.map_err(|error| match &lists {
            Some(lists) => {
                anyhow!("{error}\n  classes here: {}\n  classes of the weights: {}", lists.own, lists.known)
            }
            None => error.into(),
        })?;
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
    let result = session::run(&mut trainer, &folder, threads, evaluator, args.report);
    if result.is_err() {
        folder.discard_unused();
    }
    result
}
