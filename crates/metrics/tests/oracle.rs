//! The metrics against published code on the same features (oracles/metrics.py).

use kernels::Threads;
use metrics::{Features, Gaussian, MetricError, PrdcOptions, diversity, frechet, prdc, two_sample};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    samples: usize,
    few: usize,
    dimensions: usize,
    frechet: f64,
    frechet_few: f64,
    precision: f64,
    recall: f64,
    density: f64,
    coverage: f64,
    real_accuracy: f64,
    generated_accuracy: f64,
    mean_distance: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../oracles/metrics.json")).expect("metrics.json")
}

fn values() -> Vec<f32> {
    let bytes = include_bytes!("../../../oracles/metrics.f32");
    bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect()
}

#[track_caller]
fn close(got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "{got} for {expected}");
}

#[test]
fn frechet_distance_as_torch_fidelity() -> Result<(), MetricError> {
    let (expected, values) = (reference(), values());
    let Reference { samples, few, dimensions, .. } = expected;
    let (real, rest) = values.split_at(samples * dimensions);
    let (generated, few_generated) = rest.split_at(samples * dimensions);
    let fit = |data, rows| Gaussian::fit(&Features::new(data, rows, dimensions)?);
    let real = fit(real, samples)?;
    close(frechet(&real, &fit(generated, samples)?)?.distance, expected.frechet, 1e-9);
    // Roots of eigenvalues that are zero but for rounding: torch-fidelity's own are good to 1e-7.
    let few = frechet(&real, &fit(few_generated, few)?)?;
    close(few.distance, expected.frechet_few, 1e-6);
    assert_eq!((few.real, few.generated), (samples, expected.few));
    Ok(())
}

#[test]
fn neighbours_as_prdc_and_scikit_learn() -> Result<(), MetricError> {
    let (expected, values) = (reference(), values());
    let Reference { samples, dimensions, .. } = expected;
    let (real, rest) = values.split_at(samples * dimensions);
    let real = Features::new(real, samples, dimensions)?;
    let generated = Features::new(&rest[..samples * dimensions], samples, dimensions)?;
    let threads = Threads::new(2);
    let got = prdc(threads, &real, &generated, &PrdcOptions::default())?;
    close(got.precision, expected.precision, 1e-12);
    close(got.recall, expected.recall, 1e-12);
    close(got.density, expected.density, 1e-12);
    close(got.coverage, expected.coverage, 1e-12);
    let got = two_sample(threads, &real, &generated)?;
    close(got.real_accuracy, expected.real_accuracy, 1e-12);
    close(got.generated_accuracy, expected.generated_accuracy, 1e-12);
    close(diversity(threads, &real)?.mean_distance, expected.mean_distance, 1e-6);
    Ok(())
}
