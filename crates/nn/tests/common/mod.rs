//! What the tests share: noise, comparisons, and dense stacks in float64.

// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use ganymede_nn::{Activation, LayerSpec, Network, NoiseKey, TapeParts, Threads};

/// Buffers for every direction.
pub(crate) const ALL: TapeParts =
    TapeParts { cotangents: true, input_cotangents: true, tangents: true, features_cotangent: true };

/// The layers of a config file's array.
pub(crate) fn layers(array: &str) -> Vec<LayerSpec> {
    #[derive(serde::Deserialize)]
    struct Text {
        layers: Vec<LayerSpec>,
    }
    toml::from_str::<Text>(&format!("layers = {array}")).expect("layers").layers
}

/// Standard normal values, a function of the stream.
pub(crate) fn normal(stream: u64, n: usize) -> Vec<f32> {
    let mut values = vec![0.0; n];
    kernels::noise::fill_normal(NoiseKey { seed: 7, stream, step: 0 }, 0, &mut values);
    values
}

/// Fresh weights, every value moved a little, so that no bias is zero and no gamma one.
pub(crate) fn parameters(network: &Network) -> Vec<f32> {
    let start = network.initial_parameters(3, 1);
    start.iter().zip(normal(100, start.len())).map(|(w, z)| w + 0.2 * z).collect()
}

/// State of some training: running means about zero, variances from a half, directions of spectral
/// normalisation near those of the weights.
pub(crate) fn state(network: &Network, parameters: &[f32]) -> Vec<f32> {
    let mut state = network.initial_state();
    network.power_iterate(Threads::ONE, parameters, &mut state);
    let noise = normal(101, network.state_count());
    for view in network.state() {
        let (state, noise) = (&mut state[view.range.clone()], &noise[view.range.clone()]);
        match view.name.rsplit_once('.').map(|(_, role)| role) {
            Some("running_mean") => state.copy_from_slice(noise),
            Some("running_variance") => state.iter_mut().zip(noise).for_each(|(s, z)| *s = 0.5 + z.abs()),
            _ => {}
        }
    }
    state
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, v| v.abs().max(m))
}

/// Every value within `tolerance`; a NaN is not.
pub(crate) fn assert_within(what: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (&g, e)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(g) - e).abs();
        assert!(error <= tolerance, "{what}[{i}]: {g}, expected {e} ± {tolerance:.1e}, off by {error:.1e}");
    }
}

/// Every value within `tolerance` times the largest expected one.
pub(crate) fn assert_close(what: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_within(what, got, expected, tolerance * largest(expected));
}

/// Gradients of an arena, view by view: within `tolerance` times the view's largest value, where that is not
/// itself small beside the arena's (a bias before batch normalisation has gradient zero).
pub(crate) fn assert_gradients(what: &str, network: &Network, got: &[f32], expected: &[f64], tolerance: f64) {
    for view in network.parameters() {
        let part = &expected[view.range.clone()];
        let scale = largest(part).max(0.01 * largest(expected));
        let what = format!("{what}, gradient of {}", view.name);
        assert_within(&what, &got[view.range.clone()], part, tolerance * scale);
    }
}

/// One dense layer in float64.
pub(crate) struct StackLayer {
    inputs: usize,
    outputs: usize,
    /// The weight's start in the arena; a bias follows it if there is one.
    at: usize,
    bias: bool,
    activation: Activation,
}

/// Dense layers with piecewise linear activations in float64, each direction written as its definition.
pub(crate) struct Stack {
    pub(crate) layers: Vec<StackLayer>,
}

/// Inputs of every layer and slopes of every activation, for one image.
pub(crate) struct Passed {
    /// The last is the output.
    pub(crate) inputs: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
}

