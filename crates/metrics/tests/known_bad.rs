//! Generators that are known to be bad (or perfect), and what each metric says of them.
//!
//! Data: ten modes on a sphere of radius 6 in 16 dimensions, each with standard normal spread; label = mode.

use kernels::Threads;
use kernels::noise::{NoiseKey, fill_normal};
use metrics::{
    Features, Gaussian, Judged, Kid, KidOptions, Labelled, Labels, Memory, MemoryOptions, MetricError, Modes,
    Prdc, PrdcOptions, TwoSample, diversity, diversity_within_classes, frechet, kid, label_accuracy, memory,
    modes, prdc, two_sample,
};

const D: usize = 16;
const MODES: usize = 10;
const N: usize = 600;
const RADIUS: f32 = 6.0;

fn normal(stream: u64, n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    fill_normal(NoiseKey { seed: 21, stream, step: 0 }, 0, &mut v);
    v
}

fn centres() -> Vec<f32> {
    let mut centres = normal(0, MODES * D);
    for centre in centres.chunks_exact_mut(D) {
        let norm = centre.iter().map(|v| v * v).sum::<f32>().sqrt();
        centre.iter_mut().for_each(|v| *v *= RADIUS / norm);
    }
    centres
}

/// Samples and labels.
type Set = (Vec<f32>, Vec<u8>);

/// `n` samples of the first `count` modes in turn.
fn sample(stream: u64, n: usize, count: usize) -> Set {
    let (centres, mut x) = (centres(), normal(stream, n * D));
    let labels: Vec<u8> = (0..n).map(|i| (i % count) as u8).collect();
    for (row, &label) in x.chunks_exact_mut(D).zip(&labels) {
        let centre = &centres[usize::from(label) * D..][..D];
        row.iter_mut().zip(centre).for_each(|(v, c)| *v += c);
    }
    (x, labels)
}

fn real() -> Set {
    sample(1, N, MODES)
}

