//! Every layer's four directions agree with a float64 twin: forward values, and gradients by finite
//! differences.

mod cases;
#[path = "../common/mod.rs"]
mod common;

use cases::cases;
use common::{
    ALL, Stack, assert_close, assert_gradients, assert_within, dot, largest, layers, normal, parameters,
    state, wide,
};
use ganymede_nn::twin::Twin;
use ganymede_nn::{Init, LayerSpec, Mode, Network, NoiseKey, Shape, Tape, Threads, WeightGrad};

/// In three groups of three for minibatch statistics.
const BATCH: usize = 9;
const CLASSES: usize = 3;
const FEATURES: usize = 6;
/// A batch smaller than its tape, so that nothing may take the tape's size for the batch's.
const CAPACITY: usize = BATCH + 4;
/// Step of the differences in float64.
const STEP: f64 = 1e-6;
const MODES: [Mode; 2] = [Mode::Train(NoiseKey { seed: 5, stream: 2, step: 9 }), Mode::Evaluate];

/// A network after its forward pass, and its twin.
struct Setup {
    what: String,
    spec: Vec<LayerSpec>,
    network: Network,
    mode: Mode,
    parameters: Vec<f32>,
    /// As it was before the pass.
    state: Vec<f32>,
    tape: Tape,
    twin: Twin,
}

impl Setup {
    fn new(text: &str, input: Shape, mode: Mode) -> Setup {
        let spec = layers(text);
        let network = Network::conditional(&spec, input, CLASSES, Init::GlorotUniform).expect(text);
        let parameters = parameters(&network);
        let state = state(&network, &parameters);
        let mut tape = network.tape(CAPACITY, ALL);
        tape.set_batch(BATCH);
        tape.input_mut().copy_from_slice(&normal(1, BATCH * input.values()));
        tape.labels_mut().iter_mut().enumerate().for_each(|(i, label)| *label = (i * i % CLASSES) as u32);
        let mut after = state.clone();
        network.forward(Threads::ONE, mode, &parameters, &mut after, &mut tape);
        let twin = Twin::new(network.plan()).with_labels(tape.labels()).with_masks(&tape);
        let twin =
            if mode == Mode::Evaluate { twin.with_statistics(&after) } else { twin.with_vectors(&after) };
        let what = format!("{text} of {input}, {mode:?}");
        Setup { what, spec, network, mode, parameters, state, tape, twin }
    }

    fn x(&self) -> Vec<f32> {
        self.tape.input().to_vec()
    }

    fn outputs(&self) -> usize {
        BATCH * self.network.output().values()
    }

    fn seed(&mut self, dy: &[f32]) {
        self.network.seed(Threads::ONE, dy, &mut self.tape);
    }

    fn vjp(&mut self, rows: std::ops::Range<usize>) -> Vec<f32> {
        self.network.vjp(Threads::ONE, self.mode, &self.parameters, rows.clone(), &mut self.tape);
        self.tape.input_cotangent(rows).to_vec()
    }

    /// `tangent` is that of the whole batch, of which `rows` are pushed.
    fn jvp(&mut self, rows: std::ops::Range<usize>, tangent: &[f32]) -> Vec<f32> {
        let width = self.network.input().values();
        let (input_tangent, _) = self.tape.input_tangent_mut(rows.clone());
        input_tangent.copy_from_slice(&tangent[rows.start * width..rows.end * width]);
        self.network.jvp(Threads::ONE, self.mode, &self.parameters, rows.clone(), &mut self.tape);
        self.tape.output_tangent(rows).to_vec()
    }

    fn add_weight_grad(&mut self, how: &WeightGrad, grads: &mut [f32]) {
        self.network.weight_grad(Threads::ONE, self.mode, how, &mut self.tape, grads);
    }

    fn weight_grad(&mut self, how: &WeightGrad) -> Vec<f32> {
        let mut grads = vec![f32::NAN; self.network.parameter_count()];
        self.add_weight_grad(how, &mut grads);
        grads
    }
}

fn setups() -> impl Iterator<Item = Setup> {
    cases().into_iter().flat_map(|(text, input)| MODES.map(|mode| Setup::new(text, input, mode)))
}

fn separable() -> impl Iterator<Item = Setup> {
    setups().filter(|setup| setup.network.interacting_layer().is_none())
}

#[test]
fn forward_is_the_twin_s() {
    for setup in setups() {
        let expected = setup.twin.forward(&wide(&setup.parameters), &wide(setup.tape.input()));
        assert_within(&setup.what, setup.tape.output(), &expected, 1e-5 * largest(&expected).max(1.0));
    }
}

