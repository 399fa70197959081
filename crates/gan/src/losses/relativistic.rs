//! The paired relativistic loss (Jolicoeur-Martineau 2018, "The relativistic discriminator"; Huang et al. 2024,
//! "The GAN is dead; long live the GAN!", R3GAN, which pairs it with R1 and R2).
//!
//! D's logits tell how much more real a real image is than the fake beside it. Every fake is compared with a real image, so the
//! loss has no minimum at a collapsed generator.

use super::math::{sigmoid, softplus};
use super::terms::{GeneratorTerm, PairTerm};

/// `L_D = softplus(f - r)`, real image i paired with fake i.
pub(super) fn discriminator(real: f64, fake: f64) -> PairTerm {
    let slope = sigmoid(fake - real);
    PairTerm { value: softplus(fake - real), d_real: -slope, d_fake: slope }
}

/// `L_G = softplus(r - f)`.
pub(super) fn generator(real: f64, fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: softplus(real - fake), d_fake: -sigmoid(real - fake) }
}
