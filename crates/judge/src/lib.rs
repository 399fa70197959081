//! The judge: a small convolutional classifier that learned the classes of a data set, and the scores that it gives generated
//! images.
//!
//! | item | what it does |
//! |---|---|
//! | [`Judge`] | a classifier: trained here, read from a file, or embedded |
//! | [`View`] | its features and class probabilities of a set of images |
//! | [`evaluate()`] | every metric of generated images beside its floor |
//! | [`Standard`] | the real images looked at once, for evaluating many times |
//! | [`stacked()`] | modes of stacked digits |
//! | [`ClassDistance`] | how far an image lies from the real ones of its class |
//! | [`usefulness()`] | whether a classifier learns from generated images what it learns from real ones |
//!
//! A network made for photographs says little about digits or fabric; this one learns the very data in minutes. Scores
//! of one judge compare with scores of the same judge only, so a report names it by its hash.

mod class_distance;
mod embedded;
mod error;
pub mod evaluate;
mod file;
mod loss;
mod network;
mod shift;
mod stacked;
mod training;
mod usefulness;
mod view;

use data::classes::Classes;
use nn::{Network, Parameter};

pub use class_distance::ClassDistance;
pub use embedded::EMBEDDED;
pub use error::JudgeError;
pub use evaluate::{Images, Options, Report, Standard, evaluate};
pub use file::Description;
pub use metrics::FEWEST;
pub use stacked::stacked;
pub use training::{EpochReport, TrainOptions};
pub use usefulness::{Pupil, UsefulnessOptions, usefulness};
pub use view::View;

/// A classifier with its weights.
#[derive(Debug)]
pub struct Judge {
    description: Description,
    /// SHA-256 of the description and the weights, in hexadecimal.
    sha256: String,
    network: Network,
    parameters: Vec<f32>,
    state: Vec<f32>,
}

impl Judge {
    /// What it is and where it comes from.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// SHA-256 of its description and its weights, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many classes it knows.
    pub fn classes(&self) -> usize {
        self.description.class_counts.len()
    }

    /// The classes that it knows, with their names where its data had names.
    pub fn label_classes(&self) -> Classes<'_> {
        Classes::new(self.classes(), self.description.class_names.as_deref().unwrap_or_default())
    }

    /// How many features it gives of an image.
    pub fn features(&self) -> usize {
        self.network.features().values()
    }

    /// Bytes of its weights and running statistics.
    pub fn bytes(&self) -> usize {
        4 * (self.parameters.len() + self.state.len())
    }

    /// What a file holds: weights and running statistics by name.
    fn tensors(&self) -> impl Iterator<Item = (&Parameter, &[f32])> {
        let parameters = self.network.parameters().iter().map(|p| (p, &self.parameters[p.range.clone()]));
        parameters.chain(self.network.state().iter().map(|p| (p, &self.state[p.range.clone()])))
    }
}
