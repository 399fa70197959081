//! The loop of a run: steps, ticks, checkpoints, evaluations, and the reasons to stop.

mod evaluations;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use self::evaluations::Evaluations;
use crate::clock::TrainingClock;
use crate::error::RunError;
use crate::event_log::EventLog;
use crate::events::{Event, Tick};
use crate::folder::RunFolder;
use crate::health::{AlarmKind, Observatory};
use crate::past::Past;
use crate::picture::write_grid;
use crate::watch::Verdict;
use gan::step::{Means, StepReport};
use gan::trainer::Trainer;

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It has shown as many images as its config says.
    Finished,
    /// Its time is up.
    Time,
    /// The losses no longer move.
    Plateau,
    /// The metric is where it was wanted.
    Target,
    /// The metric no longer improves.
    MetricPlateau,
    /// Somebody asked it to.
    Interrupted,
    /// An alarm whose action is to stop, or to roll back as often as is allowed.
    Unhealthy(AlarmKind),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            StopReason::Finished => "finished",
            StopReason::Time => "time is up",
            StopReason::Plateau => "losses on a plateau",
            StopReason::Target => "target reached",
            StopReason::MetricPlateau => "metric on a plateau",
            StopReason::Interrupted => "interrupted",
            StopReason::Unhealthy(kind) => return write!(f, "stopped by an alarm ({kind})"),
        })
    }
}

/// Seconds of training before which a process's speed says little: caches and memory are still cold.
const LEAST_SECONDS: f64 = 0.5;

/// Who watches a run. Every method may do nothing.
pub trait Observer {
    /// After each step: its report, and how far the run is.
    fn step(&mut self, _trainer: &Trainer, _report: &StepReport) {}
    /// After each round (mostly an epoch; [`Train::round_images`](gan::config::Train::round_images)): the number of its last epoch
    /// from 1, its seconds in this process, and the means since the last tick.
    fn epoch(&mut self, _trainer: &Trainer, _epoch: u64, _seconds: f64, _mean: &Means) {}
    /// Before each evaluation: its number of samples.
    fn evaluation(&mut self, _samples: usize) {}
    /// After each grid of samples: its images in bytes, their height, width and channels, and how many are in a row.
    fn grid(&mut self, _images: &[u8], _shape: (usize, usize, usize), _columns: usize) {}
    /// Whatever goes into the event log.
    fn event(&mut self, _event: &Event) {}
}

/// A trainer with its folder.
pub struct Session<'a> {
    pub(super) trainer: &'a mut Trainer,
    pub(super) folder: &'a RunFolder,
    log: EventLog,
    /// What earlier processes did, and the evaluations of this one.
    past: Past,
    observer: &'a mut dyn Observer,
    clock: TrainingClock,
    tick_start: f64,
    tick_start_steps: u64,
    saved_images: Option<u64>,
    evaluations: Option<Evaluations<'a>>,
    /// Seconds of this process that were no training.
    paused: f64,
    /// Images that this process has trained on.
    images_here: u64,
    /// What looks at generated images compare with, from the first one on.
    pub(super) observatory: Option<Observatory>,
}

