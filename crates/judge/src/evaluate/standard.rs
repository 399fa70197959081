//! What generated images are held against: looked at once, for any number of evaluations.

use std::sync::atomic::AtomicBool;

use data::ImageSet;
use kernels::Threads;
use metrics::{
    Diversity, Gaussian, Kid, KidOptions, Prdc, PrdcOptions, RealBalls, diversity, frechet, kid, modes,
    prdc_of,
};

use super::Score;
use super::chosen::{Chosen, Kinds, order};
use super::counts::{ClassCount, class_counts};
use super::left_out::{LeftOut, finite, known_labels};
use crate::FEWEST;
use crate::Judge;
use crate::error::JudgeError;
use crate::view::not_yet;

/// Probability of its class from which on an image is clear.
const CONFIDENCE: f32 = 0.9;
/// Samples of a subset of KID (Binkowski et al. 2018), or half of the images where they are fewer.
const KID_SUBSET: usize = 1000;
/// What messages call the floor's images.
const TRAINING: &str = "the training images";
/// Which permutation of a seed chooses the reference, the floor's and the generated images.
const CHOICES: [u64; 3] = [301, 302, 303];

/// The reference and the floor's images as a judge sees them, and all that a comparison with them needs of them alone.
#[derive(Debug)]
pub struct Standard<'a> {
    judge: &'a Judge,
    samples: usize,
    seed: u64,
    reference: Chosen,
    floor: Chosen,
    /// Of the classes.
    shares: Vec<f64>,
    /// Why these are not the training images' shares, where they are not.
    borrowed_shares: Option<String>,
    basis: Basis,
    compared_floor: Compared,
    /// What the judge says of the reference, which it has not seen.
    judged_floor: Judged,
}

/// How good some generated images are.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Each metric but the two-sample test and memory.
    pub scores: Vec<Score>,
    /// Each class.
    pub classes: Vec<ClassCount>,
    /// The metrics without a score.
    pub left_out: Vec<LeftOut>,
}

/// What comparisons need of the reference.
#[derive(Debug)]
struct Basis {
    gaussian: Gaussian,
    balls: RealBalls,
    spread: Diversity,
}

/// `metric(reference, x)` for some images `x`.
#[derive(Clone, Copy, Debug)]
struct Compared {
    fjd: f64,
    kid: Kid,
    prdc: Prdc,
    diversity: f64,
}

/// What the judge says of some images by themselves.
#[derive(Clone, Copy, Debug)]
struct Judged {
    modes: f64,
    kl: f64,
    low_confidence: f64,
    accuracy: Option<f64>,
}

/// Images of each kind that are compared where `asked` are wanted, and how many real ones there are: the test images, or
/// without any one half of the training images.
pub fn samples_of(training: &ImageSet, test: Option<&ImageSet>, asked: usize) -> (usize, usize) {
    let real = match test {
        Some(test) => test.len().min(training.len()),
        None => training.len() / 2,
    };
    (asked.min(real), real)
}

