//! Going back to an earlier checkpoint.

use crate::error::RunError;
use crate::events::Event;
use crate::names::{CHECKPOINT, images_of};
use crate::session::Session;
use gan::checkpoint::Checkpoint;

impl Session<'_> {
    /// The newest whole checkpoint from before the trouble began, at `well_images` images, or why the run is not rolled back.
    ///
    /// Checkpoints that the config has are preferred to one that a stop left, so that a run that was stopped and resumed goes back to
    /// the same one as a run that was not.
    pub(crate) fn checkpoint_to_go_back_to(
        &self,
        well_images: u64,
    ) -> Result<Result<Checkpoint, String>, RunError> {
        let health = &self.trainer.experiment().health;
        let count = self.trainer.progress().health.roll_backs;
        if count >= health.max_roll_backs {
            return Ok(Err(format!("the run was rolled back {count} times already")));
        }
        let all = self.folder.checkpoints()?;
        let from_before =
            all.iter().rev().filter_map(|path| Some((images_of(path.file_name()?, CHECKPOINT)?, path)));
        let (planned, others): (Vec<_>, Vec<_>) = from_before
            .filter(|(images, _)| *images <= well_images)
            .partition(|(images, _)| *images == 0 || self.keeps(*images));
        let mut by_preference = planned.into_iter().chain(others);
        let whole = by_preference.find_map(|(_, path)| Checkpoint::read(path).ok());
        Ok(whole.ok_or_else(|| "no checkpoint is from before it began".to_owned()))
    }

    /// Goes back to `checkpoint`, with lower learning rates from there on. The checkpoint is written again with these, so that the
    /// run resumes with them.
    pub(crate) fn roll_back(&mut self, checkpoint: &Checkpoint) -> Result<(), RunError> {
        let (images, history) = (self.images(), self.trainer.progress().health.clone());
        let factor = self.trainer.experiment().health.roll_back_lr_factor;
        self.trainer.restore(checkpoint)?;
        self.trainer.progress_mut().health.roll_back(&history, factor);
        let to_images = self.images();
        let history = &self.trainer.progress().health;
        let (lr_factor, count) = (history.lr_factor(), history.roll_backs);
        // The line comes first: without the checkpoint that counts this roll-back, the line has no effect.
        self.emit(Event::RollBack { images, to_images, lr_factor, count })?;
        self.saved_images = Some(to_images);
        self.last_tick = (self.seconds_here(), self.trainer.progress().steps);
        self.forget_evaluations_beyond(to_images)?;
        self.write_past(checkpoint.path())?;
        self.trainer.save(checkpoint.path())?;
        self.folder.publish_checkpoint(to_images, 0)?;
        self.folder.forget_beyond(to_images)
    }
}
