//! Every loss against finite differences, against PyTorch's values, and at logits where careless code overflows.

use std::collections::HashMap;

use serde::Deserialize;

use super::*;

/// Made by `oracles/losses.py`: PyTorch autograd in float64.
const ORACLE: &str = include_str!("../../../../oracles/losses.json");

#[derive(Deserialize)]
struct Oracle {
    logits: HashMap<String, Side>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Side {
    real: Vec<f64>,
    fake: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    loss: Loss,
    logits: String,
    label_smoothing: f64,
    d: f64,
    g: f64,
    dd_dreal: Vec<f64>,
    dd_dfake: Vec<f64>,
    dg_dfake: Vec<f64>,
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

#[track_caller]
fn close(what: &str, got: f64, expected: f64) {
    // The logits are f32 here and f64 there, and so are the derivatives.
    let error = (got - expected).abs();
    assert!(error <= 1e-6 * expected.abs() + 1e-8, "{what}: got {got:e}, expected {expected:e}");
}

#[test]
fn values_and_gradients_are_pytorchs() {
    let oracle: Oracle = serde_json::from_str(ORACLE).unwrap();
    for loss in Loss::ALL {
        assert!(oracle.cases.iter().any(|case| case.loss == loss), "no oracle for {loss}");
    }
    for case in &oracle.cases {
        let side = &oracle.logits[&case.logits];
        let (real, fake) = (single(&side.real), single(&side.fake));
        let logits = Logits { real: &real, fake: &fake };
        let (mut d_real, mut d_fake, mut g_fake) = (vec![0.0; 8], vec![0.0; 8], vec![0.0; 8]);
        let what = format!("{} on {} logits, smoothing {}", case.loss, case.logits, case.label_smoothing);
        close(
            &what,
            case.loss.discriminator(logits, None, case.label_smoothing, &mut d_real, &mut d_fake),
            case.d,
        );
        close(&what, case.loss.generator(logits, None, &mut g_fake), case.g);
        for (got, expected) in
            [(&d_real, &case.dd_dreal), (&d_fake, &case.dd_dfake), (&g_fake, &case.dg_dfake)]
        {
            assert_eq!(got.len(), expected.len(), "{what}");
            for (&got, &expected) in got.iter().zip(expected) {
                close(&what, got as f64, expected);
            }
        }
    }
}

/// Central differences of the f64 terms, away from hinge's kinks.
#[test]
fn derivatives_are_the_slopes() {
    let h = 1e-6;
    for loss in Loss::ALL {
        for (real, fake) in [(0.3, -0.7), (-2.1, 1.9), (4.0, 5.5), (0.0, 0.0), (-6.0, -8.0)] {
            for smoothing in [0.0, 0.1] {
                let d = |r, f| loss.pair_term(r, f, smoothing).value;
                let term = loss.pair_term(real, fake, smoothing);
                let by_real = (d(real + h, fake) - d(real - h, fake)) / (2.0 * h);
                let by_fake = (d(real, fake + h) - d(real, fake - h)) / (2.0 * h);
                assert!((term.d_real - by_real).abs() < 1e-8, "{loss} dD/dr at {real}, {fake}: {by_real}");
                assert!((term.d_fake - by_fake).abs() < 1e-8, "{loss} dD/df at {real}, {fake}: {by_fake}");
            }
            for fitted in [false, true] {
                let g = |f| loss.generator_term(real, f, fitted).value;
                let by_fake = (g(fake + h) - g(fake - h)) / (2.0 * h);
                let term = loss.generator_term(real, fake, fitted);
                assert!((term.d_fake - by_fake).abs() < 1e-8, "{loss} dG/df at {real}, {fake}: {by_fake}");
            }
        }
    }
}

/// The batch's derivatives are those of the batch's mean, constrained's two means included.
#[test]
fn batch_derivatives_are_the_slopes_of_the_mean() {
    let real = [0.5f32, -1.25, 2.0, 0.25, -0.5];
    let fake = [-0.5f32, 0.75, 0.25, -2.5, 1.5];
    let (mut d_real, mut d_fake, mut unused) = ([0.0; 5], [0.0; 5], [0.0; 5]);
    // A step that f32 holds exactly beside these logits.
    let h = 1.0f32 / 1024.0;
    for loss in Loss::ALL {
        loss.generator(Logits { real: &real, fake: &fake }, None, &mut d_fake);
        for i in 0..5 {
            let (mut up, mut down) = (fake, fake);
            up[i] += h;
            down[i] -= h;
            let slope = (loss.generator(Logits { real: &real, fake: &up }, None, &mut unused)
                - loss.generator(Logits { real: &real, fake: &down }, None, &mut unused))
                / (2.0 * h as f64);
            assert!((slope - d_fake[i] as f64).abs() < 1e-6, "{loss} fake {i}: {slope}, got {}", d_fake[i]);
        }
        loss.discriminator(Logits { real: &real, fake: &fake }, None, 0.0, &mut d_real, &mut d_fake);
        for i in 0..5 {
            let (mut up, mut down) = (real, real);
            up[i] += h;
            down[i] -= h;
            let mut scratch = [0.0; 5];
            let slope =
                (loss.discriminator(Logits { real: &up, fake: &fake }, None, 0.0, &mut scratch, &mut unused)
                    - loss.discriminator(
                        Logits { real: &down, fake: &fake },
                        None,
                        0.0,
                        &mut scratch,
                        &mut unused,
                    ))
                    / (2.0 * h as f64);
            assert!((slope - d_real[i] as f64).abs() < 1e-6, "{loss} real {i}: {slope}, got {}", d_real[i]);
        }
    }
}

#[test]
fn extreme_logits_stay_finite() {
    let extremes = [-1e4f32, -80.0, 0.0, 80.0, 1e4];
    for loss in Loss::ALL {
        for real in extremes {
            for fake in extremes {
                let (real, fake) = ([real; 2], [fake; 2]);
                let logits = Logits { real: &real, fake: &fake };
                let (mut d_real, mut d_fake) = ([0.0; 2], [0.0; 2]);
                for smoothing in [0.0, 0.2] {
                    assert!(
                        loss.discriminator(logits, None, smoothing, &mut d_real, &mut d_fake).is_finite()
                    );
                    assert!(d_real.iter().chain(&d_fake).all(|d| d.is_finite()), "{loss} {real:?} {fake:?}");
                }
                assert!(loss.generator(logits, None, &mut d_fake).is_finite());
                assert!(d_fake.iter().all(|d| d.is_finite()), "{loss} {real:?} {fake:?}");
            }
        }
    }
}

#[test]
fn nan_is_never_hidden() {
    let (nan, zero) = ([f32::NAN], [0.0f32]);
    for loss in Loss::ALL {
        let (mut d_real, mut d_fake) = ([0.0], [0.0]);
        for logits in [Logits { real: &nan, fake: &zero }, Logits { real: &zero, fake: &nan }] {
            assert!(loss.discriminator(logits, None, 0.0, &mut d_real, &mut d_fake).is_nan(), "{loss}");
        }
        assert!(loss.generator(Logits { real: &zero, fake: &nan }, None, &mut d_fake).is_nan(), "{loss}");
    }
}

/// At confident logits the fooled player's signal is what separates the two logistic generators.
#[test]
fn minimax_saturates_and_non_saturating_does_not() {
    let (real, fake) = ([10.0f32], [-10.0f32]);
    let logits = Logits { real: &real, fake: &fake };
    let mut d_fake = [0.0];
    Loss::Minimax.generator(logits, None, &mut d_fake);
    assert!(d_fake[0].abs() < 1e-4);
    Loss::NonSaturating.generator(logits, None, &mut d_fake);
    assert!(d_fake[0].abs() > 0.999);
}

/// Adding a constant to every logit changes neither loss, so it must not change what D takes for real.
#[test]
fn thresholds_move_with_logits_that_are_relative() {
    let (real, fake) = ([3.0f32, 5.0], [1.0f32, 1.0]);
    let (real_up, fake_up) = (real.map(|r| r + 8.0), fake.map(|f| f + 8.0));
    for loss in Loss::ALL {
        let threshold = loss.threshold(Logits { real: &real, fake: &fake });
        let up = loss.threshold(Logits { real: &real_up, fake: &fake_up });
        let expected = match loss {
            Loss::Relativistic | Loss::Wasserstein => (2.5, 10.5),
            Loss::LeastSquares => (0.5, 0.5),
            _ => (0.0, 0.0),
        };
        assert_eq!((threshold, up), expected, "{loss}");
    }
}

#[test]
fn names_are_those_serde_writes() {
    for loss in Loss::ALL {
        assert_eq!(serde_json::to_string(&loss).unwrap(), format!("\"{}\"", loss.name()));
    }
}

#[test]
fn weights_multiply_each_pair_s_terms() {
    let (real, fake) = ([0.3, -1.0, 2.0, 0.5], [-0.4, 1.5, 0.1, -2.0f32]);
    let weights = [2.0, 0.0, 0.5, 1.5];
    for loss in Loss::ALL {
        let (mut d_real, mut d_fake, mut g_fake) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        let logits = Logits { real: &real, fake: &fake };
        let d = loss.discriminator(logits, Some(&weights), 0.0, &mut d_real, &mut d_fake);
        let g = loss.generator(logits, Some(&weights), &mut g_fake);
        let (mut expected_d, mut expected_g) = (0.0, 0.0);
        let fitted = loss.fitted_latents(4);
        for (i, weight) in weights.iter().map(|&w| f64::from(w)).enumerate() {
            let term = loss.pair_term(real[i].into(), fake[i].into(), 0.0);
            expected_d += weight * term.value / 4.0;
            assert!((f64::from(d_real[i]) - weight * term.d_real / 4.0).abs() < 1e-7);
            assert!((f64::from(d_fake[i]) - weight * term.d_fake / 4.0).abs() < 1e-7);
            let term = loss.generator_term(real[i].into(), fake[i].into(), i < fitted);
            let count = if fitted > 0 { 2.0 } else { 4.0 };
            expected_g += weight * term.value / count;
            assert!((f64::from(g_fake[i]) - weight * term.d_fake / count).abs() < 1e-7);
        }
        assert!((d - expected_d).abs() < 1e-12 && (g - expected_g).abs() < 1e-12, "{loss}");
    }
}
