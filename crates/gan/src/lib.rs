//! Training of generative adversarial networks: objectives, the step, the trainer and checkpoints.
//!
//! One batch, from file to weights: [`trainer::Trainer::step`] takes the batch's indices from [`data::Batches`], the step
//! ([`step::Step::run`]) generates images, runs D once over real and generated ones, takes the losses' derivatives by
//! D's logits ([`losses`]), pulls them back through D and the generator, and updates both ([`player::Player`]). The same step
//! as the paper writes it is in `reference` (feature `twin`).

mod calibration;
pub mod checkpoint;
mod class_weights;
pub mod config;
mod error;
mod flip;
pub mod health;
pub mod latents;
pub mod losses;
mod memory;
mod networks;
mod not_finite;
pub mod penalties;
pub mod player;
pub mod presets;
pub mod progress;
pub mod recipe;
#[cfg(feature = "twin")]
pub mod reference;
pub mod step;
mod step_inputs;
pub mod trainer;

use model::{noise, packing};

pub use error::GanError;
pub use networks::networks;
pub use progress::Progress;
pub use trainer::Trainer;
