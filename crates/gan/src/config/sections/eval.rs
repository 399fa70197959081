//! `[eval]`: evaluation of the generator while it trains.

use metrics::FEWEST;

use super::super::range::Range;
use super::super::section::section;

/// The metric by which the best checkpoint is kept, where a config names none.
pub(in crate::config) const METRIC: &str = metrics::registry::MAIN.name;
/// Most images of an evaluation.
const MOST_SAMPLES: u64 = 1_000_000;

section! {
    /// When the generator is evaluated while it trains, and what follows from the scores.
    pub struct EvalSection {
        /// Images between two evaluations. The end of the run has one too. 0: no evaluation.
        every_images: u64 = 0;
        /// Generated images of an evaluation, and real images that they are compared with. It takes fewer if there are fewer.
        samples: usize = 10_000, range Range::Whole(FEWEST as u64, MOST_SAMPLES), hint "10000 is usual";
        /// File of the judge: the classifier whose features are compared. "": the judge of the data that the program has.
        judge: Option<String> = None;
        /// The metric by which the best checkpoint is kept, without a count of samples. "": none is kept.
        best: Option<String> = Some(METRIC.to_owned());
        /// Stop when a metric reaches a value, as "fd<5" or "coverage>0.9". "": never.
        until: Option<String> = None;
        /// Stop when `best` has not improved over this many evaluations. 0: never.
        plateau_evals: Option<u64> = None;
    }
}
