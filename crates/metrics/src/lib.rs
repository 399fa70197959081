//! Metrics of generated images on plain arrays: features of real and generated images, a classifier's probabilities, or
//! raw pixels. This crate does not know where the arrays come from.
//!
//! A *judge* is a classifier of the data's classes; its features and probabilities are what most metrics compare. The
//! *floor* of a score is the same metric of real images: what a perfect generator would have.
//!
//! | function | question | best |
//! |---|---|---|
//! | [`frechet()`] | do the features have the same mean and covariance? | 0 |
//! | [`kid()`] | do their moments up to the third agree? | 0 |
//! | [`prdc()`]: precision, density | do generated images look real? | 1 |
//! | [`prdc()`]: recall, coverage | is every kind of real image generated? | 1 |
//! | [`two_sample()`] | can the nearest neighbour tell them apart? | 0.5 |
//! | [`modes()`], [`label_accuracy`] | which classes are generated, and how clearly? | all, KL 0 |
//! | [`memory()`] | are training images copied? | ratio about 1 |
//! | [`diversity()`] | how far apart are two generated images? | the data's |
//!
//! - [`registry`] has one entry for each metric: its name, what it compares, which values are good, its floor. A [`Score`] is
//!   a metric, a number of samples, a value and a floor. An [`Until`] is a value to reach.
//! - Arguments come in the order real, generated. [`by_class()`] computes any of these within each class.
//! - Every result has its sample counts, because most of these scores depend on them.
//! - Nearest neighbours are exact: float32 products decide the pairs that are clear, and float64 differences the others. The
//!   result has the same bits for any number of threads.
//! - Random subsets are a function of a seed.

mod by_class;
mod distances;
mod diversity;
mod error;
mod features;
mod frechet;
mod jacobi;
mod judged;
mod kid;
mod labels;
mod memory;
mod metric;
mod modes;
mod nearest;
mod parts;
mod prdc;
pub mod registry;
mod score;
mod subset;
mod target;
mod two_sample;

pub use by_class::{ClassResult, by_class};
pub use diversity::{ClassDiversity, Diversity, diversity, diversity_within_classes};
pub use error::MetricError;
pub use features::Features;
pub use frechet::{Frechet, Gaussian, frechet};
pub use judged::Judged;
pub use kid::{Kid, KidOptions, kid};
pub use labels::{Labelled, Labels};
pub use memory::{ClosestPair, Memory, MemoryOptions, memory};
pub use metric::{Aim, FloorRule, Format, Measured, Metric};
pub use modes::{ClassAccuracy, LabelAccuracy, Modes, label_accuracy, modes};
pub use nearest::{Neighbour, nearest, nearest_few};
pub use prdc::{Prdc, PrdcOptions, RealBalls, prdc, prdc_of};
pub use registry::{FEWEST, METRICS, Named, short};
pub use score::{Score, known_scores};
pub use subset::subset;
pub use target::{Refused, Until};
pub use two_sample::{TwoSample, two_sample};