impl<'a> Session<'a> {
    /// Opens the folder's log at the trainer's position. What the folder has beyond it is of a course that the run leaves: it goes.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn new(
        trainer: &'a mut Trainer,
        folder: &'a RunFolder,
        observer: &'a mut dyn Observer,
    ) -> Result<Session<'a>, RunError> {
        let progress = trainer.progress();
        let (images, roll_backs) = (progress.images, progress.health.roll_backs);
        let past = folder.past(progress)?;
        if images > 0 {
            folder.publish_checkpoint(images, 0)?;
            folder.forget_beyond(images)?;
        }
        let log = EventLog::open(&folder.events_path(), images, roll_backs, &past)?;
        folder.settle_best(&past, images)?;
        // A resumed run stands at a checkpoint already.
        let saved_images = (images > 0).then_some(images);
        let tick_start_steps = trainer.progress().steps;
        Ok(Session {
            trainer,
            folder,
            log,
            past,
            observer,
            clock: TrainingClock::start(),
            tick_start: 0.0,
            tick_start_steps,
            saved_images,
            evaluations: None,
            paused: 0.0,
            images_here: 0,
            observatory: None,
        })
    }

    /// Trains until a reason to stop, and saves. `interrupt` is looked at after every step.
    ///
    /// # Errors
    /// [`GanError::Diverged`] where a figure is no longer finite, unless the config has something else done about it: the last
    /// checkpoint stands; or [`RunError`] of a file.
    pub fn run(mut self, threads: usize, interrupt: &AtomicBool) -> Result<StopReason, RunError> {
        let version = env!("CARGO_PKG_VERSION").to_string();
        self.emit(Event::Start { images: self.trainer.progress().images, threads, version })?;
        self.clock = TrainingClock::start();
        self.save_the_start()?;
        self.catch_up(interrupt)?;
        let mut epoch_start = 0.0;
        let reason = loop {
            if let Some(reason) = self.stop_reason(interrupt) {
                break reason;
            }
            self.foresee_end();
            let report = self.trainer.step();
            self.watch_data()?;
            match self.watch_step(&report)? {
                Verdict::GoOn => {}
                Verdict::RolledBack => continue,
                Verdict::Stop(reason) => break reason,
            }
            self.observer.step(self.trainer, &report);
            let images = self.trainer.progress().images;
            let train = &self.trainer.experiment().train;
            let batch = train.batch_size as u64;
            self.images_here += batch;
            let passed = |every: u64| every > 0 && images / every != (images - batch) / every;
            let (round_ends, epoch) = (passed(train.round_images), images / train.epoch_images);
            let look_due = passed(self.trainer.experiment().health.look_images);
            let checkpoint_due = self.keeps(images);
            let tick_due = passed(train.tick_images);
            if round_ends {
                let seconds = self.seconds_here();
                let mean = self.trainer.progress().tick_mean(self.trainer.experiment().train.players);
                self.observer.epoch(self.trainer, epoch, seconds - epoch_start, &mean);
                epoch_start = seconds;
            }
            let tick = if tick_due { Some(self.tick()?) } else { None };
            match self.watch(tick, look_due, checkpoint_due)? {
                Verdict::GoOn => {}
                Verdict::RolledBack => continue,
                Verdict::Stop(reason) => break reason,
            }
            if checkpoint_due {
                self.checkpoint()?;
            }
            if self.evaluation_due() {
                self.evaluate(interrupt)?;
            }
        };
        let images = self.trainer.progress().images;
        if self.saved_images != Some(images) {
            self.checkpoint()?;
        }
        // Who interrupts a run does not want to wait.
        let reason = match reason {
            StopReason::Interrupted => reason,
            _ if self.evaluate(interrupt)? => reason,
            _ => StopReason::Interrupted,
        };
        if !self.folder.sample_path(images).exists() {
            self.grid()?;
        }
        let seconds = self.seconds();
        // The time that ended the run may have passed after its last checkpoint was saved.
        self.write_past(&self.folder.checkpoint_path(images))?;
        let peak_memory_bytes = peak_memory_bytes();
        self.emit(Event::Stop { images, seconds, reason: reason.to_string(), peak_memory_bytes })?;
        Ok(reason)
    }

    /// Seconds of training over all processes.
    pub(super) fn seconds(&self) -> f64 {
        self.past.seconds + self.seconds_here()
    }

    /// Seconds of training in this process: evaluations are left out.
    fn seconds_here(&self) -> f64 {
        self.clock.seconds() - self.paused
    }

    pub(super) fn emit(&mut self, event: Event) -> Result<(), RunError> {
        self.log.append(&event)?;
        self.observer.event(&event);
        Ok(())
    }

    /// Where time ends a run whose rates follow its length, says how far it will come.
    fn foresee_end(&mut self) {
        let Some(limit) = self.trainer.experiment().train.max_seconds else {
            // A run that time was to end, continued without that limit.
            self.trainer.progress_mut().end_images = None;
            return;
        };
        let images = self.trainer.progress().images;
        let (here, before) = (self.seconds_here(), self.past.seconds);
        // Until this process's speed says something, that of those before it does.
        let (shown, seconds) = match here >= LEAST_SECONDS {
            true => (self.images_here, here),
            false if before > 0.0 => (images.saturating_sub(self.images_here), before),
            false => return,
        };
        let left = limit - self.seconds();
        self.trainer.progress_mut().end_images = self.trainer.experiment().end(images, shown, seconds, left);
    }

    fn stop_reason(&self, interrupt: &AtomicBool) -> Option<StopReason> {
        let train = &self.trainer.experiment().train;
        let progress = self.trainer.progress();
        if train.total_images.is_some_and(|total| progress.images >= total) {
            return Some(StopReason::Finished);
        }
        if interrupt.load(Ordering::Relaxed) {
            return Some(StopReason::Interrupted);
        }
        if train.max_seconds.is_some_and(|limit| self.seconds() >= limit) {
            return Some(StopReason::Time);
        }
        let ticks = train.stop_plateau_ticks.unwrap_or(0) as usize;
        if progress.on_plateau(ticks, train.stop_plateau_tolerance) {
            return Some(StopReason::Plateau);
        }
        self.metric_stop()
    }

    /// Whether the run's config has a checkpoint at `images` images.
    pub(super) fn keeps(&self, images: u64) -> bool {
        let train = &self.trainer.experiment().train;
        let batch = train.batch_size as u64;
        let by_rounds = train.checkpoint_rounds.map(|rounds| rounds.saturating_mul(train.round_images));
        let every = [train.checkpoint_images, by_rounds];
        every.into_iter().flatten().any(|every| images / every != images.saturating_sub(batch) / every)
    }

    /// Logs the end of a run that cannot go on; returns why.
    pub(super) fn diverged(&mut self, what: String) -> Result<RunError, RunError> {
        let error = self.trainer.diverged(what);
        let (images, seconds) = (self.trainer.progress().images, self.seconds());
        let peak_memory_bytes = peak_memory_bytes();
        self.emit(Event::Stop { images, seconds, reason: error.to_string(), peak_memory_bytes })?;
        Ok(error.into())
    }

    /// Takes the trainer's position, which has jumped back to that of a checkpoint, for its own.
    pub(super) fn jumped(&mut self) -> Result<(), RunError> {
        let progress = self.trainer.progress();
        let images = progress.images;
        self.saved_images = Some(images);
        self.tick_start_steps = progress.steps;
        self.tick_start = self.seconds_here();
        self.evaluations_jumped(images)
    }

    fn tick(&mut self) -> Result<Means, RunError> {
        let seconds = self.seconds_here();
        let train = &self.trainer.experiment().train;
        let (batch, epoch_images, players) = (train.batch_size as u64, train.epoch_images, train.players);
        let remember = train.stop_plateau_ticks.map_or(1, |n| n as usize + 1);
        let skipped_steps = self.trainer.progress().skipped_steps();
        let mean = self.trainer.progress_mut().end_tick(remember, players);
        let progress = self.trainer.progress();
        let steps = (progress.steps - self.tick_start_steps).max(1);
        let span = (seconds - self.tick_start).max(1e-9);
        let tick = Tick {
            images: progress.images,
            epoch: progress.images as f64 / epoch_images as f64,
            steps: progress.steps,
            seconds: self.seconds(),
            images_per_s: (steps * batch) as f64 / span,
            step_ms: span * 1e3 / steps as f64,
            lr_factor: self.trainer.lr_factor(),
            skipped_steps,
            mean,
        };
        self.tick_start_steps = progress.steps;
        self.emit(Event::Tick(tick))?;
        self.grid()?;
        self.tick_start = self.seconds_here();
        Ok(mean)
    }

    /// The sample grid: the same latents every time, for a conditional generator a column a class.
    fn grid(&mut self) -> Result<(), RunError> {
        let train = &self.trainer.experiment().train;
        let (count, seed) = (train.grid_images, train.seed);
        let mut sampler = self.trainer.sampler()?;
        let images = sampler.generate_bytes(seed, count);
        let (shape, columns) = (sampler.shape(), sampler.columns(count));
        self.observer.grid(&images, shape, columns);
        Ok(write_grid(&self.folder.sample_path(self.trainer.progress().images), &images, shape, columns)?)
    }

    /// Saves. The order is that of what a later file takes for granted: the log's lines, the past, the checkpoint, its name. Each is
    /// on the disk before the next is begun.
    pub(super) fn checkpoint(&mut self) -> Result<(), RunError> {
        let images = self.trainer.progress().images;
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

    /// Writes what the run did so far beside a checkpoint.
    pub(super) fn write_past(&self, checkpoint: &Path) -> Result<(), RunError> {
        let evaluations = self.past.evaluations.clone();
        Past { seconds: self.seconds(), evaluations }.write(checkpoint)
    }

    /// Does what was due at the checkpoint that this process begins at, and that the process before it did not come to.
    fn catch_up(&mut self, interrupt: &AtomicBool) -> Result<(), RunError> {
        let at_a_checkpoint = self.saved_images.is_some_and(|images| images > 0);
        if !at_a_checkpoint || self.evaluations.is_none() {
            return Ok(());
        }
        self.score_best(interrupt)?;
        if self.evaluation_due() {
            self.evaluate(interrupt)?;
        }
        self.remove_superseded()
    }
}

/// Most memory that this process had resident, where Linux tells.
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kibibytes)
}
