//! Every preset takes a step at every usual size of images, with its own batch and with one thread and two.
//!
//! How work is cut follows from shapes alone, so what cannot be cut is found by shapes. The steps of large images are minutes of
//! work: there a step has a small batch, and what cuts its work by the batch, the update of dense weights, runs at the own one.
//! `--run-ignored all` takes all steps whole.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use gan::Trainer;
use gan::config::{Facts, Source, Written};
use gan::presets::{ImageSize, PRESETS, Preset, networks};
use kernels::Matrix;
use kernels::optimizer::{AdamArenas, AdamStep};
use nn::{Network, Threads};

const SIDES: [usize; 5] = [28, 32, 64, 96, 128];
/// Work of a step, in GFLOP, that a test does as it is, with one thread and with two.
const WHOLE: [f64; 2] = [4.0, 30.0];
/// The batch of larger steps.
const SMALL_BATCH: usize = 2;
/// Every class has an image.
const LEAST_IMAGES: usize = 10;

/// A preset's config with its networks for images of `size`, and how many of them make its data.
fn config(preset: &Preset, size: ImageSize, batch: Option<usize>) -> (Source, Written, usize) {
    let sized = networks(preset.name, size).unwrap();
    let mut overrides = vec![
        format!("generator.layers={}", sized.generator),
        format!("discriminator.layers={}", sized.discriminator),
    ];
    overrides.extend(batch.map(|batch| format!("train.batch_size={batch}")));
    let source = Source::new(preset.text, preset.name).with_overrides(&overrides).unwrap();
    let written = Written::parse(&source).unwrap();
    let count = written.train.batch_size.max(LEAST_IMAGES);
    (source, written, count)
}

/// A trainer of a preset on as many images as a batch has.
fn trainer(preset: &Preset, size: ImageSize, batch: Option<usize>, threads: usize) -> Trainer {
    let (source, written, count) = config(preset, size, batch);
    let ImageSize { height, width, channels } = size;
    let pixels = (0..count * height * width * channels).map(|i| (i % 251) as u8).collect();
    let labels = (0..count).map(|i| (i % 10) as u16).collect();
    let images = data::ImageSet::new("test", height, width, channels, pixels, Some(labels)).unwrap();
    Trainer::new(&written, &source, images, Threads::new(threads)).unwrap()
}

/// The batch that a preset has, and about the operations of a step: three directions of the generator, and as many of D for real
/// and for generated images.
fn batch_and_work(preset: &Preset, size: ImageSize) -> (usize, f64) {
    let (source, written, images) = config(preset, size, None);
    let facts = Facts { image_shape: (size.height, size.width, size.channels), images, classes: 10 };
    let experiment = written.check(&source, &facts).unwrap();
    let (generator, discriminator) = gan::networks(&experiment).unwrap();
    let batch = experiment.train.batch_size;
    let flops = 3 * (generator.product_flops() + 2 * discriminator.product_flops()) * batch as u64;
    (batch, flops as f64)
}

fn step(preset: &Preset, trainer: &mut Trainer, what: &str) {
    let report = trainer.step();
    assert!(report.is_finite(), "{} {what}: {report:?}", preset.name);
}

/// The update of every dense weight of a network from `rows` images, as a step makes it.
fn update_dense_weights(network: &Network, rows: usize, threads: usize) {
    let step = AdamStep::new(1, 1e-3, (0.5, 0.9), 1e-8, 1.0);
    for weights in network.parameters().iter().filter(|p| p.name.ends_with("dense.weight")) {
        let [inputs, outputs] = weights.dimensions[..] else { panic!("{}", weights.name) };
        let (x, d) = (vec![0.01; rows * inputs], vec![0.01; rows * outputs]);
        let zeros = || vec![0.0; inputs * outputs];
        let (mut grads, mut p, mut m, mut v) = (zeros(), zeros(), zeros(), zeros());
        let (a, b) = (Matrix::new(&x, rows, inputs).transposed(), Matrix::new(&d, rows, outputs));
        let arenas = AdamArenas { p: &mut p, m: &mut m, v: &mut v };
        kernels::product_adam(Threads::new(threads), step, 1.0, a, b, &mut grads, arenas);
    }
}

fn each_size(f: &mut dyn FnMut(&'static Preset, ImageSize)) {
    for side in SIDES {
        for channels in [1, 3] {
            for preset in PRESETS {
                f(preset, ImageSize { height: side, width: side, channels });
            }
        }
    }
}

/// Steps of one number of threads. Returns how many were whole.
fn steps(threads: usize) -> usize {
    let mut whole = 0;
    each_size(&mut |preset, size| {
        let (batch, work) = batch_and_work(preset, size);
        if work <= 1e9 * WHOLE[threads - 1] {
            step(preset, &mut trainer(preset, size, None, threads), &size.to_string());
            whole += 1;
            return;
        }
        let mut small = trainer(preset, size, Some(SMALL_BATCH), threads);
        step(preset, &mut small, &size.to_string());
        if threads > 1 {
            let (generator, discriminator) = small.players();
            update_dense_weights(&generator.network, batch, threads);
            // Real and generated images, and a penalty's own.
            for blocks in [2, 3] {
                update_dense_weights(&discriminator.network, blocks * batch, threads);
            }
        }
    });
    whole
}

#[test]
fn every_preset_takes_a_step_at_every_size_with_one_thread() {
    let whole = steps(1);
    assert!(whole >= 20, "{whole}");
}

#[test]
fn every_preset_takes_a_step_at_every_size_with_two_threads() {
    let whole = steps(2);
    assert!(whole >= 60, "{whole}");
}

/// One column of 16,384 rows was cut into none and itself, for ever.
#[test]
fn dcgan_takes_a_step_at_64_pixels() {
    let preset = gan::presets::find("dcgan").unwrap();
    let size = ImageSize { height: 64, width: 64, channels: 3 };
    step(preset, &mut trainer(preset, size, None, 2), "at 64x64x3");
}

#[test]
#[ignore = "six minutes on two cores, and up to 17 GB of memory"]
fn every_step_whole_whatever_it_takes() {
    let available = || {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok())
            .map_or(usize::MAX, |kb| 1024 * kb)
    };
    each_size(&mut |preset, size| {
        for threads in [1, 2] {
            let start = Instant::now();
            let mut trainer = trainer(preset, size, None, threads);
            if trainer.peak_bytes(|sampler| sampler) > available() {
                println!("{} {size}: no memory", preset.name);
                continue;
            }
            step(preset, &mut trainer, &size.to_string());
            println!("{} {size}, {threads} threads: {:.1} s", preset.name, start.elapsed().as_secs_f64());
        }
    });
}

/// What cannot be sized is refused with what would fit.
#[test]
fn sizes_without_stages_are_refused_by_name() {
    for preset in PRESETS {
        let size = ImageSize { height: 30, width: 30, channels: 1 };
        match networks(preset.name, size) {
            Ok(_) => assert!(["tutorial", "dense", "cgan"].contains(&preset.name), "{}", preset.name),
            Err(error) => assert!(error.to_string().contains("28, 32, 48, 64, 96 or 128"), "{error}"),
        }
    }
}
