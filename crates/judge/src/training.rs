//! Training of a judge on the classes of a data set.

use data::{Batches, ImageSet};
use kernels::Threads;
use kernels::noise::{NoiseKey, fill_uniform};
use nn::{Descent, Mode, Optimizer, Rule, TapeParts, WeightGrad};

use crate::classifier::Judge;
use crate::description::Description;
use crate::error::JudgeError;
use crate::file;
use crate::loss::cross_entropy;
use crate::network::{self, Refused};
use crate::shift::{most, shift};

/// Images of a step, or all where there are fewer.
const BATCH: usize = 128;
/// The peak learning rate of Adam.
const RATE: f64 = 2e-3;
/// Share of the steps in which the rate rises to that, linearly.
const WARMUP: f64 = 0.05;
/// Most classes: the metrics' labels are bytes.
const MOST_CLASSES: usize = 256;

/// The noise streams, apart from those of a trainer and of the metrics.
const WEIGHTS: u64 = 201;
const SHIFTS: u64 = 202;
const LAYERS: u64 = 203;

/// How a judge is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainOptions {
    /// Passes over the images.
    pub epochs: u64,
    /// The seed of the weights, the order and the shifts.
    pub seed: u64,
}

/// Passes over a set that is large enough.
const EPOCHS: u64 = 12;
/// Fewest steps. A small set takes more epochs.
const STEPS: u64 = 1_000;

impl Default for TrainOptions {
    /// 12 epochs, seed 0.
    fn default() -> TrainOptions {
        TrainOptions { epochs: EPOCHS, seed: 0 }
    }
}

impl TrainOptions {
    /// The epochs for a number of images: 12, or for few images as many as 1,000 steps take.
    pub fn epochs_of(images: usize) -> u64 {
        let steps_per_epoch = (images / BATCH.min(images.max(1))).max(1) as u64;
        EPOCHS.max(STEPS.div_ceil(steps_per_epoch))
    }
}

/// A finished epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// From 1.
    pub epoch: u64,
    /// All of them.
    pub epochs: u64,
    /// Mean loss over its steps, in nats.
    pub loss: f64,
    /// Share of its (shifted) images that were classed as labelled, while learning from them.
    pub accuracy: f64,
}

impl Judge {
    /// A classifier of `set`'s labels: softmax cross-entropy, Adam, a rate that rises over the first twentieth of the
    /// steps and then falls to zero as a cosine (Loshchilov and Hutter 2017), images shifted by up to a fourteenth
    /// of their sides. A function of the images, the options and the instruction set alone.
    ///
    /// # Errors
    /// [`JudgeError::Images`] for less than 2 images, without labels, with a single class, with classes without images
    /// or more than 256; [`JudgeError::Diverged`].
    pub fn train(
        threads: Threads,
        set: &ImageSet,
        options: TrainOptions,
        progress: &mut dyn FnMut(EpochReport),
    ) -> Result<Judge, JudgeError> {
        Judge::train_on(threads, set, learnable(set)?, options, progress)
    }

    /// [`Judge::train`] with as many classes as there are `counts`, the images of each: some may be without.
    pub(crate) fn train_on(
        threads: Threads,
        set: &ImageSet,
        counts: Vec<u64>,
        options: TrainOptions,
        progress: &mut dyn FnMut(EpochReport),
    ) -> Result<Judge, JudgeError> {
        let labels = set.labels().unwrap_or_default();
        let shape = (set.height(), set.width(), set.channels());
        let layers = network::layers(shape.0, shape.1, counts.len());
        let network = network::plan(&layers, shape).map_err(|refused| match refused {
            Refused::Spec(error) => error.into(),
            Refused::Text(message) => JudgeError::images(set.name(), "images of another size", message),
        })?;
        let mut parameters = network.initial_parameters(options.seed, WEIGHTS);
        let mut state = network.initial_state();
        let mut grads = vec![0.0; parameters.len()];
        let mut optimizer = Optimizer::new(Rule::adam(RATE), parameters.len());
        let batch = BATCH.min(set.len());
        let mut tape = network.tape(batch, TapeParts { cotangents: true, ..TapeParts::default() });
        let mut batches = Batches::new(set.len(), batch, options.seed)?;
        let steps_per_epoch = batches.steps_per_epoch();
        let steps = options.epochs * steps_per_epoch;
        let mut images = vec![0.0; batch * set.pixels_per_image()];
        let mut d = vec![0.0; batch * counts.len()];
        let mut of_batch = vec![0; batch];
        let mut draws = vec![0.0; 2 * batch];
        let (mut loss_sum, mut right) = (0.0, 0);
        for step in 0..steps {
            let key = |stream| NoiseKey { seed: options.seed, stream, step };
            let indices = batches.indices(step);
            set.gather(indices, &mut images);
            of_batch.iter_mut().zip(indices).for_each(|(label, &i)| *label = labels[i as usize]);
            fill_uniform(key(SHIFTS), 0, &mut draws);
            let size = set.pixels_per_image();
            let pairs = images.chunks_exact(size).zip(tape.input_mut().chunks_exact_mut(size));
            for ((from, to), draws) in pairs.zip(draws.chunks_exact(2)) {
                shift(from, shape, (offset(draws[0], shape.0), offset(draws[1], shape.1)), to);
            }
            let mode = Mode::Train(key(LAYERS));
            network.forward(threads, mode, &parameters, &mut state, &mut tape);
            let loss = cross_entropy(tape.output(), &of_batch, &mut d);
            if !loss.is_finite() {
                return Err(JudgeError::Diverged { step, loss });
            }
            loss_sum += loss;
            right += rightly(tape.output(), counts.len(), &of_batch);
            network.seed(threads, &d, &mut tape);
            let update = optimizer.begin(rate_factor(step, steps), 1.0, &mut parameters);
            let how = WeightGrad::default();
            let descent = Descent { how: &how, pull_back: true, grads: &mut grads, update };
            network.descend(threads, mode, &mut tape, descent);
            if (step + 1) % steps_per_epoch == 0 {
                progress(EpochReport {
                    epoch: (step + 1) / steps_per_epoch,
                    epochs: options.epochs,
                    loss: loss_sum / steps_per_epoch as f64,
                    accuracy: right as f64 / (steps_per_epoch * batch as u64) as f64,
                });
                (loss_sum, right) = (0.0, 0);
            }
        }
        set.still_whole()?;
        let description = Description {
            format: file::FORMAT,
            data: set.name().to_owned(),
            image_shape: shape,
            layers,
            class_counts: counts,
            class_names: set.class_names().map(<[String]>::to_vec),
            epochs: options.epochs,
            seed: options.seed,
            test: None,
        };
        let mut judge = Judge { description, sha256: String::new(), network, parameters, state };
        judge.seal();
        Ok(judge)
    }
}

