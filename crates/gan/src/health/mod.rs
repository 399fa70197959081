//! The alarms of a run, and what a checkpoint keeps about them. The checks that raise them are the run's.

mod history;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Action, Health};

pub use history::{Course, History, REMEMBERED};

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
