//! What is said in the end.

use metrics::short;
use serde::Serialize;

use super::{ClassScore, Leaks, LeftOut, MemoryScore};
use crate::Judge;

/// All scores of a set of generated images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Who judged.
    pub judge: JudgeName,
    /// Name of the data set compared with.
    pub data: String,
    /// Images of each kind.
    pub samples: usize,
    /// What chose images and subsets.
    pub seed: u64,
    /// Each metric.
    pub scores: Vec<Score>,
    /// Each class.
    pub classes: Vec<ClassScore>,
    /// Whether training images are copied; none without a test split.
    pub memory: Option<MemoryScore>,
    /// Test images that are training images; none without a test split, or with too many training images to read them all.
    pub leaks: Option<Leaks>,
    /// The metrics without a score, and why.
    pub left_out: Vec<LeftOut>,
    /// What should be known of the scores.
    pub notes: Vec<String>,
}

/// Which judge: scores of different ones do not compare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgeName {
    /// The data set it learned.
    pub data: String,
    /// SHA-256 of its description and weights.
    pub sha256: String,
    /// Its accuracy on test images, if it was examined.
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

/// One metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// With its number of samples, such as `fjd10k`.
    pub name: String,
    /// Of the generated images.
    pub value: f64,
    /// Its standard deviation over subsets, where there are some.
    pub deviation: Option<f64>,
    /// The same of real images: what a perfect generator would have.
    pub floor: Option<f64>,
    /// Images of each kind.
    pub samples: usize,
}

impl Score {
    pub(crate) fn new(metric: &str, samples: usize, value: f64, floor: Option<f64>) -> Score {
        Score { name: format!("{metric}{}", short(samples)), value, deviation: None, floor, samples }
    }

    pub(crate) fn with_deviation(self, deviation: f64) -> Score {
        Score { deviation: Some(deviation), ..self }
    }
}

impl Report {
    /// The score of a metric by its name without the number of samples.
    pub fn score(&self, metric: &str) -> Option<&Score> {
        self.scores.iter().find(|s| s.name.strip_suffix(&short(s.samples)) == Some(metric))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_their_counts() {
        for (samples, name) in [(10_000, "fjd10k"), (1000, "fjd1k"), (999, "fjd999"), (2500, "fjd2500")] {
            assert_eq!(Score::new("fjd", samples, 1.0, None).name, name);
        }
    }
}
