//! The session's evaluations: when, what is kept for them, and what they end.

use std::sync::atomic::AtomicBool;

use super::{Session, StopReason};
use crate::error::RunError;
use crate::evaluation::{Evaluator, Standing};
use crate::names::{CHECKPOINT, images_of};
use crate::{Evaluation, Event};
use gan::checkpoint::Checkpoint;

/// Who evaluates, and what it amounts to so far.
#[derive(Debug)]
pub(super) struct Evaluations<'a> {
    evaluator: Evaluator<'a>,
    standing: Standing,
    /// Images of a checkpoint that is there only because it was the best.
    only_best: Option<u64>,
}

impl<'a> Session<'a> {
    /// The same, evaluating as `[eval]` says.
    #[must_use]
    pub fn with_evaluator(mut self, evaluator: Evaluator<'a>) -> Session<'a> {
        let standing = Standing::of(&self.trainer.experiment().eval, &self.past.evaluations);
        let only_best = self.past.best_images().filter(|&images| !self.keeps(images));
        self.evaluations = Some(Evaluations { evaluator, standing, only_best });
        self
    }

    /// Whether the config has an evaluation at the images shown.
    pub(super) fn evaluation_due(&self) -> bool {
        let experiment = self.trainer.experiment();
        let (images, batch) = (self.trainer.progress().images, experiment.train.batch_size as u64);
        let passed = |every: u64| every > 0 && images / every != images.saturating_sub(batch) / every;
        experiment.eval.every_images.is_some_and(passed)
    }

    /// Evaluates, if the run has an evaluator and the newest evaluation is not of the same images. Keeps a checkpoint of the best.
    /// Says whether nothing is left to do: an evaluation is broken off once `interrupt` is raised.
    ///
    /// The line in the log comes first, then the name `best`: a resumed run that finds the one without the other sets the name.
    pub(super) fn evaluate(&mut self, interrupt: &AtomicBool) -> Result<bool, RunError> {
        let images = self.trainer.progress().images;
        let Some(Evaluations { evaluator, standing, .. }) = &mut self.evaluations else { return Ok(true) };
        if standing.images() == Some(images) {
            return Ok(true);
        }
        let start = self.clock.seconds();
        self.observer.evaluation(evaluator.samples());
        let found = evaluator.evaluate(self.trainer, interrupt)?;
        let (judge, samples) = (evaluator.judge().into(), evaluator.samples() as u64);
        let eval_seconds = self.clock.seconds() - start;
        self.paused += eval_seconds;
        let Some(found) = found else { return Ok(false) };
        let seconds = [self.seconds(), eval_seconds];
        let mut evaluation = Evaluation::new([images, samples], seconds, judge, found);
        self.count(&mut evaluation);
        let best = evaluation.best;
        // No line says that a checkpoint is the best before it is there.
        let due = self.saved_images == Some(images);
        if best && !due {
            self.checkpoint()?;
        }
        self.past.evaluations.push(evaluation.clone());
        self.emit(Event::Eval(evaluation))?;
        if self.saved_images == Some(images) {
            self.write_past(&self.folder.checkpoint_path(images))?;
        }
        if best {
            self.keep_best(images, due)?;
        }
        Ok(true)
    }

    /// Counts an evaluation and says whether it is the best.
    fn count(&mut self, evaluation: &mut Evaluation) {
        if let Some(Evaluations { standing, .. }) = &mut self.evaluations {
            evaluation.best = standing.add(&self.trainer.experiment().eval, evaluation);
        }
    }

    /// Names the checkpoint at `images` images the best, and removes one that was kept for that reason alone. One that was `due`
    /// anyway stays.
    fn keep_best(&mut self, images: u64, due: bool) -> Result<(), RunError> {
        let keep = self.trainer.experiment().train.keep_checkpoints.unwrap_or(0);
        self.folder.publish_best(images, keep)?;
        let Some(Evaluations { only_best, .. }) = &mut self.evaluations else { return Ok(()) };
        match std::mem::replace(only_best, (!due).then_some(images)) {
            Some(before) => self.folder.remove_checkpoint(before),
            None => Ok(()),
        }
    }

    /// Evaluates the checkpoint that is named the best, if its evaluation is lost: what comes later can then be compared with it, and
    /// does not take its place unseen.
    pub(super) fn score_best(&mut self, interrupt: &AtomicBool) -> Result<(), RunError> {
        let (here, path) = (self.trainer.progress().images, self.folder.best_checkpoint());
        let Some((images, path)) =
            path.and_then(|path| Some((images_of(path.file_name()?, CHECKPOINT)?, path)))
        else {
            return Ok(());
        };
        let is_known = self.past.evaluations.iter().any(|evaluation| evaluation.images == images);
        if is_known || images >= here {
            return Ok(());
        }
        // One that cannot be read, or is of other networks, cannot be compared.
        let Ok(best) = Checkpoint::read(&path) else { return Ok(()) };
        let now = Checkpoint::read(&self.folder.checkpoint_path(here))?;
        let restored = self.trainer.restore(&best);
        let found = match (&restored, &mut self.evaluations) {
            (Ok(()), Some(Evaluations { evaluator, .. })) => evaluator.evaluate(self.trainer, interrupt),
            _ => Ok(None),
        };
        self.trainer.restore(&now)?;
        let (Some(found), Some(Evaluations { evaluator, standing, only_best })) =
            (found?, &mut self.evaluations)
        else {
            return Ok(());
        };
        let (judge, samples) = (evaluator.judge().into(), evaluator.samples() as u64);
        let mut evaluation = Evaluation::new([images, samples], [0.0, 0.0], judge, found);
        evaluation.best = true;
        self.past.evaluations.push(evaluation.clone());
        self.past.evaluations.sort_by_key(|evaluation| evaluation.images);
        *standing = Standing::of(&self.trainer.experiment().eval, &self.past.evaluations);
        *only_best = None;
        self.emit(Event::Eval(evaluation))?;
        self.write_past(&self.folder.checkpoint_path(here))
    }

    /// Removes checkpoints that were kept because they were the best, and that an earlier process, lost in between, did not remove
    /// when another one was.
    pub(super) fn remove_superseded(&self) -> Result<(), RunError> {
        let Some(best) = self.past.best_images() else { return Ok(()) };
        let were_best = self.past.evaluations.iter().filter(|evaluation| evaluation.best);
        let superseded = were_best.map(|evaluation| evaluation.images).filter(|&images| images != best);
        superseded
            .filter(|&images| !self.keeps(images))
            .try_for_each(|images| self.folder.remove_checkpoint(images))
    }

    /// Goes back to what the evaluations up to the checkpoint at `images` images amount to: the later ones are of a course that
    /// the run has left.
    pub(super) fn evaluations_jumped(&mut self, images: u64) -> Result<(), RunError> {
        self.past.evaluations.retain(|evaluation| evaluation.images <= images);
        self.folder.settle_best(&self.past, images)?;
        if let Some(Evaluations { standing, only_best, .. }) = &mut self.evaluations {
            *standing = Standing::of(&self.trainer.experiment().eval, &self.past.evaluations);
            *only_best = only_best.filter(|&own| own <= images);
        }
        Ok(())
    }

    /// Whether the newest evaluation ends the run.
    pub(super) fn metric_stop(&self) -> Option<StopReason> {
        let evaluations = self.evaluations.as_ref()?;
        evaluations.standing.stop_reason(&self.trainer.experiment().eval)
    }
}
