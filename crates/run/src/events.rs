//! What happens in a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::health::AlarmKind;
use crate::scores::Evaluation;
use gan::config::Action;
use gan::step::Means;

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
    /// An alarm is raised.
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
    /// An alarm that was a warning is over.
    AlarmOver {
        /// Real images shown.
        images: u64,
        /// Seconds of training over all processes.
        seconds: f64,
        /// What.
        kind: AlarmKind,
    },
    /// The run went back to an earlier checkpoint. The lines between the two are of the course that it left.
    RollBack {
        /// Real images shown before it.
        images: u64,
        /// Those of the checkpoint.
        to_images: u64,
        /// The factor on both learning rates from here on, of all roll-backs together.
        lr_factor: f64,
        /// Roll-backs of the run so far.
        count: u32,
    },
    /// The report and pictures of the run's end are made: the end is complete.
    Products {
        /// Real images shown.
        images: u64,
        /// File names in the run's folder.
        files: Vec<String>,
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
    /// Steps of this tick with a figure that was not finite: they have no part in the means.
    #[serde(default)]
    pub skipped_steps: u64,
    /// The steps' figures, under their own names; null where no step computed the figure.
    #[serde(flatten)]
    pub mean: Means,
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
            | Event::Products { images, .. }
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
