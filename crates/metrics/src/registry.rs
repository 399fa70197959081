//! The registry of metrics: one entry for each metric, and everything that is known about it beside its arithmetic.
//!
//! Evaluation, targets, the best checkpoint, reports, comparisons, sweeps, model cards and `docs/metrics.md` read these
//! entries. A new metric is one entry here and the code that computes it.

use crate::metric::{Aim, FloorRule, Format, Measured, Metric};

/// What most entries have.
const USUAL: Metric = Metric {
    name: "",
    compares: "",
    aim: Aim::High,
    means: "",
    source: "",
    needs_labels: false,
    floor: FloorRule::TrainingImages,
    measured: Measured::Always,
    format: Format::Share,
    headline: false,
    former: None,
};

/// Makes a constant of each entry, and the list of all of them in the same order.
macro_rules! registry {
    ($($constant:ident = { $($field:ident: $value:expr),+ $(,)? };)+) => {
        $(
            #[doc = concat!("See [`METRICS`].")]
            pub const $constant: Metric = Metric { $($field: $value,)+ ..USUAL };
        )+

        /// All metrics, in the order in which they are shown.
        pub const METRICS: &[Metric] = &[$($constant),+];
    };
}

registry! {
    FD = {
        name: "fd",
        compares: "mean and covariance of the judge's features, of generated and of real images",
        aim: Aim::Low,
        means: "Fréchet distance of the judge's features; blur, artefacts and missing kinds raise it",
        source: "Heusel et al. 2017, on the judge's features",
        format: Format::Number,
        headline: true,
        former: Some("fjd"),
    };
    KID = {
        name: "kid",
        compares: "moments of the features up to the third",
        aim: Aim::Low,
        means: "kernel distance of the features; unbiased, so it is fair for few images",
        source: "Binkowski et al. 2018, 100 subsets",
        format: Format::Number,
    };
    PRECISION = {
        name: "precision",
        compares: "generated images and the neighbourhoods of real ones",
        means: "share of generated images that look like real ones",
        source: "Kynkäänniemi et al. 2019, k = 3",
        headline: true,
    };
    RECALL = {
        name: "recall",
        compares: "real images and the neighbourhoods of generated ones",
        means: "share of real images that resemble a generated one; missing kinds lower it",
        source: "Kynkäänniemi et al. 2019, k = 3",
        headline: true,
    };
    DENSITY = {
        name: "density",
        compares: "generated images and the neighbourhoods of real ones",
        aim: Aim::Near(1.0),
        means: "as precision, less sensitive to outliers among the real images",
        source: "Naeem et al. 2020, k = 5",
        format: Format::Number,
    };
    COVERAGE = {
        name: "coverage",
        compares: "the neighbourhoods of real images and generated images",
        means: "as recall, less sensitive to outliers among the generated images",
        source: "Naeem et al. 2020, k = 5",
        headline: true,
    };
    TWO_SAMPLE = {
        name: "two-sample",
        compares: "each image and its nearest neighbour among all images",
        aim: Aim::Near(0.5),
        means: "how often the nearest neighbour tells generated from real; below 0.5, copies of the reference",
        source: "Lopez-Paz and Oquab 2017, 1-NN",
        measured: Measured::Complete,
    };
    DIVERSITY = {
        name: "diversity",
        compares: "distances between generated images and distances between real ones",
        aim: Aim::Near(1.0),
        means: "mean distance of two generated images over that of two real ones",
        source: "Zhu et al. 2017, in the judge's features",
        format: Format::Number,
    };
    MODES = {
        name: "modes",
        compares: "the classes that the judge sees and all classes",
        means: "classes with at least one clear image, of probability 0.9",
        source: "Che et al. 2017",
        floor: FloorRule::ReferenceImages,
        format: Format::Count,
    };
    MODES_KL = {
        name: "modes-kl",
        compares: "the shares of the classes that the judge sees and those of the data",
        aim: Aim::Low,
        means: "KL divergence of the judged classes from the data's shares",
        source: "Srivastava et al. 2017",
        floor: FloorRule::ReferenceImages,
        format: Format::Number,
    };
    LOW_CONFIDENCE = {
        name: "low-confidence",
        compares: "the judge's probabilities and 0.9",
        aim: Aim::Low,
        means: "share of images that the judge is unsure of: images between the classes, or of none",
        source: "the judge's largest probability",
        floor: FloorRule::ReferenceImages,
    };
    LABEL_ACCURACY = {
        name: "label-accuracy",
        compares: "the class that the judge sees and the class asked for",
        means: "share of images that are of the class asked for",
        source: "the judge's likeliest class",
        needs_labels: true,
        floor: FloorRule::ReferenceImages,
        headline: true,
    };
    MEMORY_NEAR = {
        name: "memory-near",
        compares: "pixels of generated images, of test images and of their nearest training images",
        aim: Aim::Low,
        means: "share nearer to a training image than 99% of the test images; 0.1 or more is copying",
        source: "after Meehan et al. 2020",
        floor: FloorRule::Known(0.01),
        measured: Measured::Complete,
    };
    MEMORY_RATIO = {
        name: "memory-ratio",
        compares: "pixels of generated images, of test images and of their nearest training images",
        aim: Aim::Near(1.0),
        means: "median distance to the nearest training image over that of test images; 0 where all is copied",
        source: "after Meehan et al. 2020",
        floor: FloorRule::Known(1.0),
        measured: Measured::Complete,
        format: Format::Number,
    };
    MEMORY_CONTROL = {
        name: "memory-control",
        compares: "pixels of training images with a little noise and of training images",
        means: "share of noisy training images that count as near; below 0.9 there is no verdict on copying",
        source: "a positive control",
        floor: FloorRule::Known(1.0),
        measured: Measured::Complete,
    };
    USEFULNESS = {
        name: "usefulness",
        compares: "a classifier of generated images and a classifier of real ones, on test images",
        means: "share of test images that a classifier gets right after learning from generated images alone",
        source: "Ravuri and Vinyals 2019",
        needs_labels: true,
        floor: FloorRule::RealLessons,
        measured: Measured::OnRequest,
    };
    STACKED_MODES = {
        name: "stacked-modes",
        compares: "the kinds of stacked digits that the judge sees and all 1000 kinds",
        means: "kinds of stacked digits seen at least once, of 1000",
        source: "Metz et al. 2017, Lin et al. 2018",
        floor: FloorRule::ReferenceImages,
        measured: Measured::Stacks,
        format: Format::Count,
    };
    STACKED_KL = {
        name: "stacked-kl",
        compares: "the shares of the kinds of stacked digits and equal shares",
        aim: Aim::Low,
        means: "KL divergence of the kinds' shares from equal shares",
        source: "Metz et al. 2017, Lin et al. 2018",
        floor: FloorRule::ReferenceImages,
        measured: Measured::Stacks,
        format: Format::Number,
    };
}

