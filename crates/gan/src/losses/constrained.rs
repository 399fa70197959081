//! The constrained generator loss: `L_C = -E_{x ~ p_data} ln D(G(x)) - E_{z ~ N(0, I)} ln(1 - D(G(z)))`, where
//! p_data is a Gaussian with the training set's mean and covariance. Its discriminator is
//! [`super::non_saturating`]'s.
//!
//! Experimental. Read literally, as here, the second term falls as D rejects `G(z)`: it rewards the generator where D rejects its
//! images of plain noise, and only the first term teaches it to make images. Use it with `gradient_clip`, and compare it with
//! `non-saturating`.

use super::math::{sigmoid, softplus};
use super::terms::GeneratorTerm;

/// An image made from a data-fitted latent: `-ln D(G(x)) = softplus(-f)`.
pub(super) fn fitted_latent(fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: softplus(-fake), d_fake: -sigmoid(-fake) }
}

/// An image made from plain noise: `-ln(1 - D(G(z))) = softplus(f)`.
pub(super) fn noise_latent(fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: softplus(fake), d_fake: sigmoid(fake) }
}
