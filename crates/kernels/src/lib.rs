//! Raw compute on `&[f32]`: matrix products and convolutions with epilogues, activations, normalisation, resampling,
//! dropout and augmentation, embeddings, counter-based noise and optimiser updates.
//!
//! - Matrices are row-major; activations are `[rows, channels]` with `rows = batch * height * width`.
//! - Every function takes [`Threads`] where it may run on more than one; the result has the same bits for any number
//!   of threads, because outputs are split and sums never are (or are cut into blocks fixed by the shape alone).
//! - Loops are plain Rust, compiled once for the baseline and once for AVX2 and chosen at run time
//!   (`multiversion`), so no compiler flags are needed. No multiply-add is contracted in them: both give the same bits.
//! - The only crate with unsafe code.

pub mod activation;
pub mod augment;
pub mod batch_norm;
pub mod bilinear;
pub mod conv;
pub mod dropout;
mod epilogue;
mod grid;
pub mod image_norm;
pub mod interleave;
pub mod labels;
mod math;
mod memory;
pub mod minibatch_stddev;
pub mod noise;
pub mod optimizer;
pub mod pixel_norm;
mod product;
pub mod resample;
pub mod rows;
pub mod spectral;
pub mod sums;
mod threads;
mod tile;
mod transpose;

pub use activation::Activation;
pub use augment::Augmentation;
pub use epilogue::Epilogue;
pub use grid::Grid;
pub use product::{Matrix, from_panels, product, product_adam, product_into_panels, to_panels};
pub use threads::Threads;
