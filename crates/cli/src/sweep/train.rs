//! Trains one run of a sweep from its current state to its end.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use gan::{GanError, Trainer};
use kernels::Threads;
use run::RunError;
use run::{CheckpointChoice, RunFolder, Session, StopReason};

use super::check::{Images, Run};
use super::runs::State;
use crate::args::ConsoleArgs;
use crate::environment;
use crate::evaluation::Judging;
use crate::progress::Console;
use crate::run_log::past;
use crate::session::warn_unlocked;

/// Trains a run until it ends or is interrupted; returns whether it was interrupted. A run that diverges has ended.
///
/// # Errors
/// Errors of files or memory, or if another process trains in the folder.
pub(crate) fn train(
    run: &Run,
    state: &State,
    (parent, name): (&Path, &str),
    images: &mut Images,
    threads: Threads,
    interrupt: &AtomicBool,
    quiet: bool,
) -> Result<bool> {
    let images = images.of(&run.written, &run.source)?;
    let mut trainer = Trainer::new(&run.written, &run.source, images, threads)?;
    let judging = Judging::of(&trainer)?;
    let evaluator = judging.as_ref().map(|judging| judging.evaluator(&trainer)).transpose()?;
    let folder = match state {
        State::New => {
            RunFolder::create(parent, name, trainer.config(), &environment::describe(threads.get()))?
        }
        State::Unfinished(path) => taken_up(&mut trainer, path)?,
        State::Ended(_) => return Ok(false),
    };
    let earlier_seconds = past(&folder, trainer.progress()).seconds;
    let shown = ConsoleArgs { quiet, json: false };
    warn_unlocked(&folder);
    let mut console = Console::new(&trainer, earlier_seconds, None, shown);
    let session = Session::new(&mut trainer, &folder, &mut console)?;
    let session = match evaluator {
        Some(evaluator) => session.with_evaluator(evaluator),
        None => session,
    };
    let result = run::train(session, threads.get(), interrupt);
    console.finish();
    match result {
        Ok(reason) => Ok(reason == StopReason::Interrupted),
        Err(RunError::Gan(GanError::Diverged { .. })) => Ok(false),
        Err(error) => {
            folder.discard_unused();
            Err(error.into())
        }
    }
}

/// The folder of a run that was stopped or lost, and the trainer at its latest checkpoint. Without a checkpoint, the run
/// starts again.
fn taken_up(trainer: &mut Trainer, path: &Path) -> Result<RunFolder> {
    let folder = RunFolder::open_locked(path)?;
    if folder.checkpoints()?.is_empty() {
        folder.forget_beyond(0)?;
    } else {
        trainer.restore(&folder.read_checkpoint(&CheckpointChoice::Latest)?)?;
    }
    Ok(folder)
}
