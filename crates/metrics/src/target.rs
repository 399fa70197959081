//! A target: the value of a metric that ends a run.

use std::fmt;
use std::str::FromStr;

use crate::registry::{Aim, METRICS, Metric, short};

/// `METRIC<VALUE` or `METRIC>VALUE`, with `<=` and `>=`; the metric with or without its count of samples, as `fjd10k<5`.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    metric: Metric,
    /// The count in its name, where there was one.
    count: Option<String>,
    comparison: Comparison,
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
}

const COMPARISONS: [(&str, Comparison); 4] = [
    // The longer first: `<=` begins like `<`.
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

/// Why a text is no target, and what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// What would fit.
    pub hint: String,
}

impl Refused {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Refused {
        Refused { message: message.into(), hint: hint.into() }
    }
}

impl Until {
    /// Of what it is a value.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Whether a score reaches it.
    pub fn is_reached_by(&self, score: f64) -> bool {
        match self.comparison {
            Comparison::Below => score < self.value,
            Comparison::AtMost => score <= self.value,
            Comparison::Above => score > self.value,
            Comparison::AtLeast => score >= self.value,
        }
    }

    /// Refuses a count that is not that of the evaluation.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn counts(&self, samples: usize) -> Result<(), Refused> {
        let Metric { name, .. } = self.metric;
        match &self.count {
            Some(count) if *count != short(samples) => Err(Refused::new(
                format!("{name}{count} is of another number of samples than the evaluation's, {samples}"),
                format!("{} or {name}", self.metric.score_name(samples)),
            )),
            _ => Ok(()),
        }
    }
}

impl FromStr for Until {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Until, Refused> {
        const FORM: &str = "METRIC<VALUE or METRIC>VALUE, as fjd<5 or coverage>0.9";
        let found = COMPARISONS.into_iter().find_map(|(sign, comparison)| {
            let (name, value) = text.split_once(sign)?;
            Some((name.trim(), comparison, value.trim()))
        });
        let Some((name, comparison, value)) = found else {
            return Err(Refused::new(format!("\"{text}\" compares nothing"), FORM));
        };
        let parsed = value.parse::<f64>().ok().filter(|value| value.is_finite());
        let Some(value) = parsed else {
            return Err(Refused::new(format!("\"{value}\" is no number"), FORM));
        };
        let (metric, count) = named(name)?;
        let falls = matches!(comparison, Comparison::Below | Comparison::AtMost);
        match (metric.aim, falls) {
            (Aim::Low, false) => Err(Refused::new(
                format!("{name} is good where it is small, and \"{text}\" waits for a large one"),
                format!("{name}<{value}"),
            )),
            (Aim::High, true) => Err(Refused::new(
                format!("{name} is good where it is large, and \"{text}\" waits for a small one"),
                format!("{name}>{value}"),
            )),
            _ => Ok(Until { metric, count, comparison, value }),
        }
    }
}

/// A metric and the count in its name.
fn named(name: &str) -> Result<(Metric, Option<String>), Refused> {
    let is_count = |rest: &str| {
        let digits = rest.strip_suffix('k').unwrap_or(rest);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    METRICS
        .into_iter()
        .find_map(|metric| {
            let rest = name.strip_prefix(metric.name)?;
            (rest.is_empty() || is_count(rest)).then(|| (metric, Some(rest.to_owned())))
        })
        .map(|(metric, count)| (metric, count.filter(|count| !count.is_empty())))
        .ok_or_else(|| Refused::new(format!("\"{name}\" is no metric"), Metric::names()))
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = COMPARISONS.iter().find(|(_, c)| *c == self.comparison).map_or("", |(sign, _)| sign);
        write!(f, "{}{}{sign}{}", self.metric, self.count.as_deref().unwrap_or_default(), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_written() {
        for (text, reached, missed) in [
            ("fjd10k<5", 4.9, 5.0),
            ("fjd <= 5", 5.0, 5.1),
            ("coverage>0.9", 0.91, 0.9),
            ("recall>=0.5", 0.5, 0.4),
            ("modes-kl2500<0.01", 0.0, 0.01),
            ("density>0.9", 1.0, 0.8),
        ] {
            let until: Until = text.parse().unwrap();
            assert_eq!(until.to_string(), text.replace(' ', ""));
            assert!(until.is_reached_by(reached) && !until.is_reached_by(missed), "{text}");
            assert!(!until.is_reached_by(f64::NAN));
        }
    }

    #[test]
    fn counts_are_those_of_the_evaluation() {
        let until: Until = "fjd10k<5".parse().unwrap();
        until.counts(10_000).unwrap();
        assert_eq!(until.counts(150).unwrap_err().hint, "fjd150 or fjd");
        "fjd<5".parse::<Until>().unwrap().counts(150).unwrap();
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for (text, says) in [
            ("fjd", "compares nothing"),
            ("fjd=5", "compares nothing"),
            ("fjd<", "is no number"),
            ("fjd<inf", "is no number"),
            ("fid<5", "is no metric"),
            ("fjd10m<5", "is no metric"),
            ("modesk>9", "is no metric"),
            ("fjd>5", "good where it is small"),
            ("coverage<0.5", "good where it is large"),
        ] {
            let refused = text.parse::<Until>().unwrap_err();
            assert!(refused.message.contains(says), "{text}: {refused:?}");
        }
    }
}
