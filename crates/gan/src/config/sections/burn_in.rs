//! `[burn_in]`: what changes over a run's first images.

use super::super::entry::Optional;
use super::super::range::Range;
use super::super::section::section;

const STAYS: Optional<f64> = Optional(None);
const END: &str = "what the burn-in ends at; leave it out where nothing changes";

section! {
    /// Values that change over a run's first images, along half a cosine, from those of the other sections to these (R3GAN, Huang
    /// et al. 2024). A value that is left out does not change.
    pub struct BurnIn {
        /// Images over which they change. 0: no burn-in.
        images: u64 = 0;
        /// Factor on both learning rates at the end. It is 1 at the start.
        lr_factor: Optional<f64> = STAYS, range Range::NotNegative, hint END;
        /// `objective.r1` at the end.
        r1: Optional<f64> = STAYS, range Range::NotNegative, hint END;
        /// `objective.r2` at the end.
        r2: Optional<f64> = STAYS, range Range::NotNegative, hint END;
        /// `beta2` of both optimizers at the end.
        beta2: Optional<f64> = STAYS,
            range Range::HalfOpen(0.0, 1.0), hint "a share that is kept from step to step, as 0.99";
        /// `train.ema_half_life_images` at the end.
        ema_half_life_images: Optional<f64> = STAYS, range Range::NotNegative, hint END;
    }
}
