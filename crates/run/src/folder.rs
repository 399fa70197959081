//! The run folder: making one, finding one, its lock and its checkpoints.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::create::Made;
use crate::error::RunError;
use crate::event_log::{EventLog, read_all};
use crate::events::Event;
use crate::find::{after, file_name, next_number};
use crate::lock::{Lock, lock};
use crate::names::{CHECKPOINT, GRID, PAST, files, images_of, is_own_file, name_at};
use crate::past::Past;
use crate::stop_reason::StopReason;
use gan::GanError;
use gan::checkpoint::{Checkpoint, MAX_COUNT};
use gan::progress::Progress;
use model::{ModelError, ModelFile};

/// Bytes of a checkpoint's name that are read.
const MAX_NAME_BYTES: u64 = 100;

/// Which checkpoint of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CheckpointChoice {
    /// The newest.
    #[default]
    Latest,
    /// The best by the run's metric.
    Best,
    /// The one named by so many images, or by its file name.
    Named(String),
}

/// A run's folder, locked by this process where it trains.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    lock: Option<Lock>,
    /// What this process made of it.
    made: Option<Made>,
}

impl RunFolder {
    /// Makes the next numbered folder under `parent`, `NNNN-name`, with its config and environment, and locks it.
    ///
    /// # Errors
    /// [`RunError::Io`] if the folder is not writable, before any work is done.
    pub fn create(
        parent: &Path,
        name: &str,
        config: &str,
        environment: &serde_json::Value,
    ) -> Result<RunFolder, RunError> {
        let mut made = Made::default();
        made.folders_to(parent)?;
        let mut number = next_number(parent)?;
        // Another process may take the same number between the look and the making.
        let path = loop {
            let path = parent.join(format!("{number:04}-{}", file_name(name)));
            if made.folder(&path)? {
                break path;
            }
            number = after(parent, number)?;
        };
        for sub in ["samples", "checkpoints"] {
            made.folder(&path.join(sub))?;
        }
        for file in ["lock", "config.toml", "environment.json", "events.jsonl", "report.html"] {
            made.file(&path.join(file));
        }
        let mut folder = RunFolder { lock: Some(lock(&path)?), path, made: None };
        folder.write_config(config)?;
        folder.write_text("environment.json", &format!("{environment:#}\n"))?;
        made.keep();
        folder.made = Some(made);
        Ok(folder)
    }

    /// Opens a run to read from it.
    ///
    /// # Errors
    /// [`RunError::Run`] if it is no run.
    pub fn open(path: &Path) -> Result<RunFolder, RunError> {
        if !path.is_dir() {
            let message = match (path.exists(), path.extension()) {
                (true, _) => "a file, where a run's folder is expected",
                (false, Some(_)) => "no such file or folder",
                (false, None) => "no such folder; a run is a folder under `runs`, such as runs/0000-dense",
            };
            return Err(RunError::run(path, message));
        }
        if !path.join("checkpoints").is_dir() || !path.join("config.toml").is_file() {
            return Err(RunError::run(path, "not a run: it has no checkpoints/ and config.toml"));
        }
        Ok(RunFolder { path: path.to_path_buf(), lock: None, made: None })
    }

    /// Opens a run to train on in it.
    ///
    /// # Errors
    /// [`RunError::Run`] if it is no run, or if another process trains in it; [`RunError::Data`] if a folder or file in it
    /// that training writes is a link.
    pub fn open_locked(path: &Path) -> Result<RunFolder, RunError> {
        let folder = RunFolder::open(path)?;
        for sub in ["samples", "checkpoints"] {
            data::own_folder(&path.join(sub))?;
        }
        data::own_file(&folder.events_path())?;
        Ok(RunFolder { lock: Some(lock(path)?), ..folder })
    }

    /// Why the folder could not be locked, where its file system has no locks: nothing keeps two processes from training in
    /// it at once.
    pub fn unlocked(&self) -> Option<&std::io::Error> {
        self.lock.as_ref().and_then(|lock| lock.unsupported.as_ref())
    }

