//! A network as plain data: which operation follows which, with all numbers resolved.
//!
//! A [`Plan`] is what engines, the float64 twin, tables of layers and exports read. It knows nothing of how an operation is
//! computed. [`Operation`] documents the formulas, [`Kind`] the layout of the weights.

mod assemble;
mod build;
mod foreign;
mod graph;
mod limits;
mod operation;
mod outline;
mod padding;
mod read;
mod view;
mod window;

#[cfg(test)]
mod tests;

pub use graph::Plan;
pub use operation::{Kind, Operation, Read, Weights};
pub use view::{Start, View};
pub use window::Window;