#[test]
fn cotangents_and_weight_gradients_are_the_twin_s_differences() {
    for mut setup in setups() {
        let (x, p) = (wide(&setup.x()), wide(&setup.parameters));
        let dy = normal(2, setup.outputs());
        let functional = wide(&dy);
        setup.seed(&dy);
        let dx = setup.vjp(0..BATCH);
        let grads = setup.weight_grad(&WeightGrad::default());
        let twin = &setup.twin;
        let expected = Twin::gradient(&x, STEP, |x| dot(&functional, &twin.forward(&p, x)));
        assert_close(&format!("{}, cotangent of the input", setup.what), &dx, &expected, 2e-4);
        let expected = Twin::gradient(&p, STEP, |p| dot(&functional, &twin.forward(p, &x)));
        assert_gradients(&setup.what, &setup.network, &grads, &expected, 2e-4);
    }
}

#[test]
fn weight_gradients_need_no_cotangent_of_the_input() {
    for mut setup in setups() {
        let dy = normal(2, setup.outputs());
        // Without it first: nothing that a whole vjp leaves may help.
        setup.seed(&dy);
        setup.vjp(0..0);
        let without = setup.weight_grad(&WeightGrad::default());
        setup.seed(&dy);
        setup.vjp(0..BATCH);
        assert_eq!(without, setup.weight_grad(&WeightGrad::default()), "{}", setup.what);
    }
}

#[test]
fn tangents_are_the_twin_s_directional_differences() {
    for mut setup in setups() {
        let tangent = normal(3, setup.x().len());
        let got = setup.jvp(0..BATCH, &tangent);
        let p = wide(&setup.parameters);
        let moved = |step: f64| {
            let x: Vec<f64> =
                setup.x().iter().zip(&tangent).map(|(x, t)| f64::from(*x) + step * f64::from(*t)).collect();
            setup.twin.forward(&p, &x)
        };
        let expected: Vec<f64> =
            moved(STEP).iter().zip(moved(-STEP)).map(|(up, down)| (up - down) / (2.0 * STEP)).collect();
        assert_close(&format!("{}, tangent", setup.what), &got, &expected, 2e-4);
    }
}

#[test]
fn jvp_is_the_adjoint_of_vjp() {
    for mut setup in setups() {
        let dy = normal(2, setup.outputs());
        let tangent = normal(3, setup.x().len());
        setup.seed(&dy);
        let dx = wide(&setup.vjp(0..BATCH));
        let ty = wide(&setup.jvp(0..BATCH, &tangent));
        let (dy, tangent) = (wide(&dy), wide(&tangent));
        let size = (dot(&dy, &dy) * dot(&ty, &ty)).sqrt();
        let (forward, back) = (dot(&dy, &ty), dot(&dx, &tangent));
        assert!((forward - back).abs() <= 2e-6 * size, "{}: {forward} and {back}", setup.what);
    }
}

#[test]
fn a_jvp_between_leaves_the_weight_gradients_alone() {
    for mut setup in setups() {
        let (dy, tangent) = (normal(2, setup.outputs()), normal(3, setup.x().len()));
        setup.seed(&dy);
        setup.vjp(0..BATCH);
        let before = setup.weight_grad(&WeightGrad::default());
        setup.jvp(0..BATCH, &tangent);
        assert_eq!(before, setup.weight_grad(&WeightGrad::default()), "{}", setup.what);
    }
}

#[test]
fn some_rows_are_the_same_rows_of_the_whole() {
    for mut setup in separable() {
        let dy = normal(2, setup.outputs());
        let tangent = normal(3, setup.x().len());
        setup.seed(&dy);
        let (all_dx, all_ty) = (setup.vjp(0..BATCH), setup.jvp(0..BATCH, &tangent));
        let (width, out) = (setup.network.input().values(), setup.network.output().values());
        // A row alone is another product, of a vector, whose sums run in another order: close, but not to the
        // bit.
        for rows in [0..3, 2..5, 5..BATCH] {
            setup.seed(&dy);
            let dx = setup.vjp(rows.clone());
            assert_eq!(dx, all_dx[rows.start * width..rows.end * width], "{}, {rows:?}", setup.what);
            let ty = setup.jvp(rows.clone(), &tangent);
            assert_eq!(ty, all_ty[rows.start * out..rows.end * out], "{}, {rows:?}", setup.what);
        }
    }
}

