//! Layers that leave values as they are, `y = x`:
//!
//! - `reshape` and `flatten`: the same values seen as an image of another shape, or as a vector. An image's values are in
//!   the order of its pixels.
//! - `residual`, the end of a block, `y = f(x + s)` (He et al. 2016): the identity for each of its two summands. The network
//!   adds the second one and applies the activation.

use crate::cpu::layer::{Forward, Jvp, Layer, Pass, Vjp, finish};

#[derive(Debug)]
pub(crate) struct Identity;

impl Layer for Identity {
    fn forward(&self, _: Pass, Forward { x, y, .. }: Forward) {
        y.copy_from_slice(x);
    }

    fn vjp(&self, pass: Pass, Vjp { delta, dx, epilogue, .. }: Vjp) {
        dx.copy_from_slice(delta);
        finish(pass.threads, epilogue, dx);
    }

    fn jvp(&self, _: Pass, Jvp { tx, ty, .. }: Jvp) {
        ty.copy_from_slice(tx);
    }
}
