//! The run folder: making one, finding one, its lock and its checkpoints.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::event_log::{EventLog, read_all};
use super::events::Event;
use super::past::Past;
use super::session::StopReason;
use crate::checkpoint::Checkpoint;
use crate::error::GanError;
use crate::progress::Progress;

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
    /// Held open: the system gives the lock back when the process ends, however it ends.
    _lock: Option<File>,
}

fn run_error(path: &Path, message: impl Into<String>) -> GanError {
    GanError::Run { path: path.to_path_buf(), message: message.into() }
}

impl RunFolder {
    /// Makes the next numbered folder under `parent`, `NNNN-name`, with its config and environment, and locks it.
    ///
    /// # Errors
    /// [`GanError::Io`] if the folder is not writable, before any work is done.
    pub fn create(
        parent: &Path,
        name: &str,
        config: &str,
        environment: &serde_json::Value,
    ) -> Result<RunFolder, GanError> {
        fs::create_dir_all(parent).map_err(|e| GanError::io(parent, "create", e))?;
        let mut number = next_number(parent)?;
        // Another process may take the same number between the look and the making.
        let path = loop {
            let path = parent.join(format!("{number:04}-{}", file_name(name)));
            match fs::create_dir(&path) {
                Ok(()) => break path,
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(GanError::io(&path, "create", e)),
            }
        };
        for sub in ["samples", "checkpoints"] {
            let sub = path.join(sub);
            fs::create_dir(&sub).map_err(|e| GanError::io(&sub, "create", e))?;
        }
        let folder = RunFolder { _lock: Some(lock(&path)?), path };
        folder.write_config(config)?;
        folder.write_text("environment.json", &format!("{environment:#}\n"))?;
        Ok(folder)
    }

    /// Opens a run to read from it.
    ///
    /// # Errors
    /// [`GanError::Run`] if it is no run.
    pub fn open(path: &Path) -> Result<RunFolder, GanError> {
        if !path.is_dir() {
            return Err(run_error(
                path,
                "no such folder; a run is a folder under `runs`, such as runs/0000-dense",
            ));
        }
        if !path.join("checkpoints").is_dir() || !path.join("config.toml").is_file() {
            return Err(run_error(path, "not a run: it has no checkpoints/ and config.toml"));
        }
        Ok(RunFolder { path: path.to_path_buf(), _lock: None })
    }

