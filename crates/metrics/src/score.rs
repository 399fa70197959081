//! A score: the value of a metric, and what it takes to compare it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::metric::Metric;

/// The value of one metric beside its floor.
///
/// In JSON it has `name` for people (`fd10k`), and `metric` (`fd`) and `samples` (10000) for programs. A value that is not
/// finite is null. Logs of earlier versions have only the name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Of what.
    pub metric: Metric,
    /// Images of each kind: most metrics depend on the number, so scores of different numbers do not compare.
    pub samples: usize,
    /// Of the generated images.
    pub value: f64,
    /// The standard deviation of the value over subsets, where the metric has subsets.
    pub deviation: Option<f64>,
    /// The same of real images: what a perfect generator would have.
    pub floor: Option<f64>,
}

impl Score {
    /// A score without a deviation.
    pub fn new(metric: Metric, samples: usize, value: f64, floor: Option<f64>) -> Score {
        Score { metric, samples, value, deviation: None, floor }
    }

    /// The same with its deviation over subsets.
    #[must_use]
    pub fn with_deviation(self, deviation: f64) -> Score {
        Score { deviation: Some(deviation), ..self }
    }

    /// Its name with its number of samples, such as `fd10k`.
    pub fn name(&self) -> String {
        self.metric.score_name(self.samples)
    }

    /// Its value, if that is finite.
    pub fn finite(&self) -> Option<f64> {
        Some(self.value).filter(|value| value.is_finite())
    }
}

#[derive(Serialize)]
struct Written<'a> {
    name: String,
    metric: &'a str,
    samples: usize,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<f64>,
    floor: Option<f64>,
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Score { metric, samples, value, deviation, floor } = *self;
        Written { name: self.name(), metric: metric.name, samples, value, deviation, floor }
            .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Logged {
    #[serde(default)]
    name: String,
    metric: Option<String>,
    samples: Option<usize>,
    value: Option<f64>,
    deviation: Option<f64>,
    floor: Option<f64>,
}

impl Logged {
    /// None for a metric that the registry does not know, or without a number of samples.
    fn score(&self) -> Option<Score> {
        let named = Metric::parse(&self.name);
        let metric = match &self.metric {
            Some(metric) => Metric::find(metric)?,
            None => named?.metric,
        };
        let samples = self.samples.or_else(|| named?.samples)?;
        let (value, deviation, floor) = (self.value.unwrap_or(f64::NAN), self.deviation, self.floor);
        Some(Score { metric, samples, value, deviation, floor })
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Score, D::Error> {
        let logged = Logged::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format!("\"{}\" is not the name of a score", logged.name));
        logged.score().ok_or_else(unknown)
    }
}

/// Reads a list of scores without those whose metric the registry does not know, such as one of a later version. For
/// `#[serde(deserialize_with = "metrics::known_scores")]`.
///
/// # Errors
/// If it is not a list of scores.
pub fn known_scores<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Score>, D::Error> {
    let logged = Vec::<Logged>::deserialize(deserializer)?;
    Ok(logged.iter().filter_map(Logged::score).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{FD, KID};

    #[test]
    fn a_score_comes_back_from_json() {
        let scores =
            [Score::new(FD, 10_000, 1.5, Some(0.125)), Score::new(KID, 150, -0.25, None).with_deviation(0.5)];
        let text = serde_json::to_string(&scores).unwrap();
        assert!(
            text.starts_with(r#"[{"name":"fd10k","metric":"fd","samples":10000,"value":1.5,"floor":0.125},"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Vec<Score>>(&text).unwrap(), scores);
        let text = serde_json::to_string(&Score::new(FD, 9, f64::NAN, None)).unwrap();
        let read: Score = serde_json::from_str(&text).unwrap();
        assert!(read.value.is_nan() && read.finite().is_none());
    }

    #[test]
    fn scores_of_earlier_versions_have_only_a_name() {
        let read: Score = serde_json::from_str(r#"{"name":"fjd2500","value":3,"floor":0.5}"#).unwrap();
        assert_eq!(read, Score::new(FD, 2500, 3.0, Some(0.5)));
        for text in [r#"{"name":"fid10k","value":3}"#, r#"{"name":"fd","value":3}"#, r#"{"value":3}"#] {
            assert!(serde_json::from_str::<Score>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scores_of_later_versions_are_left_out() {
        #[derive(Deserialize)]
        struct Scores(#[serde(deserialize_with = "known_scores")] Vec<Score>);
        let text =
            r#"[{"name":"later5k","metric":"later","samples":5000,"value":1},{"name":"kid5k","value":2}]"#;
        let Scores(read) = serde_json::from_str(text).unwrap();
        assert_eq!(read, [Score::new(KID, 5000, 2.0, None)]);
    }
}
