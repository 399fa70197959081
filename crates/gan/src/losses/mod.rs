//! What each player minimises: logits in, the batch's mean loss and its derivative by each logit out.
//!
//! Each loss has a file with a pair of scalar functions in f64; this file takes them over a batch. `r` and `f` are
//! the discriminator's logits on a real and on a generated image. No probability is computed. The auxiliary
//! classifier's loss, which adds to any of them, is in [`auxiliary`].

pub mod auxiliary;
mod constrained;
mod hinge;
mod least_squares;
mod math;
mod minimax;
mod non_saturating;
mod relativistic;
mod terms;
mod wasserstein;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use math::{sigmoid, softplus};
use terms::{GeneratorTerm, PairTerm};

/// D's logits in one step. `real` and `fake` have the same length B, at least 1.
#[derive(Clone, Copy, Debug)]
pub struct Logits<'a> {
    /// On real images.
    pub real: &'a [f32],
    /// On generated images.
    pub fake: &'a [f32],
}

/// A loss for both players.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// `L_D = softplus(-r) + softplus(f)`, `L_G = softplus(-f)` (Goodfellow et al. 2014).
    NonSaturating,
    /// `L_D = softplus(-r) + softplus(f)`, `L_G = -softplus(f)` (Goodfellow et al. 2014).
    Minimax,
    /// `L_D = f - r`, `L_G = -f` (Arjovsky et al. 2017); D wants a bound.
    Wasserstein,
    /// `L_D = (r - 1)²/2 + f²/2`, `L_G = (f - 1)²/2` (Mao et al. 2017).
    LeastSquares,
    /// `L_D = relu(1 - r) + relu(1 + f)`, `L_G = -f` (Lim and Ye 2017; Miyato et al. 2018).
    Hinge,
    /// `L_D = softplus(f - r)`, `L_G = softplus(r - f)`, paired (Jolicoeur-Martineau 2018; Huang et al. 2024).
    Relativistic,
    /// D as `NonSaturating`; G as the first half of the batch came from latents fitted to the data,
    /// `softplus(-f)`, and the second from plain noise, `softplus(f)`, each half a mean of its own.
    ///
    /// Experimental: the second term, read literally, rewards G where D rejects its images of noise.
    Constrained,
}

impl Loss {
    /// Every loss, in the order of the documentation's table.
    pub const ALL: [Loss; 7] = [
        Loss::NonSaturating,
        Loss::Minimax,
        Loss::Wasserstein,
        Loss::LeastSquares,
        Loss::Hinge,
        Loss::Relativistic,
        Loss::Constrained,
    ];

