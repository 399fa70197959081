//! The two-player game's own loss (Goodfellow et al. 2014, equation 1). Its discriminator is
//! [`super::non_saturating`]'s.

use super::math::{sigmoid, softplus};
use super::terms::GeneratorTerm;

/// `L_G = ln(1 - D(G(z))) = -softplus(f)`: the gradient `-sigmoid(f)` vanishes where D rejects the images,
/// which is why the non-saturating loss exists.
pub(super) fn generator(fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: -softplus(fake), d_fake: -sigmoid(fake) }
}