#[test]
fn halves_of_the_tutorial_s_batch_are_the_halves_of_the_whole() {
    const HALF: usize = 64;
    let text =
        "[{ dense = 512 }, { leaky-relu = 0.2 }, { dense = 256 }, { leaky-relu = 0.2 }, { dense = 1 }]";
    let network = Network::new(&layers(text), Shape::flat(784), Init::GlorotUniform).unwrap();
    let parameters = network.initial_parameters(1, 1);
    let mut tape = network.tape(2 * HALF, ALL);
    tape.input_mut().copy_from_slice(&normal(1, 2 * HALF * 784));
    network.forward(Threads::ONE, MODES[0], &parameters, &mut [], &mut tape);
    let mut run = |rows: std::ops::Range<usize>| {
        network.seed(Threads::ONE, &[1.0; 2 * HALF], &mut tape);
        network.vjp(Threads::ONE, MODES[0], &parameters, rows.clone(), &mut tape);
        let (tangent, cotangent) = tape.input_tangent_mut(rows.clone());
        tangent.copy_from_slice(cotangent);
        network.jvp(Threads::ONE, MODES[0], &parameters, rows.clone(), &mut tape);
        (tape.input_cotangent(rows.clone()).to_vec(), tape.output_tangent(rows).to_vec())
    };
    let (all_dx, all_ty) = run(0..2 * HALF);
    for rows in [0..HALF, HALF..2 * HALF] {
        let (dx, ty) = run(rows.clone());
        assert!(dx == all_dx[rows.start * 784..rows.end * 784], "cotangents of {rows:?}");
        assert!(ty == all_ty[rows.clone()], "tangents of {rows:?}");
    }
}

#[test]
fn accumulating_twice_doubles() {
    for mut setup in setups() {
        let dy = normal(2, setup.outputs());
        setup.seed(&dy);
        setup.vjp(0..BATCH);
        let once = setup.weight_grad(&WeightGrad::default());
        let mut twice = once.clone();
        setup.add_weight_grad(&WeightGrad { accumulate: true, ..WeightGrad::default() }, &mut twice);
        let doubled: Vec<f64> = once.iter().map(|&g| 2.0 * f64::from(g)).collect();
        assert_close(&setup.what, &twice, &doubled, 1e-6);
    }
}

#[test]
fn scaling_rows_is_seeding_scaled_cotangents() {
    for mut setup in separable() {
        let (dy, scale) = (normal(2, setup.outputs()), normal(4, BATCH));
        let out = setup.network.output().values();
        let scaled: Vec<f32> = dy.iter().enumerate().map(|(i, d)| scale[i / out] * d).collect();
        setup.seed(&scaled);
        setup.vjp(0..BATCH);
        let expected = wide(&setup.weight_grad(&WeightGrad::default()));
        let (threads, what) = (Threads::ONE, setup.what.clone());
        setup.network.seed_scaled(threads, &scale, &dy, &mut setup.tape);
        setup.vjp(0..BATCH);
        let seeded = setup.weight_grad(&WeightGrad::default());
        assert_close(&format!("{what}, seed_scaled"), &seeded, &expected, 1e-5);
        setup.seed(&dy);
        setup.vjp(0..BATCH);
        let how = WeightGrad { row_scale: Some(&scale), ..WeightGrad::default() };
        assert_close(&format!("{what}, row_scale"), &setup.weight_grad(&how), &expected, 1e-5);
    }
}

#[test]
fn tangents_join_the_scaled_inputs_of_their_rows() {
    let stacks = [
        "[{ dense = 5 }, { leaky-relu = 0.2 }, { dense = 4, bias = false }, 'relu', { dense = 3 }]",
        "[{ dense = 8, bias = false }, { leaky-relu = 0.5 }, { dense = 1 }]",
    ];
    for text in stacks {
        for tangent_rows in [0..BATCH, 0..3, 2..5, 6..BATCH] {
            let mut setup = Setup::new(text, Shape::flat(FEATURES), MODES[0]);
            let out = setup.network.output().values();
            let (dy, scale) = (normal(2, setup.outputs()), normal(4, BATCH));
            let tangent = normal(3, BATCH * FEATURES);
            setup.seed(&dy);
            setup.vjp(0..BATCH);
            // Tangents of an earlier pass, which are no part of this one.
            setup.jvp(0..BATCH, &normal(5, BATCH * FEATURES));
            setup.jvp(tangent_rows.clone(), &tangent);
            let how =
                WeightGrad { row_scale: Some(&scale), tangent_rows: tangent_rows.clone(), accumulate: false };
            let got = setup.weight_grad(&how);

            let stack = Stack::new(&setup.spec, FEATURES);
            let (p, x, dy, tangent) = (wide(&setup.parameters), wide(&setup.x()), wide(&dy), wide(&tangent));
            let mut expected = vec![0.0; p.len()];
            for i in 0..BATCH {
                let inputs = i * FEATURES..(i + 1) * FEATURES;
                let passed = stack.forward(&p, &x[inputs.clone()]);
                let (deltas, _) = stack.cotangents(&p, &passed, &dy[i * out..(i + 1) * out]);
                let tangents = stack.tangents(&p, &passed, &tangent[inputs]);
                let tangents = tangent_rows.contains(&i).then_some(&tangents[..]);
                stack.add_gradients(f64::from(scale[i]), &passed.inputs, tangents, &deltas, &mut expected);
            }
            let what = format!("{text}, tangents of {tangent_rows:?}");
            assert_gradients(&what, &setup.network, &got, &expected, 1e-5);
        }
    }
}

