//! A test of pixels for copies of training images.

use std::collections::BTreeSet;

use data::{ImageSet, epoch_order};
use kernels::Threads;
use metrics::registry::{MEMORY_CONTROL, MEMORY_NEAR, MEMORY_RATIO};
use metrics::{Features, MemoryOptions, MetricError, Score, memory};
use serde::Serialize;

use super::chosen::{Chosen, Kinds};
use super::images::Options;
use super::left_out::LeftOut;
use crate::error::JudgeError;

/// Most bytes of training images as numbers. Of more images, as many as fit are chosen.
const MOST_BYTES: usize = 2 << 30;
/// Which permutation of the seed chooses them.
const CHOICE: u64 = 304;
/// Pairs reported.
const CLOSEST: usize = 5;

/// Distances of pixels to the nearest training image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemoryScore {
    /// Whether the generator copies. None where the control fails: then the test has no result.
    pub copied: Option<bool>,
    /// Share of generated images that are nearer to a training image than all but the share `expected` of the test images.
    pub near: f64,
    /// The same share of test images.
    pub expected: f64,
    /// Median distance of generated over that of test images.
    pub median_ratio: f64,
    /// Share of noisy training images that count as near: the positive control, close to 1.
    pub control: f64,
    /// Training images compared with.
    pub training: usize,
    /// Test images, without those that are training images.
    pub test: usize,
    /// Generated images.
    pub generated: usize,
    /// The closest pairs, nearest first.
    pub closest: Vec<Closest>,
}

/// A generated image and the training image it is nearest to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Closest {
    /// Its place in what was generated, from 0.
    pub generated: usize,
    /// The training image, from 0.
    pub training: usize,
    /// Euclidean, of pixels in [-1, 1].
    pub distance: f64,
}

impl MemoryScore {
    /// As scores among the others.
    pub(super) fn scores(&self) -> [Score; 3] {
        let score = |metric, value, floor| Score::new(metric, self.generated, value, Some(floor));
        [
            score(MEMORY_NEAR, self.near, self.expected),
            score(MEMORY_RATIO, self.median_ratio, 1.0),
            score(MEMORY_CONTROL, self.control, 1.0),
        ]
    }
}

/// The test. None where the data have no distances to compare with; `left_out` then has the reason. The test images `leaked` are
/// training images at distance 0, so they are not used.
pub(super) fn memory_score(
    threads: Threads,
    [training, test, generated]: [&ImageSet; 3],
    kinds: &Kinds,
    leaked: &[u32],
    options: Options,
    (notes, left_out): &mut (&mut Vec<String>, &mut Vec<LeftOut>),
) -> Result<Option<MemoryScore>, JudgeError> {
    let size = training.pixels_per_image();
    let known = known(training, options.seed);
    if known.len() < training.len() {
        notes.push(format!("memory: compared with {} of {} training images", known.len(), training.len()));
    }
    let queries = options.memory_queries;
    // In order, as they were chosen. Test images that were not chosen take the places of leaked ones.
    let chosen: &[u32] = &kinds.reference.indices;
    let known_ones: BTreeSet<u32> = chosen.iter().copied().collect();
    let others = (0..test.len() as u32).filter(|i| !known_ones.contains(i));
    let all = chosen.iter().copied().chain(others).filter(|i| leaked.binary_search(i).is_err());
    let unseen: Vec<u32> = all.take(queries.min(chosen.len())).collect();
    if unseen.is_empty() {
        let reason = format!("all {} test images are training images", kinds.reference.indices.len());
        left_out.push(LeftOut::new("memory", reason));
        return Ok(None);
    }
    let (x, t, g) = (
        pixels(training, &known)?,
        pixels(test, &unseen)?,
        pixels(generated, first(kinds.generated, queries))?,
    );
    let set = |values| Features::new(values, values.len() / size, size);
    let options = MemoryOptions { queries, seed: options.seed, ..MemoryOptions::default() };
    let found = match memory(threads, &set(&x)?, &set(&t)?, &set(&g)?, &options) {
        Ok(found) => found,
        Err(error @ (MetricError::Degenerate { .. } | MetricError::TooFew { .. })) => {
            left_out.push(LeftOut::new("memory", error.to_string()));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let closest = found.closest.iter().take(CLOSEST).map(|pair| Closest {
        generated: kinds.generated.indices[pair.generated] as usize,
        training: known[pair.training] as usize,
        distance: pair.distance,
    });
    Ok(Some(MemoryScore {
        copied: found.copied,
        near: found.near,
        expected: options.quantile,
        median_ratio: found.median_ratio,
        control: found.control,
        training: found.training,
        test: found.test,
        generated: found.generated,
        closest: closest.collect(),
    }))
}

/// The training images to compare with: all, or as many as fit.
fn known(training: &ImageSet, seed: u64) -> Vec<u32> {
    let most = MOST_BYTES / (4 * training.pixels_per_image());
    if training.len() <= most {
        return (0..training.len() as u32).collect();
    }
    let mut order = Vec::new();
    epoch_order(seed, CHOICE, training.len(), &mut order);
    order.truncate(most.max(2));
    order
}

/// The first images chosen: their order is random.
fn first(chosen: &Chosen, most: usize) -> &[u32] {
    &chosen.indices[..most.min(chosen.indices.len())]
}

fn pixels(set: &ImageSet, indices: &[u32]) -> Result<Vec<f32>, JudgeError> {
    let mut out = vec![0.0; indices.len() * set.pixels_per_image()];
    set.gather(indices, &mut out);
    set.still_whole()?;
    Ok(out)
}
