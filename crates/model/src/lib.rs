//! A trained generator, without how it was trained: the model file, sampling, interpolation between images, and the
//! discriminator's scores.
//!
//! | item | what it is |
//! |---|---|
//! | [`ModelFile`] | a file that was read whole and verified, of this format or an earlier one |
//! | [`Header`] | what a file says of its networks, read leniently |
//! | [`Generator`] | a generator with its weights, shared by all that sample it |
//! | [`Sampler`] | images from a generator |
//! | [`Critic`] | logits of images from a discriminator |
//! | [`identity`] | whether images are those that a model was trained on |
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use kernels::Threads;
//! use model::{Generator, ModelFile, Sampler, Weights};
//!
//! let file = ModelFile::read(Path::new("model.safetensors"))?;
//! let generator = Arc::new(Generator::from_file(&file, Weights::Average)?);
//! let bytes = Sampler::new(generator, Threads::new(2)).generate_bytes(0, 64);
//! # Ok::<(), model::ModelError>(())
//! ```

pub mod critic;
mod error;
mod file;
mod format_1;
mod generator;
pub mod header;
pub mod identity;
pub mod memory;
mod network;
pub mod noise;
pub mod packing;
pub mod sampler;
mod seal;
mod tensors;

pub use critic::Critic;
pub use error::ModelError;
pub use file::{ModelFile, write};
pub use generator::{Generator, Weights};
pub use header::Header;
pub use sampler::Sampler;
pub use tensors::{Tensors, prefix};
