//! `train`: a new run.

use std::path::Path;

use anyhow::anyhow;
use data::alpha::ALPHA_CHANNELS;
use data::{DataError, ImageSet};
use gan::config::{ConfigError, Overlay, Source, Written};
use gan::presets::{self, ImageSize};
use gan::recipe::{ChosenSize, RecipeError, size_for};
use gan::{GanError, Trainer};
use judge::evaluate::samples_of;
use judge::{FEWEST, Judge};
use kernels::Threads;
use model::identity;
use run::RunFolder;

use crate::args::TrainArgs;
use crate::evaluation::Judging;
use crate::exit::Hinted;
use crate::exit::Outcome;
use crate::hints::{Hint, Typed, Wish, fitted};
use crate::judges::unseen_images;
use crate::output::{Quiet, note};
use crate::recipe::Wanted;
use crate::runs::Trained;
use crate::{classes, config, dry_run, environment, interrupt, own_judge, recipe, session, threads};

pub(super) fn run(args: TrainArgs) -> anyhow::Result<Outcome> {
    threads::run(args.threads.get(), |threads| {
        let source = source(&args, threads).map_err(|error| for_these_images(error, &args))?;
        let written = Written::parse(&source)?;
        train(&args, &source, &written, threads)
    })
}

/// The config with the values of all flags: of a preset, of a file, or of the recipe for the data given in their place.
fn source(args: &TrainArgs, threads: Threads) -> anyhow::Result<Source> {
    if recipe::is_data(&args.preset) {
        let wanted = Wanted { image: args.over.image, seconds: args.time, threads: threads.get() };
        let base = recipe::source(&args.preset, &wanted, Quiet(args.console.quiet))?;
        return Ok(base.with_overlays(&overlays(args, &args.preset, None)?)?);
    }
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

/// The error with a command that trains on these images, if there is one: a size that fits given data, or networks and a batch
/// of a preset for its data.
fn for_these_images(error: anyhow::Error, args: &TrainArgs) -> anyhow::Error {
    let typed = Typed::now();
    let given = args.preset.as_str();
    if recipe::is_data(given) {
        let unfit = matches!(error.downcast_ref(), Some(RecipeError::Size(_)));
        let chosen = data::survey(given).ok().filter(|survey| unfit && survey.resizable);
        return match chosen.as_ref().and_then(size_for) {
            Some(ChosenSize { size, .. }) => {
                error.context(Hinted(Hint::Train(typed.with("image", &size.to_string()))))
            }
            None => error,
        };
    }
    if presets::find(given).is_err() {
        return error;
    }
    let all = |preset: &str, image| overlays(args, preset, Some(image));
    // Any `--image` is replaced.
    let laid = overlays(args, given, None).and_then(|laid| Ok(config::source(given)?.with_overlays(&laid)?));
    let Ok(data) = laid.and_then(|source| Ok(Written::parse(&source)?.data)) else { return error };
    let Ok(mut survey) = data::survey(&data.source) else { return error };
    if data.alpha {
        survey.channels = ALPHA_CHANNELS;
    }
    match fitted(&Wish { typed, preset: given, overlays: &all }, &survey) {
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

/// The config with a judge of the images, if it is to be evaluated and names none; without evaluations if there are too few
/// images. `None`: the config stays as it is.
fn with_own_judge(
    args: &TrainArgs,
    source: &Source,
    written: &Written,
    images: &ImageSet,
    threads: Threads,
) -> anyhow::Result<Option<(Source, Written)>> {
    let (eval, data) = (&written.eval, &written.data);
    if eval.every_images == 0 || eval.judge.is_some() || Judge::embedded(&data.source).is_some() {
        return Ok(None);
    }
    let quiet = Quiet(args.console.quiet);
    let test = unseen_images(&data.source, data.split.into(), &written.data_options(source)?)?;
    let (_, real) = samples_of(images, test.as_ref(), usize::MAX);
    let overlay = if real < FEWEST {
        let text =
            format!("judge         none: it needs {FEWEST} images to compare with, and there are {real}");
        note(quiet, &text);
        Overlay::set("eval.every_images=0")
    } else {
        let file = own_judge::for_images(
            images,
            &written.name,
            &args.out,
            written.train.max_seconds,
            threads,
            quiet,
        )?;
        Overlay::set(format!("eval.judge={}", toml(file.display().to_string())))
    };
    let source = source.clone().with_overlays(&[overlay])?;
    let written = Written::parse(&source)?;
    Ok(Some((source, written)))
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
    let judged = match !args.dry_run && recipe::is_data(&args.preset) {
        true => with_own_judge(args, source, written, &images, threads)?,
        false => None,
    };
    let (source, written) = judged.as_ref().map_or((source, written), |(source, written)| (source, written));
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
    // A run that trains its judge first has none yet.
    let has_judge = written.eval.judge.is_some() || !recipe::is_data(&args.preset);
    let judging = if args.dry_run && !has_judge { None } else { Judging::of(&trainer)? };
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
