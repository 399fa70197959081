//! What training, calibration and evaluation do to dropout, augmentation and state.

mod common;

use common::{assert_close, layers, normal};
use ganymede_nn::{Init, Mode, Network, NoiseKey, Shape, TapeParts, Threads};

const FEATURES: usize = 50;
const BATCH: usize = 40;

fn key(stream: u64, step: u64) -> NoiseKey {
    NoiseKey { seed: 1, stream, step }
}

fn network(text: &str) -> Network {
    Network::new(&layers(text), Shape::flat(FEATURES), Init::default()).expect("a network")
}

fn forward(network: &Network, mode: Mode, x: &[f32], state: &mut [f32]) -> Vec<f32> {
    let mut tape = network.tape(x.len() / FEATURES, TapeParts::default());
    tape.input_mut().copy_from_slice(x);
    let weights = network.initial_parameters(1, 1);
    network.forward(Threads::ONE, mode, &weights, state, &mut tape);
    tape.output().to_vec()
}

fn kept(y: &[f32]) -> f64 {
    y.iter().filter(|&&v| v != 0.0).count() as f64 / y.len() as f64
}

#[test]
fn each_dropout_layer_and_step_drops_for_itself() {
    let ones = vec![1.0; BATCH * FEATURES];
    let once = network("[{ dropout = 0.5 }]");
    let first = forward(&once, Mode::Train(key(1, 1)), &ones, &mut []);
    assert!((kept(&first) - 0.5).abs() < 0.04 && first.iter().all(|&v| v == 0.0 || v == 2.0));
    assert_eq!(first, forward(&once, Mode::Train(key(1, 1)), &ones, &mut []));
    for other in [key(1, 2), key(2, 1), NoiseKey { seed: 2, ..key(1, 1) }] {
        let second = forward(&once, Mode::Train(other), &ones, &mut []);
        let both: Vec<f32> = first.iter().zip(&second).map(|(a, b)| a * b).collect();
        assert!((kept(&both) - 0.25).abs() < 0.04, "{other:?} is not independent");
    }
    let twice =
        forward(&network("[{ dropout = 0.5 }, { dropout = 0.5 }]"), Mode::Train(key(1, 1)), &ones, &mut []);
    assert!((kept(&twice) - 0.25).abs() < 0.04, "two layers share a mask");
}

#[test]
fn an_image_s_mask_does_not_depend_on_the_batch() {
    let once = network("[{ dropout = 0.5 }]");
    let x = normal(1, BATCH * FEATURES);
    let mode = Mode::Train(key(1, 1));
    let whole = forward(&once, mode, &x, &mut []);
    let part = 7 * FEATURES;
    assert_eq!(forward(&once, mode, &x[..part], &mut []), whole[..part]);
}

#[test]
fn evaluation_drops_nothing_and_leaves_the_statistics() {
    let x = normal(1, BATCH * FEATURES);
    assert_eq!(forward(&network("[{ dropout = 0.5 }]"), Mode::Evaluate, &x, &mut []), x);
    let normalised = network("['batch-norm']");
    let mut state = normalised.initial_state();
    let y = forward(&normalised, Mode::Evaluate, &x, &mut state);
    assert_eq!(state, normalised.initial_state());
    // With mean 0 and variance 1 an image is left as it is, but for epsilon, whatever else the batch holds.
    assert_close("y", &y, &common::wide(&x), 1e-5);
    assert_eq!(forward(&normalised, Mode::Evaluate, &x[..FEATURES], &mut state), y[..FEATURES]);
}

#[test]
fn calibration_by_one_over_k_leaves_the_plain_mean() {
    const PASSES: usize = 5;
    let normalised = network("['batch-norm']");
    let batches: Vec<Vec<f32>> = (0..PASSES as u64).map(|i| normal(10 + i, BATCH * FEATURES)).collect();
    let mut state = common::state(&normalised, &common::parameters(&normalised));
    for (pass, x) in batches.iter().enumerate() {
        let y = forward(&normalised, Mode::Calibrate(key(1, 1), 1.0 / (pass + 1) as f32), x, &mut state);
        assert_eq!(y, forward(&normalised, Mode::Train(key(1, 1)), x, &mut normalised.initial_state()));
    }
    let (mut means, mut variances) = (vec![0.0; FEATURES], vec![0.0; FEATURES]);
    for x in &batches {
        for j in 0..FEATURES {
            let column: Vec<f64> = x.chunks(FEATURES).map(|row| f64::from(row[j])).collect();
            let mean = column.iter().sum::<f64>() / BATCH as f64;
            means[j] += mean / PASSES as f64;
            let squares: f64 = column.iter().map(|v| (v - mean).powi(2)).sum();
            variances[j] += squares / (BATCH - 1) as f64 / PASSES as f64;
        }
    }
    assert_close("running mean", &state[..FEATURES], &means, 5e-6);
    assert_close("running variance", &state[FEATURES..], &variances, 5e-6);
}

