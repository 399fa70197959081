//! Layers of images and labels give PyTorch's values in all four directions, and leave its state. References:
//! `oracles/convolutions.py`, `image_layers.py`, `spectral_norm.py`, `labelled_layers.py`.

mod common;
#[path = "common/oracle.rs"]
mod oracle;

use common::{ALL, layers};
use ganymede_nn::{Init, Mode, Network, NoiseKey, Parameter, Shape, Threads, WeightGrad};
use oracle::{Entry, Values, arena, assert_arena, assert_values, largest};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Relative to the largest value of a tensor.
const TOLERANCE: f64 = 1e-5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum When {
    Training,
    Evaluation,
}

#[derive(Debug, Deserialize)]
struct Case {
    layers: String,
    mode: When,
    batch: usize,
    input: [usize; 3],
    output: [usize; 3],
    /// Of all results one value in so many is there.
    every: usize,
    classes: usize,
    labels: Vec<u32>,
    parameters: Vec<Entry>,
    state: Vec<Entry>,
    y: Vec<f64>,
    dx: Vec<f64>,
    y_tangent: Vec<f64>,
}

fn shape([height, width, channels]: [usize; 3]) -> Shape {
    Shape { height, width, channels }
}

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("cases")
}

impl Case {
    fn check(&self) {
        let what = format!("{} in {:?}", self.layers, self.mode);
        let mode = match self.mode {
            When::Training => Mode::Train(NoiseKey { seed: 0, stream: 0, step: 0 }),
            When::Evaluation => Mode::Evaluate,
        };
        let (threads, batch) = (Threads::ONE, self.batch);
        let spec = layers(&self.layers);
        let network =
            Network::conditional(&spec, shape(self.input), self.classes, Init::default()).expect(&what);
        assert_eq!(network.output(), shape(self.output), "{what}");
        let parameters = arena(network.parameters(), &self.parameters, 2);
        let mut state = arena(network.state(), &self.state, 2 + self.parameters.len() as u64);

        let mut tape = network.tape(batch + 3, ALL);
        tape.set_batch(batch);
        tape.input_mut().copy_from_slice(&Values::Uniform.of(0, batch * network.input().values()));
        if self.classes > 0 {
            tape.labels_mut().copy_from_slice(&self.labels);
        }
        network.forward(threads, mode, &parameters, &mut state, &mut tape);
        network.seed(threads, &Values::Uniform.of(1, batch * network.output().values()), &mut tape);
        network.vjp(threads, mode, &parameters, 0..batch, &mut tape);
        let tangent = Values::Uniform.of(100, batch * network.input().values());
        tape.input_tangent_mut(0..batch).0.copy_from_slice(&tangent);
        network.jvp(threads, mode, &parameters, 0..batch, &mut tape);
        let mut grads = vec![f32::NAN; parameters.len()];
        network.weight_grad(threads, mode, &WeightGrad::default(), &mut tape, &mut grads);

        let values = |part: &str, got: &[f32], expected: &[f64]| {
            let bound = TOLERANCE * largest(expected);
            assert_values(&format!("{what}: {part}"), got, self.every, expected, bound);
        };
        values("y", tape.output(), &self.y);
        values("dx", tape.input_cotangent(0..batch), &self.dx);
        values("y_tangent", tape.output_tangent(0..batch), &self.y_tangent);
        let arena = |part: &str, views: &[Parameter], entries: &[Entry], got: &[f32]| {
            assert_arena(&format!("{what}: {part}"), views, entries, self.every, got, TOLERANCE);
        };
        arena("gradient", network.parameters(), &self.parameters, &grads);
        arena("after", network.state(), &self.state, &state);
    }
}

fn check(cases: &[Case], count: usize) {
    assert_eq!(cases.len(), count);
    cases.iter().for_each(Case::check);
}

#[derive(Deserialize)]
struct Convolutions {
    conv: Vec<Case>,
    conv_transpose: Vec<Case>,
}

fn convolutions() -> Convolutions {
    read(include_str!("../../../oracles/convolutions.json"))
}

#[test]
fn convolutions_are_pytorch_s() {
    check(&convolutions().conv, 17);
}

#[test]
fn transposed_convolutions_are_pytorch_s() {
    check(&convolutions().conv_transpose, 15);
}

#[derive(Deserialize)]
struct ImageLayers {
    resampling: Vec<Case>,
    norms: Vec<Case>,
    minibatch_stddev: Vec<Case>,
    residual: Vec<Case>,
}

fn image_layers() -> ImageLayers {
    read(include_str!("../../../oracles/image_layers.json"))
}

#[test]
fn upsampling_and_pooling_are_pytorch_s() {
    check(&image_layers().resampling, 8);
}

#[test]
fn normalisations_of_images_are_pytorch_s() {
    check(&image_layers().norms, 10);
}

#[test]
fn minibatch_deviations_are_those_of_the_paper_s_code() {
    check(&image_layers().minibatch_stddev, 5);
}

#[test]
fn residual_blocks_of_convolutions_are_pytorch_s() {
    check(&image_layers().residual, 3);
}

#[derive(Deserialize)]
struct SpectralNorm {
    dense: Vec<Case>,
    convolutions: Vec<Case>,
}

fn spectral_norm() -> SpectralNorm {
    read(include_str!("../../../oracles/spectral_norm.json"))
}

#[test]
fn spectral_normalisation_of_dense_layers_is_pytorch_s() {
    check(&spectral_norm().dense, 3);
}

#[test]
fn spectral_normalisation_of_convolutions_is_pytorch_s() {
    check(&spectral_norm().convolutions, 5);
}

#[derive(Deserialize)]
struct LabelledLayers {
    class_embedding: Vec<Case>,
    projection_head: Vec<Case>,
    classifier_head: Vec<Case>,
}

#[test]
fn layers_that_read_labels_are_pytorch_s() {
    let cases: LabelledLayers = read(include_str!("../../../oracles/labelled_layers.json"));
    check(&cases.class_embedding, 3);
    check(&cases.projection_head, 3);
    check(&cases.classifier_head, 2);
}