impl<'a> Standard<'a> {
    /// Looks at `samples` images of each kind, or at as many as there are.
    ///
    /// # Errors
    /// [`JudgeError::Images`] for images of other sizes than the judge's, or less than 100 of a kind; [`JudgeError::Metric`].
    pub fn new(
        judge: &'a Judge,
        threads: Threads,
        training: &ImageSet,
        test: Option<&ImageSet>,
        samples: usize,
        seed: u64,
    ) -> Result<Standard<'a>, JudgeError> {
        Standard::new_until(judge, threads, training, test, (samples, seed), &AtomicBool::new(false))
    }

    /// The same, until `interrupt` is raised; of `(samples, seed)`.
    ///
    /// # Errors
    /// As [`Standard::new`]; [`JudgeError::Interrupted`].
    pub fn new_until(
        judge: &'a Judge,
        threads: Threads,
        training: &ImageSet,
        test: Option<&ImageSet>,
        (samples, seed): (usize, u64),
        interrupt: &AtomicBool,
    ) -> Result<Standard<'a>, JudgeError> {
        let (samples, real) = samples_of(training, test, samples);
        if samples < FEWEST {
            let got = format!("{samples} ({real} real)");
            return Err(JudgeError::images("images of a kind to compare", format!("at least {FEWEST}"), got));
        }
        let (of_reference, of_floor) = match test {
            Some(test) => (order(seed, CHOICES[0], test.len()), order(seed, CHOICES[1], training.len())),
            None => {
                let all = order(seed, CHOICES[0], training.len());
                (all[..samples].to_vec(), all[samples..].to_vec())
            }
        };
        let look = |set, kind, mut indices: Vec<u32>| {
            indices.truncate(samples);
            Chosen::new(judge, threads, (set, kind), indices, interrupt)
        };
        let reference = match test {
            Some(test) => look(test, "the test images", of_reference)?,
            None => look(training, TRAINING, of_reference)?,
        };
        let floor = look(training, TRAINING, of_floor)?;
        let features = reference.view.features()?;
        not_yet(interrupt)?;
        let basis = Basis {
            gaussian: Gaussian::fit(&features)?,
            balls: RealBalls::new(threads, &features, &PrdcOptions::default())?,
            spread: diversity(threads, &features)?,
        };
        let (shares, borrowed_shares) = shares(judge, training);
        Ok(Standard {
            compared_floor: compare(threads, &reference, &basis, &floor, seed, interrupt)?,
            judged_floor: Judged::new(&reference, &shares)?,
            judge,
            samples,
            seed,
            reference,
            floor,
            shares,
            borrowed_shares,
            basis,
        })
    }

    /// Images of each kind.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Scores `generated`, whose labels, where it has them, are the classes that were asked for. Of more images than
    /// [`Standard::samples`], so many are chosen.
    ///
    /// # Errors
    /// [`JudgeError::Images`] for images of other sizes than the judge's, or too few; [`JudgeError::Metric`].
    pub fn score(&self, threads: Threads, generated: &ImageSet) -> Result<Evaluation, JudgeError> {
        self.score_until(threads, generated, &AtomicBool::new(false))
    }

    /// The same, until `interrupt` is raised.
    ///
    /// # Errors
    /// As [`Standard::score`]; [`JudgeError::Interrupted`].
    pub fn score_until(
        &self,
        threads: Threads,
        generated: &ImageSet,
        interrupt: &AtomicBool,
    ) -> Result<Evaluation, JudgeError> {
        let chosen = self.choose_until(threads, generated, interrupt)?;
        let mut left_out = self.left_out(&chosen);
        let scores = finite(self.scores_until(threads, &chosen, interrupt)?, &mut left_out);
        Ok(Evaluation { scores, classes: class_counts(self.judge, &self.shares, &chosen), left_out })
    }

    /// As many of the generated images as there are of the other kinds.
    pub(super) fn choose(&self, threads: Threads, generated: &ImageSet) -> Result<Chosen, JudgeError> {
        self.choose_until(threads, generated, &AtomicBool::new(false))
    }

    fn choose_until(
        &self,
        threads: Threads,
        generated: &ImageSet,
        interrupt: &AtomicBool,
    ) -> Result<Chosen, JudgeError> {
        if generated.len() < self.samples {
            let what = format!("{}: images to compare", generated.name());
            return Err(JudgeError::images(what, format!("at least {}", self.samples), generated.len()));
        }
        let mut indices = order(self.seed, CHOICES[2], generated.len());
        indices.truncate(self.samples);
        Chosen::new(self.judge, threads, (generated, "the generated images"), indices, interrupt)
    }

    /// The three kinds.
    pub(super) fn kinds<'k>(&'k self, generated: &'k Chosen) -> Kinds<'k> {
        Kinds { reference: &self.reference, floor: &self.floor, generated }
    }

    /// The shares of the classes.
    pub(super) fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The metrics that have no score, or no floor, for these images.
    pub(super) fn left_out(&self, generated: &Chosen) -> Vec<LeftOut> {
        let of = |metric, chosen: &Chosen| chosen.unlabelled.as_ref().map(|why| LeftOut::new(metric, why));
        let value = of("label-accuracy", generated);
        // Without a value, the floor is not needed.
        let floor = if value.is_none() { of("label-accuracy: floor", &self.reference) } else { None };
        value.into_iter().chain(floor).collect()
    }

    /// What should be known of the labels that scores are computed with.
    pub(super) fn notes(&self, generated: &Chosen) -> Vec<String> {
        let mut notes: Vec<String> =
            [generated, &self.reference, &self.floor].into_iter().filter_map(|c| c.note.clone()).collect();
        notes.dedup();
        notes.extend(self.borrowed_shares.clone());
        notes
    }

    /// Each metric beside its floor.
    pub(super) fn scores(&self, threads: Threads, generated: &Chosen) -> Result<Vec<Score>, JudgeError> {
        self.scores_until(threads, generated, &AtomicBool::new(false))
    }

    fn scores_until(
        &self,
        threads: Threads,
        generated: &Chosen,
        interrupt: &AtomicBool,
    ) -> Result<Vec<Score>, JudgeError> {
        let g = compare(threads, &self.reference, &self.basis, generated, self.seed, interrupt)?;
        let f = &self.compared_floor;
        let (of_generated, of_reference) = (Judged::new(generated, &self.shares)?, &self.judged_floor);
        let score = |name: &str, value, floor| Score::new(name, self.samples, value, Some(floor));
        let mut scores = vec![
            score("fjd", g.fjd, f.fjd),
            score("kid", g.kid.mean, f.kid.mean).with_deviation(g.kid.deviation),
            score("precision", g.prdc.precision, f.prdc.precision),
            score("recall", g.prdc.recall, f.prdc.recall),
            score("density", g.prdc.density, f.prdc.density),
            score("coverage", g.prdc.coverage, f.prdc.coverage),
            score("diversity", g.diversity, f.diversity),
            score("modes", of_generated.modes, of_reference.modes),
            score("modes-kl", of_generated.kl, of_reference.kl),
            score("low-confidence", of_generated.low_confidence, of_reference.low_confidence),
        ];
        if let Some(accuracy) = of_generated.accuracy {
            scores.push(Score::new("label-accuracy", self.samples, accuracy, of_reference.accuracy));
        }
        Ok(scores)
    }
}