#[test]
fn one_row_trains_to_finite_values() {
    let normalised = network("['batch-norm', { dense = 3 }]");
    let mut state = normalised.initial_state();
    let y = forward(&normalised, Mode::Train(key(1, 1)), &normal(1, FEATURES), &mut state);
    assert!(y.iter().chain(&state).all(|v| v.is_finite()));
}

#[test]
fn augmentation_changes_images_in_training_only_each_for_itself() {
    let image = Shape { height: 5, width: 5, channels: 2 };
    let text = "[{ diff-augment = ['brightness', 'translation', 'cutout'] }]";
    let network = Network::new(&layers(text), image, Init::default()).expect("a network");
    let x = normal(1, BATCH * FEATURES);
    for mode in [Mode::Evaluate, Mode::Calibrate(key(1, 1), 1.0)] {
        assert_eq!(forward(&network, mode, &x, &mut []), x, "{mode:?}");
    }
    let changed = forward(&network, Mode::Train(key(1, 1)), &x, &mut []);
    let differ =
        |a: &[f32], b: &[f32]| a.chunks(FEATURES).zip(b.chunks(FEATURES)).filter(|(a, b)| a != b).count();
    assert_eq!(differ(&changed, &x), BATCH);
    assert_eq!(changed, forward(&network, Mode::Train(key(1, 1)), &x, &mut []));
    for other in [key(1, 2), key(2, 1), NoiseKey { seed: 2, ..key(1, 1) }] {
        assert_eq!(differ(&changed, &forward(&network, Mode::Train(other), &x, &mut [])), BATCH, "{other:?}");
    }
    // Equal images are changed differently, and whatever else the batch holds.
    let equal = x[..FEATURES].repeat(BATCH);
    let changed = forward(&network, Mode::Train(key(1, 1)), &equal, &mut []);
    assert_eq!(differ(&changed[..(BATCH - 1) * FEATURES], &changed[FEATURES..]), BATCH - 1);
    let part = forward(&network, Mode::Train(key(1, 1)), &equal[..7 * FEATURES], &mut []);
    assert_eq!(part, changed[..7 * FEATURES]);
    // A second layer draws for itself: two shifts of brightness by one number would be twice the number.
    let brighter = |count: usize| {
        let spec = layers(&format!("[{}]", "{ diff-augment = ['brightness'] },".repeat(count)));
        let network = Network::new(&spec, image, Init::default()).expect("a network");
        forward(&network, Mode::Train(key(1, 1)), &vec![0.0; x.len()], &mut [])
    };
    let (once, twice) = (brighter(1), brighter(2));
    let same = once.iter().zip(&twice).filter(|(a, b)| (2.0 * **a - **b).abs() < 1e-4).count();
    assert!(same < once.len() / 10, "two layers share their draws");
}

#[test]
fn augmentation_changes_as_many_images_of_a_class_as_it_is_told() {
    let image = Shape { height: 5, width: 5, channels: 2 };
    let text = "[{ diff-augment = ['brightness'], class-probabilities = [0, 0.5, 1] }]";
    let network = Network::conditional(&layers(text), image, 3, Init::default()).expect("a network");
    const EACH: usize = 400;
    let mut tape = network.tape(3 * EACH, TapeParts::default());
    let x = normal(1, 3 * EACH * FEATURES);
    let labels: Vec<u32> = (0..3 * EACH as u32).map(|i| i % 3).collect();
    let mut run = |mode| {
        tape.input_mut().copy_from_slice(&x);
        tape.labels_mut().copy_from_slice(&labels);
        network.forward(Threads::ONE, mode, &[], &mut [], &mut tape);
        let mut changed = [0; 3];
        let rows = tape.output().chunks(FEATURES).zip(x.chunks(FEATURES));
        rows.zip(&labels).for_each(|((y, x), &label)| changed[label as usize] += usize::from(y != x));
        changed
    };
    let [never, half, always] = run(Mode::Train(key(1, 1)));
    assert_eq!((never, always), (0, EACH));
    assert!(half.abs_diff(EACH / 2) < EACH / 10, "{half} of {EACH}");
    assert_eq!(run(Mode::Evaluate), [0; 3]);
}

