//! A test for copies of training images.

use kernels::Threads;
use kernels::noise::{NoiseKey, fill_normal};

use crate::error::MetricError;
use crate::features::Features;
use crate::nearest::{Neighbour, nearest};
use crate::subset::{stream, subset};

const NAME: &str = "memory";
/// Most pairs in the result.
const CLOSEST: usize = 10;
/// Number of control images. It is enough for a share near 1.
const MOST_CONTROLS: usize = 500;
/// Smallest share of the control images that must count as near. Otherwise the test has no result.
const LEAST_CONTROL: f64 = 0.9;

/// Options of [`memory()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryOptions {
    /// At most this many test and generated images each are compared with all training images; more are
    /// subsampled. 2000 against 60,000 images of 784 pixels are 0.2 TFLOP a set.
    pub queries: usize,
    /// Quantile of the test images' distances below which an image is near.
    pub quantile: f64,
    /// Share of near generated images from which on they count as copied.
    pub copied_share: f64,
    /// Standard deviation of the control's noise, as a share of the training images' own.
    pub control_noise: f64,
    /// The seed of the subsets and the noise.
    pub seed: u64,
}

impl Default for MemoryOptions {
    /// 2000 queries; the quantile 0.01; a share of 0.1 counts as copied; noise of 10%; seed 0.
    fn default() -> MemoryOptions {
        MemoryOptions { queries: 2000, quantile: 0.01, copied_share: 0.1, control_noise: 0.1, seed: 0 }
    }
}

/// A generated image and the training image nearest to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosestPair {
    /// The generated image, from 0.
    pub generated: usize,
    /// The training image, from 0.
    pub training: usize,
    /// Their distance.
    pub distance: f64,
}

/// The result of [`memory()`].
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Whether the generator copies: `near` is `copied_share` or more. `None` where the control fails: then
    /// the test cannot see copies, because test images are too near to training images.
    pub copied: Option<bool>,
    /// Share of generated images strictly nearer to a training image than `threshold`. Of unseen images,
    /// `quantile`.
    pub near: f64,
    /// The quantile of the test images' distances to their nearest training images.
    pub threshold: f64,
    /// Median distance of generated over that of test images: about 1, falls to 0 with copying.
    pub median_ratio: f64,
    /// Share of noisy training images that are near. If it is not close to 1, the test has no result.
    pub control: f64,
    /// The generated images nearest to training images, nearest first, at most 10.
    pub closest: Vec<ClosestPair>,
    /// Training images compared with.
    pub training: usize,
    /// Test images used: those that are not training images.
    pub test: usize,
    /// Test images left out because they are training images, value for value. With their distance of 0 a few of them would
    /// make every copy look normal.
    pub leaked: usize,
    /// Generated images used.
    pub generated: usize,
    /// Training images used as the control.
    pub controls: usize,
    /// As asked for.
    pub options: MemoryOptions,
}

