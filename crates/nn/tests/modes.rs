//! What training, calibration and evaluation do to dropout and to running statistics.

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
