//! What an evaluation compares, and how.

use data::ImageSet;

/// The three sets of images of an evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// The generator's training images.
    pub training: &'a ImageSet,
    /// Images of the same data that the generator did not learn from, if there are any.
    pub test: Option<&'a ImageSet>,
    /// The generated images. Their labels, if they have any, are the classes that were asked for.
    pub generated: &'a ImageSet,
}

/// How images are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Images of each kind, or fewer where there are fewer.
    pub samples: usize,
    /// Generated and test images whose nearest training images are looked for.
    pub memory_queries: usize,
    /// Chooses images and subsets.
    pub seed: u64,
}

impl Default for Options {
    /// 10,000 samples, 1000 of them for memory, seed 0.
    fn default() -> Options {
        Options { samples: 10_000, memory_queries: 1000, seed: 0 }
    }
}

/// Images of each kind that are compared where `asked` are wanted, and the number of real images there are: the test images,
/// or without test images half of the training images.
pub fn samples_of(training: &ImageSet, test: Option<&ImageSet>, asked: usize) -> (usize, usize) {
    let real = match test {
        Some(test) => test.len().min(training.len()),
        None => training.len() / 2,
    };
    (asked.min(real), real)
}
