//! Data sets that are made of another one by a fixed rule, so that they need no file.

mod long_tail;
mod stacked;

use crate::{DataError, ImageSet, Split};

/// The data sets made of MNIST.
#[cfg(all(test, feature = "fetch"))]
pub(crate) const NAMES: [&str; 2] = [stacked::NAME, long_tail::NAME];

/// A split of the derived data set `name`, if it is one; `digits` loads a split of MNIST.
pub(crate) fn load(
    name: &str,
    split: Split,
    digits: impl FnOnce(Split) -> Result<ImageSet, DataError>,
) -> Option<Result<ImageSet, DataError>> {
    let make = match name {
        stacked::NAME => stacked::stacked,
        long_tail::NAME => long_tail::long_tail,
        _ => return None,
    };
    Some(digits(split).and_then(|digits| make(&digits, split)))
}
