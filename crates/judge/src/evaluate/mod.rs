//! Every metric of generated images, each beside its floor.
//!
//! The reference `R` are test images, which the generator did not learn from. The floor's images `F` are training images. With
//! `G` the generated images, a score is `metric(R, G)` and its floor is `metric(R, F)`: what a perfect generator would have at
//! these numbers of images. Data without a test split are cut in two: then `R` and `F` are different training images, and
//! copies cannot be told from chance.
//!
//! The metrics and their meaning: [`metrics::registry`] and `docs/metrics.md`.

mod by_class;
mod chosen;
mod compared;
mod complete;
mod counts;
mod images;
mod labels;
mod leaks;
mod left_out;
mod memory;
mod report;
mod standard;

pub use by_class::ClassScore;
pub use complete::evaluate;
pub use counts::ClassCount;
pub use images::{Images, Options, samples_of};
pub use leaks::{Leak, Leaks};
pub use left_out::LeftOut;
pub use memory::MemoryScore;
pub use report::{JudgeName, Report};
pub use standard::{Evaluation, Standard};
