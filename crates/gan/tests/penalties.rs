//! D's whole gradient, with R1, R2 and WGAN-GP, and the generator's signal agree with PyTorch's double backward.
//! Reference: `oracles/penalties.py`.

// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Fixed, relative_error, rig, run};
use serde_json::Value;

fn numbers(tensor: &Value) -> Vec<f64> {
    let list = tensor.get("data").unwrap_or(tensor);
    list.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn floats(tensor: &Value) -> Vec<f32> {
    numbers(tensor).iter().map(|&v| v as f32).collect()
}

#[test]
fn gradients_agree_with_pytorch() {
    let oracle: Value = serde_json::from_str(include_str!("../../../oracles/penalties.json")).unwrap();
    for case in oracle["cases"].as_array().unwrap() {
        let number = |key: &str| case[key].as_f64().unwrap();
        let activation = match case["activation"].as_str().unwrap() {
            "relu" => "\"relu\"".to_string(),
            _ => format!("{{ leaky-relu = {} }}", number("slope")),
        };
        // A generator that hands its latent on: what it makes is what the oracle gives, and its gradient by the bias of
        // a zero layer would be lost, so the signal is read from the bias of an identity layer.
        let text = format!(
            "[generator]\nlatent = 10\nlayers = [{{ dense = 10 }}]\n\
             [discriminator]\nlayers = [{{ dense = 8 }}, {activation}, {{ dense = 6 }}, {activation}, {{ dense = 1 }}]\n\
             [objective]\nloss = {}\nr1 = {:?}\nr2 = {:?}\ngradient_penalty = {:?}\n\
             [train]\nbatch_size = 5\nepochs = 1\n",
            case["loss"],
            number("r1_gamma"),
            number("r2_gamma"),
            number("gp_lambda")
        );
        let experiment = common::experiment(&text, &[], 10, 5);
        let (mut g, mut d, mut step) = rig(&experiment);
        g.parameters.fill(0.0);
        for i in 0..10 {
            g.parameters[i * 10 + i] = 1.0;
        }
        let mut at = 0;
        for (w, b) in oracle["weights"].as_array().unwrap().iter().zip(oracle["biases"].as_array().unwrap()) {
            for values in [floats(w), floats(b)] {
                d.parameters[at..at + values.len()].copy_from_slice(&values);
                at += values.len();
            }
        }
        let mut inputs = Fixed {
            real: floats(&oracle["real"]),
            latents: floats(&oracle["fake"]),
            uniforms: floats(&oracle["mix"]),
            ..Fixed::default()
        };
        let report = run(&experiment, &mut step, 0, (&mut g, &mut d), &mut inputs);
        let close = |ours: f64, theirs: f64, what: &str| {
            assert!(
                (ours - theirs).abs() <= 1e-5 * theirs.abs().max(1e-3),
                "{what}: {ours}, PyTorch {theirs}"
            );
        };
        close(report.discriminator_loss, number("loss_d"), "L_D");
        close(report.generator_loss, number("loss_g"), "L_G");
        close(report.penalty, number("r1") + number("r2") + number("gradient_penalty"), "penalty");
        let layers = case["weights"].as_array().unwrap().iter().zip(case["biases"].as_array().unwrap());
        let expected: Vec<f64> = layers.flat_map(|(w, b)| [numbers(w), numbers(b)].concat()).collect();
        let error = relative_error(&d.grads, &expected);
        assert!(error < 1e-5, "{} {activation}: D's gradient: {error}", case["loss"]);
        // dL_G/dbias of the identity layer is the sum of the signal over the batch; its weight's gradient is latentᵀ signal.
        let (signal, fake) = (numbers(&case["dg_dfake"]), numbers(&oracle["fake"]));
        let bias: Vec<f64> = (0..10).map(|j| (0..5).map(|i| signal[i * 10 + j]).sum()).collect();
        let weight: Vec<f64> =
            (0..100).map(|k| (0..5).map(|i| fake[i * 10 + k / 10] * signal[i * 10 + k % 10]).sum()).collect();
        assert!(relative_error(&g.grads[100..], &bias) < 1e-5, "{} generator's bias", case["loss"]);
        assert!(relative_error(&g.grads[..100], &weight) < 1e-5, "{} generator's weight", case["loss"]);
    }
}
