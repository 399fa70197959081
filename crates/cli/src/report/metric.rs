//! What a metric's name means, and which of its values are good.

use serde::Serialize;

/// Which values are good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
pub(crate) enum Good {
    /// Small ones.
    Small,
    /// Large ones.
    Large,
    /// Those near this one.
    Near(f64),
}

/// A metric, as `ganymede eval` and a run's evaluations name it, without the number of samples.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) good: Good,
    /// What it sees, for people.
    pub(crate) means: &'static str,
}

const fn metric(name: &'static str, good: Good, means: &'static str) -> Metric {
    Metric { name, good, means }
}

/// All metrics, in the order in which they are shown.
pub(crate) const METRICS: &[Metric] = &[
    metric("fjd", Good::Small, "Fréchet distance of the judge's features"),
    metric("kid", Good::Small, "distance of the features' moments up to the third, without bias"),
    metric("precision", Good::Large, "share of generated images that look real"),
    metric("recall", Good::Large, "share of real images whose like is generated"),
    metric("density", Good::Near(1.0), "as precision, less moved by outliers"),
    metric("coverage", Good::Large, "as recall, less moved by outliers"),
    metric("two-sample", Good::Near(0.5), "how often the nearest neighbour tells generated from real"),
    metric("diversity", Good::Near(1.0), "mean distance of two generated images over that of two real ones"),
    metric("modes", Good::Large, "classes with at least one clear image"),
    metric("modes-kl", Good::Small, "KL divergence of the judged classes from the data's shares"),
    metric("low-confidence", Good::Small, "share of images that the judge is unsure of"),
    metric("label-accuracy", Good::Large, "share of images that are of the class asked for"),
    metric(
        "memory-near",
        Good::Small,
        "share nearer to a training image than 99% of the test images; 0.1 is copying",
    ),
    metric(
        "memory-ratio",
        Good::Near(1.0),
        "median distance to the nearest training image over the test images'",
    ),
    metric(
        "memory-control",
        Good::Near(1.0),
        "share of noisy training images that count as near: 1 where the test works",
    ),
];

/// A score's name without its number of samples: `fjd` of `fjd10k`.
pub(crate) fn base(name: &str) -> &str {
    let is_digit = |c: char| c.is_ascii_digit();
    let thousands = name.strip_suffix('k').filter(|rest| rest.ends_with(is_digit));
    thousands.unwrap_or(name).trim_end_matches(is_digit)
}

#[cfg(test)]
mod tests {
    use metrics::Aim;

    use super::*;

    #[test]
    fn what_is_good_is_what_the_best_checkpoint_goes_by() {
        for known in metrics::METRICS {
            let shown = METRICS.iter().find(|metric| metric.name == known.name).map(|metric| metric.good);
            let aimed = match known.aim {
                Aim::Low => Good::Small,
                Aim::High => Good::Large,
                Aim::One => Good::Near(1.0),
            };
            assert_eq!(shown, Some(aimed), "{known}");
        }
    }

    #[test]
    fn names_lose_their_counts_and_nothing_else() {
        for (name, expected) in [
            ("fjd10k", "fjd"),
            ("two-sample999", "two-sample"),
            ("k", "k"),
            ("risk", "risk"),
            ("modes-kl2k", "modes-kl"),
        ] {
            assert_eq!(base(name), expected);
        }
    }
}