/// Compares generated images' distances to their nearest training images with the test images' (as Meehan et
/// al. 2020, arXiv:2004.05675, do with a rank test; a quantile also sees a generator that copies only now and
/// then).
///
/// Distances are Euclidean and exact, of features or pixels. Test images that are training images are left out. The positive
/// control are training images with a little noise, such as the copies that a generator makes.
///
/// # Errors
/// [`MetricError::Setting`] for values outside their range, [`MetricError::TooFew`] for less than `1 /
/// quantile` test images that are not training images, 2 training images or no generated ones,
/// [`MetricError::Disagree`] if dimensions differ.
pub fn memory(
    threads: Threads,
    training: &Features,
    test: &Features,
    generated: &Features,
    options: &MemoryOptions,
) -> Result<Memory, MetricError> {
    let least_test = check(training, test, generated, options)?;
    let key = |stream| NoiseKey { seed: options.seed, stream, step: 0 };
    let queries = options.queries.max(least_test);
    let chosen = |set: &Features, stream, most: usize| {
        let mut rows = subset(key(stream), set.rows(), most.min(set.rows()));
        rows.sort_unstable();
        rows
    };
    let neighbours = |queries: &[f32]| {
        nearest(
            threads,
            &Features::new(queries, queries.len() / test.dimensions(), test.dimensions())?,
            training,
        )
    };
    let test_rows = chosen(test, stream::MEMORY_TEST, queries);
    let mut of_test = sorted(&neighbours(&test.gather(&test_rows))?);
    let leaked = of_test.partition_point(|&distance| distance == 0.0);
    of_test.drain(..leaked);
    if of_test.len() < least_test {
        let (set, got) = ("test images that are no training images", of_test.len());
        return Err(MetricError::TooFew { metric: NAME, set, expected: least_test, got });
    }
    let generated_rows = chosen(generated, stream::MEMORY_GENERATED, queries);
    let found = neighbours(&generated.gather(&generated_rows))?;
    let control_rows = chosen(training, stream::MEMORY_CONTROL, queries.min(MOST_CONTROLS));
    let of_control = neighbours(&control_images(
        training.gather(&control_rows),
        test.dimensions(),
        options.control_noise,
        key(stream::MEMORY_CONTROL_NOISE),
    ))?;

    let threshold = of_test[(options.quantile * of_test.len() as f64) as usize];
    let near = share_nearer(&found, threshold);
    let control = share_nearer(&of_control, threshold);
    let mut closest: Vec<ClosestPair> = found
        .iter()
        .zip(&generated_rows)
        .map(|(n, &row)| ClosestPair { generated: row as usize, training: n.index, distance: n.distance })
        .collect();
    closest.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    closest.truncate(CLOSEST);
    Ok(Memory {
        copied: (control >= LEAST_CONTROL).then_some(near >= options.copied_share),
        near,
        threshold,
        median_ratio: median(&sorted(&found)) / median(&of_test),
        control,
        closest,
        training: training.rows(),
        test: of_test.len(),
        leaked,
        generated: found.len(),
        controls: of_control.len(),
        options: *options,
    })
}

/// Checks the options. Returns the fewest test images that have such a quantile.
fn check(
    training: &Features,
    test: &Features,
    generated: &Features,
    options: &MemoryOptions,
) -> Result<usize, MetricError> {
    let setting = |name, expected, got| Err(MetricError::Setting { metric: NAME, name, expected, got });
    if options.queries == 0 {
        return setting("queries", "of at least 1", 0.0);
    }
    if !(options.quantile > 0.0 && options.quantile < 1.0) {
        return setting("quantile", "between 0 and 1", options.quantile);
    }
    if !(options.copied_share > options.quantile && options.copied_share <= 1.0) {
        return setting("copied_share", "above the quantile, at most 1", options.copied_share);
    }
    if !(options.control_noise >= 0.0 && options.control_noise.is_finite()) {
        return setting("control_noise", "of at least 0", options.control_noise);
    }
    training.comparable(test, NAME)?;
    training.comparable(generated, NAME)?;
    let least_test = (1.0 / options.quantile).ceil() as usize;
    training.at_least(2, NAME, "training images")?;
    test.at_least(least_test, NAME, "test images")?;
    generated.at_least(1, NAME, "generated images")?;
    Ok(least_test)
}

/// `images` with normal noise of `share` of their standard deviation about their mean image.
fn control_images(mut images: Vec<f32>, dimensions: usize, share: f64, key: NoiseKey) -> Vec<f32> {
    let mean = Features::gathered(&images, dimensions).mean();
    let squares: f64 = images
        .chunks_exact(dimensions)
        .flat_map(|image| image.iter().zip(&mean).map(|(&v, m)| (f64::from(v) - m).powi(2)))
        .sum();
    let size = (share * (squares / images.len() as f64).sqrt()) as f32;
    let mut noise = vec![0.0; dimensions];
    for (row, image) in images.chunks_exact_mut(dimensions).enumerate() {
        fill_normal(key, (row * dimensions) as u64, &mut noise);
        image.iter_mut().zip(&noise).for_each(|(v, n)| *v += size * n);
    }
    images
}

fn sorted(neighbours: &[Neighbour]) -> Vec<f64> {
    let mut distances: Vec<f64> = neighbours.iter().map(|n| n.distance).collect();
    distances.sort_by(f64::total_cmp);
    distances
}

fn median(sorted: &[f64]) -> f64 {
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
}