    /// Opens a run to train on in it.
    ///
    /// # Errors
    /// [`GanError::Run`] if it is no run, or if another process trains in it.
    pub fn open_locked(path: &Path) -> Result<RunFolder, GanError> {
        let folder = RunFolder::open(path)?;
        Ok(RunFolder { _lock: Some(lock(path)?), ..folder })
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
    /// [`GanError::Io`].
    pub fn events(&self) -> Result<Vec<Event>, GanError> {
        read_all(&self.events_path(), u32::MAX)
    }

    /// What the run did up to the checkpoint at `progress`.
    ///
    /// # Errors
    /// [`GanError::Io`] if the log cannot be read.
    pub fn past(&self, progress: &Progress) -> Result<Past, GanError> {
        let events = read_all(&self.events_path(), progress.health.roll_backs)?;
        Ok(Past::up_to(&self.checkpoint_path(progress.images), &events, progress.images))
    }

    /// Whether the run came to an end of its own, no interrupt, at `progress`: then its log has a stop event there. And whether what
    /// an end leaves to look at was made.
    ///
    /// # Errors
    /// [`GanError::Io`] if the log cannot be read.
    pub fn has_ended(&self, progress: &Progress) -> Result<(bool, bool), GanError> {
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
    /// [`GanError::Io`].
    pub fn log(&self, event: &Event) -> Result<(), GanError> {
        EventLog::append_to(&self.events_path())?.append(event)
    }

    /// Where a tick's grid goes.
    pub fn sample_path(&self, images: u64) -> PathBuf {
        self.path.join("samples").join(format!("{images:010}.png"))
    }

    /// Where a checkpoint goes.
    pub fn checkpoint_path(&self, images: u64) -> PathBuf {
        self.path.join("checkpoints").join(format!("{images:010}.safetensors"))
    }

    /// Replaces the run's config: what it is from now on.
    ///
    /// # Errors
    /// [`GanError::Io`] or [`GanError::Data`].
    pub fn write_config(&self, config: &str) -> Result<(), GanError> {
        self.write_text("config.toml", config)
    }

    fn write_text(&self, name: &str, text: &str) -> Result<(), GanError> {
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
    /// [`GanError::Io`] or [`GanError::Data`].
    pub fn publish_checkpoint(&self, images: u64, keep: usize) -> Result<(), GanError> {
        self.name_checkpoint("latest", images)?;
        self.prune(keep)
    }

    /// Names a checkpoint that is on disk as the best, and removes the one before it if it is not among the newest `keep`
    /// (0: none are removed).
    ///
    /// # Errors
    /// [`GanError::Io`] or [`GanError::Data`].
    pub fn publish_best(&self, images: u64, keep: usize) -> Result<(), GanError> {
        self.name_checkpoint("best", images)?;
        self.prune(keep)
    }

    /// Sets what `best` names right after a crash or a step back, at the checkpoint at `images` images: `best` if the run's past
    /// knows it. A name of which the past knows nothing stays, unless it is of a course that the run has left.
    ///
    /// # Errors
    /// [`GanError::Io`] or [`GanError::Data`].
    pub(super) fn settle_best(&self, best: Option<u64>, images: u64) -> Result<(), GanError> {
        let named = self.checkpoint_named("best").filter(|path| path.is_file());
        match best.map(|images| (images, self.checkpoint_path(images))) {
            Some((best, path)) if path.is_file() => {
                if named == Some(path) {
                    Ok(())
                } else {
                    self.name_checkpoint("best", best)
                }
            }
            _ if named.and_then(|path| images_of(&path)).is_some_and(|own| own <= images) => Ok(()),
            _ => {
                let path = self.path.join("checkpoints/best");
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        Err(GanError::io(&path, "remove", e))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    /// Removes a checkpoint that is on disk, unless it is the latest.
    ///
    /// # Errors
    /// [`GanError::Io`].
    pub(super) fn remove_checkpoint(&self, images: u64) -> Result<(), GanError> {
        let path = self.checkpoint_path(images);
        if self.checkpoint_named("latest").as_ref() == Some(&path) || !path.exists() {
            return Ok(());
        }
        remove_with_past(&path)
    }

    fn name_checkpoint(&self, name: &str, images: u64) -> Result<(), GanError> {
        let path = self.checkpoint_path(images);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        self.write_text(&format!("checkpoints/{name}"), &format!("{file}\n"))
    }

    /// The checkpoint's file that a name stands for.
    fn checkpoint_named(&self, name: &str) -> Option<PathBuf> {
        let dir = self.path.join("checkpoints");
        let file = fs::read_to_string(dir.join(name)).ok()?;
        Some(dir.join(file.trim()))
    }

    fn prune(&self, keep: usize) -> Result<(), GanError> {
        if keep == 0 {
            return Ok(());
        }
        let all = self.checkpoints()?;
        let named = ["latest", "best"].map(|name| self.checkpoint_named(name));
        let old = all[..all.len().saturating_sub(keep)].iter();
        for old in old.filter(|old| !named.iter().flatten().any(|path| path == *old)) {
            remove_with_past(old)?;
        }
        Ok(())
    }

    /// Removes checkpoints and grids beyond `images` images: they belong to a course that the run has left.
    ///
    /// # Errors
    /// [`GanError::Io`].
    pub fn forget_beyond(&self, images: u64) -> Result<(), GanError> {
        for folder in ["checkpoints", "samples"] {
            let dir = self.path.join(folder);
            let entries = fs::read_dir(&dir).map_err(|e| GanError::io(&dir, "read", e))?;
            for path in entries.filter_map(|entry| entry.ok().map(|e| e.path())) {
                if images_of(&path).is_some_and(|own| own > images) {
                    fs::remove_file(&path).map_err(|e| GanError::io(&path, "remove", e))?;
                }
            }
        }
        Ok(())
    }

    /// All checkpoints, oldest first.
    ///
    /// # Errors
    /// [`GanError::Io`].
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>, GanError> {
        let dir = self.path.join("checkpoints");
        let entries = fs::read_dir(&dir).map_err(|e| GanError::io(&dir, "read", e))?;
        let mut all: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "safetensors"))
            .collect();
        all.sort();
        Ok(all)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`GanError`] that names the reason, and the newest earlier checkpoint that could be used in its place.
    pub fn read_checkpoint(&self, choice: &CheckpointChoice) -> Result<Checkpoint, GanError> {
        let all = self.checkpoints()?;
        let path = match choice {
            CheckpointChoice::Latest => self.latest(&all)?,
            CheckpointChoice::Best => self.best()?,
            CheckpointChoice::Named(name) => self.named(name, &all)?,
        };
        Checkpoint::read(&path).map_err(|error| match error {
            GanError::Checkpoint { path, message } => {
                let earlier = all.iter().rev().find(|p| **p != path && Checkpoint::read(p).is_ok());
                let hint = match earlier.and_then(|p| p.file_stem()) {
                    Some(stem) => format!(
                        "\n  hint: the checkpoint before it is whole: add --checkpoint {}",
                        stem.to_string_lossy()
                    ),
                    None => "\n  hint: no other checkpoint of this run is whole".to_string(),
                };
                GanError::Checkpoint { path, message: message + &hint }
            }
            other => other,
        })
    }

    fn latest(&self, all: &[PathBuf]) -> Result<PathBuf, GanError> {
        let named = self.checkpoint_named("latest");
        // A crash between a checkpoint and its naming leaves a newer file than `latest` says: both are whole.
        named.filter(|path| path.is_file()).or_else(|| all.last().cloned()).ok_or_else(|| {
            run_error(&self.path, "has no checkpoint yet: the run ended before its first one; train it anew")
        })
    }

    /// The best checkpoint by the run's metric, if its evaluations kept one.
    pub fn best_checkpoint(&self) -> Option<PathBuf> {
        self.checkpoint_named("best").filter(|path| path.is_file())
    }

    fn best(&self) -> Result<PathBuf, GanError> {
        self.best_checkpoint().ok_or_else(|| {
            run_error(
                &self.path,
                "has no best checkpoint: none of its evaluations kept one (eval.every_images, eval.best)",
            )
        })
    }

    fn named(&self, name: &str, all: &[PathBuf]) -> Result<PathBuf, GanError> {
        let images = name.trim_end_matches(".safetensors").parse::<u64>().ok();
        let wanted = images.map(|n| self.checkpoint_path(n));
        wanted.filter(|path| path.is_file()).ok_or_else(|| {
            let have: Vec<String> =
                all.iter().filter_map(|p| p.file_stem().map(|s| s.to_string_lossy().into_owned())).collect();
            run_error(&self.path, format!("has no checkpoint `{name}`; it has: {}", have.join(", ")))
        })
    }
}

/// Removes a checkpoint and the file beside it: the checkpoint first, which never stands alone.
fn remove_with_past(checkpoint: &Path) -> Result<(), GanError> {
    fs::remove_file(checkpoint).map_err(|e| GanError::io(checkpoint, "remove", e))?;
    let past = Past::path_of(checkpoint);
    match fs::remove_file(&past) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(GanError::io(&past, "remove", e)),
        _ => Ok(()),
    }
}

/// The run meant by a path: the path itself, or the newest run under it.
///
/// # Errors
/// [`GanError::Run`] if there is none.
pub fn find_run(path: &Path) -> Result<PathBuf, GanError> {
    find_runs(path)?.pop().ok_or_else(|| run_error(path, "not a run, and there is none under it"))
}

/// The runs meant by a path: the path itself, or all runs under it, the oldest first; at least one.
///
/// # Errors
/// [`GanError::Run`] if there is none.
pub fn find_runs(path: &Path) -> Result<Vec<PathBuf>, GanError> {
    if path.join("config.toml").is_file() || !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut runs: Vec<PathBuf> = fs::read_dir(path)
        .map_err(|e| GanError::io(path, "read", e))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.join("config.toml").is_file())
        .collect();
    runs.sort();
    match runs.is_empty() {
        true => Err(run_error(path, "not a run, and there is none under it")),
        false => Ok(runs),
    }
}

/// The images shown that a checkpoint or a grid is named by.
pub(crate) fn images_of(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.parse().ok()
}

fn next_number(parent: &Path) -> Result<u32, GanError> {
    let entries = fs::read_dir(parent).map_err(|e| GanError::io(parent, "read", e))?;
    let numbers = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.split('-').next()?.parse::<u32>().ok()
    });
    Ok(numbers.max().map_or(0, |n| n.saturating_add(1)))
}

