//! Every metric of generated images, each beside its floor.
//!
//! The reference `R` are held-out test images; the floor's images `F` are training images. With `G` the
//! generated ones, a score is `metric(R, G)` and its floor `metric(R, F)`: what a perfect generator would have at these
//! counts. Data without a test split are cut in two: then `R` and `F` are different training images, and copies cannot
//! be told from luck.
//!
//! What a metric means: `docs/metrics.md`.

mod by_class;
mod chosen;
mod counts;
mod leaks;
mod left_out;
mod memory;
mod report;
mod standard;

use data::ImageSet;
use kernels::Threads;
use metrics::two_sample;

use crate::Judge;
use crate::error::JudgeError;

use self::chosen::{Chosen, Kinds, labels};

pub use by_class::ClassScore;
pub use counts::ClassCount;
pub use leaks::{Leak, Leaks};
pub use left_out::LeftOut;
pub use memory::MemoryScore;
pub use report::{JudgeName, Report, Score};
pub use standard::{Evaluation, Standard, samples_of};

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// What the generator learned from.
    pub training: &'a ImageSet,
    /// What it never saw, if there is any.
    pub test: Option<&'a ImageSet>,
    /// What it made; labels, where it has them, are the classes that were asked for.
    pub generated: &'a ImageSet,
}

/// How images are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Images of each kind, or fewer where there are fewer.
    pub samples: usize,
    /// Generated and test images whose nearest training images are looked for.
    pub memory_queries: usize,
    /// Chooses images and subsets.
    pub seed: u64,
}

impl Default for Options {
    /// 10,000 samples, 1000 of them for memory, seed 0.
    fn default() -> Options {
        Options { samples: 10_000, memory_queries: 1000, seed: 0 }
    }
}

/// Judges `images.generated` by every metric.
///
/// # Errors
/// [`JudgeError::Images`] for images of other sizes than the judge's, or less than 100 of a kind; [`JudgeError::Metric`].
pub fn evaluate(
    judge: &Judge,
    threads: Threads,
    images: Images,
    options: Options,
) -> Result<Report, JudgeError> {
    let Images { training, test, generated } = images;
    let samples = options.samples.min(generated.len());
    let standard = Standard::new(judge, threads, training, test, samples, options.seed)?;
    let mut notes = notes(images, options, standard.samples());
    let chosen = standard.choose(threads, generated)?;
    let kinds = standard.kinds(&chosen);
    let mut left_out = standard.left_out(&chosen);
    let mut scores = standard.scores(threads, &chosen)?;
    // Beside the other comparisons; the judge's figures of each kind alone follow.
    let at = scores.iter().position(|score| score.name.starts_with("diversity")).unwrap_or(scores.len());
    scores.insert(at, apart(threads, &kinds, standard.samples())?);
    notes.extend(unsure(&scores));
    notes.extend(standard.notes(&chosen));
    let leaks = test.and_then(|test| leaks::leaks(training, test));
    let memory = match test {
        Some(test) => {
            let leaked = leaks.as_ref().map_or(&[][..], |leaks| &leaks.places);
            let (sets, mut told) = ([training, test, generated], (&mut notes, &mut left_out));
            memory::memory_score(threads, sets, &kinds, leaked, options, &mut told)?
        }
        None => {
            left_out.push(LeftOut::new("memory", "there is no test split to compare with"));
            None
        }
    };
    if let Some(memory) = &memory {
        scores.extend(memory.scores());
    }
    let classes = by_class::class_scores(judge, threads, standard.shares(), &kinds)?;
    left_out.extend(left_out::by_class(&classes, by_class::FEWEST));
    Ok(Report {
        judge: judge.into(),
        data: training.name().to_owned(),
        samples: standard.samples(),
        seed: options.seed,
        scores: left_out::finite(scores, &mut left_out),
        classes,
        memory,
        leaks,
        left_out,
        notes,
    })
}

/// Share of real images that a judge may be unsure of, and that it must class as they are labelled, for its scores to mean much.
const MOST_UNSURE: f64 = 0.5;
const LEAST_RIGHT: f64 = 0.8;

/// What should be known of a judge that does not know real images.
fn unsure(scores: &[Score]) -> Option<String> {
    let floor =
        |name: &str| scores.iter().find(|score| score.name.starts_with(name)).and_then(|score| score.floor);
    let (unsure, right) = (floor("low-confidence")?, floor("label-accuracy"));
    if unsure <= MOST_UNSURE && right.is_none_or(|right| right >= LEAST_RIGHT) {
        return None;
    }
    let right = right.map_or_else(String::new, |right| format!(" and right on {:.0}%", 100.0 * right));
    Some(format!(
        "the judge is sure of {:.0}% of real images{right}: its scores say little; it needs more images or more epochs",
        100.0 * (1.0 - unsure)
    ))
}

/// What should be known of the choice of images.
fn notes(images: Images, options: Options, samples: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if samples < options.samples {
        let (_, real) = samples_of(images.training, images.test, options.samples);
        let generated = match images.generated.len() {
            // No more were made than could be compared.
            n if n == samples && real == samples => String::new(),
            n => format!(" and {n} generated"),
        };
        notes.push(format!("{samples} images of each kind: there are {real} real{generated}"));
    }
    if images.test.is_none() {
        notes.push(
            "no test split: real images are compared with other training images, and memory is not tested; a folder whose \
             images are in `train` and `test` has one"
                .into(),
        );
    }
    notes
}

/// The two-sample test.
fn apart(threads: Threads, kinds: &Kinds, samples: usize) -> Result<Score, JudgeError> {
    let reference = kinds.reference.view.features()?;
    let accuracy = |chosen: &Chosen| -> Result<f64, JudgeError> {
        Ok(two_sample(threads, &reference, &chosen.view.features()?)?.accuracy)
    };
    Ok(Score::new("two-sample", samples, accuracy(kinds.generated)?, Some(accuracy(kinds.floor)?)))
}
