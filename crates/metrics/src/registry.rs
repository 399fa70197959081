//! The metrics of an evaluation and which way they improve.

use std::fmt;

/// Which values of a metric are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Small ones.
    Low,
    /// Large ones.
    High,
    /// Those near 1.
    One,
}

/// Fewest images of each kind for which scores are computed.
pub const FEWEST: usize = 100;

/// A metric by its name without a count of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// As scores are named, without their count.
    pub name: &'static str,
    /// Which values are good.
    pub aim: Aim,
}

const fn metric(name: &'static str, aim: Aim) -> Metric {
    Metric { name, aim }
}

/// Every metric of an evaluation. What each sees: `docs/metrics.md`.
pub const METRICS: [Metric; 11] = [
    metric("fjd", Aim::Low),
    metric("kid", Aim::Low),
    metric("precision", Aim::High),
    metric("recall", Aim::High),
    metric("density", Aim::One),
    metric("coverage", Aim::High),
    metric("diversity", Aim::One),
    metric("modes", Aim::High),
    metric("modes-kl", Aim::Low),
    metric("low-confidence", Aim::Low),
    metric("label-accuracy", Aim::High),
];

/// A count as names of scores carry it: whole thousands as `k`.
pub fn short(samples: usize) -> String {
    if samples >= 1000 && samples.is_multiple_of(1000) {
        return format!("{}k", samples / 1000);
    }
    samples.to_string()
}

impl Metric {
    /// The metric of this name.
    pub fn find(name: &str) -> Option<Metric> {
        METRICS.into_iter().find(|metric| metric.name == name)
    }

    /// All names, for those who asked for another.
    pub fn names() -> String {
        METRICS.map(|metric| metric.name).join(", ")
    }

    /// Its score's name over so many samples.
    pub fn score_name(self, samples: usize) -> String {
        format!("{}{}", self.name, short(samples))
    }

    /// Whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self.aim {
            Aim::Low => value < other,
            Aim::High => value > other,
            Aim::One => (value - 1.0).abs() < (other - 1.0).abs(),
        }
    }

    /// Whether an image's class has to be asked for.
    pub fn needs_labels(self) -> bool {
        self.name == "label-accuracy"
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_is_towards_the_aim() {
        let better = |name, value, other| Metric::find(name).unwrap().is_better(value, other);
        assert!(better("fjd", 1.0, 2.0) && !better("fjd", 2.0, 1.0) && !better("fjd", 1.0, 1.0));
        assert!(better("coverage", 0.9, 0.8) && !better("coverage", 0.8, 0.8));
        assert!(better("density", 0.9, 1.2) && better("density", 1.1, 0.8));
        assert!(!better("fjd", f64::NAN, 1.0));
        assert_eq!(Metric::find("fjd10k"), None);
        assert_eq!(Metric::find("fjd").unwrap().score_name(2500), "fjd2500");
    }
}
