//! The run folder: making one, finding one, its lock and its checkpoints.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::create::Made;
use super::event_log::{EventLog, read_all};
use super::events::Event;
use super::lock::{Lock, lock};
use super::names::{CHECKPOINT, GRID, PAST, files, images_of, is_own_file, name_at, number_of, run_order};
use super::past::Past;
use super::picture::is_own_picture;
use super::session::StopReason;
use crate::checkpoint::Checkpoint;
use crate::error::GanError;
use crate::progress::Progress;

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
        Ok(RunFolder { path: path.to_path_buf(), lock: None, made: None })
    }

    /// Opens a run to train on in it.
    ///
    /// # Errors
    /// [`GanError::Run`] if it is no run, or if another process trains in it; [`GanError::Data`] if a folder or file in it
    /// that training writes is a link.
    pub fn open_locked(path: &Path) -> Result<RunFolder, GanError> {
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
        self.path.join("samples").join(name_at(images, GRID))
    }

    /// Where a checkpoint goes.
    pub fn checkpoint_path(&self, images: u64) -> PathBuf {
        self.path.join("checkpoints").join(name_at(images, CHECKPOINT))
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
            _ if named
                .and_then(|path| images_of(path.file_name()?, CHECKPOINT))
                .is_some_and(|own| own <= images) =>
            {
                Ok(())
            }
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
        if self.checkpoint_named("latest").as_ref() == Some(&path) || !is_own_file(&path) {
            return Ok(());
        }
        remove_with_past(&path)
    }

    fn name_checkpoint(&self, name: &str, images: u64) -> Result<(), GanError> {
        let path = self.checkpoint_path(images);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        self.write_text(&format!("checkpoints/{name}"), &format!("{file}\n"))
    }

    /// The checkpoint's file that a name stands for. What is written there may be anybody's: only a checkpoint's name counts.
    fn checkpoint_named(&self, name: &str) -> Option<PathBuf> {
        let dir = self.path.join("checkpoints");
        let path = dir.join(name);
        let mut text = String::new();
        File::open(&path)
            .ok()
            .filter(|_| path.is_file())?
            .take(MAX_NAME_BYTES)
            .read_to_string(&mut text)
            .ok()?;
        let file = text.trim();
        images_of(OsStr::new(file), CHECKPOINT).map(|_| dir.join(file))
    }

    fn prune(&self, keep: usize) -> Result<(), GanError> {
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
    /// [`GanError::Io`].
    pub fn forget_beyond(&self, images: u64) -> Result<(), GanError> {
        for (folder, ending) in [("checkpoints", CHECKPOINT), ("checkpoints", PAST), ("samples", GRID)] {
            let beyond = files(&self.path.join(folder), ending)?.into_iter().filter(|(own, _)| *own > images);
            let ours = |path: &Path| is_own_file(path) && (ending != GRID || is_own_picture(path));
            for (_, path) in beyond.filter(|(_, path)| ours(path)) {
                fs::remove_file(&path).map_err(|e| GanError::io(&path, "remove", e))?;
            }
        }
        Ok(())
    }

    /// All checkpoints, oldest first.
    ///
    /// # Errors
    /// [`GanError::Io`].
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>, GanError> {
        let all = files(&self.path.join("checkpoints"), CHECKPOINT)?;
        Ok(all.into_iter().map(|(_, path)| path).collect())
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
    runs.sort_by(|a, b| run_order(a, b));
    match runs.is_empty() {
        true => Err(run_error(path, "not a run, and there is none under it")),
        false => Ok(runs),
    }
}

/// The number of a new run: after all that are there.
fn next_number(parent: &Path) -> Result<u64, GanError> {
    let entries = fs::read_dir(parent).map_err(|e| GanError::io(parent, "read", e))?;
    let numbers = entries.flatten().filter_map(|entry| number_of(entry.file_name().to_str()?));
    numbers.max().map_or(Ok(0), |number| after(parent, number))
}

fn after(parent: &Path, number: u64) -> Result<u64, GanError> {
    let none_left = || run_error(parent, format!("no number is left for a new run after {number}"));
    number.checked_add(1).ok_or_else(none_left)
}

/// A name as part of a file name: letters, digits, dot, dash and underscore; anything else becomes a dash.
fn file_name(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
    name.chars().take(60).map(keep).collect()
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
    fn numbers_order_runs_and_checkpoints() {
        let dir = tempfile::tempdir().unwrap();
        let first = create(dir.path());
        for name in ["9999-x", "10000-x", "notes"] {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::copy(first.path().join("config.toml"), dir.path().join(name).join("config.toml")).unwrap();
        }
        assert!(find_run(dir.path()).unwrap().ends_with("10000-x"));
        assert!(create(dir.path()).path().ends_with("10001-a-b-c"));
        fs::create_dir(dir.path().join(format!("{}-x", u64::MAX))).unwrap();
        let last = RunFolder::create(dir.path(), "n", "", &serde_json::json!({})).unwrap_err().to_string();
        assert!(last.contains("no number is left"), "{last}");
        for images in [9_999_999_999, 10_000_000_000, 64] {
            fs::write(first.checkpoint_path(images), b"").unwrap();
        }
        let all = [64, 9_999_999_999, 10_000_000_000].map(|images| first.checkpoint_path(images));
        assert_eq!(first.checkpoints().unwrap(), all);
        assert_eq!(first.latest(&all).unwrap(), all[2]);
    }

    #[test]
    fn only_what_the_program_made_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let run = create(dir.path());
        let (samples, checkpoints) = (run.path().join("samples"), run.path().join("checkpoints"));
        super::super::picture::write_png(&run.sample_path(64), &[0], 1, 1, 1).unwrap();
        super::super::picture::write_png(&run.sample_path(32), &[0], 1, 1, 1).unwrap();
        fs::write(run.checkpoint_path(64), b"").unwrap();
        let others = [
            samples.join("20240101.jpg"),
            samples.join("20240101.png"),
            // A picture of somebody else's under a grid's name.
            samples.join("0020240101.png"),
            checkpoints.join("99999.safetensors"),
            checkpoints.join("mine.safetensors"),
        ];
        others.iter().for_each(|path| fs::write(path, b"\x89PNG\r\n\x1a\n").unwrap());
        run.forget_beyond(32).unwrap();
        assert!(others.iter().all(|path| path.exists()));
        assert!(run.sample_path(32).exists() && !run.sample_path(64).exists());
        assert_eq!(run.checkpoints().unwrap(), [PathBuf::new(); 0]);
    }

    #[test]
    fn a_checkpoint_s_name_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let run = create(dir.path());
        let outside = dir.path().join("0000000099.safetensors");
        fs::write(&outside, b"").unwrap();
        fs::write(run.checkpoint_path(5), b"").unwrap();
        for text in ["../../0000000099.safetensors", outside.to_str().unwrap(), "mine.safetensors", "..", ""]
        {
            for name in ["latest", "best"] {
                fs::write(run.path().join("checkpoints").join(name), text).unwrap();
            }
            let all = run.checkpoints().unwrap();
            assert_eq!((run.latest(&all).unwrap(), run.best_checkpoint()), (run.checkpoint_path(5), None));
        }
    }

    #[test]
    fn what_could_not_begin_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("a/b");
        create(&parent).discard_unused();
        assert!(!dir.path().join("a").exists());
        let run = create(&parent);
        fs::write(run.events_path(), b"{}\n").unwrap();
        let path = run.path().to_path_buf();
        run.discard_unused();
        assert!(path.join("events.jsonl").exists());
        // Not a folder that was there before.
        RunFolder::open_locked(&path).unwrap().discard_unused();
        assert!(path.join("config.toml").exists());
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
