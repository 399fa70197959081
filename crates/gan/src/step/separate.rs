//! A pass for each player's cotangents, for a D that mixes the images of a batch: real and generated images go through D
//! separately, each with its own batch statistics, and each player's cotangents are pulled back on their own.

use nn::{Mode, WeightGrad};

use super::context::StepContext;
use super::figures::StepReport;
use super::instance_noise::add_noise;
use super::logits::{classify, copy_logits, place_logit_cotangents};
use super::plan::Step;
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Updates D; with `joint`, the generator as well, from gradients at the same weights.
    pub(super) fn separate_pass(
        &mut self,
        context: StepContext,
        generator: &mut Player,
        discriminator: &mut Player,
        joint: bool,
        report: &mut StepReport,
    ) {
        let (threads, samples, outputs) = (self.threads, self.samples, self.outputs);
        let Some(mut fake_tape) = self.fake_tape.take() else { return };
        self.packing.pack(threads, self.g_tape.output(), fake_tape.input_mut());
        let noise = self.key(streams::GENERATOR_UPDATE_INSTANCE_NOISE, context);
        let values = self.real_values();
        add_noise(threads, noise, context.instance_noise, values, &mut self.scratch, fake_tape.input_mut());

        let real_mode = Mode::Train(self.key(streams::DISCRIMINATOR_DROPOUT, context));
        let fake_mode = Mode::Train(self.key(streams::GENERATOR_UPDATE_DROPOUT, context));
        let Player { network, parameters, state, grads, .. } = &mut *discriminator;
        network.forward(threads, real_mode, parameters, state, &mut self.d_tape);
        network.forward(threads, fake_mode, parameters, state, &mut fake_tape);
        copy_logits(outputs, self.d_tape.output(), &mut self.real_logits);
        copy_logits(outputs, fake_tape.output(), &mut self.fake_logits);
        self.discriminator_loss(report);
        if joint {
            report.generator_loss = self.generator_loss();
        }
        if !report.is_finite() {
            self.fake_tape = Some(fake_tape);
            return;
        }
        if joint {
            place_logit_cotangents(outputs, &self.g_logits, &mut self.output_cotangents);
            network.seed(threads, &self.output_cotangents[..samples * outputs], &mut fake_tape);
            network.vjp(threads, fake_mode, parameters, 0..samples, &mut fake_tape);
            let mut signal = fake_tape.input_cotangent(0..samples);
            if self.packing.images > 1 {
                self.packing.unpack(threads, signal, &mut self.images);
                signal = &self.images;
            }
            generator.network.seed(threads, signal, &mut self.g_tape);
            let mode = Mode::Train(self.key(streams::GENERATOR_DROPOUT, context));
            report.generator_grad_norm =
                self.update_rule.generator(threads, mode, context, generator, &mut self.g_tape);
        }
        let (d_real, d_fake) = self.d_logits[..2 * samples].split_at(samples);
        for (tape, d, mode) in [(&mut self.d_tape, d_real, real_mode), (&mut fake_tape, d_fake, fake_mode)] {
            let cotangents = &mut self.output_cotangents[..samples * outputs];
            place_logit_cotangents(outputs, d, cotangents);
            report.discriminator_loss +=
                classify(self.auxiliary, tape.output(), tape.labels(), &self.weights, cotangents);
            network.seed(threads, cotangents, tape);
            network.vjp(threads, mode, parameters, 0..0, tape);
        }
        network.weight_grad(threads, real_mode, &WeightGrad::default(), &mut self.d_tape, grads);
        let how = WeightGrad { accumulate: true, ..WeightGrad::default() };
        report.discriminator_grad_norm =
            self.update_rule.discriminator(threads, fake_mode, context, &how, discriminator, &mut fake_tape);
        self.fake_tape = Some(fake_tape);
    }
}
