//! Operations of a step.

use nn::Network;

use super::plan::Step;
use crate::config::{Players, Update};
use crate::losses::Loss;

impl Step {
    /// The least operations in the products of one step that updates the generator (a multiply-add counts as two). With `F` a network's forward products for one image (of D: for one pack) and `f` its first
    /// layer's:
    ///
    /// | pass | images | products |
    /// |---|---|---|
    /// | generator forward, vjp, weight gradient | B | `3 F - f` |
    /// | D forward, weight gradient | 2 B (3 B with a third block) | `2 F` |
    /// | D vjp | the same | `F - f`, and `f` for each image whose input cotangent is read |
    /// | D jvp | penalised images | `F` |
    /// | D vjp and weight gradient again, for an auxiliary classifier in a shared pass | all of D's | `2 F - f` |
    /// | the generator's own pass: D forward and vjp | B (forward 2 B where it looks at real images) | `2 F` |
    pub fn flops(&self, generator: &Network, discriminator: &Network) -> u64 {
        let (images, samples) = ((self.samples * self.packing.images) as u64, self.samples as u64);
        let (g, g_first) = (generator.product_flops(), generator.first_product_flops());
        let (d, d_first) = (discriminator.product_flops(), discriminator.first_product_flops());
        let trains_d = self.players != Players::Generator;
        let trains_g = self.players != Players::Discriminator;
        let simultaneous = self.players == Players::Both && self.update == Update::Simultaneous;
        let joint = simultaneous && !self.reads_beyond_the_logit();
        let mut total = images * g;
        if trains_g {
            total += images * (2 * g - g_first);
        }
        if trains_d {
            let judged = samples * self.penalties.blocks() as u64;
            let rows = self.penalties.rows(self.samples);
            let penalised = rows.len() as u64;
            let input = match (joint && !self.interacts, self.penalties.any()) {
                (true, true) => (rows.end.max(2 * self.samples) - rows.start.min(self.samples)) as u64,
                (true, false) => samples,
                (false, _) => penalised,
            };
            total += judged * (2 * d + d - d_first) + input * d_first + penalised * d;
            if self.auxiliary > 0.0 && !self.interacts {
                total += judged * (2 * d - d_first);
            }
        }
        if trains_g && !joint {
            let alone = self.players == Players::Generator;
            let compares = alone || self.loss == Loss::Relativistic || self.features.is_some();
            total += samples * (2 * d + if compares { d } else { 0 });
        }
        if joint && self.interacts {
            // The generator's cotangents have a backward pass of their own through D.
            total += samples * d;
        }
        total
    }
}
