//! Evaluations of a run, and the checkpoint that they name the best.

use std::sync::atomic::AtomicBool;

use crate::error::RunError;
use crate::evaluation::Standing;
use crate::events::Event;
use crate::scores::Evaluation;
use crate::session::{Evaluations, Session};

impl Session<'_> {
    /// Evaluates the generator if the run has an evaluator and the newest evaluation is not of the same images, and keeps a
    /// checkpoint of the best. Returns false if `interrupt` ended the evaluation.
    ///
    /// The line in the log comes first, then the name `best`: a resumed run that finds the line without the name sets the name.
    pub(crate) fn evaluate(&mut self, interrupt: &AtomicBool) -> Result<bool, RunError> {
        let images = self.images();
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
        let eval = &self.trainer.experiment().eval;
        let best = self.evaluations.as_mut().is_some_and(|own| own.standing.add(eval, &evaluation));
        evaluation.best = best;
        // The checkpoint exists before a line calls it the best.
        let due = self.saved_images == Some(images);
        if best && !due {
            self.save_checkpoint()?;
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

    /// Names the checkpoint at `images` images the best, and removes the one before if it was kept for that reason alone. One that
    /// is `due` anyway stays when it is no longer the best.
    fn keep_best(&mut self, images: u64, due: bool) -> Result<(), RunError> {
        let keep = self.trainer.experiment().train.keep_checkpoints.unwrap_or(0);
        self.folder.publish_best(images, keep)?;
        let Some(Evaluations { only_best, .. }) = &mut self.evaluations else { return Ok(()) };
        match std::mem::replace(only_best, (!due).then_some(images)) {
            Some(before) => self.folder.remove_checkpoint(before),
            None => Ok(()),
        }
    }

    /// Forgets the evaluations after the checkpoint at `images` images: they are of a course that the run has left.
    pub(crate) fn forget_evaluations_beyond(&mut self, images: u64) -> Result<(), RunError> {
        self.past.evaluations.retain(|evaluation| evaluation.images <= images);
        self.folder.settle_best(&self.past, images)?;
        if let Some(Evaluations { standing, only_best, .. }) = &mut self.evaluations {
            *standing = Standing::of(&self.trainer.experiment().eval, &self.past.evaluations);
            *only_best = only_best.filter(|&own| own <= images);
        }
        Ok(())
    }
}