    /// Removes a folder that this process made and in which nothing has happened: training could not begin.
    pub fn discard_unused(self) {
        let events = fs::metadata(self.events_path()).map_or(0, |there| there.len());
        let unused = events == 0 && self.checkpoints().is_ok_and(|all| all.is_empty());
        if let Some(made) = self.made.as_ref().filter(|_| unused) {
            made.remove();
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where events are logged.
    pub fn events_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// All events so far that can be read.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn events(&self) -> Result<Vec<Event>, RunError> {
        read_all(&self.events_path(), u32::MAX)
    }

    /// What the run did up to the checkpoint at `progress`.
    ///
    /// # Errors
    /// [`RunError::Io`] if the log cannot be read.
    pub fn past(&self, progress: &Progress) -> Result<Past, RunError> {
        let events = read_all(&self.events_path(), progress.health.roll_backs)?;
        Ok(Past::up_to(&self.checkpoint_path(progress.images), &events, progress.images))
    }

    /// Whether the run came to an end of its own, no interrupt, at `progress`: then its log has a stop event there. And whether what
    /// an end leaves to look at was made.
    ///
    /// # Errors
    /// [`RunError::Io`] if the log cannot be read.
    pub fn has_ended(&self, progress: &Progress) -> Result<(bool, bool), RunError> {
        let events = read_all(&self.events_path(), progress.health.roll_backs)?;
        let here = || events.iter().filter(|event| event.images() == progress.images);
        let interrupted = StopReason::Interrupted.to_string();
        let stopped =
            here().any(|event| matches!(event, Event::Stop { reason, .. } if *reason != interrupted));
        Ok((stopped, here().any(|event| matches!(event, Event::Products { .. }))))
    }

    /// Logs an event outside of a session.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn log(&self, event: &Event) -> Result<(), RunError> {
        EventLog::append_to(&self.events_path())?.append(event)
    }

    /// Where a tick's grid goes.
    pub fn sample_path(&self, images: u64) -> PathBuf {
        self.path.join("samples").join(name_at(images, GRID))
    }

    /// Where a checkpoint goes.
    pub fn checkpoint_path(&self, images: u64) -> PathBuf {
        self.path.join("checkpoints").join(name_at(images, CHECKPOINT))
    }

    /// Replaces the run's config: what it is from now on.
    ///
    /// # Errors
    /// [`RunError::Io`] or [`RunError::Data`].
    pub fn write_config(&self, config: &str) -> Result<(), RunError> {
        self.write_text("config.toml", config)
    }

    fn write_text(&self, name: &str, text: &str) -> Result<(), RunError> {
        let path = self.path.join(name);
        data::write_atomic(&path, |out| {
            out.write_all(text.as_bytes()).map_err(|e| data::DataError::io(&path, "write", e))
        })?;
        Ok(())
    }

    /// Names a checkpoint that is on disk as the latest, and removes all but it, the newest `keep` (0: none are removed) and the
    /// best.
    ///
    /// # Errors
    /// [`RunError::Io`] or [`RunError::Data`].
    pub fn publish_checkpoint(&self, images: u64, keep: usize) -> Result<(), RunError> {
        self.name_checkpoint("latest", images)?;
        self.prune(keep)
    }

    /// Names a checkpoint that is on disk as the best, and removes the one before it if it is not among the newest `keep`
    /// (0: none are removed).
    ///
    /// # Errors
    /// [`RunError::Io`] or [`RunError::Data`].
    pub fn publish_best(&self, images: u64, keep: usize) -> Result<(), RunError> {
        self.name_checkpoint("best", images)?;
        self.prune(keep)
    }

