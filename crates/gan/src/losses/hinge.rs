//! The hinge loss (Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018, "Spectral Normalization").

use super::terms::{GeneratorTerm, PairTerm};

/// `L_D = relu(1 - r) + relu(1 + f)`: images beyond the margin on their own side have no gradient.
pub(super) fn discriminator(real: f64, fake: f64) -> PairTerm {
    let (real_value, real_slope) = relu(1.0 - real);
    let (fake_value, fake_slope) = relu(1.0 + fake);
    PairTerm { value: real_value + fake_value, d_real: -real_slope, d_fake: fake_slope }
}

/// `L_G = -f`.
pub(super) fn generator(fake: f64) -> GeneratorTerm {
    GeneratorTerm { value: -fake, d_fake: -1.0 }
}

/// `max(x, 0)` and its slope, 0 at 0 as PyTorch has it. The comparison lets a NaN through.
fn relu(x: f64) -> (f64, f64) {
    if x <= 0.0 { (0.0, 0.0) } else { (x, 1.0) }
}
