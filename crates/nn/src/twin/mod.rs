//! A plain float64 twin of every layer's forward pass, for gradient checks by finite differences.

mod augment;
mod convolution;
mod norms;
mod products;
mod resample;

use kernels::Activation;
use kernels::spectral::Folded;

use crate::network::Network;
use crate::shape::Shape;
use crate::spec::{LayerSpec, Upsampling};
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
    classes: usize,
    labels: Vec<usize>,
    /// What each dropout and augmentation layer drew, in order; empty: they are the identity.
    drawn: Vec<Vec<f64>>,
    /// The network's state: running statistics, and the vectors of spectral normalisation.
    state: Vec<f64>,
    /// Whether batch normalisation takes the running statistics, not those of the batch.
    evaluates: bool,
}

impl Twin {
    /// The twin of the network that `spec` and `input` plan, in training mode, without dropout and
    /// augmentation.
    pub fn new(spec: &[LayerSpec], input: Shape) -> Twin {
        let (labels, drawn, state) = (Vec::new(), Vec::new(), Vec::new());
        Twin { spec: spec.to_vec(), input, classes: 0, labels, drawn, state, evaluates: false }
    }

    /// For images of `classes` classes, labelled as given.
    pub fn with_labels(mut self, classes: usize, labels: &[u32]) -> Twin {
        self.classes = classes;
        self.labels = labels.iter().map(|&label| label as usize).collect();
        self
    }

    /// Takes the masks and draws of the pass on `tape`.
    pub fn with_masks(mut self, network: &Network, tape: &Tape) -> Twin {
        self.drawn = network
            .nodes
            .iter()
            .zip(&tape.kept)
            .filter(|(node, _)| ["dropout", "diff-augment"].contains(&node.layer.kind()))
            .map(|(_, kept)| kept.iter().map(|&v| f64::from(v)).collect())
            .collect();
        self
    }

    /// Uses the vectors of spectral normalisation in `state`, as constants.
    pub fn with_vectors(mut self, state: &[f32]) -> Twin {
        self.state = state.iter().map(|&v| f64::from(v)).collect();
        self
    }

    /// Uses all of `state`, the running statistics too, as evaluation does.
    pub fn with_statistics(mut self, state: &[f32]) -> Twin {
        self.evaluates = true;
        self.with_vectors(state)
    }

    /// Outputs `[batch, out]` for `x` `[batch, in]`.
    pub fn forward(&self, parameters: &[f64], x: &[f64]) -> Vec<f64> {
        let batch = x.len() / self.input.values();
        let walk = &mut Walk { twin: self, parameters, batch, at: 0, drawn: 0, state: 0 };
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
    drawn: usize,
    state: usize,
}

impl<'a> Walk<'a> {
    /// The next `n` parameters.
    fn take(&mut self, n: usize) -> &'a [f64] {
        self.at += n;
        &self.parameters[self.at - n..self.at]
    }

