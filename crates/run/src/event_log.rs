//! The event log, `events.jsonl`: one JSON object a line, appended as things happen.
//!
//! A log is read leniently, because a crash may have cut it or another version may have written it: lines that cannot be read are
//! skipped, and all others count.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::course::{Mark, led_to, mark};
use crate::error::RunError;
use crate::events::Event;
use crate::past::Past;

/// One event's line.
struct Line<'a> {
    text: &'a str,
    /// None for a kind of event that this version does not know.
    event: Option<Event>,
    mark: Mark,
}

impl Line<'_> {
    /// Whether it is the line of a roll-back that a run with `roll_backs` of them did not complete: the line is written before the
    /// checkpoint, and a crash in between leaves the line without it.
    fn is_unmade(&self, roll_backs: u32) -> bool {
        matches!(&self.event, Some(Event::RollBack { count, .. }) if *count > roll_backs)
    }
}

/// The events of a log's bytes. A line may hold several: an earlier version appended to a line that a crash had cut.
fn lines(bytes: &[u8]) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        // A damaged byte loses its own line only.
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let mut values = serde_json::Deserializer::from_str(line).into_iter::<Value>();
        let mut start = 0;
        while let Some(Ok(value)) = values.next() {
            let text = line[start..values.byte_offset()].trim();
            start = values.byte_offset();
            // Any field may be missing. An object of an unknown kind keeps its place.
            let Some(images) = value.as_object().map(|fields| fields.get("images").and_then(Value::as_u64))
            else {
                continue;
            };
            let event: Option<Event> = serde_json::from_str(text).ok();
            if event.is_none() && is_known(&value) {
                continue;
            }
            let mark = event.as_ref().map_or((images.unwrap_or(0), None), mark);
            found.push(Line { text, event, mark });
        }
    }
    found
}

/// Whether an object names a kind of event that this version knows.
fn is_known(value: &Value) -> bool {
    const KINDS: [&str; 9] =
        ["start", "tick", "eval", "checkpoint", "alarm", "alarm-over", "roll-back", "products", "stop"];
    value.get("event").and_then(Value::as_str).is_none_or(|kind| KINDS.contains(&kind))
}

fn read(path: &Path) -> Result<Vec<u8>, RunError> {
    if path.exists() {
        // Not a pipe, which would wait for a writer.
        data::open_regular(path)?;
    }
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(RunError::io(path, "read", e)),
    }
}

/// All events of a log that can be read, of a run with `roll_backs` roll-backs. A missing log has none.
///
/// # Errors
/// [`RunError::Io`] if it cannot be read.
pub(super) fn read_all(path: &Path, roll_backs: u32) -> Result<Vec<Event>, RunError> {
    let bytes = read(path)?;
    let made = lines(&bytes).into_iter().filter(|line| !line.is_unmade(roll_backs));
    Ok(made.filter_map(|line| line.event).collect())
}

/// An open `events.jsonl`.
#[derive(Debug)]
pub(super) struct EventLog {
    path: PathBuf,
    file: File,
}

impl EventLog {
    /// Opens the log for appending. First removes the lines that did not lead to the checkpoint at `images` images (`led_to`) of a
    /// run with `roll_backs` roll-backs: they are of steps after the last checkpoint of a lost process, which will be taken again.
    /// Lines that cannot be read are removed as well. Evaluations of `past` that the log has lost are restored.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(super) fn open(path: &Path, images: u64, roll_backs: u32, past: &Past) -> Result<EventLog, RunError> {
        let bytes = read(path)?;
        let mut lines = lines(&bytes);
        lines.retain(|line| !line.is_unmade(roll_backs));
        let marks: Vec<Mark> = lines.iter().map(|line| line.mark).collect();
        let led = led_to(&marks, images);
        let mut kept: Vec<Line> =
            lines.into_iter().zip(led).filter_map(|(line, led)| led.then_some(line)).collect();
        let lost = lost_evaluations(&kept, past);
        let lost_text = lost.iter().map(to_line).collect::<Result<Vec<String>, RunError>>()?;
        for (event, text) in lost.into_iter().zip(&lost_text) {
            let at = kept.iter().position(|line| line.mark.0 > event.images()).unwrap_or(kept.len());
            kept.insert(at, Line { text, mark: mark(&event), event: Some(event) });
        }
        replace(path, &bytes, &kept)?;
        EventLog::opened(path)
    }

    /// Opens a log for appending to what can be read of it.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(super) fn append_to(path: &Path) -> Result<EventLog, RunError> {
        let bytes = read(path)?;
        replace(path, &bytes, &lines(&bytes))?;
        EventLog::opened(path)
    }

    fn opened(path: &Path) -> Result<EventLog, RunError> {
        Ok(EventLog { path: path.to_path_buf(), file: data::open_to_append(path)? })
    }

    /// Appends one line. When this returns, the line and all before it are on the disk, unless it is a tick's.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(super) fn append(&mut self, event: &Event) -> Result<(), RunError> {
        let line = to_line(event)? + "\n";
        self.file.write_all(line.as_bytes()).map_err(|e| RunError::io(&self.path, "write", e))?;
        // Ticks are many. The next other line, or the next checkpoint, takes them along.
        if matches!(event, Event::Tick(_)) { Ok(()) } else { self.sync() }
    }

    /// Waits until all lines are on the disk.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub(super) fn sync(&self) -> Result<(), RunError> {
        self.file.sync_data().map_err(|e| RunError::io(&self.path, "sync", e))
    }
}

