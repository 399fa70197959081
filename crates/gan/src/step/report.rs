//! What a step has to say for itself.

use serde::{Deserialize, Serialize};

use crate::losses::{Logits, sigmoid};

/// Figures of one step. A field that the step does not touch stays zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// L_D, penalties not included.
    pub discriminator_loss: f64,
    /// L_G.
    pub generator_loss: f64,
    /// Sum of the gradient penalties.
    pub penalty: f64,
    /// Mean logit on real images.
    pub real_logit: f64,
    /// Mean logit on generated images.
    pub fake_logit: f64,
    /// Mean probability `sigmoid(logit - threshold)` on real images; see [`Loss::threshold`](crate::losses::Loss::threshold).
    pub real_probability: f64,
    /// Mean probability on generated images.
    pub fake_probability: f64,
    /// Share of real images with a logit above the threshold.
    pub real_accuracy: f64,
    /// Share of generated images with a logit below it.
    pub fake_accuracy: f64,
    /// Norm of D's gradient before clipping.
    #[serde(rename = "discriminator_grad_norm")]
    pub discriminator_norm: f64,
    /// Norm of G's gradient before clipping.
    #[serde(rename = "generator_grad_norm")]
    pub generator_norm: f64,
}

impl StepReport {
    /// Takes D's logits of the step; those above `threshold` stand for real.
    pub(crate) fn observe(&mut self, Logits { real, fake }: Logits, threshold: f64) {
        let mean = |v: &[f32], f: &dyn Fn(f64) -> f64| {
            v.iter().map(|&x| f(f64::from(x))).sum::<f64>() / v.len().max(1) as f64
        };
        self.real_logit = mean(real, &|x| x);
        self.fake_logit = mean(fake, &|x| x);
        self.real_probability = mean(real, &|x| sigmoid(x - threshold));
        self.fake_probability = mean(fake, &|x| sigmoid(x - threshold));
        self.real_accuracy = mean(real, &|x| f64::from(u8::from(x > threshold)));
        self.fake_accuracy = mean(fake, &|x| f64::from(u8::from(x < threshold)));
    }

    /// Whether every figure is finite.
    pub fn is_finite(&self) -> bool {
        self.values().iter().all(|v| v.is_finite())
    }

    /// The figures in the order of the fields.
    pub fn values(&self) -> [f64; 11] {
        [
            self.discriminator_loss,
            self.generator_loss,
            self.penalty,
            self.real_logit,
            self.fake_logit,
            self.real_probability,
            self.fake_probability,
            self.real_accuracy,
            self.fake_accuracy,
            self.discriminator_norm,
            self.generator_norm,
        ]
    }

    /// From figures in the order of the fields.
    pub fn from_values(v: [f64; 11]) -> StepReport {
        StepReport {
            discriminator_loss: v[0],
            generator_loss: v[1],
            penalty: v[2],
            real_logit: v[3],
            fake_logit: v[4],
            real_probability: v[5],
            fake_probability: v[6],
            real_accuracy: v[7],
            fake_accuracy: v[8],
            discriminator_norm: v[9],
            generator_norm: v[10],
        }
    }
}
