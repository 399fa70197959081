//! An evaluation as the event log has it.

use judge::evaluate::{JudgeName, LeftOut};
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
    /// Each metric.
    pub scores: Vec<EvalScore>,
    /// Each class.
    pub classes: Vec<EvalClass>,
    /// The metrics without a score, and why; none in logs of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Whether it is the best so far by the config's metric.
    pub best: bool,
}

/// One metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalScore {
    /// With its number of samples, such as `fjd10k`.
    pub name: String,
    /// Of the generated images. What is not finite is null in JSON.
    #[serde(deserialize_with = "number_or_nan")]
    pub value: f64,
    /// The same of real images.
    pub floor: Option<f64>,
}

fn number_or_nan<'de, D: serde::Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(value)?.unwrap_or(f64::NAN))
}

/// The generated images of one class: that which was asked for, or where none was that which the judge sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalClass {
    /// From 0.
    pub class: usize,
    /// Its name, if the judge's data had names.
    pub name: Option<String>,
    /// Generated images of it.
    pub generated: usize,
    /// How many there would be with the data's shares.
    pub expected: f64,
    /// Share of them that the judge takes for it, where they were asked for.
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
        let scores = found.scores.into_iter().map(|score| EvalScore {
            name: score.name,
            value: score.value,
            floor: score.floor,
        });
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
            scores: scores.collect(),
            classes: classes.collect(),
            left_out: found.left_out,
            best: false,
        }
    }

    /// The score of this name, its count included.
    pub fn score(&self, name: &str) -> Option<&EvalScore> {
        self.scores.iter().find(|score| score.name == name)
    }

    /// The score of a metric, by its name without the count.
    pub fn metric(&self, name: &str) -> Option<&EvalScore> {
        self.score(&format!("{name}{}", metrics::short(self.samples)))
    }
}
