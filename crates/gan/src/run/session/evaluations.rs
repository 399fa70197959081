//! The session's evaluations: when, what is kept for them, and what they end.

use std::time::Instant;

use super::{Session, StopReason};
use crate::error::GanError;
use crate::evaluation::{Evaluator, Standing};
use crate::run::{Evaluation, Event, evaluations_before};

/// Who evaluates, and what it amounts to so far.
#[derive(Debug)]
pub(super) struct Evaluations<'a> {
    evaluator: Evaluator<'a>,
    standing: Standing,
    /// Images of a checkpoint that is there only because it was the best.
    only_best: Option<u64>,
}

impl<'a> Session<'a> {
    /// The same, evaluating as `[eval]` says. What earlier evaluations amount to is read from the log.
    #[must_use]
    pub fn with_evaluator(mut self, evaluator: Evaluator<'a>) -> Session<'a> {
        let standing = Standing::of(&self.trainer.experiment().eval, self.log.evaluations());
        let best = self.log.evaluations().iter().rfind(|e| e.best).map(|e| e.images);
        let only_best = best.filter(|&images| !self.keeps(images));
        self.evaluations = Some(Evaluations { evaluator, standing, only_best });
        self
    }

    /// Evaluates, unless nobody does or the newest evaluation is of the same images. Of the best so far a checkpoint is kept.
    pub(super) fn evaluate(&mut self) -> Result<(), GanError> {
        let images = self.trainer.progress().images;
        let Some(Evaluations { evaluator, standing, .. }) = &mut self.evaluations else { return Ok(()) };
        if standing.images() == Some(images) {
            return Ok(());
        }
        let start = Instant::now();
        self.observer.evaluation(evaluator.samples());
        let found = evaluator.evaluate(self.trainer)?;
        let (judge, samples) = (evaluator.judge().into(), evaluator.samples() as u64);
        let eval_seconds = start.elapsed().as_secs_f64();
        self.paused += eval_seconds;
        let seconds = [self.seconds(), eval_seconds];
        let mut evaluation = Evaluation::new([images, samples], seconds, judge, found);
        self.count(&mut evaluation);
        if evaluation.best {
            self.keep_best(images)?;
        }
        self.emit(Event::Eval(evaluation))
    }

    /// Counts an evaluation and says whether it is the best.
    fn count(&mut self, evaluation: &mut Evaluation) {
        if let Some(Evaluations { standing, .. }) = &mut self.evaluations {
            evaluation.best = standing.add(&self.trainer.experiment().eval, evaluation);
        }
    }

    /// Keeps a checkpoint of now as the best. One that was saved for that reason alone, and is not any more, goes.
    fn keep_best(&mut self, images: u64) -> Result<(), GanError> {
        let due = self.saved_images == Some(images);
        if !due {
            self.checkpoint()?;
        }
        let keep = self.trainer.experiment().train.keep_checkpoints.unwrap_or(0);
        self.folder.publish_best(images, keep)?;
        let Some(Evaluations { only_best, .. }) = &mut self.evaluations else { return Ok(()) };
        match std::mem::replace(only_best, (!due).then_some(images)) {
            Some(before) => self.folder.remove_checkpoint(before),
            None => Ok(()),
        }
    }

    /// Goes back to what the evaluations up to the checkpoint at `images` images amount to: the later ones are of a course that
    /// the run has left.
    pub(super) fn evaluations_jumped(&mut self, images: u64) -> Result<(), GanError> {
        let before = evaluations_before(&self.folder.events()?, images);
        self.folder.settle_best(before.iter().rfind(|e| e.best).map(|e| e.images))?;
        if let Some(Evaluations { standing, only_best, .. }) = &mut self.evaluations {
            *standing = Standing::of(&self.trainer.experiment().eval, &before);
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
