//! Matrix products, cut into parts for the threads, with the epilogue applied while a part is still in cache.
//!
//! The scheme is that of Goto and van de Geijn (2008): panels of the inner dimension, blocks of the right factor packed
//! so that they fit the caches, the left one read in place, tiles kept in registers. Every size is a constant: the order
//! of each sum follows from the shape alone, not from the number of threads or the machine's caches. Weights can lie in the
//! order in which tiles read them (`panels.rs`); then they are not packed at all.

mod adam;
mod block;
mod blocking;
mod buffers;
mod columns;
mod into_panels;
mod matrix;
mod multiply;
mod operand;
mod pack;
mod panels;
mod pending;
mod tiles;

pub use self::adam::product_adam;
pub use self::into_panels::product_into_panels;
pub use self::matrix::Matrix;
pub use self::multiply::product;
pub use self::panels::{from_panels, to_panels};

#[cfg(test)]
mod tests;
