//! Reports on images with known faults.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "mnist")]

use data::{ImageSet, Split};
use judge::{Images, Judge, JudgeError, Options, Report, Standard, evaluate};
use kernels::Threads;
use kernels::noise::{NoiseKey, fill_uniform};
use metrics::{FloorRule, METRICS, Measured, Metric, Score};

const SAMPLES: usize = 1000;

struct Mnist {
    judge: Judge,
    training: ImageSet,
    test: ImageSet,
}

fn mnist() -> Mnist {
    let judge = Judge::embedded("mnist").unwrap().unwrap();
    let load = |split| data::load("mnist", split).unwrap();
    Mnist { judge, training: load(Split::Train), test: load(Split::Test) }
}

impl Mnist {
    fn report(&self, generated: &ImageSet) -> Result<Report, JudgeError> {
        let images = Images { training: &self.training, test: Some(&self.test), generated };
        let options = Options { samples: SAMPLES, memory_queries: 200, seed: 1 };
        rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .unwrap()
            .install(|| evaluate(&self.judge, Threads::new(2), images, options))
    }

    /// Training images for which `chosen` holds, with their labels or without.
    fn some(&self, labelled: bool, chosen: impl Fn(usize, u16) -> bool) -> ImageSet {
        let labels = self.training.labels().unwrap();
        let rows: Vec<usize> = (0..self.training.len()).filter(|&i| chosen(i, labels[i])).collect();
        let pixels = rows.iter().flat_map(|&i| self.training.image(i).into_owned()).collect();
        let labels = labelled.then(|| rows.iter().map(|&i| labels[i]).collect());
        ImageSet::new("some", 28, 28, 1, pixels, labels).unwrap()
    }
}

fn score<'a>(report: &'a Report, metric: &str) -> Option<&'a Score> {
    report.score(Metric::find(metric).unwrap())
}

fn value(report: &Report, metric: &str) -> f64 {
    score(report, metric).unwrap_or_else(|| panic!("no {metric}")).value
}

fn floor(report: &Report, metric: &str) -> f64 {
    score(report, metric).unwrap().floor.unwrap()
}

#[test]
fn training_images_are_as_good_as_the_floor_and_known_as_copies() {
    let mnist = mnist();
    let report = mnist.report(&mnist.some(true, |i, _| i % 20 == 0)).unwrap();
    for metric in ["precision", "recall", "density", "coverage", "diversity", "two-sample"] {
        let (value, floor) = (value(&report, metric), floor(&report, metric));
        assert!((value - floor).abs() < 0.08, "{metric}: {value} {floor}");
    }
    assert!(value(&report, "precision") > 0.8 && value(&report, "recall") > 0.8, "{report:?}");
    assert!(value(&report, "fd") < 3.0 * floor(&report, "fd"), "{report:?}");
    assert_eq!((value(&report, "modes"), floor(&report, "modes")), (10.0, 10.0));
    assert!(value(&report, "modes-kl") < 0.02 && value(&report, "label-accuracy") > 0.98);
    let memory = report.memory.as_ref().unwrap();
    assert_eq!(memory.copied, Some(true));
    assert!(memory.near == 1.0 && memory.control > 0.9, "{memory:?}");
    let copy = memory.closest[0];
    assert!(copy.distance == 0.0 && copy.training == 20 * copy.generated, "{copy:?}");
    assert_eq!(report.classes.len(), 10);
    // The metrics of the registry, in its order, with the floors that it states.
    let complete = |metric: &&Metric| [Measured::Always, Measured::Complete].contains(&metric.measured);
    let expected: Vec<Metric> = METRICS.iter().filter(complete).copied().collect();
    assert_eq!(report.scores.iter().map(|score| score.metric).collect::<Vec<_>>(), expected);
    for score in &report.scores {
        match score.metric.floor {
            FloorRule::Known(floor) => assert_eq!(score.floor, Some(floor), "{score:?}"),
            _ => assert!(score.floor.is_some(), "{score:?}"),
        }
    }
    assert_eq!(report.classes.iter().map(|class| class.generated).sum::<usize>(), SAMPLES);
}

