//! Layers and optimisers give PyTorch's values: `oracles/layers.json` and `oracles/optimizers.json`, made in float64 by
//! the scripts of the same names beside them.

mod common;

use common::{ALL, assert_close, assert_within, layers};
use ganymede_nn::{Init, Mode, Network, NoiseKey, Optimizer, Rule, Shape, Threads, WeightGrad};
use serde::Deserialize;

const TRAIN: Mode = Mode::Train(NoiseKey { seed: 0, stream: 0, step: 0 });
/// Relative to the largest value of a tensor.
const TOLERANCE: f64 = 2e-6;

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f64>,
}

impl Tensor {
    fn single(&self) -> Vec<f32> {
        single(&self.data)
    }
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

#[derive(Deserialize)]
struct Layers {
    dense: Dense,
    batch_norm: BatchNorm,
}

#[derive(Deserialize)]
struct Dense {
    leaky_slope: f32,
    x: Tensor,
    w: Tensor,
    b: Tensor,
    dy: Tensor,
    x_tangent: Tensor,
    cases: Vec<DenseCase>,
}

#[derive(Deserialize)]
struct DenseCase {
    activation: String,
    y: Tensor,
    dx: Tensor,
    dw: Tensor,
    db: Tensor,
    y_tangent: Tensor,
}

#[derive(Deserialize)]
struct BatchNorm {
    epsilon: f32,
    momentum: f32,
    x: Tensor,
    gamma: Tensor,
    beta: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    dy: Tensor,
    x_tangent: Tensor,
    cases: Vec<BatchNormCase>,
}

#[derive(Deserialize)]
struct BatchNormCase {
    mode: String,
    y: Tensor,
    running_mean_after: Tensor,
    running_var_after: Tensor,
    dx: Tensor,
    dgamma: Tensor,
    dbeta: Tensor,
    y_tangent: Tensor,
}

#[derive(Deserialize)]
struct Optimizers {
    start: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    cases: Vec<OptimizerCase>,
}

#[derive(Deserialize)]
struct OptimizerCase {
    kind: String,
    settings: Settings,
    params: Vec<Vec<f64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    alpha: f64,
    momentum: f64,
    centered: bool,
    nesterov: bool,
}

fn read_layers() -> Layers {
    serde_json::from_str(include_str!("../../../oracles/layers.json")).expect("layers.json")
}

/// The four directions, in this order: output, cotangent of the input, gradient of the weights, tangent.
fn directions(
    network: &Network,
    mode: Mode,
    parameters: &[f32],
    state: &mut [f32],
    (x, dy, x_tangent): (&Tensor, &Tensor, &Tensor),
) -> [Vec<f32>; 4] {
    let (batch, threads) = (x.shape[0], Threads::ONE);
    let mut tape = network.tape(batch, ALL);
    tape.input_mut().copy_from_slice(&x.single());
    network.forward(threads, mode, parameters, state, &mut tape);
    network.seed(threads, &dy.single(), &mut tape);
    network.vjp(threads, mode, parameters, 0..batch, &mut tape);
    tape.input_tangent_mut(0..batch).0.copy_from_slice(&x_tangent.single());
    network.jvp(threads, mode, parameters, 0..batch, &mut tape);
    let mut grads = vec![f32::NAN; parameters.len()];
    network.weight_grad(threads, mode, &WeightGrad::default(), &mut tape, &mut grads);
    let (output, cotangent) = (tape.output().to_vec(), tape.input_cotangent(0..batch).to_vec());
    [output, cotangent, grads, tape.output_tangent(0..batch).to_vec()]
}

#[test]
fn dense_layers_are_pytorch_s() {
    let Dense { leaky_slope, x, w, b, dy, x_tangent, cases } = read_layers().dense;
    let mut parameters = w.single();
    parameters.extend(b.single());
    assert_eq!(cases.len(), 5);
    for case in cases {
        let activation = match case.activation.as_str() {
            "identity" => String::new(),
            "leaky-relu" => format!(", {{ leaky-relu = {leaky_slope} }}"),
            name => format!(", '{name}'"),
        };
        let spec = layers(&format!("[{{ dense = {} }}{activation}]", w.shape[1]));
        let network = Network::new(&spec, Shape::flat(w.shape[0]), Init::default()).unwrap();
        let [y, dx, grads, y_tangent] =
            directions(&network, TRAIN, &parameters, &mut [], (&x, &dy, &x_tangent));
        let (dw, db) = grads.split_at(w.data.len());
        for (part, got, expected) in [
            ("y", &y[..], &case.y),
            ("dx", &dx, &case.dx),
            ("dw", dw, &case.dw),
            ("db", db, &case.db),
            ("y_tangent", &y_tangent, &case.y_tangent),
        ] {
            assert_close(&format!("{}: {part}", case.activation), got, &expected.data, TOLERANCE);
        }
    }
}

#[test]
fn batch_normalisation_is_pytorch_s() {
    let BatchNorm { epsilon, momentum, x, gamma, beta, running_mean, running_var, dy, x_tangent, cases } =
        read_layers().batch_norm;
    let spec = layers(&format!("[{{ batch-norm = {{ eps = {epsilon}, momentum = {momentum} }} }}]"));
    let channels = gamma.data.len();
    let network = Network::new(&spec, Shape::flat(channels), Init::default()).unwrap();
    let parameters = [gamma.single(), beta.single()].concat();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let mode = if case.mode == "training" { TRAIN } else { Mode::Evaluate };
        let mut state = [running_mean.single(), running_var.single()].concat();
        let [y, dx, grads, y_tangent] =
            directions(&network, mode, &parameters, &mut state, (&x, &dy, &x_tangent));
        let (dgamma, dbeta) = grads.split_at(channels);
        let (mean, variance) = state.split_at(channels);
        for (part, got, expected) in [
            ("y", &y[..], &case.y),
            ("running_mean", mean, &case.running_mean_after),
            ("running_var", variance, &case.running_var_after),
            ("dx", &dx, &case.dx),
            ("dgamma", dgamma, &case.dgamma),
            ("dbeta", dbeta, &case.dbeta),
            ("y_tangent", &y_tangent, &case.y_tangent),
        ] {
            assert_close(&format!("{}: {part}", case.mode), got, &expected.data, TOLERANCE);
        }
    }
}