    /// Sets what `best` names right after a crash or a step back, at the checkpoint at `images` images: the best that the run's past
    /// knows. A name of a checkpoint whose evaluation is lost stays, unless it is of a course that the run has left.
    ///
    /// # Errors
    /// [`RunError::Io`] or [`RunError::Data`].
    pub(super) fn settle_best(&self, past: &Past, images: u64) -> Result<(), RunError> {
        let named = self.checkpoint_named("best").filter(|path| path.is_file());
        let own = named.as_ref().and_then(|path| images_of(path.file_name()?, CHECKPOINT));
        let is_known = |own: u64| past.evaluations.iter().any(|evaluation| evaluation.images == own);
        if own.is_some_and(|own| own <= images && !is_known(own)) {
            return Ok(());
        }
        match past.best_images().map(|best| (best, self.checkpoint_path(best))) {
            Some((best, path)) if path.is_file() => {
                if named == Some(path) {
                    Ok(())
                } else {
                    self.name_checkpoint("best", best)
                }
            }
            _ if own.is_some_and(|own| own <= images) => Ok(()),
            _ => {
                let path = self.path.join("checkpoints/best");
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        Err(RunError::io(&path, "remove", e))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    /// Removes a checkpoint that is on disk, unless it is the latest.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(super) fn remove_checkpoint(&self, images: u64) -> Result<(), RunError> {
        let path = self.checkpoint_path(images);
        if self.checkpoint_named("latest").as_ref() == Some(&path) || !is_own_file(&path) {
            return Ok(());
        }
        remove_with_past(&path)
    }

    fn name_checkpoint(&self, name: &str, images: u64) -> Result<(), RunError> {
        let path = self.checkpoint_path(images);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        self.write_text(&format!("checkpoints/{name}"), &format!("{file}\n"))
    }

    /// The checkpoint's file that a name stands for. What is written there may be anybody's: only a checkpoint's name counts.
    fn checkpoint_named(&self, name: &str) -> Option<PathBuf> {
        let dir = self.path.join("checkpoints");
        let text = String::from_utf8(data::read_regular(&dir.join(name), MAX_NAME_BYTES).ok()?).ok()?;
        let file = text.trim();
        images_of(OsStr::new(file), CHECKPOINT).map(|_| dir.join(file))
    }

    fn prune(&self, keep: usize) -> Result<(), RunError> {
        if keep == 0 {
            return Ok(());
        }
        let all = self.checkpoints()?;
        let named = ["latest", "best"].map(|name| self.checkpoint_named(name));
        let old = all[..all.len().saturating_sub(keep)].iter();
        for old in old.filter(|old| !named.iter().flatten().any(|path| path == *old) && is_own_file(old)) {
            remove_with_past(old)?;
        }
        Ok(())
    }

    /// Removes checkpoints and grids beyond `images` images: they belong to a course that the run has left. Files of other
    /// names, links, and pictures that the program did not draw stay.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn forget_beyond(&self, images: u64) -> Result<(), RunError> {
        for (folder, ending) in [("checkpoints", CHECKPOINT), ("checkpoints", PAST), ("samples", GRID)] {
            let beyond = files(&self.path.join(folder), ending)?.into_iter().filter(|(own, _)| *own > images);
            let ours = |path: &Path| is_own_file(path) && (ending != GRID || data::is_marked_picture(path));
            for (_, path) in beyond.filter(|(_, path)| ours(path)) {
                fs::remove_file(&path).map_err(|e| RunError::io(&path, "remove", e))?;
            }
        }
        Ok(())
    }

    /// All checkpoints, oldest first.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>, RunError> {
        let all = files(&self.path.join("checkpoints"), CHECKPOINT)?;
        Ok(all.into_iter().map(|(_, path)| path).collect())
    }

    /// Reads a checkpoint to sample its generator: the state of its training may be of any version.
    ///
    /// # Errors
    /// [`RunError`] that names the reason, and the newest earlier checkpoint that could be used in its place.
    pub fn read_model(&self, choice: &CheckpointChoice) -> Result<ModelFile, RunError> {
        self.read_whole(choice, Ok)
    }

