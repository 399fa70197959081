//! Bits do not depend on the number of threads, nor on the order in which weights lie in their arena: every direction and
//! every optimiser on the tutorial's networks.

mod common;

use common::{ALL, layers, normal};
use ganymede_nn::{
    Descent, Init, LayerSpec, Mode, Network, NoiseKey, Optimizer, Rule, Shape, Threads, WeightGrad,
};

const BATCH: usize = 64;
const CLASSES: usize = 10;
const GENERATOR: &str = "[{ dense = 128 }, 'batch-norm', 'relu', { dense = 256 }, 'batch-norm', 'relu', \
                         { dense = 512 }, 'batch-norm', 'relu', { dense = 1024 }, 'batch-norm', 'relu', \
                         { dense = 784 }, 'tanh']";
const DISCRIMINATOR: &str = "[{ dense = 512 }, { leaky-relu = 0.2 }, { dropout = 0.3 }, { dense = 256 }, \
                             { leaky-relu = 0.2 }, { dropout = 0.3 }, { dense = 128 }, { leaky-relu = 0.2 }, \
                             { dropout = 0.3 }, { dense = 64 }, { leaky-relu = 0.2 }, { dropout = 0.3 }, \
                             { dense = 1 }]";

const RULES: [Rule; 5] = [
    Rule::Adam { lr: 1e-3, beta1: 0.5, beta2: 0.999, eps: 1e-8 },
    Rule::AdamW { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 },
    Rule::RmsProp { lr: 1e-3, alpha: 0.99, eps: 1e-8, momentum: 0.0, centered: false },
    Rule::RmsProp { lr: 1e-3, alpha: 0.99, eps: 1e-8, momentum: 0.9, centered: true },
    Rule::Sgd { lr: 1e-2, momentum: 0.9, nesterov: true },
];

/// Layers of images, for batches large enough to be cut among threads.
const IMAGES: &str = "[{ diff-augment = ['brightness', 'contrast', 'translation', 'cutout'] }, { upsample = 2 }, \
                      'layer-norm', 'relu', { upsample = 2, method = 'bilinear' }, { avg-pool = 2 }, 'instance-norm', \
                      { leaky-relu = 0.2 }, { avg-pool = 2 }, 'pixel-norm', { dense = 300, spectral-norm = true }, \
                      { leaky-relu = 0.2 }, { class-embedding = 100 }, 'layer-norm', \
                      { projection-head = { spectral-norm = true } }]";
const STATISTICS: &str = "['pixel-norm', { dense = 512, spectral-norm = true }, 'tanh', { reshape = [4, 4, 32] }, \
                          'minibatch-stddev', 'global-avg-pool', 'classifier-head']";

/// A network, what goes in, and how its weight gradients weigh the rows.
struct Round {
    layers: Vec<LayerSpec>,
    network: Network,
    batch: usize,
    x: Vec<f32>,
    dy: Vec<f32>,
    tangent: Vec<f32>,
    row_scale: Option<Vec<f32>>,
}

impl Round {
    fn new(text: &str, input: Shape, batch: usize, scaled: bool) -> Round {
        let (layers, inputs) = (layers(text), input.values());
        let network = Network::conditional(&layers, input, CLASSES, Init::HeUniform).expect("a network");
        let dy = normal(2, batch * network.output().values());
        let (x, tangent) = (normal(1, batch * inputs), normal(3, batch * inputs));
        Round { layers, network, batch, x, dy, tangent, row_scale: scaled.then(|| normal(4, batch)) }
    }