#[test]
fn noise_is_nothing_real() {
    let mut noise = vec![0.0; SAMPLES * 784];
    fill_uniform(NoiseKey { seed: 1, stream: 1, step: 0 }, 0, &mut noise);
    let pixels = noise.iter().map(|v| (v * 255.0) as u8).collect();
    let report = mnist().report(&ImageSet::new("noise", 28, 28, 1, pixels, None).unwrap()).unwrap();
    assert!(value(&report, "precision") < 0.05 && value(&report, "recall") < 0.05, "{report:?}");
    assert!(value(&report, "fd") > 20.0 * floor(&report, "fd"), "{report:?}");
    assert!(value(&report, "kid") > 10.0 * score(&report, "kid").unwrap().deviation.unwrap(), "{report:?}");
    assert!(value(&report, "two-sample") > 0.95 && value(&report, "coverage") < 0.05);
    assert!(value(&report, "diversity") < 0.6, "{report:?}");
    assert_eq!(report.memory.as_ref().unwrap().copied, Some(false));
    assert!(score(&report, "label-accuracy").is_none());
}

#[test]
fn a_single_class_is_noticed() {
    let mnist = mnist();
    let report = mnist.report(&mnist.some(false, |_, label| label == 3)).unwrap();
    assert_eq!(value(&report, "modes"), 1.0);
    assert!((value(&report, "modes-kl") - (60_000.0f64 / 6131.0).ln()).abs() < 0.1, "{report:?}");
    assert!(value(&report, "recall") < 0.3 && value(&report, "coverage") < 0.3, "{report:?}");
    assert!(value(&report, "precision") > 0.8, "{report:?}");
    let three = &report.classes[3];
    assert!(
        three.generated > 980 && three.frechet.unwrap() < 10.0 * three.frechet_floor.unwrap(),
        "{three:?}"
    );
    assert!(report.classes[1].frechet.is_none());
}

#[test]
fn wrong_labels_are_counted() {
    let mnist = mnist();
    let real = mnist.some(true, |i, _| i % 30 == 0);
    let turned = real.labels().unwrap().iter().map(|label| (label + 1) % 10).collect();
    let wrong = ImageSet::new("wrong", 28, 28, 1, real.pixels().to_vec(), Some(turned)).unwrap();
    let report = mnist.report(&wrong).unwrap();
    assert!(value(&report, "label-accuracy") < 0.02 && floor(&report, "label-accuracy") > 0.98);
    assert!(report.classes.iter().all(|class| class.accuracy.unwrap() < 0.05), "{:?}", report.classes);
}

#[test]
fn without_a_test_split_memory_is_not_tested() {
    let mnist = mnist();
    let some = mnist.some(true, |i, _| i < 1300);
    let images = Images { training: &some, test: None, generated: &some };
    let options = Options { samples: 5000, memory_queries: 100, seed: 0 };
    let report = evaluate(&mnist.judge, Threads::ONE, images, options).unwrap();
    assert!(report.samples == 650 && report.memory.is_none(), "{report:?}");
    assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
    assert_eq!(report.scores[0].name(), "fd650");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let mnist = mnist();
    let other = ImageSet::new("other", 4, 4, 1, vec![0; 16 * 200], None).unwrap();
    assert!(mnist.report(&other).unwrap_err().to_string().contains("28x28x1"));
    let few = mnist.some(false, |i, _| i < 99);
    assert!(mnist.report(&few).unwrap_err().to_string().contains("at least 100"));
}

#[test]
fn a_standard_made_once_scores_as_a_report_does() {
    let mnist = mnist();
    let standard =
        Standard::new(&mnist.judge, Threads::ONE, &mnist.training, Some(&mnist.test), SAMPLES, 1).unwrap();
    let generated = mnist.some(true, |i, label| i % 40 == 0 || i % 3 == 0 && label < 5);
    let report = mnist.report(&generated).unwrap();
    let got = standard.score(Threads::ONE, &generated).unwrap();
    let during = |score: &&Score| score.metric.is_measured_during_training();
    let expected: Vec<_> = report.scores.iter().filter(during).copied().collect();
    assert_eq!(got.scores, expected);
    let expected = report.classes.iter().map(|c| (c.generated, c.expected, c.accuracy));
    assert!(got.classes.iter().map(|c| (c.generated, c.expected, c.accuracy)).eq(expected));
    let few = mnist.some(true, |i, _| i < SAMPLES - 1);
    let refused = standard.score(Threads::ONE, &few).unwrap_err().to_string();
    assert!(refused.contains("expected at least 1000, got 999"), "{refused}");
}