/// `sum_i c_i dy_i · y_i` and, for rows with a tangent, `dy_i · J_i u_i`: where the network is piecewise
/// linear in its input, their gradient by the weights is `sum_i delta_i (c_i x_i + t_i)ᵀ`, with the biases'
/// share of `c_i` alone.
#[test]
fn tangents_join_in_every_piecewise_linear_network() {
    let mut checked = 0;
    for mut setup in separable().filter(|setup| setup.network.curved_layer().is_none()) {
        let (x, p) = (wide(&setup.x()), wide(&setup.parameters));
        let (dy, scale) = (normal(2, setup.outputs()), normal(4, BATCH));
        let tangent = normal(3, x.len());
        let (width, out) = (setup.network.input().values(), setup.network.output().values());
        for tangent_rows in [0..BATCH, 2..5] {
            setup.seed(&dy);
            setup.vjp(0..BATCH);
            setup.jvp(tangent_rows.clone(), &tangent);
            let how =
                WeightGrad { row_scale: Some(&scale), tangent_rows: tangent_rows.clone(), accumulate: false };
            let got = setup.weight_grad(&how);
            // Small enough to stay within one linear piece.
            let h = 1e-5;
            let moved = |by: f64| -> Vec<f64> {
                let step = |i: usize| if tangent_rows.contains(&(i / width)) { by } else { 0.0 };
                x.iter().enumerate().map(|(i, x)| x + step(i) * f64::from(tangent[i])).collect()
            };
            let (up, down) = (moved(h), moved(-h));
            let expected = Twin::gradient(&p, 1e-4, |p| {
                let (y, up, down) =
                    (setup.twin.forward(p, &x), setup.twin.forward(p, &up), setup.twin.forward(p, &down));
                let value = |k: usize| f64::from(scale[k / out]) * y[k] + (up[k] - down[k]) / (2.0 * h);
                (0..y.len()).map(|k| f64::from(dy[k]) * value(k)).sum()
            });
            let what = format!("{}, tangents of {tangent_rows:?}", setup.what);
            assert_gradients(&what, &setup.network, &got, &expected, 5e-4);
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked} networks");
}

#[test]
fn a_used_tape_gives_what_a_fresh_one_gives() {
    let (scale, other) = (normal(4, BATCH), normal(8, BATCH));
    for mut setup in separable() {
        let (x, dy) = (setup.x(), normal(2, setup.outputs()));
        let tangent = normal(3, x.len());
        let mut round = |x: &[f32], dy: &[f32], scale: &[f32]| {
            setup.tape.input_mut().copy_from_slice(x);
            let mut state = setup.state.clone();
            let Setup { network, mode, parameters, tape, .. } = &mut setup;
            network.forward(Threads::ONE, *mode, parameters, &mut state, tape);
            setup.seed(dy);
            let dx = setup.vjp(0..BATCH);
            let ty = setup.jvp(1..5, &tangent);
            // Tangents do not join the inputs of layers that are curved themselves.
            let curved = ["layer-norm", "instance-norm", "pixel-norm"];
            let curved = curved.iter().any(|norm| setup.what.contains(norm));
            let tangent_rows = if curved { 0..0 } else { 1..5 };
            let how = WeightGrad { row_scale: Some(scale), tangent_rows, accumulate: false };
            (dx, ty, setup.weight_grad(&how))
        };
        let fresh = round(&x, &dy, &scale);
        round(&normal(6, x.len()), &normal(7, dy.len()), &other);
        let used = round(&x, &dy, &scale);
        assert_eq!(fresh, used, "{}", setup.what);
    }
}

#[test]
#[should_panic(expected = "mixes the images")]
fn batch_normalisation_refuses_row_scales() {
    let mut setup = Setup::new("['batch-norm', { dense = 1 }]", Shape::flat(FEATURES), MODES[0]);
    setup.seed(&[1.0; BATCH]);
    setup.vjp(0..BATCH);
    setup.weight_grad(&WeightGrad { row_scale: Some(&[0.5; BATCH]), ..WeightGrad::default() });
}

#[test]
#[should_panic(expected = "tangents without row scales")]
fn tangents_need_row_scales() {
    let mut setup = Setup::new("[{ dense = 1 }]", Shape::flat(FEATURES), MODES[0]);
    setup.seed(&[1.0; BATCH]);
    setup.vjp(0..BATCH);
    setup.weight_grad(&WeightGrad { tangent_rows: 0..BATCH, ..WeightGrad::default() });
}
