//! From a player's cotangents to its new weights.

use kernels::{Threads, optimizer};
use nn::{Mode, Tape, WeightGrad};

use super::context::StepContext;
use crate::player::Player;

/// The bounds on both players' updates.
#[derive(Clone, Copy, Debug)]
pub(super) struct UpdateRule {
    /// Bound on the global norm of each player's gradient.
    pub(super) gradient_clip: Option<f64>,
    /// Bound on each of D's weights.
    pub(super) weight_clip: Option<f32>,
}

impl UpdateRule {
    /// Updates D by the gradients that `how` takes from its cotangents, and bounds its weights. Returns the gradient's norm
    /// before clipping.
    pub(super) fn discriminator(
        &self,
        threads: Threads,
        mode: Mode,
        context: StepContext,
        how: &WeightGrad,
        discriminator: &mut Player,
        tape: &mut Tape,
    ) -> f64 {
        let update = (context.lr_factor, self.gradient_clip);
        let norm = discriminator.descend(threads, mode, how, false, tape, update);
        if let Some(bound) = self.weight_clip {
            optimizer::clamp(threads, bound, &mut discriminator.parameters);
        }
        norm
    }

    /// Pulls the seeded cotangents back through the generator and updates it. Returns the gradient's norm before clipping.
    pub(super) fn generator(
        &self,
        threads: Threads,
        mode: Mode,
        context: StepContext,
        generator: &mut Player,
        tape: &mut Tape,
    ) -> f64 {
        let update = (context.lr_factor, self.gradient_clip);
        generator.descend(threads, mode, &WeightGrad::default(), true, tape, update)
    }
}
