//! An evaluation as the event log has it.

use judge::evaluate::{JudgeName, LeftOut};
use metrics::{Metric, Score};
use serde::{Deserialize, Serialize};

/// The generator's scores at some moment of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Real images shown since the run's start.
    pub images: u64,
    /// Seconds of training over all processes, evaluations left out.
    pub seconds: f64,
    /// Seconds that this evaluation took.
    pub eval_seconds: f64,
    /// The data that the judge learned.
    pub judge: String,
    /// SHA-256 of the judge: scores of different ones do not compare.
    pub judge_sha256: String,
    /// Images of each kind.
    pub samples: usize,
    /// Each metric. Scores of metrics that the registry does not know are not read.
    #[serde(deserialize_with = "metrics::known_scores")]
    pub scores: Vec<Score>,
    /// Each class.
    pub classes: Vec<EvalClass>,
    /// The metrics without a score, and why; none in logs of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Whether it is the best so far by the config's metric.
    pub best: bool,
}

/// The generated images of one class. The class of an image is the one asked for, or where none was asked for the one that the
/// judge sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalClass {
    /// From 0.
    pub class: usize,
    /// Its name, if the judge's data had names.
    pub name: Option<String>,
    /// Generated images of it.
    pub generated: usize,
    /// The number that there would be with the data's shares.
    pub expected: f64,
    /// Share of them in which the judge sees this class, where it was asked for.
    pub accuracy: Option<f64>,
}

impl Evaluation {
    /// What was found at `images` images and `seconds` of training; not known as the best yet.
    pub(super) fn new(
        [images, samples]: [u64; 2],
        [seconds, eval_seconds]: [f64; 2],
        judge: JudgeName,
        found: judge::evaluate::Evaluation,
    ) -> Evaluation {
        let classes = found.classes.into_iter().map(|class| EvalClass {
            class: class.class,
            name: class.name,
            generated: class.generated,
            expected: class.expected,
            accuracy: class.accuracy,
        });
        Evaluation {
            images,
            seconds,
            eval_seconds,
            judge: judge.data,
            judge_sha256: judge.sha256,
            samples: samples as usize,
            scores: found.scores,
            classes: classes.collect(),
            left_out: found.left_out,
            best: false,
        }
    }

    /// The score of a metric.
    pub fn score(&self, metric: Metric) -> Option<&Score> {
        self.scores.iter().find(|score| score.metric == metric)
    }
}
