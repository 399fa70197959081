//! The logistic loss with the non-saturating generator (Goodfellow et al. 2014, "Generative Adversarial Nets",
//! section 3).

use super::math::{sigmoid, softplus};
use super::terms::{GeneratorTerm, PairTerm};

/// Binary cross-entropy: `L_D = -ln D(x) - ln(1 - D(G(z))) = softplus(-r) + softplus(f)`.
///
/// With one-sided label smoothing `eps` (Salimans et al. 2016) the real images' target is `1 - eps`:
/// `(1 - eps) softplus(-r) + eps softplus(r) + softplus(f)`.
pub(super) fn discriminator(real: f64, fake: f64, smoothing: f64) -> PairTerm {
    // softplus(r) - softplus(-r) = r, so the smoothed term is softplus(-r) + eps r.
    PairTerm {
        value: softplus(-real) + smoothing * real + softplus(fake),
        d_real: smoothing - sigmoid(-real),
        d_fake: sigmoid(fake),
    }
}

/// `L_G = -ln D(G(z)) = softplus(-f)`: the gradient stays near 1 where D rejects the images.
pub(super) fn generator(fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: softplus(-fake), d_fake: -sigmoid(-fake) }
}
