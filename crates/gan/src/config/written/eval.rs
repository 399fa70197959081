//! `[eval]` as written.

use serde::{Deserialize, Serialize};

use super::super::defaults;

/// How the generator is judged while it trains, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvalSection {
    /// Images between two evaluations, with another at the run's end; 0: none at all.
    pub every_images: u64,
    /// Generated images judged, and real ones that they are compared with; fewer if there are fewer.
    pub samples: usize,
    /// A judge's file; "": the one in the program that knows the data.
    pub judge: String,
    /// The metric, without a count, whose best checkpoint is kept; "": none.
    pub best: String,
    /// Stop when a metric reaches a value, as "fjd<5" or "coverage>0.9"; "": never.
    pub until: String,
    /// Stop when `best` has not improved over so many evaluations; 0: never.
    pub plateau_evals: u64,
}

impl Default for EvalSection {
    fn default() -> Self {
        EvalSection {
            every_images: defaults::EVAL_EVERY_IMAGES,
            samples: defaults::EVAL_SAMPLES,
            judge: defaults::EVAL_JUDGE.to_owned(),
            best: defaults::EVAL_BEST.to_owned(),
            until: defaults::EVAL_UNTIL.to_owned(),
            plateau_evals: defaults::EVAL_PLATEAU_EVALS,
        }
    }
}
