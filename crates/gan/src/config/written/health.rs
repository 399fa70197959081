//! `[health]` as written.

use serde::{Deserialize, Serialize};

use super::super::choices::Action;
use super::super::defaults;

/// What is watched, and what is done about it. Each alarm's figures are defined in `docs/health.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthSection {
    /// At a loss, a gradient or a weight that is not finite. Looked for at every step; weights at every tick and checkpoint.
    pub non_finite: Action,
    /// At a D that is always right on both kinds, or cannot tell them apart.
    pub saturated_discriminator: Action,
    /// At a player's gradients that are gone, or out of all proportion to what they were.
    pub dead_gradients: Action,
    /// At classes of the data that are no longer generated, as the data's judge sees it.
    pub collapse: Action,
    /// At generated images that are all alike.
    pub low_diversity: Action,
    /// Images between two looks at generated images; 0: half an epoch.
    pub look_images: u64,
    /// Generated images in a look.
    pub look_samples: usize,
    /// Images before which no look raises an alarm; 0: one epoch.
    pub grace_images: u64,
    /// So many looks in a row raise an alarm (`collapse`, `low_diversity`).
    pub looks_in_a_row: u32,
    /// So many ticks in a row raise an alarm (`saturated_discriminator`, `dead_gradients`).
    pub ticks_in_a_row: u32,
    /// D is always right if its accuracy on either kind is at least this.
    pub saturated_accuracy: f64,
    /// D cannot tell if its mean accuracy is this near to 1/2, and its mean probabilities of both kinds this near to each other.
    pub blind_margin: f64,
    /// A player no longer learns if its gradient's norm is at most this.
    pub dead_norm: f64,
    /// A gradient explodes if its norm is at least so many times its median.
    pub exploding_ratio: f64,
    /// Share of the data's classes that have to be there.
    pub min_classes: f64,
    /// Most that one class may have, in multiples of its share of the data.
    pub max_class_ratio: f64,
    /// Least mean distance of two generated images, relative to that of two training images.
    pub min_diversity: f64,
    /// A run that was rolled back so often stops at the next alarm.
    pub max_roll_backs: u32,
    /// What a roll-back multiplies both learning rates by.
    pub roll_back_lr_factor: f64,
}

impl Default for HealthSection {
    fn default() -> Self {
        HealthSection {
            non_finite: defaults::NON_FINITE,
            saturated_discriminator: defaults::ALARM,
            dead_gradients: defaults::ALARM,
            collapse: defaults::ALARM,
            low_diversity: defaults::ALARM,
            look_images: defaults::LOOK_IMAGES,
            look_samples: defaults::LOOK_SAMPLES,
            grace_images: defaults::GRACE_IMAGES,
            looks_in_a_row: defaults::LOOKS_IN_A_ROW,
            ticks_in_a_row: defaults::TICKS_IN_A_ROW,
            saturated_accuracy: defaults::SATURATED_ACCURACY,
            blind_margin: defaults::BLIND_MARGIN,
            dead_norm: defaults::DEAD_NORM,
            exploding_ratio: defaults::EXPLODING_RATIO,
            min_classes: defaults::MIN_CLASSES,
            max_class_ratio: defaults::MAX_CLASS_RATIO,
            min_diversity: defaults::MIN_DIVERSITY,
            max_roll_backs: defaults::MAX_ROLL_BACKS,
            roll_back_lr_factor: defaults::ROLL_BACK_LR_FACTOR,
        }
    }
}