    /// Everything that a round writes, by name; arenas of weights as if they were row-major.
    fn run(&self, network: &Network, threads: Threads) -> Vec<(&'static str, Vec<f32>)> {
        let batch = &self.batch;
        let by_rows = |arena: &[f32]| {
            network.parameters().iter().flat_map(|p| p.values(arena).into_owned()).collect::<Vec<f32>>()
        };
        let (mode, all) = (Mode::Train(NoiseKey { seed: 1, stream: 2, step: 3 }), 0..*batch);
        let weights = network.initial_parameters(1, 1);
        let mut state = network.initial_state();
        network.power_iterate(threads, &weights, &mut state);
        let mut tape = network.tape(*batch, ALL);
        tape.input_mut().copy_from_slice(&self.x);
        tape.labels_mut().iter_mut().enumerate().for_each(|(i, label)| *label = (i % CLASSES) as u32);
        network.forward(threads, mode, &weights, &mut state, &mut tape);
        network.seed(threads, &self.dy, &mut tape);
        network.vjp(threads, mode, &weights, all.clone(), &mut tape);
        tape.input_tangent_mut(all.clone()).0.copy_from_slice(&self.tangent);
        network.jvp(threads, mode, &weights, all.clone(), &mut tape);
        let mut wrote = vec![
            ("output", tape.output().to_vec()),
            ("cotangents", tape.input_cotangent(all.clone()).to_vec()),
            ("tangents", tape.output_tangent(all.clone()).to_vec()),
        ];
        let row_scale = self.row_scale.as_deref();
        let straight = network.curved_layer().is_none();
        let tangent_rows = if row_scale.is_some() && straight { all } else { 0..0 };
        let (before, mut grads) = (normal(5, weights.len()), vec![0.0; weights.len()]);
        network.parameters().iter().for_each(|p| p.set(&before[p.range.clone()], &mut grads));
        let how = WeightGrad { row_scale, tangent_rows, accumulate: true };
        network.weight_grad(threads, mode, &how, &mut tape, &mut grads);
        wrote.push(("state", state));
        for rule in RULES {
            let mut optimizer = Optimizer::new(rule, weights.len());
            let mut moved = weights.clone();
            optimizer.step(threads, 1.0, 0.7, &grads, &mut moved);
            optimizer.step(threads, 0.9, 1.0, &grads, &mut moved);
            wrote.push(("updated weights", by_rows(&moved)));
            wrote.extend(optimizer.moments().map(|(name, values)| (name, by_rows(values))));
            if self.row_scale.is_none() {
                let mut optimizer = Optimizer::new(rule, weights.len());
                let (mut moved, mut grads) = (weights.clone(), vec![0.0; weights.len()]);
                let how = WeightGrad::default();
                network.seed(threads, &self.dy, &mut tape);
                let update = optimizer.begin(1.0, 0.7, &mut moved);
                let descent = Descent { how: &how, pull_back: false, grads: &mut grads, update };
                network.descend(threads, mode, &mut tape, descent);
                wrote.push(("weights updated on the way", by_rows(&moved)));
                wrote.extend(optimizer.moments().map(|(name, values)| (name, by_rows(values))));
            }
        }
        wrote.push(("gradients", by_rows(&grads)));
        wrote
    }

    fn check(self) {
        let one = self.run(&self.network, Threads::ONE);
        assert!(one.iter().all(|(_, values)| values.iter().all(|v| v.is_finite())));
        let same = |many: Vec<(&'static str, Vec<f32>)>, how: &str| {
            for ((what, one), (_, many)) in one.iter().zip(&many) {
                let same =
                    one.len() == many.len() && one.iter().zip(many).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{what} differ {how}");
            }
        };
        let network = Network::conditional(&self.layers, self.network.input(), CLASSES, Init::HeUniform);
        let in_panels = network.expect("a network").in_panels();
        same(self.run(&in_panels, Threads::ONE), "in panels");
        for n in [2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("a pool");
            for (network, order) in [(&self.network, "by rows"), (&in_panels, "in panels")] {
                let many = pool.install(|| self.run(network, Threads::new(n)));
                same(many, &format!("with {n} threads {order}"));
            }
        }
    }
}

#[test]
fn the_tutorial_s_generator() {
    Round::new(GENERATOR, Shape::flat(100), BATCH, false).check();
}

#[test]
fn the_tutorial_s_discriminator() {
    Round::new(DISCRIMINATOR, Shape::flat(784), 2 * BATCH, true).check();
}

#[test]
fn layers_of_images() {
    let image = Shape { height: 16, width: 16, channels: 8 };
    Round::new(IMAGES, image, BATCH, true).check();
    Round::new(STATISTICS, image, BATCH, false).check();
    let augmented = "[{ diff-augment = ['saturation', 'translation'] }, { upsample = 2 }, { avg-pool = 2 }, \
                     { class-embedding = 20 }, { dense = 40, spectral-norm = true }, 'projection-head']";
    Round::new(augmented, image, BATCH, true).check();
}
