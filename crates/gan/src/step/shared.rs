//! Both players from one backward pass through D.
//!
//! D sees `[real; generated; third]` once; the third block is there for a penalty alone. An auxiliary classifier adds a
//! backward pass for D's other outputs. One vjp with a unit cotangent for every image yields
//! `delta_i = ds_i/dh_i` at every layer, from which
//! - D's weight gradient is `sum_i delta_i (c_i x_i + t_i)ᵀ`, `c_i = dL_D/ds_i`, `t_i` the penalties' tangents;
//! - the generator's signal is `(dL_G/ds_i) ds_i/dx_i` on the generated rows;
//! - the penalties read `ds_i/dx_i` itself.

use nn::{Mode, WeightGrad};

use super::context::StepContext;
use super::figures::StepReport;
use super::inputs::Inputs;
use super::instance_noise::add_noise;
use super::logits::{classify, copy_logits};
use super::plan::Step;
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Updates D; with `joint`, the generator as well, from gradients at the same weights.
    pub(super) fn shared_pass(
        &mut self,
        context: StepContext,
        generator: &mut Player,
        discriminator: &mut Player,
        joint: bool,
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
        let noise = self.key(streams::INSTANCE_NOISE, context);
        add_noise(threads, noise, context.instance_noise, fake, &mut self.scratch, self.d_tape.input_mut());
        if penalties.dragan > 0.0 {
            self.perturb(inputs, values);
        } else if blocks == 3 {
            self.interpolate(inputs, values / samples);
        }

        let mode = Mode::Train(self.key(streams::DISCRIMINATOR_DROPOUT, context));
        let generator_dropout = self.key(streams::GENERATOR_DROPOUT, context);
        let Player { network, parameters, state, .. } = &mut *discriminator;
        network.forward(threads, mode, parameters, state, &mut self.d_tape);
        let (real_output, others) = self.d_tape.output().split_at(samples * outputs);
        copy_logits(outputs, real_output, &mut self.real_logits);
        copy_logits(outputs, others, &mut self.fake_logits);
        self.discriminator_loss(report);
        if joint {
            report.generator_loss = self.generator_loss();
        }
        if !report.is_finite() {
            return;
        }
        // The third block has no part in the loss.
        self.d_logits[2 * samples..].fill(0.0);

        network.seed(threads, &self.unit_cotangents, &mut self.d_tape);
        let mut input_rows = penalties.rows(samples);
        if joint {
            input_rows = if penalties.any() {
                input_rows.start.min(samples)..input_rows.end.max(2 * samples)
            } else {
                samples..2 * samples
            };
        }
        network.vjp(threads, mode, parameters, input_rows, &mut self.d_tape);

        if joint {
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
        let (rule, generator_mode) = (&self.update_rule, Mode::Train(generator_dropout));
        let (penalty, d_grad_norm, g_grad_norm) =
            (&mut report.penalty, &mut report.discriminator_grad_norm, &mut report.generator_grad_norm);
        let (auxiliary, weights, cotangents) =
            (self.auxiliary, &self.weights[..], &mut self.output_cotangents[..]);
        let classified = &mut report.discriminator_loss;
        let mut update_discriminator = || {
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
                // The classes' cotangents are not multiples of the logit's: they take a backward pass of their own.
                cotangents.fill(0.0);
                for block in 0..2 {
                    let (first, end) = (block * samples, (block + 1) * samples);
                    let (output, labels) =
                        (&d_tape.output()[first * outputs..end * outputs], &d_tape.labels()[first..end]);
                    *classified +=
                        classify(auxiliary, output, labels, weights, &mut cotangents[first * outputs..]);
                }
                network.seed(threads, &cotangents[..rows * outputs], d_tape);
                network.vjp(threads, mode, parameters, 0..0, d_tape);
                how = WeightGrad { accumulate: true, ..WeightGrad::default() };
            }
            *d_grad_norm = rule.discriminator(threads, mode, context, &how, discriminator, d_tape);
        };
        if joint {
            // From here on neither player needs the other: each uses the threads that the other leaves idle.
            let g_tape = &mut self.g_tape;
            threads.join(update_discriminator, || {
                *g_grad_norm = rule.generator(threads, generator_mode, context, generator, g_tape);
            });
        } else {
            update_discriminator();
        }
    }
}
