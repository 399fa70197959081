//! Operations of a step, counted from the spec.

use nn::Network;

use super::Step;
use crate::config::{Players, Update};
use crate::losses::Loss;

impl Step {
    /// Operations in the products of one step in which the generator moves (a multiply-add counts as two): what a
    /// step cannot do without. With `F` a network's forward products for one image and `f` its first layer's:
    ///
    /// | pass | images | products |
    /// |---|---|---|
    /// | generator forward, vjp, weight gradient | B | `3 F - f` |
    /// | D forward, weight gradient | 2 B (3 B with interpolates) | `2 F` |
    /// | D vjp | the same | `F - f`, and `f` for each image whose input cotangent is asked for |
    /// | D jvp | penalised images | `F` |
    /// | the generator's own pass: D forward and vjp | B (forward 2 B if relativistic or alone) | `2 F` |
    pub fn flops(&self, generator: &Network, discriminator: &Network) -> u64 {
        let batch = self.batch as u64;
        let (g, g_first) = (generator.product_flops(), generator.first_product_flops());
        let (d, d_first) = (discriminator.product_flops(), discriminator.first_product_flops());
        let trains_d = self.players != Players::Generator;
        let trains_g = self.players != Players::Discriminator;
        let together = self.players == Players::Both && self.update == Update::Simultaneous;
        let mut total = batch * g;
        if trains_g {
            total += batch * (2 * g - g_first);
        }
        if trains_d {
            let images = batch * self.penalties.blocks() as u64;
            let penalised = self.penalties.rows(self.batch).len() as u64;
            let input = match (together && !self.interacts, self.penalties.any()) {
                (true, true) => {
                    let rows = self.penalties.rows(self.batch);
                    (rows.end.max(2 * self.batch) - rows.start.min(self.batch)) as u64
                }
                (true, false) => batch,
                (false, _) => penalised,
            };
            total += images * (2 * d + d - d_first) + input * d_first + penalised * d;
        }
        if trains_g && !together {
            let alone = self.players == Players::Generator;
            let compares = alone || self.loss == Loss::Relativistic;
            total += batch * (2 * d + if compares { d } else { 0 });
        }
        if together && self.interacts {
            // The generator's cotangents go back through D apart from D's own.
            total += batch * d;
        }
        total
    }
}
