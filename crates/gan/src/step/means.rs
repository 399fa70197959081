//! Mean figures over several steps.

use serde::{Deserialize, Serialize};

use super::StepReport;

/// Means of [`StepReport`]'s figures over the steps that computed them; none where no step did. In a log that is null, which a
/// figure that was computed and is 0 is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// L_D, penalties not included.
    pub discriminator_loss: Option<f64>,
    /// L_G.
    pub generator_loss: Option<f64>,
    /// Sum of the gradient penalties.
    pub penalty: Option<f64>,
    /// Logit on real images.
    pub real_logit: Option<f64>,
    /// Logit on generated images.
    pub fake_logit: Option<f64>,
    /// Probability on real images; see [`StepReport::real_probability`].
    pub real_probability: Option<f64>,
    /// Probability on generated images.
    pub fake_probability: Option<f64>,
    /// Share of real images with a logit above the threshold.
    pub real_accuracy: Option<f64>,
    /// Share of generated images with a logit below it.
    pub fake_accuracy: Option<f64>,
    /// Norm of D's gradient before clipping.
    #[serde(rename = "discriminator_grad_norm")]
    pub discriminator_norm: Option<f64>,
    /// Norm of G's gradient before clipping.
    #[serde(rename = "generator_grad_norm")]
    pub generator_norm: Option<f64>,
}

impl Means {
    /// Places, in [`StepReport::values`], of what only a moving generator has: its loss and its gradient norm.
    pub const GENERATOR: [usize; 2] = [1, 10];
    /// Places of what only a moving D has: the penalties and its gradient norm.
    pub const DISCRIMINATOR: [usize; 2] = [2, 9];

    /// The figures in the order of the fields.
    pub fn values(&self) -> [Option<f64>; 11] {
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
    pub fn from_values(v: [Option<f64>; 11]) -> Means {
        Means {
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

/// Of one step that computed all of them.
impl From<StepReport> for Means {
    fn from(report: StepReport) -> Means {
        Means::from_values(report.values().map(Some))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_computed_is_null_and_logs_of_zeros_still_read() {
        let means = Means { real_logit: Some(0.0), ..Means::default() };
        let text = serde_json::to_string(&means).unwrap();
        assert!(
            text.contains("\"real_logit\":0.0") && text.contains("\"generator_grad_norm\":null"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Means>(&text).unwrap(), means);
        let old = serde_json::to_string(&StepReport { penalty: 2.0, ..StepReport::default() }).unwrap();
        let read: Means = serde_json::from_str(&old).unwrap();
        assert_eq!((read.penalty, read.generator_loss), (Some(2.0), Some(0.0)));
        assert_eq!(serde_json::from_str::<Means>("{}").unwrap(), Means::default());
    }
}