    /// Its name in a config.
    pub fn name(self) -> &'static str {
        match self {
            Loss::NonSaturating => "non-saturating",
            Loss::Minimax => "minimax",
            Loss::Wasserstein => "wasserstein",
            Loss::LeastSquares => "least-squares",
            Loss::Hinge => "hinge",
            Loss::Relativistic => "relativistic",
            Loss::Constrained => "constrained",
        }
    }

    /// Whether the loss has a target for real images that one-sided label smoothing can lower.
    pub fn supports_smoothing(self) -> bool {
        match self {
            Loss::NonSaturating | Loss::Minimax | Loss::LeastSquares | Loss::Constrained => true,
            Loss::Wasserstein | Loss::Hinge | Loss::Relativistic => false,
        }
    }

    /// The logit above which D classifies an image as real: 0 where D's logit is that of a probability (and for the hinge), the
    /// middle of both targets for least squares. `Relativistic` and `Wasserstein` fix only differences of logits, so
    /// there it is the middle between the means of `logits`.
    pub fn threshold(self, logits: Logits) -> f64 {
        let mean = |v: &[f32]| v.iter().map(|&x| f64::from(x)).sum::<f64>() / v.len().max(1) as f64;
        match self {
            Loss::NonSaturating | Loss::Minimax | Loss::Hinge | Loss::Constrained => 0.0,
            Loss::LeastSquares => 0.5,
            Loss::Relativistic | Loss::Wasserstein => (mean(logits.real) + mean(logits.fake)) / 2.0,
        }
    }

    /// How many of a batch's latents, from its start, the generator's loss expects from the Gaussian fitted to
    /// the data: half (rounded down) for `Constrained`, none otherwise.
    pub fn fitted_latents(self, batch: usize) -> usize {
        if self == Loss::Constrained { batch / 2 } else { 0 }
    }

    /// L_D, the mean over the batch; dL_D/dlogits go to `d_real` and `d_fake`. `weights` multiply the pairs' terms (1 where
    /// there are none).
    ///
    /// Computed in f64, rounded to f32 at the end. `smoothing` is one-sided label smoothing's eps: the real
    /// images' target is `1 - eps`. Losses without [`supports_smoothing`](Self::supports_smoothing) ignore it.
    ///
    /// # Panics
    /// When the four slices differ in length, or are empty.
    pub fn discriminator(
        self,
        logits: Logits<'_>,
        weights: Option<&[f32]>,
        smoothing: f64,
        d_real: &mut [f32],
        d_fake: &mut [f32],
    ) -> f64 {
        let batch = batch_of(logits, d_fake);
        assert_eq!(d_real.len(), batch, "d_real's length is not the batch size");
        let mut sum = 0.0;
        for (i, (&real, &fake)) in logits.real.iter().zip(logits.fake).enumerate() {
            let term = self.pair_term(real as f64, fake as f64, smoothing);
            let weight = weight_of(weights, i);
            sum += weight * term.value;
            d_real[i] = (weight * term.d_real / batch as f64) as f32;
            d_fake[i] = (weight * term.d_fake / batch as f64) as f32;
        }
        sum / batch as f64
    }

    /// L_G, the mean over the batch; dL_G/dfake goes to `d_fake`. `weights` as in [`discriminator`](Self::discriminator).
    ///
    /// Only `Relativistic` reads the real logits. For `Constrained` the first
    /// [`fitted_latents`](Self::fitted_latents) fakes are one mean and the others another.
    ///
    /// # Panics
    /// When the three slices differ in length, or are empty.
    pub fn generator(self, logits: Logits<'_>, weights: Option<&[f32]>, d_fake: &mut [f32]) -> f64 {
        let batch = batch_of(logits, d_fake);
        let fitted = self.fitted_latents(batch);
        let mut loss = 0.0;
        for (i, (&real, &fake)) in logits.real.iter().zip(logits.fake).enumerate() {
            let term = self.generator_term(real as f64, fake as f64, i < fitted);
            let count = if i < fitted { fitted } else { batch - fitted } as f64;
            let weight = weight_of(weights, i);
            loss += weight * term.value / count;
            d_fake[i] = (weight * term.d_fake / count) as f32;
        }
        loss
    }

    fn pair_term(self, real: f64, fake: f64, smoothing: f64) -> PairTerm {
        match self {
            Loss::NonSaturating | Loss::Minimax | Loss::Constrained => {
                non_saturating::discriminator(real, fake, smoothing)
            }
            Loss::Wasserstein => wasserstein::discriminator(real, fake),
            Loss::LeastSquares => least_squares::discriminator(real, fake, smoothing),
            Loss::Hinge => hinge::discriminator(real, fake),
            Loss::Relativistic => relativistic::discriminator(real, fake),
        }
    }

    fn generator_term(self, real: f64, fake: f64, fitted: bool) -> GeneratorTerm {
        match self {
            Loss::NonSaturating => non_saturating::generator(fake),
            Loss::Minimax => minimax::generator(fake),
            Loss::Wasserstein => wasserstein::generator(fake),
            Loss::LeastSquares => least_squares::generator(fake),
            Loss::Hinge => hinge::generator(fake),
            Loss::Relativistic => relativistic::generator(real, fake),
            Loss::Constrained if fitted => constrained::fitted_latent(fake),
            Loss::Constrained => constrained::noise_latent(fake),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn weight_of(weights: Option<&[f32]>, i: usize) -> f64 {
    weights.map_or(1.0, |weights| f64::from(weights[i]))
}

fn batch_of(logits: Logits<'_>, d_fake: &[f32]) -> usize {
    let batch = logits.fake.len();
    assert!(batch > 0, "an empty batch has no loss");
    assert_eq!(logits.real.len(), batch, "real and fake logits differ in number");
    assert_eq!(d_fake.len(), batch, "d_fake's length is not the batch size");
    batch
}
