//! The update rules and their numbers.

/// An update rule: how gradients change the weights. Defaults are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Kingma and Ba 2015: `p -= lr m̂ / (sqrt(v̂) + eps)`, moments corrected for their start at zero.
    Adam {
        /// Learning rate.
        lr: f64,
        /// Decay of the mean gradient.
        beta1: f64,
        /// Decay of the mean squared gradient.
        beta2: f64,
        /// Added to the root.
        eps: f64,
    },
    /// Loshchilov and Hutter 2019: Adam after `p *= 1 - lr weight_decay`.
    AdamW {
        /// Learning rate.
        lr: f64,
        /// Decay of the mean gradient.
        beta1: f64,
        /// Decay of the mean squared gradient.
        beta2: f64,
        /// Added to the root.
        eps: f64,
        /// Decoupled decay of every parameter.
        weight_decay: f64,
    },
    /// Tieleman and Hinton 2012: `p -= lr g / (sqrt(v) + eps)`.
    RmsProp {
        /// Learning rate.
        lr: f64,
        /// Decay of the mean squared gradient.
        alpha: f64,
        /// Added to the root.
        eps: f64,
        /// Momentum on the normalised gradient.
        momentum: f64,
        /// Whether the squared mean gradient is subtracted from `v`.
        centered: bool,
    },
    /// `p -= lr g`, or with momentum `b = momentum b + g; p -= lr b`.
    Sgd {
        /// Learning rate.
        lr: f64,
        /// Momentum.
        momentum: f64,
        /// Nesterov's form.
        nesterov: bool,
    },
}

impl Rule {
    /// Adam with PyTorch's defaults: 0.9, 0.999, 1e-8.
    pub fn adam(lr: f64) -> Rule {
        Rule::Adam { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8 }
    }

    /// AdamW with PyTorch's defaults: 0.9, 0.999, 1e-8, weight decay 0.01.
    pub fn adamw(lr: f64) -> Rule {
        Rule::AdamW { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 }
    }

    /// RMSprop with PyTorch's defaults: 0.99, 1e-8, no momentum, not centred.
    pub fn rmsprop(lr: f64) -> Rule {
        Rule::RmsProp { lr, alpha: 0.99, eps: 1e-8, momentum: 0.0, centered: false }
    }

    /// Plain stochastic gradient descent.
    pub fn sgd(lr: f64) -> Rule {
        Rule::Sgd { lr, momentum: 0.0, nesterov: false }
    }

    /// Learning rate before any schedule.
    pub fn lr(self) -> f64 {
        match self {
            Rule::Adam { lr, .. }
            | Rule::AdamW { lr, .. }
            | Rule::RmsProp { lr, .. }
            | Rule::Sgd { lr, .. } => lr,
        }
    }

    /// Decay of the mean squared gradient, of the rules that have a `beta2`.
    pub fn beta2(self) -> Option<f64> {
        match self {
            Rule::Adam { beta2, .. } | Rule::AdamW { beta2, .. } => Some(beta2),
            Rule::RmsProp { .. } | Rule::Sgd { .. } => None,
        }
    }

    /// Names of the arenas of state it keeps.
    pub fn moments(self) -> &'static [&'static str] {
        match self {
            Rule::Adam { .. } | Rule::AdamW { .. } => &["m", "v"],
            Rule::RmsProp { momentum, centered, .. } => match (momentum > 0.0, centered) {
                (false, false) => &["v"],
                (true, false) => &["v", "momentum"],
                (false, true) => &["v", "mean"],
                (true, true) => &["v", "momentum", "mean"],
            },
            Rule::Sgd { momentum, .. } => {
                if momentum > 0.0 {
                    &["momentum"]
                } else {
                    &[]
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_pinned() {
        assert_eq!(Rule::adam(1e-4), Rule::Adam { lr: 1e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8 });
        assert_eq!(
            Rule::adamw(1e-4),
            Rule::AdamW { lr: 1e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 }
        );
        assert_eq!(
            Rule::rmsprop(1e-4),
            Rule::RmsProp { lr: 1e-4, alpha: 0.99, eps: 1e-8, momentum: 0.0, centered: false }
        );
        assert_eq!(Rule::sgd(0.1), Rule::Sgd { lr: 0.1, momentum: 0.0, nesterov: false });
    }
}