impl Stack {
    pub(crate) fn new(spec: &[LayerSpec], mut inputs: usize) -> Stack {
        let mut layers: Vec<StackLayer> = Vec::new();
        let mut at = 0;
        for layer in spec {
            match *layer {
                LayerSpec::Dense { units: outputs, bias, .. } => {
                    layers.push(StackLayer { inputs, outputs, at, bias, activation: Activation::Identity });
                    at += inputs * outputs + if bias { outputs } else { 0 };
                    inputs = outputs;
                }
                LayerSpec::Activation(f) if f.is_piecewise_linear() => {
                    layers.last_mut().expect("a dense layer first").activation = f;
                }
                _ => panic!("{layer:?} in a stack"),
            }
        }
        Stack { layers }
    }

    /// Forward for one image.
    pub(crate) fn forward(&self, parameters: &[f64], x: &[f64]) -> Passed {
        let mut passed = Passed { inputs: vec![x.to_vec()], slopes: Vec::new() };
        for layer in &self.layers {
            let x = passed.inputs.last().expect("an input");
            let pre: Vec<f64> = (0..layer.outputs)
                .map(|j| {
                    let bias = if layer.bias {
                        parameters[layer.at + layer.inputs * layer.outputs + j]
                    } else {
                        0.0
                    };
                    bias + (0..layer.inputs).map(|i| x[i] * layer.weight(parameters, i, j)).sum::<f64>()
                })
                .collect();
            let slopes: Vec<f64> = pre
                .iter()
                .map(|&v| match layer.activation {
                    Activation::Relu if v <= 0.0 => 0.0,
                    Activation::LeakyRelu(slope) if v <= 0.0 => f64::from(slope),
                    _ => 1.0,
                })
                .collect();
            passed.inputs.push(pre.iter().zip(&slopes).map(|(v, s)| v * s).collect());
            passed.slopes.push(slopes);
        }
        passed
    }

    /// Cotangents of every layer's output before its activation, and last that of the input.
    pub(crate) fn cotangents(
        &self,
        parameters: &[f64],
        passed: &Passed,
        dy: &[f64],
    ) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut cotangent = dy.to_vec();
        let mut deltas = Vec::new();
        for (layer, slopes) in self.layers.iter().zip(&passed.slopes).rev() {
            let delta: Vec<f64> = cotangent.iter().zip(slopes).map(|(d, s)| d * s).collect();
            cotangent = (0..layer.inputs)
                .map(|i| (0..layer.outputs).map(|j| delta[j] * layer.weight(parameters, i, j)).sum())
                .collect();
            deltas.insert(0, delta);
        }
        (deltas, cotangent)
    }

    /// Tangents of every layer's input, and last that of the output.
    pub(crate) fn tangents(&self, parameters: &[f64], passed: &Passed, tangent: &[f64]) -> Vec<Vec<f64>> {
        let mut tangents = vec![tangent.to_vec()];
        for (layer, slopes) in self.layers.iter().zip(&passed.slopes) {
            let t = tangents.last().expect("a tangent");
            let next = (0..layer.outputs)
                .map(|j| {
                    slopes[j] * (0..layer.inputs).map(|i| t[i] * layer.weight(parameters, i, j)).sum::<f64>()
                })
                .collect();
            tangents.push(next);
        }
        tangents
    }

    /// `grads += (c x + t) deltaᵀ` for every layer's weight and `c delta` for its bias, of one image.
    pub(crate) fn add_gradients(
        &self,
        c: f64,
        inputs: &[Vec<f64>],
        tangents: Option<&[Vec<f64>]>,
        deltas: &[Vec<f64>],
        grads: &mut [f64],
    ) {
        for (l, layer) in self.layers.iter().enumerate() {
            for j in 0..layer.outputs {
                for i in 0..layer.inputs {
                    let x = c * inputs[l][i] + tangents.map_or(0.0, |t| t[l][i]);
                    grads[layer.at + i * layer.outputs + j] += x * deltas[l][j];
                }
                if layer.bias {
                    grads[layer.at + layer.inputs * layer.outputs + j] += c * deltas[l][j];
                }
            }
        }
    }
}

impl StackLayer {
    fn weight(&self, parameters: &[f64], i: usize, j: usize) -> f64 {
        parameters[self.at + i * self.outputs + j]
    }
}
