//! The judge, and the evaluation of generated images by it.
//!
//! A *judge* is a small convolutional classifier that has learned the classes of a data set; images are compared by its
//! features and class probabilities. The *floor* of a score is the same metric of real images: what a perfect generator
//! would have.
//!
//! | item | what it does |
//! |---|---|
//! | [`Judge`] | a classifier: trained here, read from a file, or embedded in the program |
//! | [`View`] | the judge's features and class probabilities of a set of images |
//! | [`evaluate()`] | every metric of generated images beside its floor |
//! | [`Standard`] | what an evaluation needs of the real images, for many evaluations |
//! | [`stacked()`] | modes of stacked digits |
//! | [`ClassDistance`] | how far an image lies from the real images of its class |
//! | [`usefulness()`] | whether a classifier learns from generated images what it learns from real ones |
//!
//! A network made for photographs says little about digits or clothes. This one learns the data themselves in minutes. Scores
//! of one judge compare only with scores of the same judge, so a report names the judge by its hash.

mod class_distance;
mod classifier;
mod description;
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

pub use class_distance::ClassDistance;
pub use classifier::Judge;
pub use description::{Description, Test};
pub use embedded::EMBEDDED;
pub use error::JudgeError;
pub use evaluate::{Images, Options, Report, Standard, evaluate};
pub use metrics::FEWEST;
pub use stacked::stacked;
pub use training::{EpochReport, TrainOptions};
pub use usefulness::{Pupil, UsefulnessOptions, usefulness};
pub use view::View;
