//! The arithmetic of judging generated images, on plain arrays: features of real and generated images, a
//! classifier's probabilities, or raw pixels. Where they come from is not this crate's concern.
//!
//! | metric | question | best | function |
//! |---|---|---|---|
//! | Frechet distance | do the features have the same mean and covariance? | 0 | [`frechet()`] |
//! | KID | do their moments up to the third agree? | 0 | [`kid()`] |
//! | precision, density | do generated images look real? | 1 | [`prdc()`] |
//! | recall, coverage | is every kind of real image generated? | 1 | [`prdc()`] |
//! | two-sample test | can the nearest neighbour tell them apart? | 0.5 | [`two_sample()`] |
//! | modes | which classes are generated, and how clearly? | all, KL 0 | [`modes()`], [`label_accuracy`] |
//! | memory | are training images copied? | ratio about 1 | [`memory()`] |
//! | diversity | how far apart are two generated images? | the data's | [`diversity()`] |
//!
//! - Arguments come in the order real, generated. Any of these within each class: [`by_class()`].
//! - Every result carries its sample counts; most of these scores depend on them. Beside a score belongs its
//!   floor: the same metric of training against test images.
//! - Nearest neighbours are exact: float32 products sort out pairs that are clear, and float64 differences
//!   decide the others. The result has the same bits for any number of threads.
//! - What is random (subsets) is a function of a seed.

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
mod modes;
mod nearest;
mod parts;
mod prdc;
mod registry;
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
pub use modes::{ClassAccuracy, LabelAccuracy, Modes, label_accuracy, modes};
pub use nearest::{Neighbour, nearest, nearest_few};
pub use prdc::{Prdc, PrdcOptions, RealBalls, prdc, prdc_of};
pub use registry::{Aim, FEWEST, METRICS, Metric, short};
pub use subset::subset;
pub use target::{Refused, Until};
pub use two_sample::{TwoSample, two_sample};
