//! A target: the value of a metric that ends a run.

use std::fmt;
use std::str::FromStr;

use crate::metric::{Aim, Metric};
use crate::registry::Named;

/// `METRIC<VALUE` or `METRIC>VALUE`, with `<=` and `>=`; the metric with or without its number of samples, as `fd10k<5`.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    named: Named,
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

/// Why a text is not a target, and what would be one.
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

impl Metric {
    /// The metric of this name, if evaluations during training measure it.
    ///
    /// # Errors
    /// [`Refused`] for a name with a number of samples, another name, or a metric that they do not measure.
    pub fn for_training(name: &str) -> Result<Named, Refused> {
        let hint = || format!("without a count: {}", Metric::names_during_training());
        let named =
            Metric::named(name).ok_or_else(|| Refused::new(format!("\"{name}\" is not a metric"), hint()))?;
        measured(named, hint)
    }
}

fn measured(named: Named, hint: impl Fn() -> String) -> Result<Named, Refused> {
    if named.metric.is_measured_during_training() {
        return Ok(named);
    }
    Err(Refused::new(format!("evaluations during training do not measure {}", named.metric), hint()))
}

impl Until {
    /// The metric that it waits for.
    pub fn metric(&self) -> Metric {
        self.named.metric
    }

    /// A note, where it names the metric by an earlier name.
    pub fn note(&self) -> Option<String> {
        self.named.note()
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

    /// Refuses a number of samples that is not that of the evaluation.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn counts(&self, samples: usize) -> Result<(), Refused> {
        let metric = self.metric();
        match self.named.samples {
            Some(own) if own != samples => Err(Refused::new(
                format!(
                    "{} is of another number of samples than the evaluation's, {samples}",
                    metric.score_name(own)
                ),
                format!("{} or {metric}", metric.score_name(samples)),
            )),
            _ => Ok(()),
        }
    }
}

impl FromStr for Until {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Until, Refused> {
        const FORM: &str = "METRIC<VALUE or METRIC>VALUE, as fd<5 or coverage>0.9";
        let found = COMPARISONS.into_iter().find_map(|(sign, comparison)| {
            let (name, value) = text.split_once(sign)?;
            Some((name.trim(), comparison, value.trim()))
        });
        let Some((name, comparison, value)) = found else {
            return Err(Refused::new(format!("\"{text}\" compares nothing"), FORM));
        };
        let parsed = value.parse::<f64>().ok().filter(|value| value.is_finite());
        let Some(value) = parsed else {
            return Err(Refused::new(format!("\"{value}\" is not a number"), FORM));
        };
        let named = Metric::parse(name).ok_or_else(|| {
            Refused::new(format!("\"{name}\" is not a metric"), Metric::names_during_training())
        })?;
        let named = measured(named, Metric::names_during_training)?;
        let falls = matches!(comparison, Comparison::Below | Comparison::AtMost);
        let until = Until { named, comparison, value };
        let turned = |comparison| Until { comparison, ..until.clone() }.to_string();
        match (named.metric.aim, falls) {
            (Aim::Low, false) => Err(Refused::new(
                format!("low values of {name} are good, and \"{text}\" waits for a high one"),
                turned(Comparison::Below),
            )),
            (Aim::High, true) => Err(Refused::new(
                format!("high values of {name} are good, and \"{text}\" waits for a low one"),
                turned(Comparison::Above),
            )),
            _ => Ok(until),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = COMPARISONS.iter().find(|(_, c)| *c == self.comparison).map_or("", |(sign, _)| sign);
        let metric = self.metric();
        let name =
            self.named.samples.map_or_else(|| metric.to_string(), |samples| metric.score_name(samples));
        write!(f, "{name}{sign}{}", self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_written() {
        for (text, reached, missed) in [
            ("fd10k<5", 4.9, 5.0),
            ("fd <= 5", 5.0, 5.1),
            ("coverage>0.9", 0.91, 0.9),
            ("recall>=0.5", 0.5, 0.4),
            ("modes-kl2500<0.01", 0.0, 0.01),
            ("density>0.9", 1.0, 0.8),
        ] {
            let until: Until = text.parse().unwrap();
            assert_eq!(until.to_string(), text.replace(' ', ""));
            assert!(until.is_reached_by(reached) && !until.is_reached_by(missed), "{text}");
            assert!(!until.is_reached_by(f64::NAN));
            assert_eq!(until.note(), None);
        }
    }

    #[test]
    fn earlier_names_are_read_and_the_present_ones_written() {
        let until: Until = "fjd10k<5".parse().unwrap();
        assert_eq!(until.to_string(), "fd10k<5");
        assert_eq!(until.note().as_deref(), Some("`fjd` is now called `fd`"));
        assert_eq!(Metric::for_training("fjd").unwrap().metric, "fd<1".parse::<Until>().unwrap().metric());
    }

    #[test]
    fn counts_are_those_of_the_evaluation() {
        let until: Until = "fd10k<5".parse().unwrap();
        until.counts(10_000).unwrap();
        assert_eq!(until.counts(150).unwrap_err().hint, "fd150 or fd");
        "fd10000<5".parse::<Until>().unwrap().counts(10_000).unwrap();
        "fd<5".parse::<Until>().unwrap().counts(150).unwrap();
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for (text, says) in [
            ("fd", "compares nothing"),
            ("fd=5", "compares nothing"),
            ("fd<", "is not a number"),
            ("fd<inf", "is not a number"),
            ("fid<5", "is not a metric"),
            ("fd10m<5", "is not a metric"),
            ("modesk>9", "is not a metric"),
            ("two-sample<0.6", "do not measure two-sample"),
            ("fd>5", "low values of fd are good"),
            ("coverage<0.5", "high values of coverage are good"),
        ] {
            let refused = text.parse::<Until>().unwrap_err();
            assert!(refused.message.contains(says), "{text}: {refused:?}");
        }
        for name in ["fid", "fd10k", "usefulness"] {
            assert!(Metric::for_training(name).unwrap_err().hint.contains("fd, kid,"), "{name}");
        }
    }
}
