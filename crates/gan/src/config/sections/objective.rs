//! `[objective]`: what both networks minimise.

use super::super::choices::ClassWeight;
use super::super::range::Range;
use super::super::section::section;
use crate::losses::Loss;

section! {
    /// What both networks minimise: a loss, with penalties and bounds.
    pub struct Objective {
        /// The loss of both networks.
        loss: Loss = Loss::NonSaturating;
        /// One-sided label smoothing: the target of real images is 1 minus this.
        label_smoothing: f64 = 0.0,
            range Range::HalfOpen(0.0, 0.5), hint "0.1 makes the real images' target 0.9; 0: none";
        /// Standard deviation of the Gaussian noise on D's inputs, real and generated, at the start of the run. 0: none.
        instance_noise: f64 = 0.0, range Range::NotNegative, hint "a standard deviation; 0: none";
        /// Images over which that noise falls to 0 in a straight line. 0: it does not fall.
        instance_noise_images: Option<u64> = None;
        /// gamma of the R1 penalty `gamma/2 mean |dD/dx|²` on real images (Mescheder et al. 2018). 0: off.
        r1: f64 = 0.0, range Range::NotNegative, hint "gamma, as 0.1 or 10; 0: off";
        /// gamma of the R2 penalty: R1 on generated images. 0: off.
        r2: f64 = 0.0, range Range::NotNegative, hint "gamma, as 0.1 or 10; 0: off";
        /// lambda of the gradient penalty `lambda mean (|dD/dx| - 1)²` on interpolates of real and generated images (WGAN-GP,
        /// Gulrajani et al. 2017, who use 10). 0: off.
        gradient_penalty: f64 = 0.0, range Range::NotNegative, hint "lambda, as 10; 0: off";
        /// lambda of the same penalty on real images with noise (DRAGAN, Kodali et al. 2017, who use 10). 0: off.
        dragan: f64 = 0.0, range Range::NotNegative, hint "lambda, as 10; 0: off";
        /// lambda of the cross-entropy of the classes in both losses, for a D that ends with "classifier-head" (AC-GAN, Odena et
        /// al. 2017, who use 1). 0: off.
        auxiliary: Option<f64> = None, range Range::NotNegative, hint "lambda, as 1; 0: no classifier";
        /// Weight in G's loss of the squared distance between the mean features of real and generated images (Salimans et al.
        /// 2016). A conditional G has one such distance for each class. 0: off.
        feature_matching: Option<f64> = None, range Range::NotNegative, hint "a weight, as 1; 0: off";
        /// How much an image of each class counts in both losses.
        class_weight: ClassWeight = ClassWeight::None;
        /// Bound on each weight of D after each step (WGAN, Arjovsky et al. 2017, who use 0.01). 0: off.
        weight_clip: Option<f64> = None, range Range::NotNegative, hint "a bound on weights, as 0.01; 0: off";
        /// Bound on the global norm of each network's gradient. 0: off.
        gradient_clip: Option<f64> = None, range Range::NotNegative, hint "a norm; 0: off";
    }
}

impl Objective {
    /// Whether D's loss has a term in the gradient at its input.
    pub fn has_penalty(&self) -> bool {
        self.r1 > 0.0 || self.r2 > 0.0 || self.gradient_penalty > 0.0 || self.dragan > 0.0
    }
}
