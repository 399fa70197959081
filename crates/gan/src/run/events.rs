//! The event log: one JSON object a line, appended as things happen.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;
use crate::error::GanError;
use crate::step::StepReport;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A process began to train here.
    Start {
        /// Real images shown before.
        images: u64,
        /// Threads it uses.
        threads: usize,
        /// The program's version.
        version: String,
    },
    /// The means since the last tick.
    Tick(Tick),
    /// The generator was judged.
    Eval(Evaluation),
    /// A checkpoint is on disk.
    Checkpoint {
        /// Real images shown.
        images: u64,
        /// File name under `checkpoints/`.
        file: String,
    },
    /// A process ended training here.
    Stop {
        /// Real images shown.
        images: u64,
        /// Seconds of training over all processes.
        seconds: f64,
        /// Why.
        reason: String,
        /// Most memory that the process had resident, where the system tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peak_memory_bytes: Option<u64>,
    },
}

/// Means over one tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// Real images shown since the run's start.
    pub images: u64,
    /// The same in epochs.
    pub epoch: f64,
    /// Steps since the run's start.
    pub steps: u64,
    /// Seconds of training over all processes.
    pub seconds: f64,
    /// Real images shown a second, in this tick.
    pub images_per_s: f64,
    /// Milliseconds a step, in this tick.
    pub step_ms: f64,
    /// Factor on the learning rates at its end.
    pub lr_factor: f64,
    /// The steps' figures, under their own names.
    #[serde(flatten)]
    pub mean: StepReport,
}

impl Event {
    /// Real images shown when it happened.
    pub fn images(&self) -> u64 {
        match self {
            Event::Start { images, .. } | Event::Checkpoint { images, .. } | Event::Stop { images, .. } => {
                *images
            }
            Event::Tick(tick) => tick.images,
            Event::Eval(evaluation) => evaluation.images,
        }
    }

    /// Seconds of training over all processes when it happened, where it tells.
    pub fn seconds(&self) -> Option<f64> {
        match self {
            Event::Tick(tick) => Some(tick.seconds),
            Event::Eval(evaluation) => Some(evaluation.seconds),
            Event::Stop { seconds, .. } => Some(*seconds),
            _ => None,
        }
    }
}

/// An open `events.jsonl`.
#[derive(Debug)]
pub struct EventLog {
    path: PathBuf,
    file: File,
    /// Seconds of training that the kept events tell of.
    seconds_before: f64,
    /// The kept evaluations, in their order.
    evaluations: Vec<Evaluation>,
}

impl EventLog {
    /// Opens the log for appending, after dropping what was logged beyond `images`: steps that a lost process took
    /// after its last checkpoint, and that will be taken again.
    ///
    /// # Errors
    /// [`GanError::Io`].
    pub fn open(path: &Path, images: u64) -> Result<EventLog, GanError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(GanError::io(path, "read", e)),
        };
        // A line cut by a crash does not parse, and goes as well.
        let kept: Vec<(&str, Event)> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Event>(line).ok().map(|event| (line, event)))
            .filter(|(_, event)| event.images() <= images)
            .collect();
        let seconds_before = kept.iter().filter_map(|(_, e)| e.seconds()).fold(0.0, f64::max);
        if kept.len() != text.lines().count() {
            let lines: String = kept.iter().map(|(line, _)| format!("{line}\n")).collect();
            data::write_atomic(path, |out| {
                out.write_all(lines.as_bytes()).map_err(|e| data::DataError::io(path, "write", e))
            })?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|e| GanError::io(path, "open", e))?;
        let evaluations = kept.into_iter().filter_map(|(_, event)| match event {
            Event::Eval(evaluation) => Some(evaluation),
            _ => None,
        });
        let evaluations = evaluations.collect();
        Ok(EventLog { path: path.to_path_buf(), file, seconds_before, evaluations })
    }

    /// Seconds of training before this process.
    pub fn seconds_before(&self) -> f64 {
        self.seconds_before
    }

    /// The evaluations that the log held when it was opened.
    pub fn evaluations(&self) -> &[Evaluation] {
        &self.evaluations
    }

    /// Appends one line.
    ///
    /// # Errors
    /// [`GanError::Io`].
    pub fn append(&mut self, event: &Event) -> Result<(), GanError> {
        let mut line = serde_json::to_string(event)
            .map_err(|e| GanError::io(&self.path, "describe an event in", std::io::Error::other(e)))?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(|e| GanError::io(&self.path, "write", e))
    }
}

/// All events of a log that parse.
///
/// # Errors
/// [`GanError::Io`] if it cannot be read.
pub(crate) fn read_all(path: &Path) -> Result<Vec<Event>, GanError> {
    let text = fs::read_to_string(path).map_err(|e| GanError::io(path, "read", e))?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(images: u64, seconds: f64) -> Event {
        Event::Stop { images, seconds, reason: "time".into(), peak_memory_bytes: None }
    }

    #[test]
    fn opening_drops_what_lies_beyond_the_checkpoint_and_torn_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let mut log = EventLog::open(&path, 0).unwrap();
        for images in [10, 20, 30] {
            log.append(&stop(images, images as f64)).unwrap();
        }
        drop(log);
        let torn = fs::read_to_string(&path).unwrap() + "{\"event\":\"stop\",\"ima";
        fs::write(&path, torn).unwrap();
        let mut log = EventLog::open(&path, 20).unwrap();
        assert_eq!(log.seconds_before(), 20.0);
        log.append(&stop(25, 25.0)).unwrap();
        assert_eq!(read_all(&path).unwrap(), [stop(10, 10.0), stop(20, 20.0), stop(25, 25.0)]);
    }
}
