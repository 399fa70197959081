//! Both players from one backward pass through D.
//!
//! D sees `[real; generated; interpolates]` once. One vjp with a unit cotangent for every image yields
//! `delta_i = ds_i/dh_i` at every layer, from which
//! - D's weight gradient is `sum_i delta_i (c_i x_i + t_i)ᵀ`, `c_i = dL_D/ds_i`, `t_i` the penalties' tangents;
//! - the generator's signal is `(dL_G/ds_i) ds_i/dx_i` on the generated rows;
//! - the penalties read `ds_i/dx_i` itself.

use nn::{Mode, WeightGrad};

use super::{Inputs, Moment, Step, StepReport, add_noise};
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
        let (threads, batch, penalties) = (self.threads, self.batch, self.penalties);
        let blocks = penalties.blocks();
        let images = batch * blocks;
        self.d_tape.set_batch(images);
        let pixels = self.d_tape.input().len() / images;
        self.d_tape.input_mut()[batch * pixels..2 * batch * pixels].copy_from_slice(self.g_tape.output());
        let noise = self.key(streams::INSTANCE_NOISE, moment);
        for block in 0..2 {
            let values = block * batch * pixels..(block + 1) * batch * pixels;
            add_noise(
                threads,
                noise,
                moment.instance_noise,
                values,
                &mut self.scratch,
                self.d_tape.input_mut(),
            );
        }
        if blocks == 3 {
            self.interpolate(inputs, pixels);
        }

        let mode = Mode::Train(self.key(streams::DISCRIMINATOR_DROPOUT, moment));
        let generator_dropout = self.key(streams::GENERATOR_DROPOUT, moment);
        let Player { network, parameters, state, .. } = &mut *discriminator;
        network.forward(threads, mode, parameters, state, &mut self.d_tape);
        // The logits move to scratch of ours, so that the tape is free.
        self.coefficients[..images].copy_from_slice(self.d_tape.output());
        let logits = std::mem::take(&mut self.coefficients);
        let (real_logits, fake_logits) = (&logits[..batch], &logits[batch..2 * batch]);
        self.discriminator_loss(report, real_logits, fake_logits);
        if together {
            let logits = crate::losses::Logits { real: real_logits, fake: fake_logits };
            report.generator_loss = self.loss.generator(logits, &mut self.g_logits);
        }
        self.coefficients = logits;
        // Interpolates have no part in the loss.
        self.d_logits[2 * batch..].fill(0.0);

        self.coefficients[..images].fill(1.0);
        network.seed(threads, &self.coefficients[..images], &mut self.d_tape);
        let mut input_rows = penalties.rows(batch);
        if together {
            input_rows = if penalties.any() {
                input_rows.start.min(batch)..input_rows.end.max(2 * batch)
            } else {
                batch..2 * batch
            };
        }
        network.vjp(threads, mode, parameters, input_rows, &mut self.d_tape);

        if together {
            let signal = self.d_tape.input_cotangent(batch..2 * batch);
            generator.network.seed_scaled(threads, &self.g_logits, signal, &mut self.g_tape);
        }
        let (d_tape, coefficients, d_logits) =
            (&mut self.d_tape, &mut self.coefficients, &self.d_logits[..images]);
        let (rule, generator_mode) = (&self.movement, Mode::Train(generator_dropout));
        let (penalty, d_norm, g_norm) =
            (&mut report.penalty, &mut report.discriminator_norm, &mut report.generator_norm);
        let mut move_discriminator = || {
            let Player { network, parameters, .. } = &*discriminator;
            let mut tangent_rows = 0..0;
            if penalties.any() {
                *penalty = penalties.seed_tangents(threads, batch, coefficients, d_tape);
                tangent_rows = penalties.rows(batch);
                network.jvp(threads, mode, parameters, tangent_rows.clone(), d_tape);
            }
            let how = WeightGrad { row_scale: Some(d_logits), tangent_rows, accumulate: false };
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

    /// Writes the third block: `a real + (1 - a) generated`, one `a` for each pair.
    fn interpolate(&mut self, inputs: &mut dyn Inputs, pixels: usize) {
        let batch = self.batch;
        let shares = &mut self.coefficients[..batch];
        inputs.shares(shares);
        let (sources, out) = self.d_tape.input_mut().split_at_mut(2 * batch * pixels);
        let (real, fake) = sources.split_at(batch * pixels);
        for (i, &a) in shares.iter().enumerate() {
            let range = i * pixels..(i + 1) * pixels;
            let pair = real[range.clone()].iter().zip(&fake[range.clone()]);
            out[range].iter_mut().zip(pair).for_each(|(o, (r, f))| *o = f + a * (r - f));
        }
    }
}