    /// Reads a checkpoint to go on from.
    ///
    /// # Errors
    /// As [`read_model`](Self::read_model).
    pub fn read_checkpoint(&self, choice: &CheckpointChoice) -> Result<Checkpoint, RunError> {
        self.read_whole(choice, Checkpoint::from_file)
    }

    fn read_whole<T>(
        &self,
        choice: &CheckpointChoice,
        of: impl Fn(ModelFile) -> Result<T, GanError>,
    ) -> Result<T, RunError> {
        let all = self.checkpoints()?;
        let path = match choice {
            CheckpointChoice::Latest => self.latest(&all)?,
            CheckpointChoice::Best => self.best()?,
            CheckpointChoice::Named(name) => self.named(name, &all)?,
        };
        let read = |path: &Path| of(read_named(path)?);
        read(&path).map_err(|error| match error {
            GanError::Checkpoint { path, message } | GanError::Model(ModelError::File { path, message }) => {
                let earlier = all.iter().rev().find(|p| **p != path && read(p).is_ok());
                let message = match earlier {
                    Some(_) => message,
                    None => format!("{message}; no other checkpoint of this run is whole"),
                };
                RunError::Damaged { path, message, earlier: earlier.cloned() }
            }
            other => other.into(),
        })
    }

    fn latest(&self, all: &[PathBuf]) -> Result<PathBuf, RunError> {
        let named = self.checkpoint_named("latest");
        // A crash between a checkpoint and its naming leaves a newer file than `latest` says: both are whole.
        named.filter(|path| path.is_file()).or_else(|| all.last().cloned()).ok_or_else(|| {
            RunError::run(
                &self.path,
                "has no checkpoint yet: the run ended before its first one; train it anew",
            )
        })
    }

    /// The best checkpoint by the run's metric, if its evaluations kept one.
    pub fn best_checkpoint(&self) -> Option<PathBuf> {
        self.checkpoint_named("best").filter(|path| path.is_file())
    }

    fn best(&self) -> Result<PathBuf, RunError> {
        self.best_checkpoint().ok_or_else(|| {
            RunError::run(
                &self.path,
                "has no best checkpoint: none of its evaluations kept one (eval.every_images, eval.best)",
            )
        })
    }

    fn named(&self, name: &str, all: &[PathBuf]) -> Result<PathBuf, RunError> {
        let images = name.trim_end_matches(".safetensors").parse::<u64>().ok();
        let wanted = images.map(|n| self.checkpoint_path(n));
        wanted.filter(|path| path.is_file()).ok_or_else(|| {
            let have: Vec<String> =
                all.iter().filter_map(|p| p.file_stem().map(|s| s.to_string_lossy().into_owned())).collect();
            RunError::run(&self.path, format!("has no checkpoint `{name}`; it has: {}", have.join(", ")))
        })
    }
}

/// Reads a checkpoint whose name says how many images it has seen: what a run has shown is taken from the name as well, and what
/// lies beyond it is removed.
fn read_named(path: &Path) -> Result<ModelFile, ModelError> {
    let file = ModelFile::read(path)?;
    let named = path.file_name().and_then(|name| images_of(name, CHECKPOINT));
    let held = file.header().provenance.images;
    match named {
        // A count that no run comes to is refused as such.
        Some(named) if named != held && held <= MAX_COUNT => {
            Err(file
                .refuse(format!("its name says {named} images, and it holds {held}: it is another one's")))
        }
        _ => Ok(file),
    }
}

/// Removes a checkpoint and the file beside it: the checkpoint first, which never stands alone.
fn remove_with_past(checkpoint: &Path) -> Result<(), RunError> {
    fs::remove_file(checkpoint).map_err(|e| RunError::io(checkpoint, "remove", e))?;
    let past = Past::path_of(checkpoint);
    match fs::remove_file(&past) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(RunError::io(&past, "remove", e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
