//! The entry of a metric in the registry.

use std::fmt;

use serde::Serialize;

/// Which values of a metric are good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
pub enum Aim {
    /// Low values.
    Low,
    /// High values.
    High,
    /// Values near this one.
    Near(f64),
}

impl Aim {
    /// A number that is smaller for better values: `value`, `-value`, or `|value - aim|`.
    pub fn cost(self, value: f64) -> f64 {
        match self {
            Aim::Low => value,
            Aim::High => -value,
            Aim::Near(aim) => (value - aim).abs(),
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aim::Low => f.write_str("low"),
            Aim::High => f.write_str("high"),
            Aim::Near(value) => write!(f, "near {value}"),
        }
    }
}

/// How a metric's floor is computed. A floor is the score of real images: what a perfect generator would have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FloorRule {
    /// The same metric of real training images against the same reference images.
    TrainingImages,
    /// The same figure of the reference images alone, because the judge has learned the training images.
    ReferenceImages,
    /// The same figure after learning from as many real training images.
    RealLessons,
    /// This value, which follows from the metric's definition.
    Known(f64),
}

impl fmt::Display for FloorRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FloorRule::TrainingImages => f.write_str("of training images"),
            FloorRule::ReferenceImages => f.write_str("of the reference images"),
            FloorRule::RealLessons => f.write_str("of a classifier of real images"),
            FloorRule::Known(value) => write!(f, "{value}"),
        }
    }
}

/// Which evaluations measure a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// All, also those during training.
    Always,
    /// Complete evaluations only. The metric takes too long for one during training.
    Complete,
    /// Complete evaluations that ask for it.
    OnRequest,
    /// Evaluations of stacked digits, which measure nothing else.
    Stacks,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measured::Always => "training, eval",
            Measured::Complete => "eval",
            Measured::OnRequest => "eval, on request",
            Measured::Stacks => "eval of stacked digits",
        })
    }
}

/// How a value is written where numbers stand in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// With as many decimals as its size needs.
    Number,
    /// With three decimals: it lies between 0 and 1.
    Share,
    /// As a whole number.
    Count,
}

/// A metric: its entry in the registry.
#[derive(Clone, Copy, Serialize)]
pub struct Metric {
    /// Its name, without a number of samples.
    pub name: &'static str,
    /// What is compared with what.
    pub compares: &'static str,
    /// Which values are good.
    #[serde(rename = "good")]
    pub aim: Aim,
    /// What a value means, in one line.
    pub means: &'static str,
    /// Where the metric is defined.
    #[serde(skip)]
    pub source: &'static str,
    /// Whether the images need the classes that they were asked for.
    #[serde(skip)]
    pub needs_labels: bool,
    /// How its floor is computed.
    #[serde(skip)]
    pub floor: FloorRule,
    /// Which evaluations measure it.
    #[serde(skip)]
    pub measured: Measured,
    /// How its values are written.
    #[serde(skip)]
    pub format: Format,
    /// Whether it is shown where there is no room for all metrics.
    #[serde(skip)]
    pub headline: bool,
    /// Its earlier name, which is still read.
    #[serde(skip)]
    pub former: Option<&'static str>,
}

impl Metric {
    /// Whether evaluations during training measure it.
    pub fn is_measured_during_training(self) -> bool {
        self.measured == Measured::Always
    }

    /// Whether `value` is better than `other`. A value that is not a number is not better than any.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        self.aim.cost(value) < self.aim.cost(other)
    }
}

/// Metrics with equal names are equal.
impl PartialEq for Metric {
    fn eq(&self, other: &Metric) -> bool {
        self.name == other.name
    }
}

impl Eq for Metric {}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
