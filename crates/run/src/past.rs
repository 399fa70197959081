//! What a run did up to a checkpoint beside its weights: seconds of training and evaluations.
//!
//! The file is `checkpoints/NNNNNNNNNN.json`. It is written before its checkpoint, so that every checkpoint has one. It is a file of
//! its own because a checkpoint's bytes must not depend on the clock. The event log holds the same and more, but its last lines can
//! be lost. A resumed run needs neither of the two whole.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::course::{evaluations_before, may_be, seconds_before};
use crate::error::RunError;
use crate::events::Event;
use crate::names::{PAST, files};
use crate::scores::Evaluation;

/// Far more than the longest run writes.
const MAX_BYTES: u64 = 256 << 20;

/// What happened up to a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Seconds of training over all processes, evaluations left out.
    pub seconds: f64,
    /// The evaluations, in their order. The file leaves out their classes, which would make it large.
    pub evaluations: Vec<Evaluation>,
}

impl Past {
    /// The file beside a checkpoint.
    pub(super) fn path_of(checkpoint: &Path) -> PathBuf {
        checkpoint.with_extension("json")
    }

    /// Writes the file beside a checkpoint: whole, or not at all.
    pub(super) fn write(&self, checkpoint: &Path) -> Result<(), RunError> {
        let path = Past::path_of(checkpoint);
        let without_classes =
            |evaluation: &Evaluation| Evaluation { classes: Vec::new(), ..evaluation.clone() };
        let evaluations = self.evaluations.iter().map(without_classes).collect();
        let text = serde_json::to_string(&Past { seconds: self.seconds, evaluations })
            .map_err(|e| RunError::io(&path, "describe the run in", std::io::Error::other(e)))?;
        data::write_atomic(&path, |out| {
            writeln!(out, "{text}").map_err(|e| data::DataError::io(&path, "write", e))
        })?;
        Ok(())
    }

    /// Reads the file beside a checkpoint. None if it is missing or damaged: earlier versions wrote none.
    fn read(checkpoint: &Path) -> Option<Past> {
        let bytes = data::read_regular(&Past::path_of(checkpoint), MAX_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok().filter(|past: &Past| may_be(past.seconds))
    }

    /// The file beside a checkpoint, at `images` images; if it is lost, the newest earlier one.
    fn read_or_earlier(checkpoint: &Path, images: u64) -> Option<Past> {
        Past::read(checkpoint).or_else(|| {
            let all = files(checkpoint.parent()?, PAST).ok()?;
            let earlier: Vec<_> = all.into_iter().filter(|(own, _)| *own < images).collect();
            earlier.iter().rev().find_map(|(_, path)| Past::read(path))
        })
    }

    /// The past up to `checkpoint`, at `images` images, from file and log together. `events` are those of its course.
    pub(super) fn up_to(checkpoint: &Path, events: &[Event], images: u64) -> Past {
        let logged =
            Past { seconds: seconds_before(events, images), evaluations: evaluations_before(events, images) };
        let Some(mut past) = Past::read_or_earlier(checkpoint, images) else { return logged };
        past.seconds = past.seconds.max(logged.seconds);
        past.evaluations.retain(|own| !logged.evaluations.iter().any(|other| other.images == own.images));
        past.evaluations.extend(logged.evaluations);
        past.evaluations.sort_by_key(|evaluation| evaluation.images);
        past
    }

    /// Images shown at the best evaluation.
    pub fn best_images(&self) -> Option<u64> {
        self.evaluations.iter().rfind(|evaluation| evaluation.best).map(|evaluation| evaluation.images)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::EvalClass;

    pub(crate) fn evaluation(images: u64, best: bool) -> Evaluation {
        let class = EvalClass { class: 0, name: None, generated: 1, expected: 1.0, accuracy: None };
        Evaluation {
            images,
            seconds: 1.0,
            eval_seconds: 0.1,
            judge: "mnist".into(),
            judge_sha256: "a".into(),
            samples: 100,
            scores: Vec::new(),
            classes: vec![class],
            left_out: Vec::new(),
            best,
        }
    }

    #[test]
    fn a_log_and_the_file_complete_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoint = dir.path().join("0000000030.safetensors");
        let past = Past { seconds: 3.0, evaluations: vec![evaluation(10, true), evaluation(20, false)] };
        past.write(&checkpoint).unwrap();
        // The log lost its first lines, and has one evaluation more, due at the checkpoint itself.
        let events = [Event::Eval(evaluation(20, false)), Event::Eval(evaluation(30, true))];
        let both = Past::up_to(&checkpoint, &events, 30);
        assert_eq!(
            both.evaluations.iter().map(|e| (e.images, e.classes.len())).collect::<Vec<_>>(),
            [(10, 0), (20, 1), (30, 1)]
        );
        assert_eq!((both.seconds, both.best_images()), (3.0, Some(30)));
        assert_eq!(Past::up_to(&checkpoint, &[], 30).best_images(), Some(10));
    }

    #[test]
    fn without_a_sound_file_the_log_says_all() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoint = dir.path().join("0000000030.safetensors");
        let events = [Event::Eval(evaluation(20, true))];
        assert_eq!(Past::up_to(&checkpoint, &events, 30).best_images(), Some(20));
        std::fs::write(Past::path_of(&checkpoint), "{\"seconds\": 3.0, \"eval").unwrap();
        assert_eq!(Past::up_to(&checkpoint, &events, 30).best_images(), Some(20));
        assert_eq!(Past::up_to(&checkpoint, &[], 30), Past::default());
    }
}