/// The number of images of each class, if the set can be learned.
fn learnable(set: &ImageSet) -> Result<Vec<u64>, JudgeError> {
    let refuse = |what: &str, expected: &str, got: String| {
        Err(JudgeError::images(format!("{}: {what}", set.name()), expected, got))
    };
    let Some(counts) = set.class_counts() else {
        return refuse("labels", "a class for each image, such as a subfolder a class", "none".into());
    };
    if set.len() < 2 {
        return refuse("images", "at least 2", set.len().to_string());
    }
    if !(2..=MOST_CLASSES).contains(&counts.len()) {
        return refuse("classes", "2 to 256", counts.len().to_string());
    }
    if let Some(class) = counts.iter().position(|&count| count == 0) {
        return refuse("classes", "images of each", format!("none of class {class}"));
    }
    Ok(counts.into_iter().map(|count| count as u64).collect())
}

/// A whole number of pixels from a uniform of (0, 1), each as likely.
fn offset(u: f32, side: usize) -> isize {
    let most = most(side) as isize;
    let choices = 2 * most + 1;
    ((u * choices as f32) as isize).min(choices - 1) - most
}

/// The rate at step `step` of `steps`, as a share of its highest.
fn rate_factor(step: u64, steps: u64) -> f64 {
    let at = (step as f64 + 0.5) / steps as f64;
    if at < WARMUP {
        return at / WARMUP;
    }
    0.5 * (1.0 + (std::f64::consts::PI * (at - WARMUP) / (1.0 - WARMUP)).cos())
}

/// How many rows of logits are largest at their label; of equals the first counts.
pub(crate) fn rightly(logits: &[f32], classes: usize, labels: &[u16]) -> u64 {
    let likeliest = |row: &[f32]| (0..classes).fold(0, |best, k| if row[k] > row[best] { k } else { best });
    let rows = logits.chunks_exact(classes).zip(labels);
    rows.filter(|(row, label)| likeliest(row) == usize::from(**label)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_images_are_passed_over_more_often() {
        let epochs = TrainOptions::epochs_of;
        assert_eq!([epochs(60_000), epochs(500), epochs(128), epochs(2)], [12, 334, 1_000, 1_000]);
    }

    #[test]
    fn the_rate_rises_and_falls() {
        assert!((rate_factor(49, 1000) - 0.99).abs() < 1e-9);
        assert!((rate_factor(50, 1000) - 1.0).abs() < 1e-4);
        assert!((rate_factor(525, 1000) - 0.5).abs() < 2e-3);
        assert!(rate_factor(999, 1000) < 1e-5 && rate_factor(0, 1000) > 0.0);
    }

    #[test]
    fn offsets_are_whole_and_small() {
        assert_eq!([0.0, 0.19, 0.21, 0.5, 0.999, 1.0].map(|u| offset(u, 28)), [-2, -2, -1, 0, 2, 2]);
        assert_eq!([0.0, 1.0].map(|u| offset(u, 13)), [0, 0]);
    }

    #[test]
    fn rows_are_counted_by_their_largest() {
        assert_eq!(rightly(&[1.0, 2.0, 3.0, 3.0, 0.0, 1.0], 2, &[1, 0, 0]), 2);
    }
}
