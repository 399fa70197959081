//! A pass for each player's cotangents, for a D whose images interact: real and generated images go through D apart,
//! each with its own batch statistics, and every loss pulls back its own cotangents.

use nn::{Mode, WeightGrad};

use super::{Moment, Step, StepReport, add_noise};
use crate::losses::Logits;
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
        let (threads, batch) = (self.threads, self.batch);
        let Some(mut fake_tape) = self.fake_tape.take() else { return };
        fake_tape.input_mut().copy_from_slice(self.g_tape.output());
        let noise = self.key(streams::INSTANCE_NOISE, moment);
        let values = self.d_tape.input().len();
        add_noise(
            threads,
            noise,
            moment.instance_noise,
            0..values,
            &mut self.scratch,
            self.d_tape.input_mut(),
        );
        let noise = self.key(streams::GENERATOR_UPDATE_INSTANCE_NOISE, moment);
        add_noise(threads, noise, moment.instance_noise, 0..values, &mut self.scratch, fake_tape.input_mut());

        let real_mode = Mode::Train(self.key(streams::DISCRIMINATOR_DROPOUT, moment));
        let fake_mode = Mode::Train(self.key(streams::GENERATOR_UPDATE_DROPOUT, moment));
        let Player { network, parameters, state, grads, .. } = &mut *discriminator;
        network.forward(threads, real_mode, parameters, state, &mut self.d_tape);
        network.forward(threads, fake_mode, parameters, state, &mut fake_tape);
        self.real_logits.copy_from_slice(self.d_tape.output());
        let real_logits = std::mem::take(&mut self.real_logits);
        self.discriminator_loss(report, &real_logits, fake_tape.output());
        if together {
            let logits = Logits { real: &real_logits, fake: fake_tape.output() };
            report.generator_loss = self.loss.generator(logits, &mut self.g_logits);
            network.seed(threads, &self.g_logits, &mut fake_tape);
            network.vjp(threads, fake_mode, parameters, 0..batch, &mut fake_tape);
            self.coefficients[..batch].fill(1.0);
            let signal = fake_tape.input_cotangent(0..batch);
            generator.network.seed_scaled(threads, &self.coefficients[..batch], signal, &mut self.g_tape);
            let mode = Mode::Train(self.key(streams::GENERATOR_DROPOUT, moment));
            report.generator_norm =
                self.movement.generator(threads, mode, moment, generator, &mut self.g_tape);
        }
        self.real_logits = real_logits;
        let (d_real, d_fake) = self.d_logits[..2 * batch].split_at(batch);
        for (tape, d, mode) in [(&mut self.d_tape, d_real, real_mode), (&mut fake_tape, d_fake, fake_mode)] {
            network.seed(threads, d, tape);
            network.vjp(threads, mode, parameters, 0..0, tape);
        }
        network.weight_grad(threads, real_mode, &WeightGrad::default(), &mut self.d_tape, grads);
        let how = WeightGrad { accumulate: true, ..WeightGrad::default() };
        report.discriminator_norm =
            self.movement.discriminator(threads, fake_mode, moment, &how, discriminator, &mut fake_tape);
        self.fake_tape = Some(fake_tape);
    }
}
