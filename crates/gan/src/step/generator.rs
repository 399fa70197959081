//! The generator's own pass through D: after D has moved, on the images generated in this step, or against a fixed D.

use nn::Mode;

use super::{Moment, Step, StepReport, add_noise};
use crate::config::Players;
use crate::losses::{Logits, Loss};
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Moves the generator. A fixed D is evaluated; one in training drops by noise of its own.
    pub(super) fn generator_pass(
        &mut self,
        moment: Moment,
        generator: &mut Player,
        discriminator: &mut Player,
        report: &mut StepReport,
    ) {
        let (threads, batch) = (self.threads, self.batch);
        let Some(mut fake_tape) = self.fake_tape.take() else { return };
        let alone = self.players == Players::Generator;
        let mode = if alone {
            Mode::Evaluate
        } else {
            Mode::Train(self.key(streams::GENERATOR_UPDATE_DROPOUT, moment))
        };
        let noise = self.key(streams::GENERATOR_UPDATE_INSTANCE_NOISE, moment);
        let deviation = moment.instance_noise;
        let values = batch * fake_tape.input().len() / fake_tape.batch();
        // The relativistic loss compares with D's logits on the real images; alone, they are shown in the report.
        let mut real_logits = std::mem::take(&mut self.real_logits);
        if alone || self.loss == Loss::Relativistic {
            let pixels = values / batch;
            fake_tape.input_mut().copy_from_slice(&self.d_tape.input()[..batch * pixels]);
            let Player { network, parameters, state, .. } = &mut *discriminator;
            network.forward(threads, mode, parameters, state, &mut fake_tape);
            real_logits.copy_from_slice(fake_tape.output());
        }
        fake_tape.input_mut().copy_from_slice(self.g_tape.output());
        add_noise(threads, noise, deviation, 0..values, &mut self.scratch, fake_tape.input_mut());
        let Player { network, parameters, state, .. } = discriminator;
        network.forward(threads, mode, parameters, state, &mut fake_tape);
        if alone {
            self.discriminator_loss(report, &real_logits, fake_tape.output());
        }
        let logits = Logits { real: &real_logits, fake: fake_tape.output() };
        report.generator_loss = self.loss.generator(logits, &mut self.g_logits);
        self.real_logits = real_logits;
        network.seed(threads, &self.g_logits, &mut fake_tape);
        network.vjp(threads, mode, parameters, 0..batch, &mut fake_tape);
        self.coefficients[..batch].fill(1.0);
        let signal = fake_tape.input_cotangent(0..batch);
        generator.network.seed_scaled(threads, &self.coefficients[..batch], signal, &mut self.g_tape);
        self.fake_tape = Some(fake_tape);
        let mode = Mode::Train(self.key(streams::GENERATOR_DROPOUT, moment));
        report.generator_norm = self.movement.generator(threads, mode, moment, generator, &mut self.g_tape);
    }
}
