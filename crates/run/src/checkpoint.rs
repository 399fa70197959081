//! Saving a run.

use std::path::Path;

use crate::error::RunError;
use crate::events::Event;
use crate::past::Past;
use crate::session::Session;

impl Session<'_> {
    /// Saves the run. The order of writing: the log's lines, the past, the checkpoint, its name. Each is on the disk before the
    /// next one begins, because the next one relies on it.
    pub(crate) fn save_checkpoint(&mut self) -> Result<(), RunError> {
        let images = self.images();
        let path = self.folder.checkpoint_path(images);
        self.log.sync()?;
        self.write_past(&path)?;
        self.trainer.save(&path)?;
        let keep = self.trainer.experiment().train.keep_checkpoints.unwrap_or(0);
        self.folder.publish_checkpoint(images, keep)?;
        self.saved_images = Some(images);
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.emit(Event::Checkpoint { images, file })
    }

    /// Writes the run's seconds and evaluations beside a checkpoint.
    pub(crate) fn write_past(&self, checkpoint: &Path) -> Result<(), RunError> {
        let evaluations = self.past.evaluations.clone();
        Past { seconds: self.seconds(), evaluations }.write(checkpoint)
    }
}
