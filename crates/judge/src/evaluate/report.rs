//! The result of an evaluation.

use metrics::{Metric, Score};
use serde::Serialize;

use super::by_class::ClassScore;
use super::leaks::Leaks;
use super::left_out::LeftOut;
use super::memory::MemoryScore;
use crate::classifier::Judge;

/// All scores of a set of generated images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The judge.
    pub judge: JudgeName,
    /// Name of the data set that the images are compared with.
    pub data: String,
    /// Images of each kind.
    pub samples: usize,
    /// The seed that chose images and subsets.
    pub seed: u64,
    /// Each metric.
    pub scores: Vec<Score>,
    /// Each class.
    pub classes: Vec<ClassScore>,
    /// The test for copies of training images; none without a test split.
    pub memory: Option<MemoryScore>,
    /// Test images that are training images; none without a test split, or where the training images are too many to read.
    pub leaks: Option<Leaks>,
    /// The metrics without a score, with the reasons.
    pub left_out: Vec<LeftOut>,
    /// What a reader of the scores should know.
    pub notes: Vec<String>,
}

/// The judge of some scores. Scores of different judges do not compare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgeName {
    /// The data set that it learned.
    pub data: String,
    /// SHA-256 of its description and weights.
    pub sha256: String,
    /// Its accuracy on test images, if it was tested.
    pub accuracy: Option<f64>,
}

impl From<&Judge> for JudgeName {
    fn from(judge: &Judge) -> JudgeName {
        let description = judge.description();
        JudgeName {
            data: description.data.clone(),
            sha256: judge.sha256().to_owned(),
            accuracy: description.test.map(|test| test.accuracy),
        }
    }
}

impl Report {
    /// The score of a metric.
    pub fn score(&self, metric: Metric) -> Option<&Score> {
        self.scores.iter().find(|score| score.metric == metric)
    }
}
