//! The sections of a config. Each key is defined here, once.

mod burn_in;
mod data;
mod eval;
mod health;
mod networks;
mod objective;
mod optimizer;
mod train;

pub use burn_in::BurnIn;
pub use data::{BACKGROUND_BEFORE_THE_KEY, Colour, DataSection};
pub use eval::EvalSection;
pub(super) use eval::METRIC;
pub use health::HealthSection;
pub use networks::{Discriminator, Generator};
pub use objective::Objective;
pub use optimizer::{OptimizerSection, OptimizerSections};
pub use train::TrainSection;