/// Fewest images of each kind for which scores are computed.
pub const FEWEST: usize = 100;

/// The metric that stands for all where there is room for one, and that decides unless another is chosen.
pub const MAIN: Metric = FD;

/// A score's name taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named {
    /// The metric.
    pub metric: Metric,
    /// The number of samples, where the name has one.
    pub samples: Option<usize>,
    /// The name of the metric that was used, where it is an earlier one.
    pub former: Option<&'static str>,
}

impl Named {
    /// A note that the metric was renamed, where its earlier name was used.
    pub fn note(&self) -> Option<String> {
        self.former.map(|former| format!("`{former}` is now called `{}`", self.metric))
    }
}

impl Metric {
    /// The metric of this name, present or earlier, without a number of samples.
    pub fn find(name: &str) -> Option<Metric> {
        Metric::named(name).map(|named| named.metric)
    }

    /// As [`Metric::find`], and whether the name is an earlier one.
    pub fn named(name: &str) -> Option<Named> {
        METRICS.iter().find_map(|&metric| {
            let former = metric.former.filter(|&former| former == name);
            (metric.name == name || former.is_some()).then_some(Named { metric, samples: None, former })
        })
    }

    /// Takes a score's name apart: the metric, and the number of samples if there is one. `fd10k` is `fd` of 10,000.
    ///
    /// Nothing else takes names apart: scores have the metric and the number of samples as fields of their own, and only
    /// logs of earlier versions and users' texts have nothing but a name.
    pub fn parse(name: &str) -> Option<Named> {
        let digits = |text: &str| text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let thousands = name.strip_suffix('k').filter(|rest| digits(rest) > 0);
        let (counted, unit) = thousands.map_or((name, 1), |rest| (rest, 1000));
        let (base, count) = counted.split_at(counted.len() - digits(counted));
        if count.is_empty() {
            return Metric::named(base);
        }
        let samples = count.parse::<usize>().ok()?.checked_mul(unit)?;
        Metric::named(base).map(|named| Named { samples: Some(samples), ..named })
    }

    /// The metrics that evaluations during training measure.
    pub fn during_training() -> impl Iterator<Item = Metric> {
        METRICS.iter().copied().filter(|metric| metric.is_measured_during_training())
    }

    /// The names of the metrics that evaluations during training measure, for messages.
    pub fn names_during_training() -> String {
        Metric::during_training().map(|metric| metric.name).collect::<Vec<_>>().join(", ")
    }

    /// The name of its score over so many samples, such as `fd10k`.
    pub fn score_name(self, samples: usize) -> String {
        format!("{}{}", self.name, short(samples))
    }

    /// Its place in [`METRICS`].
    pub fn place(self) -> usize {
        METRICS.iter().position(|&metric| metric == self).unwrap_or(METRICS.len())
    }
}

/// A number of samples as names of scores have it: whole thousands as `k`.
pub fn short(samples: usize) -> String {
    if samples >= 1000 && samples.is_multiple_of(1000) {
        return format!("{}k", samples / 1000);
    }
    samples.to_string()
}

#[cfg(test)]
mod tests;
