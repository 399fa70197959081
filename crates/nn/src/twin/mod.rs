//! A plain float64 twin of every operation's forward pass, for gradient checks by finite differences.

mod augment;
mod convolution;
mod norms;
mod products;
mod resample;

use kernels::Activation;

use crate::cpu::Tape;
use crate::plan::{Kind, Operation, Plan, View};
use crate::spec::Upsampling;

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

/// A plan's function in float64.
pub struct Twin {
    plan: Plan,
    labels: Vec<usize>,
    /// What each operation drew, by its position; empty: dropout and augmentation are the identity.
    drawn: Vec<Vec<f64>>,
    /// The network's state: running statistics, and the vectors of spectral normalisation.
    state: Vec<f64>,
    /// Whether batch normalisation takes the running statistics, not those of the batch.
    evaluates: bool,
}

impl Twin {
    /// The twin of the networks that run `plan`, in training mode, without dropout and augmentation.
    pub fn new(plan: &Plan) -> Twin {
        let (labels, drawn, state) = (Vec::new(), Vec::new(), Vec::new());
        Twin { plan: plan.clone(), labels, drawn, state, evaluates: false }
    }

    /// For images labelled as given.
    pub fn with_labels(mut self, labels: &[u32]) -> Twin {
        self.labels = labels.iter().map(|&label| label as usize).collect();
        self
    }

    /// Takes the masks and draws of the pass on `tape`.
    pub fn with_masks(mut self, tape: &Tape) -> Twin {
        let drawn = |(operation, kept): (&Operation, &Vec<f32>)| match operation.kind {
            Kind::Dropout { .. } | Kind::DiffAugment { .. } => kept.iter().map(|&v| f64::from(v)).collect(),
            _ => Vec::new(),
        };
        self.drawn = self.plan.operations().iter().zip(&tape.kept).map(drawn).collect();
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
        let mut activations = vec![x.to_vec()];
        for (l, operation) in self.plan.operations().iter().enumerate() {
            let mut y = self.kind(l, operation, parameters, &activations[operation.source.activation]);
            if let Some(skip) = operation.skip {
                y.iter_mut().zip(&activations[skip.activation]).for_each(|(y, s)| *y += s);
            }
            y.iter_mut().for_each(|y| *y = activate(operation.activation, *y));
            activations.push(y);
        }
        activations.pop().unwrap_or_default()
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

    /// Operation `l` before its activation and its second summand.
    fn kind(&self, l: usize, operation: &Operation, parameters: &[f64], x: &[f64]) -> Vec<f64> {
        let Operation { input, output, parameters: views, .. } = operation;
        let (inputs, channels) = (input.values(), input.channels);
        let batch = x.len() / inputs;
        let values = |i: usize| views.get(i).map_or(&[][..], |view| &parameters[view.range.clone()]);
        let affine = || (values(0), values(1));
        let mut y = x.to_vec();
        match &operation.kind {
            Kind::Dense { .. } | Kind::ClassifierHead { .. } => {
                let weight = self.weight(operation, values(0));
                return products::dense(x, inputs, &weight, values(1), output.channels);
            }
            Kind::Conv { window, .. } => {
                let weight = self.weight(operation, values(0));
                return convolution::convolve(x, *input, &weight, values(1), (window, *output));
            }
            Kind::ConvTranspose { window, .. } => {
                let weight = self.weight(operation, values(0));
                return convolution::convolve_transposed(x, *input, &weight, values(1), (window, *output));
            }
            Kind::ProjectionHead { weights, .. } => {
                let weight = self.weight(operation, values(0));
                let (bias, table) = if weights.bias { (values(1), values(2)) } else { (&[][..], values(1)) };
                return products::project(x, &weight, bias, table, &self.labels);
            }
            Kind::ClassEmbedding { features, .. } => {
                return products::append_rows(x, inputs, values(0), *features, &self.labels);
            }
            Kind::BatchNorm { eps, .. } => {
                let state = &operation.state;
                let statistics = self.evaluates.then(|| (self.state(&state[0]), self.state(&state[1])));
                norms::batch(&mut y, channels, f64::from(*eps), affine(), statistics);
            }
            Kind::LayerNorm { eps } => norms::layer(&mut y, *input, f64::from(*eps), affine()),
            Kind::InstanceNorm { eps } => norms::instance(&mut y, *input, f64::from(*eps), affine()),
            Kind::PixelNorm { eps } => norms::pixel(&mut y, channels, f64::from(*eps)),
            Kind::MinibatchStddev { group } => return norms::append_deviation(x, batch, channels, *group),
            Kind::Upsample { factor, method: Upsampling::Nearest } => {
                return resample::nearest(x, *input, *factor);
            }
            Kind::Upsample { factor, method: Upsampling::Bilinear } => {
                return resample::bilinear(x, *input, *factor);
            }
            Kind::AvgPool { size } => return resample::pool(x, *input, (*size, *size)),
            Kind::GlobalAvgPool => return resample::pool(x, *input, (input.height, input.width)),
            Kind::DiffAugment { list, .. } => {
                if let Some(draws) = self.drawn.get(l) {
                    augment::change(&mut y, *input, list, draws);
                }
            }
            Kind::Dropout { .. } => {
                if let Some(mask) = self.drawn.get(l) {
                    y.iter_mut().zip(mask).for_each(|(v, m)| *v *= m);
                }
            }
            Kind::Reshape { .. } | Kind::Flatten | Kind::Activation | Kind::Residual => {}
        }
        y
    }

    /// An operation's weight, divided by `uᵀ W v` where it is normalised.
    fn weight(&self, operation: &Operation, weight: &[f64]) -> Vec<f64> {
        let Some(matrix) = operation.normalised_weight() else { return weight.to_vec() };
        let (u, v) = (self.state(&operation.state[0]), self.state(&operation.state[1]));
        products::spectrally_normalised(weight, matrix, u, v)
    }

    fn state(&self, view: &View) -> &[f64] {
        self.state.get(view.range.clone()).unwrap_or_default()
    }
}
