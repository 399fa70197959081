//! Batch statistics of the averaged generator.
//!
//! An average of running statistics would belong to no network. So they are recomputed from batches that the averaged
//! generator makes, of labels as frequent as in training.

use data::ImageSet;
use kernels::Threads;
use nn::{Mode, Network, TapeParts};

use crate::config::Experiment;
use crate::noise as streams;

/// Batches whose statistics are averaged.
const BATCHES: u64 = 32;

/// The state of `network`, a generator, for the weights `average`: statistics of batch normalisation over batches of
/// generated images, and vectors of spectral normalisation. Empty for a network without state.
pub(crate) fn calibrated_state(
    network: &Network,
    average: &[f32],
    experiment: &Experiment,
    images: &ImageSet,
    threads: Threads,
) -> Vec<f32> {
    let mut state = network.initial_state();
    if state.is_empty() {
        return state;
    }
    network.power_iterate(threads, average, &mut state);
    let mut tape = network.tape(experiment.train.batch_size, TapeParts::default());
    let seed = experiment.train.seed;
    for batch in 0..BATCHES {
        kernels::noise::fill_normal(streams::key(seed, streams::CALIBRATION, batch), 0, tape.input_mut());
        if experiment.data.classes > 0 {
            draw_labels(experiment, images, batch, tape.labels_mut());
        }
        let dropout = streams::key(seed, streams::CALIBRATION, BATCHES + batch);
        let mode = Mode::Calibrate(dropout, 1.0 / (batch + 1) as f32);
        network.forward(threads, mode, average, &mut state, &mut tape);
    }
    state
}

/// Labels as frequent as in training: those of images drawn at random, or where training balances the classes, the classes
/// that have images, in turn. `draw` numbers the draws.
fn draw_labels(experiment: &Experiment, images: &ImageSet, draw: u64, out: &mut [u32]) {
    if experiment.data.balanced_classes {
        let counts = images.class_counts().unwrap_or_default();
        let present = (0..).zip(counts).filter_map(|(class, count)| (count > 0).then_some(class));
        let turn = present.collect::<Vec<u32>>().into_iter().cycle();
        // Each draw goes on where the one before it ended.
        let drawn = turn.skip(draw as usize * out.len());
        return out.iter_mut().zip(drawn).for_each(|(label, class)| *label = class);
    }
    let labels = images.labels().unwrap_or_default();
    let key = streams::key(experiment.train.seed, streams::CALIBRATION_LABELS, draw);
    kernels::noise::fill_words(key, 0, out);
    for word in out {
        // A word's position in its range, as a position among the images.
        let image = (u64::from(*word) * labels.len() as u64) >> 32;
        *word = labels[image as usize].into();
    }
}
