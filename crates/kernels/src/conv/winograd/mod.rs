//! Convolutions of stride 1 with fewer multiplications: Winograd's minimal filtering, F(4, 5) and F(4, 3).
//!
//! Tiles of 4 x 4 outputs are computed from their inputs' values at 8 x 8 or 6 x 6 points (`transform.rs`). At each point,
//! channels meet in one product `[tiles, from] [from, to]`: 64 products for the 400 that 16 outputs of a 5 x 5 kernel
//! take, 36 for 144 with 3 x 3. The kernel's gradient is the transpose of the same form in the kernel. Errors are larger
//! than a direct sum's: 2e-6 to 6e-6 of the output's root mean square, by the root mean square.
//!
//! Images are taken as many at a time as make [`CHUNK_TILES`] tiles. Each step of a chunk is divided among the threads:
//! transforms by images, products by points.

mod convolve;
mod images;
mod lanes;
mod point;
mod scratch;
mod tiling;
mod transform;
mod weight_grad;

pub(super) use self::tiling::Winograd;