/// Replaces a log of these bytes by the `kept` lines, if the text differs. The last line ends with a line break, so that the next
/// one can follow.
fn replace(path: &Path, bytes: &[u8], kept: &[Line]) -> Result<(), RunError> {
    let text: String = kept.iter().map(|line| format!("{}\n", line.text)).collect();
    if text.as_bytes() == bytes {
        return Ok(());
    }
    data::write_atomic(path, |out| {
        out.write_all(text.as_bytes()).map_err(|e| data::DataError::io(path, "write", e))
    })?;
    Ok(())
}

fn to_line(event: &Event) -> Result<String, RunError> {
    serde_json::to_string(event).map_err(|e| RunError::Request(format!("cannot describe an event: {e}")))
}

/// The evaluations of `past` that `kept` lacks.
fn lost_evaluations(kept: &[Line], past: &Past) -> Vec<Event> {
    let has = |images: u64| {
        kept.iter().any(|line| matches!(&line.event, Some(Event::Eval(own)) if own.images == images))
    };
    let lost = past.evaluations.iter().filter(|evaluation| !has(evaluation.images));
    lost.map(|evaluation| Event::Eval(evaluation.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::past::tests::evaluation;

    fn stop(images: u64, seconds: f64) -> Event {
        Event::Stop { images, seconds, reason: "time".into(), peak_memory_bytes: None }
    }

    fn log_of(path: &Path, events: &[Event]) {
        let mut log = EventLog::append_to(path).unwrap();
        events.iter().for_each(|event| log.append(event).unwrap());
    }

    #[test]
    fn opening_drops_what_lies_beyond_the_checkpoint_and_torn_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        log_of(&path, &[stop(10, 10.0), stop(20, 20.0), stop(30, 30.0)]);
        let torn = fs::read_to_string(&path).unwrap() + "{\"event\":\"stop\",\"ima";
        fs::write(&path, torn).unwrap();
        let mut log = EventLog::open(&path, 20, 0, &Past::default()).unwrap();
        log.append(&stop(25, 25.0)).unwrap();
        assert_eq!(read_all(&path, 0).unwrap(), [stop(10, 10.0), stop(20, 20.0), stop(25, 25.0)]);
    }

    #[test]
    fn a_damaged_byte_costs_its_line_and_a_missing_line_end_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        log_of(&path, &[stop(10, 1.0), stop(20, 2.0), stop(30, 3.0)]);
        let mut bytes = fs::read(&path).unwrap();
        let second = 1 + bytes.iter().position(|&byte| byte == b'\n').unwrap();
        bytes[second + 5] = 0xff;
        bytes.pop();
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read_all(&path, 0).unwrap(), [stop(10, 1.0), stop(30, 3.0)]);
        let mut log = EventLog::open(&path, 30, 0, &Past::default()).unwrap();
        log.append(&stop(40, 4.0)).unwrap();
        assert_eq!(read_all(&path, 0).unwrap(), [stop(10, 1.0), stop(30, 3.0), stop(40, 4.0)]);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn two_events_on_one_line_are_two_and_unknown_kinds_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        log_of(&path, &[stop(10, 1.0), stop(20, 2.0)]);
        let glued = fs::read_to_string(&path).unwrap().replace("}\n{", "}{");
        let newer = "{\"event\":\"later\",\"images\":15}";
        fs::write(&path, format!("{glued}{newer}\n[1]\n7\n{{\"event\":\"stop\"}}\n")).unwrap();
        assert_eq!(read_all(&path, 0).unwrap(), [stop(10, 1.0), stop(20, 2.0)]);
        EventLog::open(&path, 20, 0, &Past::default()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert_eq!(text.lines().last(), Some(newer));
    }

    #[test]
    fn every_kind_is_known_by_its_name() {
        let kinds = [
            Event::Start { images: 0, threads: 1, version: String::new() },
            Event::Eval(evaluation(1, false)),
            Event::Checkpoint { images: 1, file: String::new() },
            Event::RollBack { images: 1, to_images: 0, lr_factor: 1.0, count: 1 },
            Event::Products { images: 1, files: Vec::new() },
            stop(1, 1.0),
        ];
        for event in kinds {
            let value = serde_json::to_value(&event).unwrap();
            assert!(is_known(&value), "{value}");
        }
        assert!(!is_known(&serde_json::json!({ "event": "later" })));
    }

    #[test]
    fn a_roll_back_that_a_crash_cut_short_was_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let back = Event::RollBack { images: 40, to_images: 20, lr_factor: 0.5, count: 1 };
        log_of(&path, &[stop(10, 1.0), stop(30, 3.0), stop(40, 4.0), back.clone()]);
        assert_eq!(read_all(&path, 1).unwrap().len(), 4);
        assert_eq!(read_all(&path, 0).unwrap(), [stop(10, 1.0), stop(30, 3.0), stop(40, 4.0)]);
        EventLog::open(&path, 30, 0, &Past::default()).unwrap();
        assert_eq!(read_all(&path, 1).unwrap(), [stop(10, 1.0), stop(30, 3.0)]);
    }

    #[test]
    fn evaluations_that_the_log_lost_are_put_back_in_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        log_of(&path, &[stop(10, 1.0), stop(30, 3.0)]);
        let past = Past { seconds: 3.0, evaluations: vec![evaluation(20, true), evaluation(30, false)] };
        EventLog::open(&path, 30, 0, &past).unwrap();
        let images: Vec<u64> = read_all(&path, 0).unwrap().iter().map(Event::images).collect();
        assert_eq!(images, [10, 20, 30, 30]);
        let before = fs::read(&path).unwrap();
        EventLog::open(&path, 30, 0, &past).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
