//! Networks from a text spec, as linear maps with pointwise non-linearities between them.
//!
//! A spec ([`LayerSpec`]) becomes a [`Plan`]: plain data, with every number resolved. A [`Network`] runs a plan on the CPU, in
//! four directions:
//!
//! | direction | meaning | used for |
//! |---|---|---|
//! | [`Network::forward`] | outputs, kept on a [`Tape`] | sampling, training |
//! | [`Network::vjp`] | cotangents pulled back from the output | the generator's signal, input gradients |
//! | [`Network::weight_grad`] | gradient of the weights from outputs and cotangents | both players |
//! | [`Network::jvp`] | tangents pushed forward from the input | gradient penalties, exactly |
//!
//! Weights live in one contiguous arena with named views ([`Network::parameters`]), gradients and optimiser
//! state in arenas of the same layout. [`Network::in_panels`] lays large weights out for faster training. All buffers of a
//! pass belong to a [`Tape`], made once from the plan and the batch size: no direction allocates.

mod cpu;
mod error;
pub mod init;
pub mod optimizer;
pub mod plan;
mod shape;
pub mod spec;
#[cfg(feature = "twin")]
pub mod twin;

pub use cpu::{Arenas, Descent, Direction, Mode, Network, Parameter, Tape, TapeParts, WeightGrad};
pub use error::SpecError;
pub use init::Init;
pub use kernels::noise::NoiseKey;
pub use kernels::{Activation, Augmentation, Threads};
pub use optimizer::{Optimizer, Rule};
pub use plan::Plan;
pub use shape::Shape;
pub use spec::LayerSpec;
