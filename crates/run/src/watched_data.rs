//! What a run does about data that change under it.

use crate::error::RunError;
use crate::events::Event;
use crate::session::{Session, peak_memory_bytes};

impl Session<'_> {
    /// After a step, before anything of it is saved: were its images those of the data?
    ///
    /// # Errors
    /// [`RunError::Data`] naming the file, after the end of the run is logged: the last checkpoint stands.
    pub(super) fn watch_data(&mut self) -> Result<(), RunError> {
        let Err(error) = self.trainer.images().still_whole() else { return Ok(()) };
        let (images, seconds) = (self.trainer.progress().images, self.seconds());
        let peak_memory_bytes = peak_memory_bytes();
        self.emit(Event::Stop { images, seconds, reason: error.to_string(), peak_memory_bytes })?;
        Err(error.into())
    }
}
