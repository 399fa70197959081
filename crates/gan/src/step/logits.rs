//! D's outputs: losses of its logits and classes, and their cotangents.

use super::figures::StepReport;
use super::plan::Step;
use crate::losses::auxiliary::cross_entropy;
use crate::losses::{Logits, sigmoid};

impl Step {
    /// D's loss on `real_logits` and `fake_logits`: derivatives into `d_logits[..2 * samples]`, figures into the report.
    pub(super) fn discriminator_loss(&mut self, report: &mut StepReport) {
        let logits = Logits { real: &self.real_logits, fake: &self.fake_logits };
        let weights = some_weights(&self.weights);
        let (d_real, d_fake) = self.d_logits[..2 * self.samples].split_at_mut(self.samples);
        report.discriminator_loss =
            self.loss.discriminator(logits, weights, self.label_smoothing, d_real, d_fake);
        describe(report, logits, self.loss.threshold(logits));
    }

    /// The generator's loss on the same, for the part that depends on the logits alone: derivatives into `g_logits`.
    pub(super) fn generator_loss(&mut self) -> f64 {
        let logits = Logits { real: &self.real_logits, fake: &self.fake_logits };
        let weights = some_weights(&self.weights);
        self.loss.generator(logits, weights, &mut self.g_logits)
    }
}

/// The figures of D's logits; those above `threshold` count as real.
fn describe(report: &mut StepReport, Logits { real, fake }: Logits, threshold: f64) {
    let mean = |v: &[f32], f: &dyn Fn(f64) -> f64| {
        v.iter().map(|&x| f(f64::from(x))).sum::<f64>() / v.len().max(1) as f64
    };
    report.real_logit = mean(real, &|x| x);
    report.fake_logit = mean(fake, &|x| x);
    report.real_probability = mean(real, &|x| sigmoid(x - threshold));
    report.fake_probability = mean(fake, &|x| sigmoid(x - threshold));
    report.real_accuracy = mean(real, &|x| f64::from(u8::from(x > threshold)));
    report.fake_accuracy = mean(fake, &|x| f64::from(u8::from(x < threshold)));
}

/// The weights of the pairs, where they are not all 1.
fn some_weights(weights: &[f32]) -> Option<&[f32]> {
    (!weights.is_empty()).then_some(weights)
}

/// The auxiliary classifier's loss on outputs `[rows, outputs]` of D, 0 where there is none; derivatives go to the class columns
/// of `cotangents`.
pub(super) fn classify(
    lambda: f64,
    output: &[f32],
    labels: &[u32],
    weights: &[f32],
    cotangents: &mut [f32],
) -> f64 {
    if lambda == 0.0 {
        return 0.0;
    }
    cross_entropy(lambda, output, labels, some_weights(weights), &mut cotangents[..output.len()])
}

/// Copies D's logits: the first of its `outputs` for every row.
pub(super) fn copy_logits(outputs: usize, output: &[f32], logits: &mut [f32]) {
    logits.iter_mut().zip(output.iter().step_by(outputs)).for_each(|(logit, &v)| *logit = v);
}

/// Writes the cotangents `d` of D's logits among those of all its outputs.
pub(super) fn place_logit_cotangents(outputs: usize, d: &[f32], cotangents: &mut [f32]) {
    cotangents.iter_mut().step_by(outputs).zip(d).for_each(|(cotangent, &d)| *cotangent = d);
}