/// A judge's softmax: the likelihood of each mode.
fn judge(x: &[f32]) -> Vec<f32> {
    let centres = centres();
    let mut out = Vec::new();
    for row in x.chunks_exact(D) {
        let logits: Vec<f32> = centres
            .chunks_exact(D)
            .map(|centre| -0.5 * row.iter().zip(centre).map(|(a, b)| (a - b).powi(2)).sum::<f32>())
            .collect();
        let largest = logits.iter().copied().fold(f32::MIN, f32::max);
        let exponentials: Vec<f32> = logits.iter().map(|l| (l - largest).exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        out.extend(exponentials.iter().map(|e| e / sum));
    }
    out
}

struct Report {
    frechet: f64,
    kid: Kid,
    prdc: Prdc,
    two_sample: TwoSample,
    modes: Modes,
    label_accuracy: f64,
    diversity: f64,
    within: f64,
    memory: Memory,
}

/// All metrics of a generated set against the real one; a third set is the test images.
fn report((generated, labels): &Set) -> Result<Report, MetricError> {
    let ((real, real_labels), (test, _)) = (real(), sample(2, N, MODES));
    let threads = Threads::new(2);
    let rows = generated.len() / D;
    let (x, t) = (Features::new(&real, N, D)?, Features::new(&test, N, D)?);
    let y = Features::new(generated, rows, D)?;
    let (x_labels, y_labels) = (Labels::new(&real_labels, MODES)?, Labels::new(labels, MODES)?);
    let judgement = judge(generated);
    let judged = Judged::new(&judgement, rows, MODES)?;
    let within = |features, labels| diversity_within_classes(threads, &Labelled::new(features, labels)?);
    Ok(Report {
        frechet: frechet(&Gaussian::fit(&x)?, &Gaussian::fit(&y)?)?.distance,
        kid: kid(threads, &x, &y, &KidOptions { subsets: 20, subset_size: 200, seed: 1 })?,
        prdc: prdc(threads, &x, &y, &PrdcOptions::default())?,
        two_sample: two_sample(threads, &x, &y)?,
        modes: modes(&judged, &x_labels.shares(), 0.9)?,
        label_accuracy: label_accuracy(&judged, &y_labels)?.accuracy,
        diversity: diversity(threads, &y)?.ratio_to(&diversity(threads, &x)?)?,
        within: within(y, y_labels)?.within.ratio_to(&within(x, x_labels)?.within)?,
        memory: memory(threads, &x, &t, &y, &MemoryOptions::default())?,
    })
}

#[test]
fn fresh_samples_of_the_data_are_good_by_every_metric() -> Result<(), MetricError> {
    let good = report(&sample(3, N, MODES))?;
    assert!(good.frechet < 1.0, "{}", good.frechet);
    assert!(good.kid.mean.abs() < 3.0 * good.kid.deviation, "{:?}", good.kid);
    let prdc = good.prdc;
    assert!(prdc.precision > 0.7 && prdc.recall > 0.7 && prdc.coverage > 0.9, "{prdc:?}");
    assert!((prdc.density - 1.0).abs() < 0.15, "{prdc:?}");
    assert!((good.two_sample.accuracy - 0.5).abs() < 0.06, "{:?}", good.two_sample);
    assert_eq!(good.modes.hit, MODES);
    assert!(good.modes.kl < 1e-3 && good.modes.low_confidence < 0.1, "{:?}", good.modes);
    assert!(good.label_accuracy > 0.95);
    assert!((good.diversity - 1.0).abs() < 0.02 && (good.within - 1.0).abs() < 0.03);
    let memory = good.memory;
    assert_eq!(memory.copied, Some(false));
    assert!(memory.control > 0.99 && memory.near < 0.05, "{memory:?}");
    assert!((memory.median_ratio - 1.0).abs() < 0.05);
    Ok(())
}

/// The training images themselves: perfect by all that compares distributions; only memory and the two-sample
/// test notice.
#[test]
fn identical_sets() -> Result<(), MetricError> {
    let same = report(&real())?;
    assert!(same.frechet < 1e-9, "{}", same.frechet);
    assert!(same.kid.mean.abs() < 3.0 * same.kid.deviation);
    assert_eq!([same.prdc.precision, same.prdc.recall, same.prdc.coverage], [1.0; 3]);
    // Each ball holds its centre and k - 1 others; the k-th is on its edge.
    assert_eq!(same.prdc.density, 1.0);
    assert_eq!(same.two_sample.accuracy, 0.0);
    assert_eq!((same.diversity, same.within), (1.0, 1.0));
    assert_eq!((same.memory.near, same.memory.median_ratio, same.memory.copied), (1.0, 0.0, Some(true)));
    Ok(())
}

#[test]
fn copies_with_a_little_noise() -> Result<(), MetricError> {
    let (mut x, labels) = real();
    x.iter_mut().zip(normal(4, N * D)).for_each(|(v, noise)| *v += 0.2 * noise);
    let copies = report(&(x, labels))?;
    assert_eq!(copies.memory.copied, Some(true));
    assert!(copies.memory.near > 0.95 && copies.memory.median_ratio < 0.5, "{:?}", copies.memory);
    assert!(copies.two_sample.accuracy < 0.1, "{:?}", copies.two_sample);
    assert!(copies.frechet < 0.2 && copies.prdc.precision > 0.95 && copies.prdc.recall > 0.95);
    Ok(())
}

/// One in five generated images is a copy.
#[test]
fn copies_now_and_then() -> Result<(), MetricError> {
    let ((mut x, labels), (copies, _)) = (sample(3, N, MODES), real());
    x[..N / 5 * D].copy_from_slice(&copies[..N / 5 * D]);
    let got = report(&(x, labels))?.memory;
    assert_eq!(got.copied, Some(true));
    assert!((got.near - 0.2).abs() < 0.04 && got.median_ratio > 0.9, "{got:?}");
    assert!(got.closest.iter().all(|pair| pair.distance == 0.0 && pair.generated == pair.training));
    Ok(())
}

#[test]
fn half_the_modes_missing() -> Result<(), MetricError> {
    let (good, half) = (report(&sample(3, N, MODES))?, report(&sample(3, N, MODES / 2))?);
    assert!(half.modes.hit == 5 && (half.modes.kl - 2f64.ln()).abs() < 0.05, "{:?}", half.modes);
    assert!(half.prdc.precision > 0.7, "{:?}", half.prdc);
    assert!((half.prdc.recall - 0.4).abs() < 0.15 && half.prdc.coverage < 0.6, "{:?}", half.prdc);
    assert!(half.frechet > 8.0 * good.frechet, "{} {}", half.frechet, good.frechet);
    assert!(half.kid.mean > 5.0 * half.kid.deviation, "{:?}", half.kid);
    assert!(half.two_sample.accuracy > 0.6 && half.two_sample.real_accuracy > 0.6, "{:?}", half.two_sample);
    assert!(half.diversity < 0.97 && (half.within - 1.0).abs() < 0.03);
    assert_eq!(half.memory.copied, Some(false));
    Ok(())
}

#[test]
fn one_point_repeated() -> Result<(), MetricError> {
    let (x, labels) = sample(3, 1, MODES);
    let one = report(&(x.repeat(N), labels.repeat(N)))?;
    assert_eq!(one.modes.hit, 1);
    assert!((one.modes.kl - 10f64.ln()).abs() < 1e-9);
    assert_eq!((one.prdc.recall, one.diversity, one.within), (0.0, 0.0, 0.0));
    assert!(one.prdc.coverage < 0.1, "{:?}", one.prdc);
    assert!(one.frechet > 30.0, "{}", one.frechet);
    assert!(one.kid.mean > 5.0 * one.kid.deviation);
    assert_eq!(one.two_sample.generated_accuracy, 1.0);
    Ok(())
}

/// Noise about the data's mean: none of it looks real.
#[test]
fn noise_without_modes() -> Result<(), MetricError> {
    let noise: Vec<f32> = normal(5, N * D).iter().map(|v| v * 3.0).collect();
    let bad = report(&(noise, real().1))?;
    assert!(bad.prdc.precision < 0.2 && bad.prdc.density < 0.2, "{:?}", bad.prdc);
    // The data lie denser than the noise: half of it is nearer to them than to other noise.
    assert!(bad.two_sample.accuracy > 0.7 && bad.two_sample.real_accuracy > 0.99, "{:?}", bad.two_sample);
    assert!(bad.label_accuracy < 0.2, "{}", bad.label_accuracy);
    assert!(bad.within > 1.5 && bad.frechet > 10.0);
    Ok(())
}

/// Labels that do not say what the image shows.
#[test]
fn labels_ignored() -> Result<(), MetricError> {
    let (x, mut labels) = sample(3, N, MODES);
    labels.rotate_left(1);
    let wrong = report(&(x, labels))?;
    assert!(wrong.label_accuracy < 0.05 && wrong.modes.kl < 1e-3);
    assert!(wrong.within < 1.1, "every label's images are of one other mode: {}", wrong.within);
    Ok(())
}
