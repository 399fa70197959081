//! One training step: the gradients of both players' losses, and the updates.
//!
//! - `run`: the course of a step.
//! - `shared`: both players from one backward pass through D, for a D whose images do not interact.
//! - `separate`: a pass for each player's cotangents, for a D with batch normalisation.
//! - `generator`: the generator's own pass through D: after D's update (alternating updates), before it (objectives that read
//!   more of D than its logit: an auxiliary classifier, matched features), or alone.
//!
//! Generated images have the labels of the step's real ones, image by image, so that a loss of pairs compares like with
//! like. With packing, D's inputs are packs of images, and what is said here of D's images holds for packs.

mod context;
mod features;
mod figures;
mod flops;
mod generator;
mod inputs;
mod instance_noise;
mod logits;
mod memory;
mod plan;
mod run;
mod separate;
mod shared;
mod third_block;
mod update_rule;

pub use context::StepContext;
pub use figures::{FIGURES, Figures, IN_WORDS, Means, StepReport};
pub use inputs::Inputs;
pub use plan::Step;
