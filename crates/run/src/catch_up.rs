//! What a resumed run does first: the work that was due at its checkpoint and that an earlier process did not finish.

use std::sync::atomic::AtomicBool;

use crate::error::RunError;
use crate::evaluation::Standing;
use crate::events::Event;
use crate::names::{CHECKPOINT, images_of};
use crate::scores::Evaluation;
use crate::session::{Evaluations, Session};
use gan::checkpoint::Checkpoint;

impl Session<'_> {
    /// Makes the evaluations that are missing at the checkpoint where this process begins, and removes checkpoints that are no
    /// longer the best.
    pub(crate) fn catch_up(&mut self, interrupt: &AtomicBool) -> Result<(), RunError> {
        let at_a_checkpoint = self.saved_images.is_some_and(|images| images > 0);
        if !at_a_checkpoint || self.evaluations.is_none() {
            return Ok(());
        }
        self.score_best(interrupt)?;
        if self.due().evaluation {
            self.evaluate(interrupt)?;
        }
        self.remove_superseded()
    }

    /// Evaluates the checkpoint that is named the best if its evaluation is lost. Without a score, any later one would replace it.
    fn score_best(&mut self, interrupt: &AtomicBool) -> Result<(), RunError> {
        let (here, path) = (self.images(), self.folder.best_checkpoint());
        let Some((images, path)) =
            path.and_then(|path| Some((images_of(path.file_name()?, CHECKPOINT)?, path)))
        else {
            return Ok(());
        };
        let is_known = self.past.evaluations.iter().any(|evaluation| evaluation.images == images);
        if is_known || images >= here {
            return Ok(());
        }
        // A file that cannot be read, or is of other networks, cannot be compared.
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

    /// Removes checkpoints that were kept only as the best and were replaced, where an earlier process ended before it removed
    /// them.
    fn remove_superseded(&self) -> Result<(), RunError> {
        let Some(best) = self.past.best_images() else { return Ok(()) };
        let were_best = self.past.evaluations.iter().filter(|evaluation| evaluation.best);
        let superseded = were_best.map(|evaluation| evaluation.images).filter(|&images| images != best);
        superseded
            .filter(|&images| !self.keeps(images))
            .try_for_each(|images| self.folder.remove_checkpoint(images))
    }
}