fn share_nearer(neighbours: &[Neighbour], threshold: f64) -> f64 {
    neighbours.iter().filter(|n| n.distance < threshold).count() as f64 / neighbours.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: MemoryOptions =
        MemoryOptions { queries: 1000, quantile: 0.25, copied_share: 0.5, control_noise: 1e-6, seed: 1 };

    fn line(values: &[f32]) -> Features<'_> {
        Features::new(values, values.len(), 1).unwrap()
    }

    /// Training 0, 100; test 1, 102, 3, 104 (distances 1 to 4); generated 0.5, 99, 10 (0.5, 1, 10).
    #[test]
    fn closed_form_on_a_line() {
        let (training, test) = (line(&[0.0, 100.0]), line(&[1.0, 102.0, 3.0, 104.0]));
        let got = memory(Threads::ONE, &training, &test, &line(&[0.5, 99.0, 10.0]), &OPTIONS).unwrap();
        assert_eq!((got.threshold, got.near, got.median_ratio), (2.0, 2.0 / 3.0, 1.0 / 2.5));
        assert_eq!((got.control, got.copied), (1.0, Some(true)));
        assert_eq!(got.closest[1], ClosestPair { generated: 1, training: 1, distance: 1.0 });
        assert_eq!((got.training, got.test, got.generated, got.controls), (2, 4, 3, 2));
        let got = memory(Threads::ONE, &training, &test, &line(&[5.0, 106.0, 10.0]), &OPTIONS).unwrap();
        assert_eq!((got.near, got.copied), (0.0, Some(false)));
    }

    #[test]
    fn test_images_that_are_training_images_do_not_count() {
        let (training, test) = (line(&[0.0, 100.0]), line(&[1.0, 102.0, 3.0, 104.0]));
        let generated = line(&[0.5, 99.0, 10.0]);
        let clean = memory(Threads::ONE, &training, &test, &generated, &OPTIONS).unwrap();
        let leaky = line(&[0.0, 1.0, 102.0, 100.0, 0.0, 3.0, 104.0]);
        let got = memory(Threads::ONE, &training, &leaky, &generated, &OPTIONS).unwrap();
        assert_eq!((clean.leaked, got.leaked), (0, 3));
        assert_eq!(Memory { leaked: 0, ..got }, clean);
        let copies = line(&[0.0, 100.0, 50.0, 50.0, 50.0]);
        let refused = memory(Threads::ONE, &training, &copies, &line(&[0.0]), &OPTIONS).unwrap_err();
        assert!(matches!(refused, MetricError::TooFew { expected: 4, got: 3, .. }), "{refused}");
    }

    #[test]
    fn a_control_that_is_not_noticed_leaves_no_verdict() {
        // Test images lie nearer to training images than the control's noise carries it.
        let options = MemoryOptions { control_noise: 0.5, ..OPTIONS };
        let (training, test) = (line(&[0.0, 100.0]), line(&[1e-3, 1e-3, 1e-3, 1e-3]));
        let got = memory(Threads::ONE, &training, &test, &line(&[0.0]), &options).unwrap();
        assert_eq!((got.control, got.copied), (0.0, None));
    }

    #[test]
    fn settings_and_sets_that_do_not_fit_are_refused() {
        let (training, test) = (line(&[0.0, 100.0]), line(&[1.0, 102.0, 3.0]));
        let run = |options| memory(Threads::ONE, &training, &test, &training, &options).unwrap_err();
        let refused = run(OPTIONS);
        assert!(matches!(refused, MetricError::TooFew { set: "test images", expected: 4, got: 3, .. }));
        let name = |options| match run(options) {
            MetricError::Setting { name, .. } => name,
            other => panic!("{other}"),
        };
        assert_eq!(name(MemoryOptions { queries: 0, ..OPTIONS }), "queries");
        assert_eq!(name(MemoryOptions { quantile: 0.0, ..OPTIONS }), "quantile");
        assert_eq!(name(MemoryOptions { copied_share: 0.1, ..OPTIONS }), "copied_share");
        assert_eq!(name(MemoryOptions { control_noise: f64::NAN, ..OPTIONS }), "control_noise");
    }
}
