//! Test images that are training images.

use data::ImageSet;
use data::repeats::shared;
use serde::Serialize;

/// Pairs named.
const NAMED: usize = 5;
/// Most bytes of training images that are read for it.
const MOST_BYTES: usize = 16 << 30;

/// Test images that are, pixel for pixel, training images. A generator that memorises them looks as if it generalised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leaks {
    /// Number of test images that are training images.
    pub count: usize,
    /// Number of test images.
    pub test: usize,
    /// The first of these images.
    pub pairs: Vec<Leak>,
    /// Their places in the test split.
    #[serde(skip)]
    pub(super) places: Vec<u32>,
}

/// A test image that is a training image: by file, or by number from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// The test image.
    pub test: String,
    /// The training image.
    pub training: String,
}

/// The leaks between two splits; none where the training images are too many to read for it.
pub(super) fn leaks(training: &ImageSet, test: &ImageSet) -> Option<Leaks> {
    if training.len() * training.pixels_per_image() > MOST_BYTES {
        return None;
    }
    let pairs = shared(test, training);
    let named = pairs
        .iter()
        .take(NAMED)
        .map(|&(i, j)| Leak { test: test.image_name(i as usize), training: training.image_name(j as usize) });
    Some(Leaks {
        count: pairs.len(),
        test: test.len(),
        pairs: named.collect(),
        places: pairs.into_iter().map(|(i, _)| i).collect(),
    })
}
