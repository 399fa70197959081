//! Twenty joint steps of the tutorial's networks on MNIST agree with PyTorch's, from the same weights, noise and
//! batches. Reference: `oracles/tutorial_steps.py`, which states the formulas of weights and noise, and why there are five
//! noise sequences of which most, not all, must agree to 1e-4.

// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Fixed, rig, run};
use gan::config::{Facts, Source, Written};
use serde_json::Value;

fn splitmix64(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn weights(tensor: u64, dimensions: &[usize]) -> Vec<f32> {
    let bound = (6.0 / (dimensions[0] + dimensions[1]) as f64).sqrt();
    (0..dimensions[0] as u64 * dimensions[1] as u64)
        .map(|i| {
            let u = (splitmix64((tensor << 32) + i) >> 40) as f64 / 16_777_216.0;
            ((2.0 * u - 1.0) * bound) as f32
        })
        .collect()
}

fn latents(sequence: u64, step: u64) -> Vec<f32> {
    (0..6400u64)
        .map(|i| {
            let at = (1 << 60) + (sequence << 50) + step * (1 << 24) + 2 * i;
            let unit = 2f64.powi(-53);
            let u1 = ((splitmix64(at) >> 11) + 1) as f64 * unit;
            let u2 = (splitmix64(at + 1) >> 11) as f64 * unit;
            ((-2.0 * u1.ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos()) as f32
        })
        .collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn losses_agree_with_pytorch_over_twenty_steps() {
    let oracle: Value = serde_json::from_str(include_str!("../../../oracles/tutorial_steps.json")).unwrap();
    for (i, probe) in oracle["noise_probes"].as_array().unwrap().iter().enumerate() {
        for (ours, theirs) in latents(0, i as u64).iter().zip(numbers(probe)) {
            assert!((f64::from(*ours) - theirs).abs() < 1e-6);
        }
    }
    let images = data::load("mnist", data::Split::Train).unwrap();
    let mut agreeing = std::collections::BTreeMap::<String, usize>::new();
    for case in oracle["cases"].as_array().unwrap() {
        let sequence = case["sequence"].as_u64().unwrap();
        let mut overrides = vec!["train.batch_size=64".to_string()];
        for player in ["generator", "discriminator"] {
            let settings = case["optimizer"][player].as_object().unwrap();
            for (key, value) in settings {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
                overrides.push(format!("optimizer.{player}.{key}={text}"));
            }
        }
        let preset = gan::presets::find("tutorial").unwrap();
        let source = Source::new(preset.text, "tutorial").with_overrides(&overrides).unwrap();
        let facts = Facts { image_shape: (28, 28, 1), images: images.len(), classes: 10 };
        let experiment = Written::parse(&source).unwrap().check(&source, &facts).unwrap();
        let (mut g, mut d, mut step) = rig(&experiment);
        assert_eq!(g.network.parameter_count(), 1_506_448);
        assert_eq!(d.network.parameter_count(), 574_465);
        let mut tensor = 0;
        for player in [&mut g, &mut d] {
            for p in player.network.parameters().to_vec() {
                if p.dimensions.len() == 2 {
                    p.set(&weights(tensor, &p.dimensions), &mut player.parameters);
                    tensor += 1;
                }
            }
        }
        let (d_loss, g_loss) = (numbers(&case["float32"]["d_loss"]), numbers(&case["float32"]["g_loss"]));
        let (d_real, d_fake) =
            (numbers(&case["float32"]["d_prob_real"]), numbers(&case["float32"]["d_prob_fake"]));
        let mut worst = 0.0f64;
        for k in 0..20 {
            let indices: Vec<u32> = (64 * k..64 * (k + 1)).collect();
            let mut real = vec![0.0; 64 * 784];
            images.gather(&indices, &mut real);
            let labels = indices.iter().map(|&i| images.labels().unwrap()[i as usize].into()).collect();
            let latents = latents(sequence, u64::from(k));
            let mut inputs = Fixed { real, labels, latents, uniforms: Vec::new() };
            let report = run(&experiment, &mut step, u64::from(k), (&mut g, &mut d), &mut inputs);
            let k = k as usize;
            for (what, ours, theirs) in [
                ("L_D", report.discriminator_loss, d_loss[k]),
                ("L_G", report.generator_loss, g_loss[k]),
                ("D on real", report.real_probability, d_real[k]),
                ("D on generated", report.fake_probability, d_fake[k]),
            ] {
                let error = (ours - theirs).abs() / theirs.abs();
                worst = worst.max(error);
                let bound = if k < 3 { 1e-5 } else { 1e-2 };
                assert!(error < bound, "{} step {k}: {what} {ours}, PyTorch {theirs}", case["variant"]);
            }
        }
        println!("{} noise {sequence}: largest relative difference {worst:.1e}", case["variant"]);
        *agreeing.entry(case["variant"].to_string()).or_default() += usize::from(worst < 1e-4);
    }
    assert_eq!(agreeing.len(), 2);
    for (variant, count) in agreeing {
        assert!(count >= 3, "{variant}: only {count} of 5 noise sequences agree to 1e-4");
    }
}
