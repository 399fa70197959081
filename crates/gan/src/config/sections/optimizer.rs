//! `[optimizer.generator]` and `[optimizer.discriminator]`: the update rules.

use super::super::choices::OptimizerKind::{self, Adam, AdamW, RmsProp, Sgd};
use super::super::entry::Optional;
use super::super::range::Range;
use super::super::section::section;

/// Of a running mean: what it keeps from step to step.
const DECAY: Range = Range::HalfOpen(0.0, 1.0);
const DECAY_HINT: &str = "a share that is kept from step to step, as 0.9";
const NONE: Optional<f64> = Optional(None);
const NO_SWITCH: Optional<bool> = Optional(None);

section! {
    /// How both networks are updated.
    pub struct OptimizerSections {
        /// The generator's optimizer.
        generator: OptimizerSection = OptimizerSection::default();
        /// The discriminator's optimizer.
        discriminator: OptimizerSection = OptimizerSection::default();
    }
}

section! {
    /// One network's optimizer. A key that its kind does not have is an error.
    pub struct OptimizerSection {
        /// The update rule.
        kind: OptimizerKind = Adam;
        /// Learning rate (the default is DCGAN's, Radford et al. 2016).
        lr: f64 = 2e-4, range Range::Normal, hint "1e-4 to 1e-3 is usual";
        /// Decay of the first moment.
        beta1: Optional<f64> = NONE, kinds [Adam, AdamW] 0.9, range DECAY, hint DECAY_HINT;
        /// Decay of the second moment.
        beta2: Optional<f64> = NONE, kinds [Adam, AdamW] 0.999, range DECAY, hint DECAY_HINT;
        /// Decay of the mean square (PyTorch's default; Keras calls it rho, and has 0.9).
        alpha: Optional<f64> = NONE, kinds [RmsProp] 0.99, range DECAY, hint DECAY_HINT;
        /// Added to the square root (PyTorch's default; Keras has 1e-7).
        eps: Optional<f64> = NONE, kinds [Adam, AdamW, RmsProp] 1e-8, range Range::Normal, hint "1e-8 is usual";
        /// Decoupled weight decay.
        weight_decay: Optional<f64> = NONE, kinds [AdamW] 0.01, range Range::NotNegative, hint "0.01 is usual; 0: none";
        /// Momentum. 0: none.
        momentum: Optional<f64> = NONE, kinds [RmsProp, Sgd] 0.0, range DECAY, hint DECAY_HINT;
        /// Divide by the root of the variance in place of the mean square.
        centered: Optional<bool> = NO_SWITCH, kinds [RmsProp] false;
        /// Use Nesterov's momentum.
        nesterov: Optional<bool> = NO_SWITCH, kinds [Sgd] false;
    }
}