impl Judged {
    fn new(chosen: &Chosen, shares: &[f64]) -> Result<Judged, JudgeError> {
        let found = modes(&chosen.view.judged()?, shares, CONFIDENCE)?;
        let (modes, accuracy) = (found.hit as f64, chosen.accuracy());
        Ok(Judged { modes, kl: found.kl, low_confidence: found.low_confidence, accuracy })
    }
}

/// `metric(reference, other)`.
fn compare(
    threads: Threads,
    reference: &Chosen,
    basis: &Basis,
    other: &Chosen,
    seed: u64,
    interrupt: &AtomicBool,
) -> Result<Compared, JudgeError> {
    let (r, x) = (reference.view.features()?, other.view.features()?);
    let subset_size = kid_subset(r.rows());
    not_yet(interrupt)?;
    let fjd = frechet(&basis.gaussian, &Gaussian::fit(&x)?)?.distance;
    not_yet(interrupt)?;
    let kid = kid(threads, &r, &x, &KidOptions { subset_size, seed, ..KidOptions::default() })?;
    not_yet(interrupt)?;
    let prdc = prdc_of(threads, &r, &basis.balls, &x)?;
    not_yet(interrupt)?;
    Ok(Compared { fjd, kid, prdc, diversity: diversity(threads, &x)?.ratio_to(&basis.spread)? })
}

/// Samples of one of KID's subsets.
fn kid_subset(samples: usize) -> usize {
    KID_SUBSET.min(samples / 2)
}

/// The shares of the judge's classes: the training images', or where these have no labels of all of them those that the judge
/// learned from, with the reason.
fn shares(judge: &Judge, training: &ImageSet) -> (Vec<f64>, Option<String>) {
    let own = known_labels(judge, training, TRAINING).and_then(|map| {
        let mut counts = vec![0.0; judge.classes()];
        for &label in training.labels().unwrap_or_default() {
            counts[usize::from(map.of(label))] += 1.0;
        }
        match counts.iter().position(|&count| count == 0.0) {
            None => Ok(counts),
            Some(class) => Err(format!(
                "{TRAINING} have none of the judge's class {}",
                judge.label_classes().name(class)
            )),
        }
    });
    let (counts, why) = match own {
        Ok(counts) => (counts, None),
        Err(why) => (judge.description().class_counts.iter().map(|&count| count as f64).collect(), Some(why)),
    };
    let all: f64 = counts.iter().sum();
    let note = why.map(|why| format!("the classes' shares are those of the judge's own data: {why}"));
    (counts.into_iter().map(|count| count / all).collect(), note)
}

impl Judge {
    /// Bytes that a [`Standard`] of `samples` images keeps.
    pub fn standard_bytes(&self, samples: usize) -> usize {
        2 * self.view_bytes(samples) + samples * size_of::<[f64; 2]>()
    }

    /// Bytes that scoring `samples` images, or making a standard, takes beside what is kept: what the judge sees in them, what
    /// it looks with, and what neighbours are found with.
    pub fn scoring_bytes(&self, threads: Threads, samples: usize) -> usize {
        let copies = 4 * samples * self.features();
        let subset = kid_subset(samples);
        let subsets = 4 * threads.get() * subset * (subset + 2 * self.features());
        self.view_bytes(samples) + self.look_bytes() + copies.max(subsets)
    }
}
