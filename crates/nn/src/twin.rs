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
            .zip(&tape.kept)
            .filter(|((kind, ..), _)| kind == "dropout")
            .map(|(_, kept)| kept.iter().map(|&v| f64::from(v)).collect())
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
        let batch = x.len() / self.input.values();
        let walk = &mut Walk { twin: self, parameters, batch, at: 0, mask: 0, state: 0 };
        walk.chain(&self.spec, x.to_vec(), self.input).0
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

/// One pass: how far it has come in the arenas.
struct Walk<'a> {
    twin: &'a Twin,
    parameters: &'a [f64],
    batch: usize,
    at: usize,
    mask: usize,
    state: usize,
}

impl<'a> Walk<'a> {
    /// The next `n` parameters.
    fn take(&mut self, n: usize) -> &'a [f64] {
        self.at += n;
        &self.parameters[self.at - n..self.at]
    }

    fn chain(&mut self, spec: &[LayerSpec], x: Vec<f64>, shape: Shape) -> (Vec<f64>, Shape) {
        spec.iter().fold((x, shape), |(x, shape), layer| self.layer(layer, x, shape))
    }

    fn layer(&mut self, layer: &LayerSpec, mut x: Vec<f64>, shape: Shape) -> (Vec<f64>, Shape) {
        match layer {
            LayerSpec::Dense { units, bias, .. } => {
                let weight = self.take(shape.values() * units);
                let bias = if *bias { self.take(*units) } else { &[] };
                (dense(self.batch, &x, weight, bias, *units), Shape::flat(*units))
            }
            LayerSpec::Activation(f) => {
                x.iter_mut().for_each(|v| *v = activate(*f, *v));
                (x, shape)
            }
            LayerSpec::BatchNorm { eps, .. } => {
                self.batch_norm(f64::from(*eps), shape.channels, &mut x);
                (x, shape)
            }
            LayerSpec::Dropout { .. } => {
                if let Some(mask) = self.twin.masks.get(self.mask) {
                    x.iter_mut().zip(mask).for_each(|(v, m)| *v *= m);
                }
                self.mask += 1;
                (x, shape)
            }
            LayerSpec::Residual { body, shortcut } => {
                let (mut y, end) = self.chain(body, x.clone(), shape);
                let (skip, _) = self.chain(shortcut, x, shape);
                y.iter_mut().zip(&skip).for_each(|(y, s)| *y += s);
                (y, end)
            }
        }
    }

    fn batch_norm(&mut self, eps: f64, channels: usize, x: &mut [f64]) {
        let (gamma, beta) = (self.take(channels), self.take(channels));
        let statistics = &self.twin.statistics;
        for j in 0..channels {
            let column: Vec<f64> = x.iter().skip(j).step_by(channels).copied().collect();
            let n = column.len() as f64;
            let (mean, variance) = if statistics.is_empty() {
                let mean = column.iter().sum::<f64>() / n;
                (mean, column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
            } else {
                (statistics[self.state + j], statistics[self.state + channels + j])
            };
            let inv = 1.0 / (variance + eps).sqrt();
            for (x, v) in x.iter_mut().skip(j).step_by(channels).zip(column) {
                *x = gamma[j] * (v - mean) * inv + beta[j];
            }
        }
        self.state += 2 * channels;
    }
}

/// `x W + b`, `W` of shape `[in, units]`; no bias where it is empty.
fn dense(batch: usize, x: &[f64], weight: &[f64], bias: &[f64], units: usize) -> Vec<f64> {
    let inputs = x.len() / batch;
    let mut y = vec![0.0; batch * units];
    for (y, x) in y.chunks_exact_mut(units).zip(x.chunks_exact(inputs)) {
        for (j, y) in y.iter_mut().enumerate() {
            let sum: f64 = x.iter().zip(weight.iter().skip(j).step_by(units)).map(|(x, w)| x * w).sum();
            *y = sum + bias.get(j).copied().unwrap_or(0.0);
        }
    }
    y
}
