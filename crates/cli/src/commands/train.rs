//! `train`: a new run.

use std::path::Path;

use anyhow::anyhow;
use data::DataError;
use data::alpha::ALPHA_CHANNELS;
use gan::config::{ConfigError, Overlay, Source, Written};
use gan::presets::{self, ImageSize};
use gan::{GanError, Trainer};
use kernels::Threads;
use model::identity;
use run::RunFolder;

use crate::args::TrainArgs;
use crate::evaluation::Judging;
use crate::exit::Hinted;
use crate::exit::Outcome;
use crate::hints::{Hint, Typed, Wish, fitted};
use crate::output::{Quiet, note};
use crate::runs::Trained;
use crate::{classes, config, dry_run, environment, interrupt, session, threads};

pub(super) fn run(args: TrainArgs) -> anyhow::Result<Outcome> {
    let source = source(&args).map_err(|error| for_these_images(error, &args))?;
    let written = Written::parse(&source)?;
    threads::run(args.threads.get(), |threads| train(&args, &source, &written, threads))
}

/// The config with the values of all flags.
fn source(args: &TrainArgs) -> anyhow::Result<Source> {
    let mut overlays = overlays(args, &args.preset, args.over.image)?;
    let base = config::source(&args.preset)?;
    // A name given by the user overrides the preset's.
    overlays.splice(0..0, called(&args.preset, &base, &overlays)?);
    Ok(base.with_overlays(&overlays)?)
}

/// The values that the command's flags set over a preset or a file, for images of a size.
fn overlays(args: &TrainArgs, preset: &str, image: Option<ImageSize>) -> anyhow::Result<Vec<Overlay>> {
    let mut overlays = args.over.overlays_for(preset, image)?;
    let short = |flag: String, set: String| Overlay::short(flag, set);
    overlays.extend(args.seed.map(|seed| short(format!("--seed {seed}"), format!("train.seed={seed}"))));
    overlays.extend(
        args.time
            .map(|seconds| short(format!("--time {seconds}s"), format!("train.max_seconds={seconds:?}"))),
    );
    if let Some(images) = args.total_images {
        let limits =
            [format!("train.total_images={images}"), "train.epochs=0".into(), "train.max_seconds=0.0".into()];
        overlays.extend(limits.map(|limit| short(format!("--total-images {images}"), limit)));
    }
    overlays.extend(args.evaluation.overlays());
    overlays.extend(args.skip_broken.then(|| short("--skip-broken".into(), "data.skip_broken=true".into())));
    overlays.extend(args.flip.then(|| short("--flip".into(), "data.flip=true".into())));
    overlays.extend(args.only.map(|player| {
        let player = player.name();
        short(format!("--only {player}"), format!("train.players={player}"))
    }));
    Ok(overlays)
}

/// The error with a command that trains on these images, if there is one: for data given in the place of a preset, or for
/// data that a preset's networks, labels or batch do not fit.
fn for_these_images(error: anyhow::Error, args: &TrainArgs) -> anyhow::Error {
    let typed = Typed::now();
    let all = |preset: &str, image| overlays(args, preset, Some(image));
    let given = args.preset.as_str();
    let is_preset = presets::find(given).is_ok();
    let preset = if is_preset { given } else { "mnist" };
    // Any `--image` is replaced.
    let laid =
        overlays(args, preset, None).and_then(|laid| Ok(config::source(preset)?.with_overlays(&laid)?));
    let laid = laid.and_then(|source| Ok(Written::parse(&source)?.data)).ok();
    let alpha = laid.as_ref().is_some_and(|data| data.alpha);
    let source = match is_preset {
        true => laid.map(|data| data.source),
        false => Path::new(given).exists().then(|| given.to_owned()),
    };
    let Some(mut survey) = source.as_deref().and_then(|source| data::survey(source).ok()) else {
        return error;
    };
    if alpha {
        survey.channels = ALPHA_CHANNELS;
    }
    let source = source.as_deref().filter(|_| !is_preset);
    match fitted(&Wish { typed, given, preset, source, overlays: &all }, &survey) {
        Some(command) => error.context(Hinted(Hint::Train(command))),
        None => error,
    }
}

/// Whether another size, another preset or a smaller batch may help.
fn is_about_the_images(error: &anyhow::Error) -> bool {
    let sizes = matches!(error.downcast_ref(), Some(DataError::Sizes { .. }));
    let rule = match error.downcast_ref() {
        Some(GanError::Config(ConfigError::Rule { key, .. })) => {
            let of = ["generator.layers", "discriminator.layers", "train.batch_size"];
            of.iter().any(|of| key.starts_with(of))
        }
        _ => false,
    };
    sizes || rule
}

/// A name and a description for a preset on other data. The preset's own describe its own data.
fn called(preset: &str, base: &Source, overlays: &[Overlay]) -> anyhow::Result<Vec<Overlay>> {
    if presets::find(preset).is_err() {
        return Ok(Vec::new());
    }
    let own = Written::parse(base)?.data.source;
    let source = Written::parse(&base.clone().with_overlays(overlays)?)?.data.source;
    if source == own {
        return Ok(Vec::new());
    }
    let stem =
        Path::new(&source).file_stem().map_or_else(|| source.clone(), |stem| stem.to_string_lossy().into());
    let words: Vec<&str> =
        stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = [&[preset], &words[..]].concat().join("-");
    let description = format!("The preset `{preset}` on the data `{source}`");
    let texts = [format!("name={}", toml(name)), format!("description={}", toml(description))];
    Ok(texts.map(Overlay::set).into())
}

/// A text as a TOML value.
fn toml(text: String) -> toml::Value {
    toml::Value::String(text)
}

fn train(args: &TrainArgs, source: &Source, written: &Written, threads: Threads) -> anyhow::Result<Outcome> {
    let from = args.from.as_ref().map(|from| Trained::open(from, None)).transpose()?;
    let about = |error: anyhow::Error| match is_about_the_images(&error) {
        true => for_these_images(error, args),
        false => error,
    };
    let mut images = config::images(written, source).map_err(about)?;
    if let Some(from) = &from {
        // Each class keeps the label that the weights have for it.
        images = classes::for_weights_of(images, from.header());
    }
    let lists = from.as_ref().and_then(|from| identity::lists(&images, from.header()));
    let trainer = Trainer::new(written, source, images, threads).map_err(anyhow::Error::from);
    let mut trainer = trainer.map_err(about)?;
    if let Some(from) = &from {
        let taken = trainer.take_weights(&from.file);
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
    // Before the folder exists, because an early signal would leave it empty.
    let interrupt = interrupt::watch()?;
    let folder = RunFolder::create(&args.out, name, trainer.config(), &environment)?;
    let result = session::run(&mut trainer, &folder, threads, evaluator, args.console, &interrupt);
    if result.is_err() {
        folder.discard_unused();
    }
    result
}
