//! The least-squares loss (Mao et al. 2017, "Least Squares Generative Adversarial Networks", equation 9:
//! targets 0 for fakes, 1 for real images, and 1 for G).

use super::terms::{GeneratorTerm, PairTerm};

/// `L_D = (r - 1)^2 / 2 + f^2 / 2`; with one-sided label smoothing `eps` the real images' target is `1 - eps`.
pub(super) fn discriminator(real: f64, fake: f64, smoothing: f64) -> PairTerm {
    let error = real - (1.0 - smoothing);
    PairTerm { value: 0.5 * (error * error + fake * fake), d_real: error, d_fake: fake }
}

/// `L_G = (f - 1)^2 / 2`.
pub(super) fn generator(fake: f64) -> GeneratorTerm {
    let error = fake - 1.0;
    GeneratorTerm { value: 0.5 * error * error, d_fake: error }
}
