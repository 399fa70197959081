//! `resume`: continues a run from a checkpoint.

use anyhow::{anyhow, bail};
use data::ImageSet;
use data::classes::ClassesDiffer;
use gan::checkpoint::Checkpoint;
use gan::config::{Overlay, Source, Written};
use gan::{GanError, Trainer};
use kernels::Threads;
use model::{ModelError, identity};
use run::evaluation::Standing;
use run::{Evaluation, RunFolder, StopReason};

use crate::args::ResumeArgs;
use crate::evaluation::Judging;
use crate::exit::Outcome;
use crate::extension::{extended, extension};
use crate::hints::{self, Hint, Typed};
use crate::output::{self, Quiet, grouped, note};
use crate::{config, ending, evaluation, interrupt, runs, session, threads};

pub(super) fn run(args: ResumeArgs) -> anyhow::Result<Outcome> {
    let (folder, checkpoint) = runs::open_locked(&args.run, args.checkpoint.as_deref())?;
    let mut overlays: Vec<Overlay> = args.set.overlays().collect();
    overlays.extend(args.time.map(|seconds| {
        Overlay::short(format!("--time {seconds}s"), format!("train.max_seconds={seconds:?}"))
    }));
    overlays.extend(args.evaluation.overlays());
    let origin = checkpoint.path().display().to_string();
    let source = checkpoint.source(origin)?.with_overlays(&overlays)?;
    let written = Written::parse(&source)?;
    threads::run(args.threads.get(), |threads| {
        resume(&args, &folder, &checkpoint, &source, &written, threads)
    })
}

fn resume(
    args: &ResumeArgs,
    folder: &RunFolder,
    checkpoint: &Checkpoint,
    source: &Source,
    written: &Written,
    threads: Threads,
) -> anyhow::Result<Outcome> {
    let images = config::images(written, source)?;
    let header = checkpoint.header();
    let new_run = new_run(args, folder);
    same_place_in_the_data(written, &images, checkpoint, &new_run)?;
    same_rules(written, checkpoint, &new_run)?;
    let images = identity::in_classes_of(images, header, args.changed_data);
    let classes = identity::lists(&images, header);
    let mut trainer = Trainer::new(written, source, images, threads)?;
    if args.changed_data {
        trainer.accept_other_data();
    }
    trainer.restore(checkpoint).map_err(|error| other_data(error, &new_run, classes.as_ref()))?;
    if let Some(classes) = classes {
        note(Quiet(false), &renamed(&classes, args.changed_data, header.provenance.data.hash.is_some()));
    }
    for warning in &trainer.experiment().warnings {
        note(Quiet(false), &format!("warning: {warning}"));
    }
    if let Some(end) = ended(&trainer, folder)? {
        if !end.has_products {
            note(
                Quiet(args.console.quiet),
                "its end was interrupted: the missing report and pictures are made now",
            );
            ending::make(&trainer, folder, end.reason, end.seconds, threads);
        }
        return Ok(output::line(end.message).map(|()| Outcome::Done)?);
    }
    let judging = Judging::of(&trainer)?;
    let evaluator = judging.as_ref().map(|judging| judging.evaluator(&trainer)).transpose()?;
    let interrupt = interrupt::watch()?;
    folder.write_config(trainer.config())?;
    session::run(&mut trainer, folder, threads, evaluator, args.console, &interrupt)
}

/// The order of the data follows from the step's number. With another number of images or another batch, the run would not
/// continue where it stopped.
fn same_place_in_the_data(
    written: &Written,
    images: &ImageSet,
    checkpoint: &Checkpoint,
    new_run: &Hint,
) -> anyhow::Result<()> {
    let (header, trained_on) = (checkpoint.header(), checkpoint.header().provenance.data.images);
    let shape = (images.height(), images.width(), images.channels());
    if (images.len(), shape) != (trained_on, header.image_shape) {
        // Networks are for images of one size.
        let classes = images.classes().unwrap_or(0);
        let same_networks = shape == header.image_shape && classes == header.classes;
        let new_run = if same_networks { new_run.to_string() } else { String::new() };
        let lists = match identity::lists(images, header) {
            Some(ClassesDiffer { own, known }) => {
                format!("\n  classes here: {own}\n  classes of the run: {known}")
            }
            None => String::new(),
        };
        let told = |n: usize, (h, w, c): (usize, usize, usize)| {
            format!("{} images of {h}x{w}x{c}", grouped(n as u64))
        };
        bail!(
            "data.source `{}` is not what this run was trained on: expected {}, got {}{lists}\n  \
             hint: --set data.source=PATH says where the data is now{new_run}",
            written.data.source,
            told(trained_on, header.image_shape),
            told(images.len(), shape)
        );
    }
    let before = config_of(checkpoint)?.train.batch_size;
    if written.train.batch_size != before {
        bail!(
            "train.batch_size: {} here, {before} when the run began: a run cannot change it{new_run}",
            written.train.batch_size
        );
    }
    Ok(())
}

