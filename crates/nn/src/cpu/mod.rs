//! The CPU engine: runs a [`crate::Plan`] in four directions over buffers that are made once.

mod build;
mod descent;
mod layer;
mod layers;
mod network;
mod parameter;
mod passes;
mod profile;
mod tape;

pub use descent::Descent;
pub use layer::Mode;
pub use network::Network;
pub use parameter::Parameter;
pub use passes::WeightGrad;
pub use profile::{Arenas, Direction};
pub use tape::{Tape, TapeParts};