fn rule(kind: &str, s: &Settings) -> Rule {
    let &Settings { lr, beta1, beta2, eps, weight_decay, alpha, momentum, centered, nesterov } = s;
    match kind {
        "adam" => Rule::Adam { lr, beta1, beta2, eps },
        "adamw" => Rule::AdamW { lr, beta1, beta2, eps, weight_decay },
        "rmsprop" => Rule::RmsProp { lr, alpha, eps, momentum, centered },
        "sgd" => Rule::Sgd { lr, momentum, nesterov },
        _ => panic!("{kind}"),
    }
}

fn read_optimizers() -> Optimizers {
    serde_json::from_str(include_str!("../../../oracles/optimizers.json")).expect("optimizers.json")
}

#[test]
fn optimisers_are_pytorch_s() {
    let Optimizers { start, gradients, cases } = read_optimizers();
    assert_eq!(cases.len(), 10);
    for OptimizerCase { kind, settings, params } in cases {
        let mut optimizer = Optimizer::new(rule(&kind, &settings), start.len());
        let mut parameters = single(&start);
        assert_eq!(params.len(), gradients.len());
        for (step, (gradient, expected)) in gradients.iter().zip(&params).enumerate() {
            optimizer.step(Threads::ONE, 1.0, 1.0, &single(gradient), &mut parameters);
            for (i, (got, expected)) in parameters.iter().zip(expected).enumerate() {
                // A few float32 roundings of the value: small beside the updates, 1e-3 and more, so that
                // every epsilon shows.
                let what = format!("{kind} {settings:?}, step {step}, parameter {i}");
                assert_within(&what, &[*got], &[*expected], 1e-6 * expected.abs().max(0.5));
            }
        }
        assert_eq!(optimizer.steps(), gradients.len() as u64);
    }
}

/// A rate halved by a schedule and gradients halved by clipping are the rule with half its rate on halved
/// gradients; and an optimiser whose state is copied goes on as the one it was copied from.
#[test]
fn factors_and_restored_state_act_as_they_say() {
    let Optimizers { start, gradients, cases } = read_optimizers();
    for OptimizerCase { kind, settings, .. } in cases {
        let whole = rule(&kind, &settings);
        let half = rule(&kind, &Settings { lr: 0.5 * settings.lr, ..settings });
        let (mut a, mut b) = (Optimizer::new(whole, start.len()), Optimizer::new(half, start.len()));
        let (mut at_a, mut at_b) = (single(&start), single(&start));
        for (step, gradient) in gradients.iter().enumerate() {
            let gradient = single(gradient);
            let halved: Vec<f32> = gradient.iter().map(|g| 0.5 * g).collect();
            a.step(Threads::ONE, 0.5, 0.5, &gradient, &mut at_a);
            b.step(Threads::ONE, 1.0, 1.0, &halved, &mut at_b);
            assert_eq!(at_a, at_b, "{kind}, step {step}");
            if step == 4 {
                let mut restored = Optimizer::new(whole, start.len());
                for ((name, to), (same, from)) in restored.moments_mut().zip(a.moments()) {
                    assert_eq!(name, same);
                    to.copy_from_slice(from);
                }
                restored.set_steps(a.steps());
                assert_eq!(restored, a);
                a = restored;
            }
        }
    }
}
