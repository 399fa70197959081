//! The complete evaluation: every metric, each beside its floor.

use kernels::Threads;
use metrics::registry::{LABEL_ACCURACY, LOW_CONFIDENCE, TWO_SAMPLE};
use metrics::{Score, two_sample};

use super::by_class;
use super::chosen::{Chosen, Kinds};
use super::images::{Images, Options, samples_of};
use super::leaks;
use super::left_out::{LeftOut, finite};
use super::memory;
use super::report::Report;
use super::standard::Standard;
use crate::classifier::Judge;
use crate::error::JudgeError;

/// Scores `images.generated` by every metric.
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
    scores.push(apart(threads, &kinds, standard.samples())?);
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
    scores.sort_by_key(|score| score.metric.place());
    let classes = by_class::class_scores(judge, threads, standard.shares(), &kinds)?;
    left_out.extend(by_class::left_out(&classes));
    Ok(Report {
        judge: judge.into(),
        data: training.name().to_owned(),
        samples: standard.samples(),
        seed: options.seed,
        scores: finite(scores, &mut left_out),
        classes,
        memory,
        leaks,
        left_out,
        notes,
    })
}

/// The largest share of real images of which a judge may be unsure, and the smallest share that it must classify as labelled.
/// Otherwise its scores say little.
const MOST_UNSURE: f64 = 0.5;
const LEAST_RIGHT: f64 = 0.8;

/// A note on a judge that does not recognise real images.
fn unsure(scores: &[Score]) -> Option<String> {
    let floor = |metric| scores.iter().find(|score| score.metric == metric)?.floor;
    let (unsure, right) = (floor(LOW_CONFIDENCE)?, floor(LABEL_ACCURACY));
    if unsure <= MOST_UNSURE && right.is_none_or(|right| right >= LEAST_RIGHT) {
        return None;
    }
    let right = right.map_or_else(String::new, |right| format!(" and right on {:.0}%", 100.0 * right));
    Some(format!(
        "the judge is sure of {:.0}% of real images{right}: its scores say little; it needs more images or more epochs",
        100.0 * (1.0 - unsure)
    ))
}

/// Notes on the choice of images.
fn notes(images: Images, options: Options, samples: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if samples < options.samples {
        let (_, real) = samples_of(images.training, images.test, options.samples);
        let generated = match images.generated.len() {
            // As many were generated as could be compared.
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
    Ok(Score::new(TWO_SAMPLE, samples, accuracy(kinds.generated)?, Some(accuracy(kinds.floor)?)))
}
