//! Both players from one backward pass through D.
//!
//! D sees `[real; generated; third]` once, the third block being what a penalty asks for. An auxiliary classifier adds a way
//! back of its own for D's other outputs. One vjp with a unit cotangent for every image yields
//! `delta_i = ds_i/dh_i` at every layer, from which
//! - D's weight gradient is `sum_i delta_i (c_i x_i + t_i)ᵀ`, `c_i = dL_D/ds_i`, `t_i` the penalties' tangents;
//! - the generator's signal is `(dL_G/ds_i) ds_i/dx_i` on the generated rows;
//! - the penalties read `ds_i/dx_i` itself.

use nn::{Mode, WeightGrad};

use super::{Inputs, Moment, Step, StepReport, add_noise, classify, take_logits};
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Moves D; with `together`, the generator as well, from gradients at the same weights.
    pub(super) fn shared_pass(
        &mut self,
        moment: Moment,
        generator: &mut Player,
        discriminator: &mut Player,
        together: bool,
        inputs: &mut dyn Inputs,
        report: &mut StepReport,
    ) {
        let (threads, samples, outputs, penalties) =
            (self.threads, self.samples, self.outputs, self.penalties);
        let blocks = penalties.blocks();
        let rows = samples * blocks;
        let values = self.real_values().end;
        let fake = values..2 * values;
        self.packing.pack(threads, self.g_tape.output(), &mut self.d_tape.input_mut()[fake.clone()]);
        let noise = self.key(streams::INSTANCE_NOISE, moment);
        add_noise(threads, noise, moment.instance_noise, fake, &mut self.scratch, self.d_tape.input_mut());
        if penalties.dragan > 0.0 {
            self.perturb(inputs, values);
        } else if blocks == 3 {
            self.interpolate(inputs, values / samples);
        }

        let mode = Mode::Train(self.key(streams::DISCRIMINATOR_DROPOUT, moment));
        let generator_dropout = self.key(streams::GENERATOR_DROPOUT, moment);
        let Player { network, parameters, state, .. } = &mut *discriminator;
        network.forward(threads, mode, parameters, state, &mut self.d_tape);
        let (real_output, others) = self.d_tape.output().split_at(samples * outputs);
        take_logits(outputs, real_output, &mut self.real_logits);
        take_logits(outputs, others, &mut self.fake_logits);
        self.discriminator_loss(report);
        if together {
            report.generator_loss = self.generator_loss();
        }
        if !report.is_finite() {
            return;
        }
        // The third block has no part in the loss.
        self.d_logits[2 * samples..].fill(0.0);

        network.seed(threads, &self.unit, &mut self.d_tape);
        let mut input_rows = penalties.rows(samples);
        if together {
            input_rows = if penalties.any() {
                input_rows.start.min(samples)..input_rows.end.max(2 * samples)
            } else {
                samples..2 * samples
            };
        }
        network.vjp(threads, mode, parameters, input_rows, &mut self.d_tape);

        if together {
            let mut signal = self.d_tape.input_cotangent(samples..2 * samples);
            let scale = &mut self.coefficients[..samples * self.packing.images];
            for (images, &d) in scale.chunks_exact_mut(self.packing.images).zip(&self.g_logits) {
                images.fill(d);
            }
            if self.packing.images > 1 {
                self.packing.unpack(threads, signal, &mut self.images);
                signal = &self.images;
            }
            generator.network.seed_scaled(threads, scale, signal, &mut self.g_tape);
        }
        let (d_tape, coefficients, d_logits) =
            (&mut self.d_tape, &mut self.coefficients, &self.d_logits[..rows]);
        let (rule, generator_mode) = (&self.movement, Mode::Train(generator_dropout));
        let (penalty, d_norm, g_norm) =
            (&mut report.penalty, &mut report.discriminator_norm, &mut report.generator_norm);
        let (auxiliary, weights, seeds) = (self.auxiliary, &self.weights[..], &mut self.seeds[..]);
        let classified = &mut report.discriminator_loss;
        let mut move_discriminator = || {
            let Player { network, parameters, grads, .. } = &mut *discriminator;
            let mut tangent_rows = 0..0;
            if penalties.any() {
                *penalty = penalties.seed_tangents(threads, samples, coefficients, d_tape);
                tangent_rows = penalties.rows(samples);
                network.jvp(threads, mode, parameters, tangent_rows.clone(), d_tape);
            }
            let mut how = WeightGrad { row_scale: Some(d_logits), tangent_rows, accumulate: false };
            if auxiliary > 0.0 {
                network.weight_grad(threads, mode, &how, d_tape, grads);
                // The classes' cotangents are not multiples of the logit's: a way back of their own.
                seeds.fill(0.0);
                for block in 0..2 {
                    let (first, end) = (block * samples, (block + 1) * samples);
                    let (output, labels) =
                        (&d_tape.output()[first * outputs..end * outputs], &d_tape.labels()[first..end]);
                    *classified +=
                        classify(auxiliary, output, labels, weights, &mut seeds[first * outputs..]);
                }
                network.seed(threads, &seeds[..rows * outputs], d_tape);
                network.vjp(threads, mode, parameters, 0..0, d_tape);
                how = WeightGrad { accumulate: true, ..WeightGrad::default() };
            }
            *d_norm = rule.discriminator(threads, mode, moment, &how, discriminator, d_tape);
        };
        if together {
            // From here on neither player needs the other: what one leaves idle of the threads, the other takes.
            let g_tape = &mut self.g_tape;
            threads.join(move_discriminator, || {
                *g_norm = rule.generator(threads, generator_mode, moment, generator, g_tape);
            });
        } else {
            move_discriminator();
        }
    }
}
