//! Whether a run goes well: five alarms, each a function of a few figures, and the memory that they need.
//!
//! | alarm | raised by | looked for |
//! |---|---|---|
//! | [`non_finite`] | a loss, a gradient or a weight that is not finite | every step; weights every tick and checkpoint |
//! | [`saturated`] | a D that is always right, or cannot tell | ticks in a row |
//! | [`gradients`] | a gradient that is gone, or out of all proportion | ticks in a row |
//! | [`collapse`] | classes of the data that are no longer generated | looks in a row |
//! | [`diversity`] | generated images that are all alike | looks in a row |
//!
//! What follows an alarm is the config's to say (`[health]`) and the run's to do ([`crate::run::Session`]). All memory is in
//! the checkpoint ([`History`]), so that a resumed run is warned, stopped or rolled back where the whole run would be. No
//! check touches what training reads: weights are the same whether health is watched or not.

pub mod collapse;
pub mod diversity;
pub mod gradients;
mod history;
mod look;
pub mod non_finite;
pub mod saturated;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Action, Health};

pub(crate) use history::Course;
pub use history::History;
pub use look::{Look, Observatory};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// A figure or a weight that is not finite.
    NonFinite,
    /// D is always right, or cannot tell.
    SaturatedDiscriminator,
    /// A player's gradient is gone or explodes.
    DeadGradients,
    /// Classes are no longer generated.
    Collapse,
    /// All images are alike.
    LowDiversity,
}

impl AlarmKind {
    /// The word in events.
    pub fn name(self) -> &'static str {
        match self {
            AlarmKind::NonFinite => "non-finite",
            AlarmKind::SaturatedDiscriminator => "saturated-discriminator",
            AlarmKind::DeadGradients => "dead-gradients",
            AlarmKind::Collapse => "collapse",
            AlarmKind::LowDiversity => "low-diversity",
        }
    }

    /// Its key in `[health]`.
    pub fn key(self) -> &'static str {
        match self {
            AlarmKind::NonFinite => "non_finite",
            AlarmKind::SaturatedDiscriminator => "saturated_discriminator",
            AlarmKind::DeadGradients => "dead_gradients",
            AlarmKind::Collapse => "collapse",
            AlarmKind::LowDiversity => "low_diversity",
        }
    }

    /// What the config has done about it.
    pub fn action(self, health: &Health) -> Action {
        match self {
            AlarmKind::NonFinite => health.non_finite,
            AlarmKind::SaturatedDiscriminator => health.saturated_discriminator,
            AlarmKind::DeadGradients => health.dead_gradients,
            AlarmKind::Collapse => health.collapse,
            AlarmKind::LowDiversity => health.low_diversity,
        }
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a check is not content: one sentence, and the figures behind it by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// One sentence without its full stop.
    pub message: String,
    /// Finite figures.
    pub figures: BTreeMap<String, f64>,
}

impl Finding {
    pub(crate) fn new(message: String, figures: &[(&str, f64)]) -> Finding {
        // JSON has no other numbers.
        let finite = figures.iter().filter(|(_, value)| value.is_finite());
        Finding { message, figures: finite.map(|&(name, value)| (name.to_owned(), value)).collect() }
    }
}