/// The hints for data that changed.
fn other_data(error: GanError, new_run: &Hint, classes: Option<&ClassesDiffer>) -> anyhow::Error {
    match error {
        GanError::OtherData { .. } => {
            let go_on = Hint::ChangedData(Typed::now().with_flag("changed-data"));
            anyhow!("{error}\n  hint: --set data.source=PATH says where the data is now{go_on}{new_run}")
        }
        GanError::Checkpoint { .. } | GanError::Model(ModelError::File { .. }) => match classes {
            Some(ClassesDiffer { own, known }) => {
                anyhow!("{error}\n  classes here: {own}\n  classes of the run: {known}")
            }
            None => error.into(),
        },
        error => error.into(),
    }
}

/// The warning for classes with other names than before.
fn renamed(ClassesDiffer { own, known }: &ClassesDiffer, changed_data: bool, by_content: bool) -> String {
    let why = match (changed_data, by_content) {
        (true, _) => "classes with new names replace those that are gone",
        (false, true) => "the images and labels are the same, so the run takes the new names",
        (false, false) => {
            "they are matched by their order, because a checkpoint of an earlier version has no names"
        }
    };
    format!("warning: the classes were {known}; they are {own} now: {why}")
}

/// The state of an optimizer is valid for its own rule only.
fn same_rules(written: &Written, checkpoint: &Checkpoint, new_run: &Hint) -> anyhow::Result<()> {
    let before = config_of(checkpoint)?.optimizer;
    let pairs = [
        ("generator", written.optimizer.generator.kind, before.generator.kind),
        ("discriminator", written.optimizer.discriminator.kind, before.discriminator.kind),
    ];
    for (player, now, before) in pairs {
        if now != before {
            bail!(
                "optimizer.{player}.kind: \"{now}\" here, \"{before}\" in the checkpoint: a run cannot change \
                 it{new_run}"
            );
        }
    }
    Ok(())
}

/// The command for a new run with the same config and the requested changes, from this run's weights.
fn new_run(args: &ResumeArgs, folder: &RunFolder) -> Hint {
    let run = hints::path(folder.path());
    let config = hints::path(&folder.path().join("config.toml"));
    let train = Typed::of(["train", &config]).with("from", &run);
    Hint::NewRun(args.set.texts().iter().fold(train, |train, set| train.with_set(set)))
}

fn config_of(checkpoint: &Checkpoint) -> anyhow::Result<Written> {
    Ok(Written::parse(&checkpoint.source("the checkpoint's config")?)?)
}

/// A run that has nothing left to train.
struct Ended {
    reason: StopReason,
    /// Seconds of training.
    seconds: f64,
    /// Whether the report and the pictures of the end were made.
    has_products: bool,
    /// Its description.
    message: String,
}

/// Whether the run has ended: it has reached a limit of its config, and its log has the event of a complete end. A run that
/// was lost between the two goes on, reaches the same end at once, and makes what is missing.
fn ended(trainer: &Trainer, folder: &RunFolder) -> anyhow::Result<Option<Ended>> {
    let (train, progress) = (&trainer.experiment().train, trainer.progress());
    let (stopped, has_products) = folder.has_ended(progress)?;
    if !stopped {
        return Ok(None);
    }
    let (images, past) = (progress.images, folder.past(progress)?);
    let seconds = past.seconds;
    let (reason, what) = if train.total_images.is_some_and(|total| images >= total) {
        (StopReason::Finished, format!("finished: it has shown {} images", grouped(images)))
    } else if let Some(limit) = train.max_seconds.filter(|&limit| seconds >= limit) {
        (StopReason::Time, format!("at the end of its time: {seconds:.1} s of {limit} s"))
    } else if let Some(ended) = ended_by_metric(trainer, &past.evaluations) {
        ended
    } else {
        return Ok(None);
    };
    let run = folder.path().display();
    let flags = extension(trainer, reason, seconds).unwrap_or_default();
    let message = format!("{run} is {what}\nto extend it: {}", extended(Typed::now(), &flags));
    Ok(Some(Ended { reason, seconds, has_products, message }))
}

/// The result of the evaluation at this number of images.
fn ended_by_metric(trainer: &Trainer, evaluations: &[Evaluation]) -> Option<(StopReason, String)> {
    let (eval, images) = (&trainer.experiment().eval, trainer.progress().images);
    eval.every_images?;
    let standing = Standing::of(eval, evaluations);
    let reason = standing.stop_reason(eval).filter(|_| standing.images() == Some(images))?;
    let newest = evaluations.last().and_then(evaluation::in_short).unwrap_or_default();
    let what = match (&eval.until, reason) {
        (Some(until), StopReason::Target) => format!("at its target, {until}"),
        _ => "on a plateau of its metric".to_owned(),
    };
    Some((reason, format!("{what}: {newest}")))
}