/// A name as part of a file name: letters, digits, dot, dash and underscore; anything else becomes a dash.
fn file_name(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
    name.chars().take(60).map(keep).collect()
}

fn lock(path: &Path) -> Result<File, GanError> {
    let lock_path = path.join("lock");
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(|e| GanError::io(&lock_path, "open", e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            let owner = owner.trim();
            let who =
                if owner.is_empty() { "another process".to_string() } else { format!("process {owner}") };
            return Err(run_error(
                path,
                format!("{who} is training in this folder; stop it, or wait for it"),
            ));
        }
        Err(TryLockError::Error(e)) => return Err(GanError::io(&lock_path, "lock", e)),
    }
    let written =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|e| GanError::io(&lock_path, "write", e))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(parent: &Path) -> RunFolder {
        RunFolder::create(parent, "a b/c", "name = \"x\"\n", &serde_json::json!({"threads": 2})).unwrap()
    }

    #[test]
    fn folders_are_numbered_and_found() {
        let dir = tempfile::tempdir().unwrap();
        assert!(find_run(dir.path()).is_err());
        let (a, b) = (create(dir.path()), create(dir.path()));
        assert!(a.path().ends_with("0000-a-b-c") && b.path().ends_with("0001-a-b-c"));
        assert_eq!(find_run(dir.path()).unwrap(), b.path());
        assert_eq!(find_run(a.path()).unwrap(), a.path());
    }

    #[test]
    fn a_locked_folder_names_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let run = create(dir.path());
        let error = RunFolder::open_locked(run.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        let path = run.path().to_path_buf();
        drop(run);
        assert!(RunFolder::open_locked(&path).is_ok());
    }

    #[test]
    fn pruning_keeps_the_newest_and_the_best() {
        let dir = tempfile::tempdir().unwrap();
        let run = create(dir.path());
        let publish = |images, best| {
            fs::write(run.checkpoint_path(images), b"").unwrap();
            run.publish_checkpoint(images, 2).unwrap();
            if best {
                run.publish_best(images, 2).unwrap();
            }
            let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
            run.checkpoints().unwrap().into_iter().map(name).collect::<Vec<_>>()
        };
        assert!(run.best().unwrap_err().to_string().contains("no best checkpoint"));
        publish(10, false);
        publish(20, true);
        publish(30, false);
        assert_eq!(publish(40, false), [20, 30, 40]);
        assert_eq!(publish(50, true), [40, 50]);
        assert_eq!(run.best().unwrap(), run.checkpoint_path(50));
        run.settle_best(Some(40), 50).unwrap();
        assert_eq!(run.best().unwrap(), run.checkpoint_path(40));
        // The past knows of none, or of one that is gone: that is no reason to lose the one there is.
        run.settle_best(None, 50).unwrap();
        run.settle_best(Some(30), 50).unwrap();
        assert_eq!(run.best().unwrap(), run.checkpoint_path(40));
        // Of a course that the run has left.
        run.settle_best(None, 30).unwrap();
        assert!(run.best().is_err());
        run.settle_best(None, 30).unwrap();
        run.remove_checkpoint(50).unwrap();
        run.remove_checkpoint(40).unwrap();
        assert_eq!(run.checkpoints().unwrap(), [run.checkpoint_path(50)]);
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            RunFolder::open(&dir.path().join("none")).unwrap_err().to_string().contains("no such folder")
        );
        assert!(RunFolder::open(dir.path()).unwrap_err().to_string().contains("not a run"));
        let run = create(dir.path());
        let error = run.read_checkpoint(&CheckpointChoice::Latest).unwrap_err().to_string();
        assert!(error.contains("no checkpoint yet"), "{error}");
        fs::write(run.checkpoint_path(5), b"rubbish").unwrap();
        let error = run.read_checkpoint(&CheckpointChoice::Latest).unwrap_err().to_string();
        assert!(
            error.contains("truncated or no checkpoint") && error.contains("no other checkpoint"),
            "{error}"
        );
        let error = run.read_checkpoint(&CheckpointChoice::Named("7".into())).unwrap_err().to_string();
        assert!(error.contains("has no checkpoint `7`; it has: 0000000005"), "{error}");
    }
}
