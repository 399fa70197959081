//! What is known about a judge beside its weights.

use serde::{Deserialize, Serialize};

/// What a judge is and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Layout version.
    pub format: u32,
    /// Name of the data set it learned.
    pub data: String,
    /// Height, width and channels of an image.
    pub image_shape: (usize, usize, usize),
    /// Its layers, as in a config.
    pub layers: String,
    /// Training images of each class.
    pub class_counts: Vec<u64>,
    /// The classes' names, where they have any.
    pub class_names: Option<Vec<String>>,
    /// Passes over the training images.
    pub epochs: u64,
    /// What decided weights, order and shifts.
    pub seed: u64,
    /// Its accuracy on images that it did not learn from, if it was tested.
    pub test: Option<Test>,
}

/// An examination.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Images.
    pub images: usize,
    /// Share that it classed as labelled.
    pub accuracy: f64,
}
