//! The layers, one a file.

mod batch_norm;
mod dense;
mod dropout;
mod join;
mod pointwise;

pub(crate) use batch_norm::BatchNorm;
pub(crate) use dense::Dense;
pub(crate) use dropout::Dropout;
pub(crate) use join::Join;
pub(crate) use pointwise::Pointwise;

use kernels::{Epilogue, Threads, activation};

/// Applies an epilogue to values that no product wrote.
pub(crate) fn finish(threads: Threads, epilogue: Epilogue, values: &mut [f32]) {
    match epilogue {
        Epilogue::Derivative(f, y) => activation::multiply_derivative(threads, f, y, values),
        Epilogue::None => {}
        Epilogue::Accumulate | Epilogue::BiasActivation(..) => unreachable!("not an epilogue of a cotangent"),
    }
}
