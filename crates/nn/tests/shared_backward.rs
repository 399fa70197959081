//! One forward, one vjp of unit cotangents and one jvp give both players' gradients of a relativistic loss with R1 and
//! R2: those of the whole loss by finite differences in float64, without differentiating twice.

mod common;

use common::{ALL, Stack, assert_close, assert_gradients, largest, layers, normal, parameters, wide};
use ganymede_nn::twin::Twin;
use ganymede_nn::{Init, LayerSpec, Mode, Network, NoiseKey, Shape, Threads, WeightGrad};

const PIXELS: usize = 12;
/// Images of each kind.
const BATCH: usize = 6;
const GAMMA_R1: f64 = 0.7;
const GAMMA_R2: f64 = 0.3;
const STEP: f64 = 1e-6;
const MODE: Mode = Mode::Train(NoiseKey { seed: 0, stream: 0, step: 0 });

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn discriminator() -> Vec<LayerSpec> {
    layers(
        "[{ dense = 10 }, { leaky-relu = 0.2 }, { dense = 8, bias = false }, { leaky-relu = 0.1 }, { dense = 6 }, 'relu', \
         { dense = 1 }]",
    )
}

/// The discriminator's loss on `[real; fake]`, its penalties included, in float64.
fn discriminator_loss(stack: &Stack, p: &[f64], images: &[f64]) -> f64 {
    let scored: Vec<(f64, f64)> = images
        .chunks(PIXELS)
        .map(|x| {
            let passed = stack.forward(p, x);
            let (_, g) = stack.cotangents(p, &passed, &[1.0]);
            (passed.inputs.last().expect("an output")[0], g.iter().map(|v| v * v).sum())
        })
        .collect();
    let (real, fake) = scored.split_at(BATCH);
    let pairs = real.iter().zip(fake);
    let total: f64 =
        pairs.map(|((r, g_r), (f, g_f))| softplus(f - r) + GAMMA_R1 / 2.0 * g_r + GAMMA_R2 / 2.0 * g_f).sum();
    total / BATCH as f64
}

/// The generator's loss from the logits of `[real; fake]`.
fn generator_loss(logits: &[f64]) -> f64 {
    let (real, fake) = logits.split_at(BATCH);
    real.iter().zip(fake).map(|(r, f)| softplus(r - f)).sum::<f64>() / BATCH as f64
}

#[test]
fn the_float64_input_gradients_are_the_twin_s_differences() {
    let spec = discriminator();
    let network = Network::new(&spec, Shape::flat(PIXELS), Init::HeNormal).unwrap();
    let (p, x) = (wide(&parameters(&network)), wide(&normal(1, PIXELS)));
    let stack = Stack::new(&spec, PIXELS);
    let (_, exact) = stack.cotangents(&p, &stack.forward(&p, &x), &[1.0]);
    let twin = Twin::new(network.plan());
    let differences = Twin::gradient(&x, STEP, |x| twin.forward(&p, x)[0]);
    for (a, b) in exact.iter().zip(&differences) {
        assert!((a - b).abs() < 1e-8 * largest(&exact).max(1.0), "{a} and {b}");
    }
}

#[test]
fn both_players_from_one_backward_pass() {
    let spec = discriminator();
    let network = Network::new(&spec, Shape::flat(PIXELS), Init::HeNormal).unwrap();
    let weights = parameters(&network);
    let threads = Threads::ONE;
    let mut tape = network.tape(2 * BATCH, ALL);
    tape.input_mut().copy_from_slice(&normal(1, 2 * BATCH * PIXELS));
    network.forward(threads, MODE, &weights, &mut [], &mut tape);
    let logits = wide(tape.output());
    network.seed(threads, &[1.0; 2 * BATCH], &mut tape);
    network.vjp(threads, MODE, &weights, 0..2 * BATCH, &mut tape);

    // u_i = dP/dg_i is a multiple of the input gradient itself.
    for (rows, gamma) in [(0..BATCH, GAMMA_R1), (BATCH..2 * BATCH, GAMMA_R2)] {
        let (tangent, gradient) = tape.input_tangent_mut(rows);
        tangent.iter_mut().zip(gradient).for_each(|(t, g)| *t = (gamma / BATCH as f64) as f32 * g);
    }
    network.jvp(threads, MODE, &weights, 0..2 * BATCH, &mut tape);

    let (mut d_scale, mut g_scale) = (vec![0.0; 2 * BATCH], vec![0.0; BATCH]);
    for i in 0..BATCH {
        let share = sigmoid(logits[BATCH + i] - logits[i]) / BATCH as f64;
        (d_scale[i], d_scale[BATCH + i]) = (-share as f32, share as f32);
        g_scale[i] = (-sigmoid(logits[i] - logits[BATCH + i]) / BATCH as f64) as f32;
    }
    let fake_gradients = tape.input_cotangent(BATCH..2 * BATCH);
    let signal: Vec<f32> = fake_gradients.iter().enumerate().map(|(i, g)| g_scale[i / PIXELS] * g).collect();
    let how = WeightGrad { row_scale: Some(&d_scale), tangent_rows: 0..2 * BATCH, accumulate: false };
    let mut grads = vec![f32::NAN; weights.len()];
    let images = wide(tape.input());
    network.weight_grad(threads, MODE, &how, &mut tape, &mut grads);

    let p = wide(&weights);
    let stack = Stack::new(&spec, PIXELS);
    let expected = Twin::gradient(&p, STEP, |p| discriminator_loss(&stack, p, &images));
    assert_gradients("discriminator", &network, &grads, &expected, 2e-5);

    let twin = Twin::new(network.plan());
    let (real, fake) = images.split_at(BATCH * PIXELS);
    let expected =
        Twin::gradient(fake, STEP, |fake| generator_loss(&twin.forward(&p, &[real, fake].concat())));
    assert_close("the generator's signal", &signal, &expected, 2e-5);
}
