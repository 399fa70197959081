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
use crate::FEWEST;
use crate::Judge;
use crate::error::JudgeError;
use crate::view::not_yet;

/// Probability of its class from which on an image is clear.
const CONFIDENCE: f32 = 0.9;
/// Samples of a subset of KID (Binkowski et al. 2018), or half of the images where they are fewer.
const KID_SUBSET: usize = 1000;
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
        let look = |set, mut indices: Vec<u32>| {
            indices.truncate(samples);
            Chosen::new(judge, threads, set, indices, interrupt)
        };
        let reference = look(test.unwrap_or(training), of_reference)?;
        let floor = look(training, of_floor)?;
        let features = reference.view.features()?;
        not_yet(interrupt)?;
        let basis = Basis {
            gaussian: Gaussian::fit(&features)?,
            balls: RealBalls::new(threads, &features, &PrdcOptions::default())?,
            spread: diversity(threads, &features)?,
        };
        let shares = shares(judge, training);
        Ok(Standard {
            compared_floor: compare(threads, &reference, &basis, &floor, seed, interrupt)?,
            judged_floor: Judged::new(&reference, &shares)?,
            judge,
            samples,
            seed,
            reference,
            floor,
            shares,
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
        let scores = self.scores_until(threads, &chosen, interrupt)?;
        Ok(Evaluation { scores, classes: class_counts(self.judge, &self.shares, &chosen) })
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
        Chosen::new(self.judge, threads, generated, indices, interrupt)
    }

    /// The three kinds.
    pub(super) fn kinds<'k>(&'k self, generated: &'k Chosen) -> Kinds<'k> {
        Kinds { reference: &self.reference, floor: &self.floor, generated }
    }

    /// The shares of the classes.
    pub(super) fn shares(&self) -> &[f64] {
        &self.shares
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

/// The shares of the classes: the training images', or where these have no labels of all classes those that the judge
/// learned from.
fn shares(judge: &Judge, training: &ImageSet) -> Vec<f64> {
    let counts = training.class_counts().filter(|c| c.len() == judge.classes() && !c.contains(&0));
    let counts: Vec<f64> = match counts {
        Some(counts) => counts.into_iter().map(|count| count as f64).collect(),
        None => judge.description().class_counts.iter().map(|&count| count as f64).collect(),
    };
    let all: f64 = counts.iter().sum();
    counts.into_iter().map(|count| count / all).collect()
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
