//! What evaluations need of the real images, computed once for any number of evaluations.

use std::sync::atomic::AtomicBool;

use data::ImageSet;
use kernels::Threads;
use metrics::registry::{
    COVERAGE, DENSITY, DIVERSITY, FD, FEWEST, KID, LABEL_ACCURACY, LOW_CONFIDENCE, MODES, MODES_KL,
    PRECISION, RECALL,
};
use metrics::{Metric, Score};

use super::chosen::{Chosen, Kinds, order};
use super::compared::{Basis, Classified, Compared, kid_subset};
use super::counts::{ClassCount, class_counts};
use super::images::samples_of;
use super::labels::{TRAINING, shares};
use super::left_out::{LeftOut, finite};
use crate::classifier::Judge;
use crate::error::JudgeError;
use crate::view::not_yet;

/// Which permutation of a seed chooses the reference, the floor's and the generated images.
const CHOICES: [u64; 3] = [301, 302, 303];

/// The features of the reference images and of the floor's images, and everything else that a comparison needs of them.
#[derive(Debug)]
pub struct Standard<'a> {
    judge: &'a Judge,
    samples: usize,
    seed: u64,
    reference: Chosen,
    floor: Chosen,
    /// Of the classes.
    shares: Vec<f64>,
    /// A note where these are not the training images' shares.
    borrowed_shares: Option<String>,
    basis: Basis,
    compared_floor: Compared,
    /// The judge's classes of the reference, which it has not learned from.
    classified_floor: Classified,
}

/// The scores of generated images in an evaluation during training.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The scores of the metrics that are measured during training.
    pub scores: Vec<Score>,
    /// Each class.
    pub classes: Vec<ClassCount>,
    /// The metrics without a score.
    pub left_out: Vec<LeftOut>,
}

impl<'a> Standard<'a> {
    /// Of `samples` images of each kind, or as many as there are.
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
        not_yet(interrupt)?;
        let basis = Basis::new(threads, &reference)?;
        let (shares, borrowed_shares) = shares(judge, training);
        Ok(Standard {
            compared_floor: basis.compare(threads, [&reference, &floor], seed, interrupt)?,
            classified_floor: Classified::new(&reference, &shares)?,
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

    /// Scores `generated`. Its labels, if it has any, are the classes that were asked for. Of more images than
    /// [`Standard::samples`], that number is chosen.
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

    /// As many generated images as there are of the other kinds.
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
        let of =
            |metric: String, chosen: &Chosen| chosen.unlabelled.as_ref().map(|why| LeftOut::new(metric, why));
        let value = of(LABEL_ACCURACY.to_string(), generated);
        // Without a value, the floor is not needed.
        let floor =
            if value.is_none() { of(format!("{LABEL_ACCURACY}: floor"), &self.reference) } else { None };
        value.into_iter().chain(floor).collect()
    }

    /// Notes on the labels that scores are computed with.
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
        let g = self.basis.compare(threads, [&self.reference, generated], self.seed, interrupt)?;
        let f = &self.compared_floor;
        let (own, of_reference) = (Classified::new(generated, &self.shares)?, &self.classified_floor);
        let score = |metric: Metric, value, floor| Score::new(metric, self.samples, value, Some(floor));
        let mut scores = vec![
            score(FD, g.fd, f.fd),
            score(KID, g.kid.mean, f.kid.mean).with_deviation(g.kid.deviation),
            score(PRECISION, g.prdc.precision, f.prdc.precision),
            score(RECALL, g.prdc.recall, f.prdc.recall),
            score(DENSITY, g.prdc.density, f.prdc.density),
            score(COVERAGE, g.prdc.coverage, f.prdc.coverage),
            score(DIVERSITY, g.diversity, f.diversity),
            score(MODES, own.modes, of_reference.modes),
            score(MODES_KL, own.kl, of_reference.kl),
            score(LOW_CONFIDENCE, own.low_confidence, of_reference.low_confidence),
        ];
        if let Some(accuracy) = own.accuracy {
            scores.push(Score::new(LABEL_ACCURACY, self.samples, accuracy, of_reference.accuracy));
        }
        Ok(scores)
    }
}

impl Judge {
    /// Bytes that a [`Standard`] of `samples` images keeps.
    pub fn standard_bytes(&self, samples: usize) -> usize {
        2 * self.view_bytes(samples) + samples * size_of::<[f64; 2]>()
    }

    /// Bytes that scoring `samples` images, or making a standard, takes beside what is kept: their features, the judge's
    /// activations, and the search for neighbours.
    pub fn scoring_bytes(&self, threads: Threads, samples: usize) -> usize {
        let copies = 4 * samples * self.features();
        let subset = kid_subset(samples);
        let subsets = 4 * threads.get() * subset * (subset + 2 * self.features());
        self.view_bytes(samples) + self.look_bytes() + copies.max(subsets)
    }
}
