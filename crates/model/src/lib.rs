//! A trained generator without its training: the model file, sampling, interpolation between images, and the
//! discriminator's scores.
//!
//! | item | content |
//! |---|---|
//! | [`ModelFile`] | a file, read and verified, of this format or an earlier one |
//! | [`Header`] | the description of the networks in a file, read leniently |
//! | [`Generator`] | a generator with its weights, shared by its samplers |
//! | [`Sampler`] | images from a generator |
//! | [`Critic`] | logits of images from a discriminator |
//! | [`identity`] | comparison of images with the training images of a model |
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
