//! Networks from a text spec, as linear maps with pointwise non-linearities between them.
//!
//! | direction | meaning | used for |
//! |---|---|---|
//! | [`Network::forward`] | outputs, kept on a [`Tape`] | sampling, training |
//! | [`Network::vjp`] | cotangents pulled back from the output | the generator's signal, input gradients |
//! | [`Network::weight_grad`] | gradient of the weights from outputs and cotangents | both players |
//! | [`Network::jvp`] | tangents pushed forward from the input | gradient penalties, exactly |
//!
//! Weights live in one contiguous arena with named views ([`Network::parameters`]), gradients and optimiser
//! state in arenas of the same layout. [`Network::in_panels`] lays large weights out for training's speed. All buffers of a pass belong to a [`Tape`], planned once from the spec
//! and the batch size: no direction allocates.

mod descent;
mod error;
pub mod init;
mod layer;
mod layers;
mod network;
pub mod optimizer;
mod parameter;
mod profile;
mod shape;
pub mod spec;
mod tape;
#[cfg(feature = "twin")]
pub mod twin;

pub use error::SpecError;
pub use init::Init;
pub use kernels::noise::NoiseKey;
pub use kernels::{Activation, Augmentation, Threads};
pub use layer::Mode;
pub use network::{Network, WeightGrad};
pub use optimizer::{Optimizer, Rule};
pub use parameter::Parameter;
pub use profile::Direction;
pub use shape::Shape;
pub use spec::LayerSpec;
pub use tape::{Tape, TapeParts};
