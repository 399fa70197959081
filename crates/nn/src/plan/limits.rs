//! Largest sizes, so that no sum or product of them overflows.

use crate::error::Refusal;
use crate::shape::Shape;

/// Most weights of one layer (1 GiB of them): a mistyped number is refused before memory is allocated.
pub(super) const MAX_LAYER_PARAMETERS: usize = 1 << 28;
/// Most values that a layer may make of one image.
const MAX_IMAGE_VALUES: usize = 1 << 28;
/// Most weights of a network (4 GiB of them), and most values that its layers may make of one image: so far every sum and
/// product of sizes stays below 2^31 where a size has 32 bits, and below 2^63 otherwise.
pub(super) const MAX_NETWORK_VALUES: usize = 1 << 30;
/// Most operations of a network. The backward pass calls itself once for each, on the stack.
pub(super) const MAX_OPERATIONS: usize = 1000;

/// Refuses an image of more values than memory is meant for.
pub(super) fn check_values(shape: Shape) -> Result<(), Refusal> {
    let Shape { height, width, channels } = shape;
    if shape.checked_values().is_none_or(|n| n > MAX_IMAGE_VALUES) {
        return Err(Refusal::new(
            format!("{height}x{width}x{channels} values for one image"),
            format!("at most {MAX_IMAGE_VALUES}"),
        ));
    }
    Ok(())
}