/// The largest singular value, by many power iterations in float64.
fn largest_singular_value(weight: &[f32], outputs: usize) -> f64 {
    let w = common::wide(weight);
    let mut u = vec![1.0; outputs];
    let mut sigma = 0.0;
    for _ in 0..3000 {
        let v: Vec<f64> = w.chunks(outputs).map(|row| common::dot(row, &u)).collect();
        let length = common::dot(&v, &v).sqrt();
        u.fill(0.0);
        for (row, v) in w.chunks(outputs).zip(&v) {
            u.iter_mut().zip(row).for_each(|(u, w)| *u += w * v / length);
        }
        sigma = common::dot(&u, &u).sqrt();
        u.iter_mut().for_each(|u| *u /= sigma);
    }
    sigma
}

#[test]
fn spectral_normalisation_updates_its_vectors_in_training_only() {
    const UNITS: usize = 30;
    let plain = network(&format!("[{{ dense = {UNITS}, bias = false }}]"));
    let normalised = network(&format!("[{{ dense = {UNITS}, bias = false, spectral-norm = true }}]"));
    let weights = normalised.initial_parameters(1, 1);
    let x = normal(1, BATCH * FEATURES);
    let sigma = largest_singular_value(&weights, UNITS);
    let expected: Vec<f64> =
        forward(&plain, Mode::Evaluate, &x, &mut []).iter().map(|&y| f64::from(y) / sigma).collect();

    let fresh = normalised.initial_state();
    let names: Vec<_> = normalised.state().iter().map(|p| (p.name.as_str(), p.range.len())).collect();
    assert_eq!(names, [("0.dense.u", UNITS), ("0.dense.v", FEATURES)]);
    for view in normalised.state() {
        let direction = common::wide(&fresh[view.range.clone()]);
        assert!((common::dot(&direction, &direction) - 1.0).abs() < 1e-5, "{}", view.name);
    }
    let mut state = fresh.clone();
    normalised.power_iterate(Threads::ONE, &weights, &mut state);
    let iterated = state.clone();
    let y = forward(&normalised, Mode::Evaluate, &x, &mut state);
    assert_close("after 15 power iterations", &y, &expected, 0.02);
    forward(&normalised, Mode::Calibrate(key(1, 1), 1.0), &x, &mut state);
    assert_eq!(state, iterated);
    // A pass in training does what one power iteration does.
    let mut step_by_step = fresh;
    for pass in 0..200 {
        forward(&normalised, Mode::Train(key(1, pass)), &x, &mut step_by_step);
        assert_eq!(pass == 14, step_by_step == iterated, "pass {pass}");
    }
    let y = forward(&normalised, Mode::Evaluate, &x, &mut step_by_step);
    assert_close("converged", &y, &expected, 1e-4);
}

#[test]
fn power_iterations_leave_running_statistics_alone() {
    let mixed =
        network("[{ dense = 8, spectral-norm = true }, 'batch-norm', { dense = 3, spectral-norm = true }]");
    let fresh = mixed.initial_state();
    let mut state = fresh.clone();
    mixed.power_iterate(Threads::ONE, &mixed.initial_parameters(1, 1), &mut state);
    for view in mixed.state() {
        let same = state[view.range.clone()] == fresh[view.range.clone()];
        assert_eq!(same, view.name.contains("running"), "{}", view.name);
    }
}

#[test]
fn groups_of_a_batch_that_they_do_not_divide_are_smaller() {
    let grouped = |group: usize| {
        let text = format!("[{{ minibatch-stddev = {{ group = {group} }} }}]");
        forward(&network(&text), Mode::Evaluate, &normal(1, 9 * FEATURES), &mut [])
    };
    assert_eq!(grouped(4), grouped(3));
    assert_eq!(grouped(100), grouped(9));
    assert_ne!(grouped(4), grouped(9));
}
