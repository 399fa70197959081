//! The event log: one JSON object a line, appended as things happen.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;
use crate::config::Action;
use crate::error::GanError;
use crate::health::AlarmKind;
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
    /// Something goes wrong.
    Alarm {
        /// Real images shown.
        images: u64,
        /// Seconds of training over all processes.
        seconds: f64,
        /// What.
        kind: AlarmKind,
        /// What is done about it.
        action: Action,
        /// One sentence.
        message: String,
        /// What raised it.
        figures: BTreeMap<String, f64>,
    },
    /// What went wrong, and was warned of, no longer does.
    AlarmOver {
        /// Real images shown.
        images: u64,
        /// Seconds of training over all processes.
        seconds: f64,
        /// What.
        kind: AlarmKind,
    },
    /// The run went back to an earlier checkpoint. What the log says between the two is what led there.
    RollBack {
        /// Real images shown when it did.
        images: u64,
        /// Those of the checkpoint.
        to_images: u64,
        /// What both learning rates are multiplied by from here on, for all roll-backs together.
        lr_factor: f64,
        /// How often that has happened.
        count: u32,
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
            Event::Start { images, .. }
            | Event::Checkpoint { images, .. }
            | Event::Alarm { images, .. }
            | Event::AlarmOver { images, .. }
            | Event::RollBack { images, .. }
            | Event::Stop { images, .. } => *images,
            Event::Tick(tick) => tick.images,
            Event::Eval(evaluation) => evaluation.images,
        }
    }

    /// Seconds of training over all processes when it happened, where it tells.
    pub fn seconds(&self) -> Option<f64> {
        match self {
            Event::Tick(tick) => Some(tick.seconds),
            Event::Eval(evaluation) => Some(evaluation.seconds),
            Event::Alarm { seconds, .. } | Event::AlarmOver { seconds, .. } | Event::Stop { seconds, .. } => {
                Some(*seconds)
            }
            _ => None,
        }
    }
}

/// Whether each of a log's events, in their order, belongs to what led to the checkpoint at `images` images: those up to as many
/// images, and all before a roll-back to at most as many, wherever it came from.
fn led_to(events: &[Event], images: u64) -> Vec<bool> {
    let back =
        events.iter().rposition(|e| matches!(e, Event::RollBack { to_images, .. } if *to_images <= images));
    let before = back.map_or(0, |at| at + 1);
    events.iter().enumerate().map(|(at, event)| at < before || event.images() <= images).collect()
}

/// Seconds of training that the events which led to the checkpoint at `images` images tell of.
pub fn seconds_before(events: &[Event], images: u64) -> f64 {
    let led = events.iter().zip(led_to(events, images)).filter(|(_, led)| *led);
    led.filter_map(|(event, _)| event.seconds()).fold(0.0, f64::max)
}

/// The evaluations on the course to the checkpoint at `images` images, in their order: of those before a roll-back, the ones up
/// to where it went.
pub fn evaluations_before(events: &[Event], images: u64) -> Vec<Evaluation> {
    let mut end = images;
    let mut found = Vec::new();
    for event in events.iter().rev() {
        match event {
            Event::RollBack { to_images, .. } => end = end.min(*to_images),
            Event::Eval(evaluation) if evaluation.images <= end => found.push(evaluation.clone()),
            _ => {}
        }
    }
    found.reverse();
    found
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
    /// Opens the log for appending, after dropping what did not lead to the checkpoint at `images` images (`led_to`): steps
    /// that a lost process took after its last checkpoint, and that will be taken again.
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
        let (lines, events): (Vec<&str>, Vec<Event>) = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Event>(line).ok().map(|event| (line, event)))
            .unzip();
        let seconds_before = seconds_before(&events, images);
        let led = led_to(&events, images);
        let kept: Vec<&str> = lines.iter().zip(led).filter_map(|(line, led)| led.then_some(*line)).collect();
        if kept.len() != text.lines().count() {
            let lines: String = kept.iter().map(|line| format!("{line}\n")).collect();
            data::write_atomic(path, |out| {
                out.write_all(lines.as_bytes()).map_err(|e| data::DataError::io(path, "write", e))
            })?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|e| GanError::io(path, "open", e))?;
        let evaluations = evaluations_before(&events, images);
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

    #[test]
    fn what_led_to_a_roll_back_stays() {
        let back = Event::RollBack { images: 40, to_images: 20, lr_factor: 0.5, count: 1 };
        let events = [stop(10, 1.0), stop(20, 2.0), stop(40, 4.0), back, stop(30, 5.0), stop(50, 6.0)];
        // At 30 after the roll-back: the way over 40 is part of it.
        assert_eq!(led_to(&events, 30), [true, true, true, true, true, false]);
        assert_eq!(seconds_before(&events, 30), 5.0);
        // At 10 nobody had rolled back.
        assert_eq!(led_to(&events, 10), [true, false, false, false, false, false]);
        assert_eq!(seconds_before(&events, 10), 1.0);
    }
}