    /// The next `n` values of the state.
    fn take_state(&mut self, n: usize) -> &'a [f64] {
        self.state += n;
        self.twin.state.get(self.state - n..self.state).unwrap_or_default()
    }

    /// What the next layer that draws drew.
    fn take_drawn(&mut self) -> Option<&'a [f64]> {
        self.drawn += 1;
        self.twin.drawn.get(self.drawn - 1).map(Vec::as_slice)
    }

    /// The next weight, divided by `uᵀ W v` where `normalised`.
    fn take_weight(&mut self, folded: Folded, normalised: bool) -> Vec<f64> {
        let weight = self.take(folded.values());
        if !normalised {
            return weight.to_vec();
        }
        let (u, v) = (self.take_state(folded.outputs), self.take_state(folded.inputs()));
        products::spectrally_normalised(weight, folded, u, v)
    }

    fn take_bias(&mut self, bias: bool, outputs: usize) -> &'a [f64] {
        if bias { self.take(outputs) } else { &[] }
    }

    fn chain(&mut self, spec: &[LayerSpec], x: Vec<f64>, shape: Shape) -> (Vec<f64>, Shape) {
        spec.iter().fold((x, shape), |(x, shape), layer| self.layer(layer, x, shape))
    }

    fn layer(&mut self, layer: &LayerSpec, mut x: Vec<f64>, shape: Shape) -> (Vec<f64>, Shape) {
        let Twin { classes, ref labels, evaluates, .. } = *self.twin;
        let (batch, channels) = (self.batch, shape.channels);
        let inputs = shape.values();
        match *layer {
            LayerSpec::Dense { units, bias, spectral_norm, .. } => {
                let y = self.dense(&x, inputs, units, bias, spectral_norm);
                (y, Shape::flat(units))
            }
            LayerSpec::ClassifierHead { bias, spectral_norm } => {
                let y = self.dense(&x, inputs, 1 + classes, bias, spectral_norm);
                (y, Shape::flat(1 + classes))
            }
            LayerSpec::Conv { channels: outputs, kernel, bias, spectral_norm, stride, padding, .. } => {
                let folded = Folded { outer: kernel * kernel * channels, outputs, inner: 1 };
                let weight = self.take_weight(folded, spectral_norm);
                let bias = self.take_bias(bias, outputs);
                convolution::convolve(&x, shape, &weight, bias, (outputs, kernel, stride, padding))
            }
            LayerSpec::ConvTranspose {
                channels: outputs,
                kernel,
                bias,
                spectral_norm,
                stride,
                padding,
                output_padding,
                ..
            } => {
                let folded = Folded { outer: kernel * kernel, outputs, inner: channels };
                let weight = self.take_weight(folded, spectral_norm);
                let bias = self.take_bias(bias, outputs);
                let numbers = (outputs, kernel, stride, padding);
                convolution::convolve_transposed(&x, shape, &weight, bias, numbers, output_padding)
            }
            LayerSpec::Reshape { height, width, channels } => (x, Shape { height, width, channels }),
            LayerSpec::Flatten => (x, Shape::flat(inputs)),
            LayerSpec::Upsample { factor, method } => match method {
                Upsampling::Nearest => resample::nearest(&x, shape, factor),
                Upsampling::Bilinear => resample::bilinear(&x, shape, factor),
            },
            LayerSpec::AvgPool { size } => resample::pool(&x, shape, (size, size)),
            LayerSpec::GlobalAvgPool => resample::pool(&x, shape, (shape.height, shape.width)),
            LayerSpec::Activation(f) => {
                x.iter_mut().for_each(|v| *v = activate(f, *v));
                (x, shape)
            }
            LayerSpec::BatchNorm { eps, .. } => {
                let affine = (self.take(channels), self.take(channels));
                let statistics = (self.take_state(channels), self.take_state(channels));
                let statistics = evaluates.then_some(statistics);
                norms::batch(&mut x, channels, f64::from(eps), affine, statistics);
                (x, shape)
            }
            LayerSpec::LayerNorm { eps } => {
                let affine = (self.take(channels), self.take(channels));
                norms::layer(&mut x, shape, f64::from(eps), affine);
                (x, shape)
            }
            LayerSpec::InstanceNorm { eps } => {
                let affine = (self.take(channels), self.take(channels));
                norms::instance(&mut x, shape, f64::from(eps), affine);
                (x, shape)
            }
            LayerSpec::PixelNorm { eps } => {
                norms::pixel(&mut x, channels, f64::from(eps));
                (x, shape)
            }
            LayerSpec::MinibatchStddev { group } => {
                let shape_after = Shape { channels: channels + 1, ..shape };
                (norms::append_deviation(&x, batch, channels, group), shape_after)
            }
            LayerSpec::ClassEmbedding { features, .. } => {
                let table = self.take(classes * features);
                (products::append_rows(&x, inputs, table, features, labels), Shape::flat(inputs + features))
            }
            LayerSpec::ProjectionHead { bias, spectral_norm } => {
                let folded = Folded { outer: inputs, outputs: 1, inner: 1 };
                let weight = self.take_weight(folded, spectral_norm);
                let bias = self.take_bias(bias, 1);
                let table = self.take(classes * inputs);
                (products::project(&x, &weight, bias, table, labels), Shape::flat(1))
            }
            LayerSpec::DiffAugment { ref list, .. } => {
                if let Some(draws) = self.take_drawn() {
                    augment::change(&mut x, shape, list, draws);
                }
                (x, shape)
            }
            LayerSpec::Dropout { .. } => {
                if let Some(mask) = self.take_drawn() {
                    x.iter_mut().zip(mask).for_each(|(v, m)| *v *= m);
                }
                (x, shape)
            }
            LayerSpec::Residual { ref body, ref shortcut } => {
                let (mut y, end) = self.chain(body, x.clone(), shape);
                let (skip, _) = self.chain(shortcut, x, shape);
                y.iter_mut().zip(&skip).for_each(|(y, s)| *y += s);
                (y, end)
            }
        }
    }

    fn dense(
        &mut self,
        x: &[f64],
        inputs: usize,
        outputs: usize,
        bias: bool,
        spectral_norm: bool,
    ) -> Vec<f64> {
        let weight = self.take_weight(Folded { outer: inputs, outputs, inner: 1 }, spectral_norm);
        let bias = self.take_bias(bias, outputs);
        products::dense(x, inputs, &weight, bias, outputs)
    }
}
