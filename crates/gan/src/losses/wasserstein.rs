//! The Wasserstein critic (Arjovsky, Chintala and Bottou 2017, "Wasserstein GAN").
//!
//! The value is a distance only where the critic is Lipschitz: bound it with `weight_clip` (the paper's) or
//! `gradient_penalty` (Gulrajani et al. 2017).

use super::terms::{GeneratorTerm, PairTerm};

/// `L_D = f - r`.
pub(super) fn discriminator(real: f64, fake: f64) -> PairTerm {
    PairTerm { value: fake - real, d_real: -1.0, d_fake: 1.0 }
}

/// `L_G = -f`.
pub(super) fn generator(fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: -fake, d_fake: -1.0 }
}
