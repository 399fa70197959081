//! Convolutions of `[batch, height, width, channels]`, and transposed ones: one geometry, three operations.
//!
//! A [`Window`] says which pixels of a large image each pixel of a small one sees. A convolution maps large to small
//! ([`Convolution::forward`]), a transposed convolution small to large ([`Convolution::adjoint`]). Each is the other's adjoint, and
//! both have the same weights' gradient ([`Convolution::weight_grad`]).
//!
//! | | forward, jvp | vjp |
//! |---|---|---|
//! | convolution | `forward` | `adjoint` |
//! | transposed convolution | `adjoint` | `forward` |
//!
//! Where there are channels enough, nothing is copied (`implicit_gemm.rs`): a tile of a product reads its left factor from the
//! images in place, by the taps of each window that lie within them (`lowering.rs`). To few channels, every pixel is multiplied
//! by every tap and the results are summed afterwards (`col2im.rs`). 3 x 3 and 5 x 5 kernels of stride 1 can go through
//! Winograd's tiles (`winograd/`). The choice follows from the window alone (`method.rs`), and so does the order of every sum.

mod col2im;
mod convolution;
mod implicit_gemm;
mod kernel;
mod lowering;
mod method;
mod padding;
mod panel;
mod weight_grad;
mod window;
mod winograd;

pub use self::convolution::Convolution;
pub use self::window::Window;

#[cfg(test)]
mod tests;
