//! A plain float64 twin of every layer's forward pass, for gradient checks by finite differences.

use kernels::Activation;

use crate::network::Network;
use crate::shape::Shape;
use crate::spec::LayerSpec;
use crate::tape::Tape;

fn activate(f: Activation, x: f64) -> f64 {
    match f {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) => {
            if x > 0.0 {
                x
            } else {
                f64::from(slope) * x
            }
        }
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
    }
}

/// A network's function in float64, from the same spec and arena layout.
pub struct Twin {
    spec: Vec<LayerSpec>,
    input: Shape,
    /// A mask for each dropout layer, in order; empty: dropout is the identity.
    masks: Vec<Vec<f64>>,
    /// Mean and variance for each batch normalisation, in order; empty: those of the batch.
    statistics: Vec<f64>,
}

impl Twin {
    /// The twin of the network that `spec` and `input` plan, in training mode, without dropout.
    pub fn new(spec: &[LayerSpec], input: Shape) -> Twin {
        Twin { spec: spec.to_vec(), input, masks: Vec::new(), statistics: Vec::new() }
    }

    /// Takes the dropout masks of the pass on `tape`.
    pub fn with_masks(mut self, network: &Network, tape: &Tape) -> Twin {
        self.masks = network
            .summary()
            .zip(&tape.records)
            .filter(|((kind, ..), _)| kind == "dropout")
            .map(|(_, record)| record.kept.iter().map(|&v| f64::from(v)).collect())
            .collect();
        self
    }

    /// Uses running statistics, as evaluation does.
    pub fn with_statistics(mut self, state: &[f32]) -> Twin {
        self.statistics = state.iter().map(|&v| f64::from(v)).collect();
        self
    }

    /// Outputs `[batch, out]` for `x` `[batch, in]`.
    pub fn forward(&self, parameters: &[f64], x: &[f64]) -> Vec<f64> {
        let (mut width, mut channels) = (self.input.values(), self.input.channels);
        let batch = x.len() / width;
        let mut y = x.to_vec();
        let (mut at, mut mask, mut state) = (0, 0, 0);
        for layer in &self.spec {
            match *layer {
                LayerSpec::Dense { units, bias, .. } => {
                    let weight = &parameters[at..at + width * units];
                    at += width * units;
                    let mut out = vec![0.0; batch * units];
                    for i in 0..batch {
                        for j in 0..units {
                            let sum: f64 = (0..width).map(|l| y[i * width + l] * weight[l * units + j]).sum();
                            out[i * units + j] = sum + if bias { parameters[at + j] } else { 0.0 };
                        }
                    }
                    at += if bias { units } else { 0 };
                    y = out;
                    (width, channels) = (units, units);
                }
                LayerSpec::Activation(f) => y.iter_mut().for_each(|v| *v = activate(f, *v)),
                LayerSpec::BatchNorm { eps, .. } => {
                    let rows = y.len() / channels;
                    for j in 0..channels {
                        let column: Vec<f64> = (0..rows).map(|i| y[i * channels + j]).collect();
                        let (mean, variance) = if self.statistics.is_empty() {
                            let mean = column.iter().sum::<f64>() / rows as f64;
                            (mean, column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64)
                        } else {
                            (self.statistics[state + j], self.statistics[state + channels + j])
                        };
                        let inv = 1.0 / (variance + f64::from(eps)).sqrt();
                        for (i, x) in column.iter().enumerate() {
                            y[i * channels + j] =
                                parameters[at + j] * (x - mean) * inv + parameters[at + channels + j];
                        }
                    }
                    at += 2 * channels;
                    state += 2 * channels;
                }
                LayerSpec::Dropout { .. } => {
                    if let Some(mask) = self.masks.get(mask) {
                        y.iter_mut().zip(mask).for_each(|(v, m)| *v *= m);
                    }
                    mask += 1;
                }
            }
        }
        y
    }

    /// `dL/dv` by central differences in every coordinate of `v`.
    pub fn gradient(v: &[f64], step: f64, mut loss: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
        let mut at = v.to_vec();
        (0..v.len())
            .map(|i| {
                at[i] = v[i] + step;
                let up = loss(&at);
                at[i] = v[i] - step;
                let down = loss(&at);
                at[i] = v[i];
                (up - down) / (2.0 * step)
            })
            .collect()
    }
}
