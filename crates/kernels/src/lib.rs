//! Raw compute on `&[f32]`: matrix products and convolutions with epilogues, activations, batch normalisation, dropout,
//! counter-based noise and optimiser updates.
//!
//! - Matrices are row-major; activations are `[rows, channels]` with `rows = batch * height * width`.
//! - Every function takes [`Threads`] where it may run on more than one; the result has the same bits for any number
//!   of threads, because outputs are split and sums never are (or are cut into blocks fixed by the shape alone).
//! - Loops are plain Rust, compiled once for the baseline and once for AVX2 and chosen at run time
//!   (`multiversion`), so no compiler flags are needed. No multiply-add is contracted in them: both give the same bits.
//! - The only crate with unsafe code.

pub mod activation;
pub mod batch_norm;
pub mod conv;
pub mod dropout;
mod math;
pub mod noise;
pub mod optimizer;
mod product;
pub mod rows;
pub mod sums;
mod threads;

pub use activation::Activation;
pub use product::{Epilogue, Matrix, product};
pub use threads::Threads;
