//! The step that trains makes the weights of the reference step ([`gan::reference`]): several whole steps of both players with
//! Adam, relativistic loss, R1 and R2.

// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Fixed, normal, rig, run};
use gan::config::{Experiment, Update};
use gan::reference::{Player, Reference};
use nn::twin::Twin;
use nn::{Init, LayerSpec, Plan, Rule, Shape};

const BATCH: usize = 4;
const PIXELS: usize = 6;
const LATENT: usize = 3;
const STEPS: u64 = 4;
/// Bound on the difference of any weight after all steps, in learning rates: a step of Adam moves a weight by about one.
const TOLERANCE: f64 = 1e-3;

fn text(update: &str) -> String {
    format!(
        r#"
[generator]
latent = {LATENT}
layers = [{{ dense = 5 }}, "batch-norm", {{ leaky-relu = 0.2 }}, {{ dense = {PIXELS} }}, "tanh"]
[discriminator]
layers = [{{ dense = 5 }}, {{ leaky-relu = 0.2 }}, {{ residual = [{{ dense = 5 }}, "relu", {{ dense = 5 }}] }}, {{ dense = 1 }}]
[objective]
loss = "relativistic"
r1 = 0.8
r2 = 0.8
[optimizer.generator]
kind = "adam"
lr = 0.01
beta1 = 0.5
beta2 = 0.9
eps = 1e-3
[optimizer.discriminator]
kind = "adam"
lr = 0.01
beta1 = 0.5
beta2 = 0.9
eps = 1e-3
[train]
batch_size = {BATCH}
epochs = 1
update = "{update}"
"#
    )
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn player(layers: &[LayerSpec], input: Shape, weights: &[f32]) -> Player {
    let zeros = vec![0.0; weights.len()];
    Player {
        network: Twin::new(&Plan::new(layers, input, 0, Init::default()).unwrap()),
        weights: wide(weights),
        mean: zeros.clone(),
        mean_square: zeros,
    }
}

fn reference(experiment: &Experiment, generator: &[f32], discriminator: &[f32]) -> Reference {
    let Rule::Adam { lr, beta1, beta2, eps } = experiment.optimizer.generator else { panic!("Adam") };
    let image = Shape { height: 1, width: PIXELS, channels: 1 };
    Reference {
        generator: player(&experiment.generator.layers, Shape::flat(LATENT), generator),
        discriminator: player(&experiment.discriminator.layers, image, discriminator),
        gamma: experiment.objective.r1,
        adam: [lr, beta1, beta2, eps],
        update: experiment.train.update,
        steps: 0,
    }
}

/// Takes the same steps with both, the reference changed by `change` before the first. Returns the largest differences of a
/// loss, and of a weight in learning rates.
fn differences(update: Update, change: impl Fn(&mut Reference)) -> (f64, f64) {
    let name = if update == Update::Simultaneous { "simultaneous" } else { "alternating" };
    let experiment = common::experiment(&text(name), &[], PIXELS, BATCH);
    let (mut g, mut d, mut step) = rig(&experiment);
    let mut reference = reference(&experiment, &g.parameters, &d.parameters);
    change(&mut reference);
    let mut of_losses = 0.0f64;
    for number in 0..STEPS {
        let (real, latents) = (normal(10 + number, BATCH * PIXELS), normal(20 + number, BATCH * LATENT));
        let [loss_d, loss_g] = reference.step(&wide(&real), &wide(&latents));
        let mut inputs = Fixed { real, latents, ..Fixed::default() };
        let report = run(&experiment, &mut step, number, (&mut g, &mut d), &mut inputs);
        let differences = [report.discriminator_loss - loss_d, report.generator_loss - loss_g];
        of_losses = differences.into_iter().map(f64::abs).fold(of_losses, f64::max);
    }
    let of_weights = [(&g, &reference.generator), (&d, &reference.discriminator)].map(|(fast, slow)| {
        let pairs = fast.parameters.iter().zip(&slow.weights);
        pairs.map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max)
    });
    (of_losses, of_weights[0].max(of_weights[1]) / reference.adam[0])
}

#[test]
fn the_step_makes_the_weights_of_the_reference() {
    for update in [Update::Simultaneous, Update::Alternating] {
        let (losses, weights) = differences(update, |_| ());
        println!("{update:?}: losses differ by {losses:.1e}, weights by {weights:.1e} learning rates");
        assert!(losses < 1e-5 && weights < TOLERANCE, "{update:?}: {losses:e}, {weights:e}");
    }
}

/// What the comparison above would see if the step that trains were of another formula.
#[test]
fn the_comparison_sees_other_formulas() {
    for update in [Update::Simultaneous, Update::Alternating] {
        let seen = |what: &str, change: &dyn Fn(&mut Reference)| {
            let (_, weights) = differences(update, change);
            println!("{update:?}, {what}: weights differ by {weights:.1e} learning rates");
            assert!(weights > 10.0 * TOLERANCE, "{update:?}, {what}: {weights:e}");
        };
        seen("half of gamma", &|reference| reference.gamma /= 2.0);
        seen("the other sign of gamma", &|reference| reference.gamma *= -1.0);
        seen("another beta1", &|reference| reference.adam[1] = 0.4);
        let other = match update {
            Update::Simultaneous => Update::Alternating,
            Update::Alternating => Update::Simultaneous,
        };
        seen("the other order of updates", &|reference| reference.update = other);
    }
}
