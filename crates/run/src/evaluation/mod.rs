//! Evaluation while a run trains: the generator judged every so many images, the best of its states kept, and the ends of
//! a run that a metric decides.
//!
//! | item | what it does |
//! |---|---|
//! | [`Evaluator`] | generates images from a trainer's average and has them scored |
//! | [`Standing`] | what the evaluations so far say: the best, how long ago it was, whether a target is reached |
//! | [`generate_as_data`] | images whose classes are as frequent as the data's |
//!
//! Nothing here touches what trains: a run has the same bytes with evaluation and without.

mod evaluator;
mod images;
mod standing;

pub use evaluator::{Evaluator, peak_bytes};
pub use images::generate_as_data;
pub use standing::Standing;
