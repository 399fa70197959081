//! `[objective]` as written.

use serde::{Deserialize, Serialize};

use super::super::choices::ClassWeight;
use super::super::defaults;
use crate::losses::Loss;

/// What both players minimise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveSection {
    /// The loss of both players.
    pub loss: Loss,
    /// One-sided label smoothing: real images' target is 1 less this.
    pub label_smoothing: f64,
    /// Standard deviation of the Gaussian noise on D's inputs, real and generated, at the start.
    pub instance_noise: f64,
    /// Images over which that noise falls to 0 in a straight line; 0: it stays.
    pub instance_noise_images: u64,
    /// gamma of `gamma/2 mean |dD/dx|²` on real images (Mescheder et al. 2018).
    pub r1: f64,
    /// gamma of the same on generated images.
    pub r2: f64,
    /// lambda of `lambda mean (|dD/dx| - 1)²` on interpolates (Gulrajani et al. 2017).
    pub gradient_penalty: f64,
    /// lambda of the same on real images with noise (DRAGAN, Kodali et al. 2017).
    pub dragan: f64,
    /// lambda of the classes' cross-entropy in both players' losses, for a D that ends with "classifier-head" (AC-GAN, Odena
    /// et al. 2017); 0: none.
    pub auxiliary: f64,
    /// Weight, in G's loss, of the squared distance between the mean features of real and generated images (Salimans et al.
    /// 2016), for a conditional G class by class; 0: off.
    pub feature_matching: f64,
    /// How much a class counts in both players' losses.
    pub class_weight: ClassWeight,
    /// Bound on each of D's weights after each step; 0: none.
    pub weight_clip: f64,
    /// Bound on the global norm of each player's gradient; 0: none.
    pub gradient_clip: f64,
}

impl Default for ObjectiveSection {
    fn default() -> Self {
        ObjectiveSection {
            loss: Loss::NonSaturating,
            label_smoothing: defaults::LABEL_SMOOTHING,
            instance_noise: defaults::INSTANCE_NOISE,
            instance_noise_images: defaults::INSTANCE_NOISE_IMAGES,
            r1: defaults::R1,
            r2: defaults::R2,
            gradient_penalty: defaults::GRADIENT_PENALTY,
            dragan: defaults::DRAGAN,
            auxiliary: defaults::AUXILIARY,
            feature_matching: defaults::FEATURE_MATCHING,
            class_weight: ClassWeight::default(),
            weight_clip: defaults::WEIGHT_CLIP,
            gradient_clip: defaults::GRADIENT_CLIP,
        }
    }
}
