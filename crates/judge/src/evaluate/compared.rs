//! The figures behind the scores: two sets of images compared, and the judge's classes of one set.

use std::sync::atomic::AtomicBool;

use kernels::Threads;
use metrics::{
    Diversity, Gaussian, Kid, KidOptions, Prdc, PrdcOptions, RealBalls, diversity, frechet, kid, modes,
    prdc_of,
};

use super::chosen::Chosen;
use crate::error::JudgeError;
use crate::view::not_yet;

/// Probability of its class from which on an image is clear.
const CONFIDENCE: f32 = 0.9;
/// Samples of a subset of KID (Binkowski et al. 2018), or half of the images where they are fewer.
const KID_SUBSET: usize = 1000;

/// What comparisons need of the reference.
#[derive(Debug)]
pub(super) struct Basis {
    gaussian: Gaussian,
    balls: RealBalls,
    spread: Diversity,
}

/// `metric(reference, x)` for some images `x`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    pub(super) fd: f64,
    pub(super) kid: Kid,
    pub(super) prdc: Prdc,
    pub(super) diversity: f64,
}

/// The judge's classes of some images.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classified {
    pub(super) modes: f64,
    pub(super) kl: f64,
    pub(super) low_confidence: f64,
    pub(super) accuracy: Option<f64>,
}

impl Basis {
    pub(super) fn new(threads: Threads, reference: &Chosen) -> Result<Basis, JudgeError> {
        let features = reference.view.features()?;
        Ok(Basis {
            gaussian: Gaussian::fit(&features)?,
            balls: RealBalls::new(threads, &features, &PrdcOptions::default())?,
            spread: diversity(threads, &features)?,
        })
    }

    /// Compares `other` with the reference. `seed` chooses the subsets of KID.
    pub(super) fn compare(
        &self,
        threads: Threads,
        [reference, other]: [&Chosen; 2],
        seed: u64,
        interrupt: &AtomicBool,
    ) -> Result<Compared, JudgeError> {
        let (r, x) = (reference.view.features()?, other.view.features()?);
        let subset_size = kid_subset(r.rows());
        not_yet(interrupt)?;
        let fd = frechet(&self.gaussian, &Gaussian::fit(&x)?)?.distance;
        not_yet(interrupt)?;
        let kid = kid(threads, &r, &x, &KidOptions { subset_size, seed, ..KidOptions::default() })?;
        not_yet(interrupt)?;
        let prdc = prdc_of(threads, &r, &self.balls, &x)?;
        not_yet(interrupt)?;
        Ok(Compared { fd, kid, prdc, diversity: diversity(threads, &x)?.ratio_to(&self.spread)? })
    }
}

impl Classified {
    /// `shares` are the data's, of each class.
    pub(super) fn new(chosen: &Chosen, shares: &[f64]) -> Result<Classified, JudgeError> {
        let found = modes(&chosen.view.judged()?, shares, CONFIDENCE)?;
        let (modes, accuracy) = (found.hit as f64, chosen.accuracy());
        Ok(Classified { modes, kl: found.kl, low_confidence: found.low_confidence, accuracy })
    }
}

/// Samples of one of KID's subsets.
pub(super) fn kid_subset(samples: usize) -> usize {
    KID_SUBSET.min(samples / 2)
}
