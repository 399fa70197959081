//! The state of a run in one process. [`train`](crate::train()) takes it from its beginning to its end.

use crate::clock::TrainingClock;
use crate::due::Due;
use crate::error::RunError;
use crate::evaluation::{Evaluator, Standing};
use crate::event_log::EventLog;
use crate::events::Event;
use crate::folder::RunFolder;
use crate::health::Observatory;
use crate::observer::Observer;
use crate::past::Past;
use crate::peak_memory::peak_memory_bytes;
use gan::trainer::Trainer;

/// A trainer with its folder and its log.
pub struct Session<'a> {
    pub(crate) trainer: &'a mut Trainer,
    pub(crate) folder: &'a RunFolder,
    pub(crate) log: EventLog,
    /// What earlier processes did, and the evaluations of this one.
    pub(crate) past: Past,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) clock: TrainingClock,
    /// Seconds of this process that were no training.
    pub(crate) paused: f64,
    /// Images that this process has trained on.
    pub(crate) images_here: u64,
    /// Seconds of training in this process, and steps of the run, at the last tick.
    pub(crate) last_tick: (f64, u64),
    /// Images of the newest checkpoint.
    pub(crate) saved_images: Option<u64>,
    pub(crate) evaluations: Option<Evaluations<'a>>,
    /// What looks at generated images compare with, made at the first look.
    pub(crate) observatory: Option<Observatory>,
}

/// The evaluator of a run, and what follows from the evaluations so far.
#[derive(Debug)]
pub(crate) struct Evaluations<'a> {
    pub(crate) evaluator: Evaluator<'a>,
    pub(crate) standing: Standing,
    /// Images of a checkpoint that is kept only because it is the best.
    pub(crate) only_best: Option<u64>,
}

impl<'a> Session<'a> {
    /// Opens the folder's log at the trainer's position. Files and lines beyond that position are removed: the run takes another
    /// course from here.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn new(
        trainer: &'a mut Trainer,
        folder: &'a RunFolder,
        observer: &'a mut dyn Observer,
    ) -> Result<Session<'a>, RunError> {
        let progress = trainer.progress();
        let (images, steps, roll_backs) = (progress.images, progress.steps, progress.health.roll_backs);
        let past = folder.past(progress)?;
        if images > 0 {
            folder.publish_checkpoint(images, 0)?;
            folder.forget_beyond(images)?;
        }
        let log = EventLog::open(&folder.events_path(), images, roll_backs, &past)?;
        folder.settle_best(&past, images)?;
        Ok(Session {
            trainer,
            folder,
            log,
            past,
            observer,
            clock: TrainingClock::start(),
            paused: 0.0,
            images_here: 0,
            last_tick: (0.0, steps),
            // A resumed run begins at a checkpoint.
            saved_images: (images > 0).then_some(images),
            evaluations: None,
            observatory: None,
        })
    }

    /// The same, with evaluations as `[eval]` says.
    #[must_use]
    pub fn with_evaluator(mut self, evaluator: Evaluator<'a>) -> Session<'a> {
        let standing = Standing::of(&self.trainer.experiment().eval, &self.past.evaluations);
        let only_best = self.past.best_images().filter(|&images| !self.keeps(images));
        self.evaluations = Some(Evaluations { evaluator, standing, only_best });
        self
    }

    /// Real images shown since the run's start.
    pub(crate) fn images(&self) -> u64 {
        self.trainer.progress().images
    }

    /// Seconds of training over all processes.
    pub(crate) fn seconds(&self) -> f64 {
        self.past.seconds + self.seconds_here()
    }

    /// Seconds of training in this process, evaluations left out.
    pub(crate) fn seconds_here(&self) -> f64 {
        self.clock.seconds() - self.paused
    }

    /// What is due after the newest step.
    pub(crate) fn due(&self) -> Due {
        Due::at(self.trainer.experiment(), self.images())
    }

    /// Whether the config has a checkpoint at `images` images.
    pub(crate) fn keeps(&self, images: u64) -> bool {
        Due::at(self.trainer.experiment(), images).checkpoint
    }

    /// Appends a line to the log, and reports it.
    pub(crate) fn emit(&mut self, event: Event) -> Result<(), RunError> {
        self.log.append(&event)?;
        self.observer.event(&event);
        Ok(())
    }

    /// Logs the end of training in this process.
    pub(crate) fn log_stop(&mut self, reason: String) -> Result<(), RunError> {
        let (images, seconds) = (self.images(), self.seconds());
        let peak_memory_bytes = peak_memory_bytes();
        self.emit(Event::Stop { images, seconds, reason, peak_memory_bytes })
    }

    /// Logs the end of a run with a value that is not finite, and returns the error about it.
    pub(crate) fn diverged(&mut self, what: String) -> Result<RunError, RunError> {
        let error = self.trainer.diverged(what);
        self.log_stop(error.to_string())?;
        Ok(error.into())
    }
}
