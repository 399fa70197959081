//! A pass for each player's cotangents, for a D whose images interact: real and generated images go through D apart,
//! each with its own batch statistics, and every loss pulls back its own cotangents.

use nn::{Mode, WeightGrad};

use super::{Moment, Step, StepReport, add_noise, classify, seed_logits, take_logits};
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Moves D; with `together`, the generator as well, from gradients at the same weights.
    pub(super) fn separate_pass(
        &mut self,
        moment: Moment,
        generator: &mut Player,
        discriminator: &mut Player,
        together: bool,
        report: &mut StepReport,
    ) {
        let (threads, samples, outputs) = (self.threads, self.samples, self.outputs);
        let Some(mut fake_tape) = self.fake_tape.take() else { return };
        self.packing.pack(threads, self.g_tape.output(), fake_tape.input_mut());
        let noise = self.key(streams::GENERATOR_UPDATE_INSTANCE_NOISE, moment);
        let values = self.real_values();
        add_noise(threads, noise, moment.instance_noise, values, &mut self.scratch, fake_tape.input_mut());

        let real_mode = Mode::Train(self.key(streams::DISCRIMINATOR_DROPOUT, moment));
        let fake_mode = Mode::Train(self.key(streams::GENERATOR_UPDATE_DROPOUT, moment));
        let Player { network, parameters, state, grads, .. } = &mut *discriminator;
        network.forward(threads, real_mode, parameters, state, &mut self.d_tape);
        network.forward(threads, fake_mode, parameters, state, &mut fake_tape);
        take_logits(outputs, self.d_tape.output(), &mut self.real_logits);
        take_logits(outputs, fake_tape.output(), &mut self.fake_logits);
        self.discriminator_loss(report);
        if together {
            report.generator_loss = self.generator_loss();
        }
        if !report.is_finite() {
            self.fake_tape = Some(fake_tape);
            return;
        }
        if together {
            seed_logits(outputs, &self.g_logits, &mut self.seeds);
            network.seed(threads, &self.seeds[..samples * outputs], &mut fake_tape);
            network.vjp(threads, fake_mode, parameters, 0..samples, &mut fake_tape);
            let mut signal = fake_tape.input_cotangent(0..samples);
            if self.packing.images > 1 {
                self.packing.unpack(threads, signal, &mut self.images);
                signal = &self.images;
            }
            generator.network.seed(threads, signal, &mut self.g_tape);
            let mode = Mode::Train(self.key(streams::GENERATOR_DROPOUT, moment));
            report.generator_norm =
                self.movement.generator(threads, mode, moment, generator, &mut self.g_tape);
        }
        let (d_real, d_fake) = self.d_logits[..2 * samples].split_at(samples);
        for (tape, d, mode) in [(&mut self.d_tape, d_real, real_mode), (&mut fake_tape, d_fake, fake_mode)] {
            let seeds = &mut self.seeds[..samples * outputs];
            seed_logits(outputs, d, seeds);
            report.discriminator_loss +=
                classify(self.auxiliary, tape.output(), tape.labels(), &self.weights, seeds);
            network.seed(threads, seeds, tape);
            network.vjp(threads, mode, parameters, 0..0, tape);
        }
        network.weight_grad(threads, real_mode, &WeightGrad::default(), &mut self.d_tape, grads);
        let how = WeightGrad { accumulate: true, ..WeightGrad::default() };
        report.discriminator_norm =
            self.movement.discriminator(threads, fake_mode, moment, &how, discriminator, &mut fake_tape);
        self.fake_tape = Some(fake_tape);
    }
}
