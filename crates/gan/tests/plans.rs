//! The plans of every preset's networks are data: written as JSON and read back, they give the same networks.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;

use gan::presets::PRESETS;
use nn::{Mode, Network, Plan, TapeParts, Threads};

const BATCH: usize = 2;

/// Initial weights and outputs, as bits.
fn bits(network: &Network) -> (Vec<u32>, Vec<u32>) {
    let weights = network.initial_parameters(5, 2);
    let mut state = network.initial_state();
    network.power_iterate(Threads::ONE, &weights, &mut state);
    let mut tape = network.tape(BATCH, TapeParts::default());
    tape.input_mut().copy_from_slice(&common::normal(3, BATCH * network.input().values()));
    if network.classes() > 0 {
        tape.labels_mut().copy_from_slice(&[0, 1]);
    }
    let mode = Mode::Train(nn::NoiseKey { seed: 1, stream: 2, step: 3 });
    network.forward(Threads::ONE, mode, &weights, &mut state, &mut tape);
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect();
    (bits(&weights), bits(tape.output()))
}

#[test]
fn every_preset_s_plans_are_read_back_from_json() {
    for preset in PRESETS {
        let trainer = common::trainer(preset.name, &["train.batch_size=8"], Threads::ONE);
        let (generator, discriminator) = trainer.players();
        for player in [generator, discriminator] {
            let plan = player.network.plan();
            let text = serde_json::to_string(plan).unwrap();
            let back: Plan = serde_json::from_str(&text).unwrap();
            assert!(back == *plan, "{}", preset.name);
            let (network, again) = (Network::from_plan(plan), Network::from_plan(&back));
            assert!(bits(&network) == bits(&again), "{}", preset.name);
        }
    }
}
