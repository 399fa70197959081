//! Which metric notices which fault: MNIST's images with known faults, and the faults that each metric must and must not notice.
//!
//! The scores behind the table of docs/metrics.md are printed by
//! `cargo test --release -p ganymede-judge --test known_bad -- --ignored --nocapture`.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
#![cfg(feature = "mnist")]

use data::{ImageSet, Split, epoch_order};
use judge::{Images, Judge, Options, Report, TrainOptions, UsefulnessOptions, evaluate, usefulness};
use kernels::Threads;
use kernels::noise::{NoiseKey, fill_uniform};
use metrics::Metric;
use metrics::registry::{
    COVERAGE, DENSITY, DIVERSITY, FD, KID, LABEL_ACCURACY, LOW_CONFIDENCE, MEMORY_NEAR, MODES, MODES_KL,
    PRECISION, RECALL, STACKED_KL, STACKED_MODES, TWO_SAMPLE,
};

const SIDE: usize = 28;
const PIXELS: usize = SIDE * SIDE;
const THREADS: usize = 2;

/// What is wrong with the images. All but noise are made of training images.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Nothing: the training images themselves.
    Copies,
    /// The training images with uniform noise of up to 8 of 255 either way.
    NoisyCopies,
    /// Every pixel uniform.
    Noise,
    /// Each pixel the mean of the 3x3 around it.
    Blur,
    /// Each image the mean of two.
    Mixtures,
    /// One digit again and again.
    OneImage,
    /// One digit of each class again and again.
    OneImageAClass,
    /// Only threes.
    OneClass,
    /// Only the classes 0 to 4.
    HalfTheClasses,
    /// Every image labelled as of the next class.
    WrongLabels,
}

const FAULTS: [Fault; 10] = [
    Fault::Copies,
    Fault::NoisyCopies,
    Fault::Noise,
    Fault::Blur,
    Fault::Mixtures,
    Fault::OneImage,
    Fault::OneImageAClass,
    Fault::OneClass,
    Fault::HalfTheClasses,
    Fault::WrongLabels,
];

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

fn uniform(count: usize) -> Vec<f32> {
    let mut noise = vec![0.0; count];
    fill_uniform(NoiseKey { seed: 1, stream: 1, step: 0 }, 0, &mut noise);
    noise
}

/// Each pixel the mean of the 3x3 around it; what lies outside is black.
fn blurred(image: &[u8]) -> impl Iterator<Item = u8> + '_ {
    (0..PIXELS).map(|at| {
        let (y, x) = ((at / SIDE) as isize, (at % SIDE) as isize);
        let inside = |v: isize| (0..SIDE as isize).contains(&v);
        let window = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (y + dy, x + dx)));
        let pixels = window.filter(|&(y, x)| inside(y) && inside(x));
        let sum: u32 = pixels.map(|(y, x)| u32::from(image[y as usize * SIDE + x as usize])).sum();
        (sum / 9) as u8
    })
}

impl Mnist {
    /// At most `count` spoiled images. They are labelled as they were; noise in turn.
    fn spoiled(&self, fault: Fault, count: usize) -> ImageSet {
        let labels = self.training.labels().unwrap();
        let mut order = Vec::new();
        epoch_order(8, 0, self.training.len(), &mut order);
        let first = |class: u16| order.iter().copied().find(|&i| labels[i as usize] == class).unwrap();
        let of = |chosen: &dyn Fn(u16) -> bool| -> Vec<u32> {
            order.iter().copied().filter(|&i| chosen(labels[i as usize])).take(count).collect()
        };
        let rows = match fault {
            Fault::OneImage => vec![first(3); count],
            Fault::OneImageAClass => (0..count).map(|i| first((i % 10) as u16)).collect(),
            Fault::OneClass => of(&|label| label == 3),
            Fault::HalfTheClasses => of(&|label| label < 5),
            _ => of(&|_| true),
        };
        let all = self.training.pixels();
        let image = |i: u32| &all[i as usize * PIXELS..(i as usize + 1) * PIXELS];
        let images = rows.iter().map(|&i| image(i));
        let pixels = match fault {
            Fault::Noise => uniform(count * PIXELS).iter().map(|v| (v * 255.0) as u8).collect(),
            Fault::NoisyCopies => {
                let moved = |(&pixel, v): (&u8, &f32)| (f32::from(pixel) + 16.0 * (v - 0.5)).round() as u8;
                images.flatten().zip(&uniform(count * PIXELS)).map(moved).collect()
            }
            Fault::Blur => images.flat_map(blurred).collect(),
            Fault::Mixtures => {
                let others = order.iter().rev().map(|&i| image(i));
                let mean = |(&a, &b): (&u8, &u8)| a / 2 + b / 2;
                images.zip(others).flat_map(|(a, b)| a.iter().zip(b)).map(mean).collect()
            }
            _ => images.flatten().copied().collect(),
        };
        let labels = rows.iter().enumerate().map(|(i, &row)| match fault {
            Fault::Noise => (i % 10) as u16,
            Fault::WrongLabels => (labels[row as usize] + 1) % 10,
            _ => labels[row as usize],
        });
        ImageSet::new("spoiled", SIDE, SIDE, 1, pixels, Some(labels.collect())).unwrap()
    }

    fn images<'a>(&'a self, generated: &'a ImageSet) -> Images<'a> {
        Images { training: &self.training, test: Some(&self.test), generated }
    }

    fn report(&self, generated: &ImageSet, samples: usize, memory_queries: usize) -> Report {
        let options = Options { samples, memory_queries, seed: 0 };
        in_pool(|| evaluate(&self.judge, Threads::new(THREADS), self.images(generated), options).unwrap())
    }
}

fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(THREADS).build().unwrap().install(work)
}

/// The metrics of docs/metrics.md's table of faults, in the order of the registry.
const METRICS: [Metric; 13] = [
    FD,
    KID,
    PRECISION,
    RECALL,
    DENSITY,
    COVERAGE,
    TWO_SAMPLE,
    DIVERSITY,
    MODES,
    MODES_KL,
    LOW_CONFIDENCE,
    LABEL_ACCURACY,
    MEMORY_NEAR,
];

/// Whether a metric says that something is wrong: clearly away from its floor, in the direction that is worse.
fn notices(report: &Report, metric: Metric) -> bool {
    let score = report.score(metric).unwrap_or_else(|| panic!("no {metric}"));
    let (value, floor) = (score.value, score.floor.unwrap_or(0.01));
    match metric.name {
        "fd" => value > 3.0 * floor,
        "kid" => value > floor + 5.0 * score.deviation.unwrap(),
        "two-sample" => (value - floor).abs() > 0.1,
        "modes" => value < floor,
        "modes-kl" => value > floor + 0.05,
        "low-confidence" => value > floor + 0.1,
        "memory-near" => value > 0.1,
        // Shares and ratios near 1.
        _ => value < floor - 0.1,
    }
}

/// Every metric notices exactly the faults it is said to, by the table's columns.
#[test]
fn each_metric_notices_its_faults_and_no_others() {
    let mnist = mnist();
    // In the order of METRICS.
    let expected = |fault: Fault| match fault {
        Fault::Copies => "- - - - - - - - - - - - x",
        Fault::NoisyCopies => "- - - - - - - - - - - - x",
        // The judge is sure of its one answer to noise.
        Fault::Noise => "x x x x x x x x x x - x -",
        Fault::Blur => "x x x x x x x - - - - - -",
        Fault::Mixtures => "x x x x x x x ? - x x x -",
        // Whether a single image lies in a ball, and in how many, is its own matter.
        Fault::OneImage => "x x ? x ? x x x x x - - x",
        Fault::OneImageAClass => "x x ? x ? x x - - - - - x",
        Fault::OneClass => "x x - x - x x x x x - - x",
        Fault::HalfTheClasses => "x x - x - x x - x x - - x",
        Fault::WrongLabels => "- - - - - - - - - - - x x",
    };
    let mut wrong = Vec::new();
    for fault in FAULTS {
        let report = mnist.report(&mnist.spoiled(fault, 2000), 1500, 300);
        for (metric, expected) in METRICS.into_iter().zip(expected(fault).split(' ')) {
            let score = report.score(metric).unwrap();
            if expected != "?" && notices(&report, metric) != (expected == "x") {
                wrong.push(format!("{fault:?}: {metric} is {} ({:?})", score.value, score.floor));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Within a class, coverage and diversity see one image again and again; a missing class has no such scores, and those
/// of the others are as good as their floors.
#[test]
fn a_class_is_judged_by_itself() {
    let mnist = mnist();
    let report = mnist.report(&mnist.spoiled(Fault::OneImageAClass, 2000), 1500, 100);
    for class in &report.classes {
        assert!(class.generated == 150 || class.generated.abs_diff(150) < 40, "{class:?}");
        assert!(class.diversity == Some(0.0) && class.coverage.unwrap() < 0.3, "{class:?}");
        assert!((class.diversity_floor.unwrap() - 1.0).abs() < 0.15, "{class:?}");
        assert!(class.coverage_floor.unwrap() > 0.85 && class.precision_floor.unwrap() > 0.65, "{class:?}");
    }
    let report = mnist.report(&mnist.spoiled(Fault::HalfTheClasses, 2000), 1500, 100);
    let (made, missing) = report.classes.split_at(5);
    for class in made {
        let near = |value: Option<f64>, floor: Option<f64>| (value.unwrap() - floor.unwrap()).abs() < 0.12;
        assert!(near(class.coverage, class.coverage_floor), "{class:?}");
        assert!(near(class.precision, class.precision_floor), "{class:?}");
        assert!(near(class.diversity, class.diversity_floor), "{class:?}");
    }
    for class in missing {
        assert!(class.generated == 0 && class.expected > 100.0, "{class:?}");
        assert_eq!((class.coverage, class.precision, class.diversity), (None, None, None));
    }
}

#[test]
#[ignore = "prints the scores behind the table of docs/metrics.md; takes many minutes"]
fn the_table() {
    let mnist = mnist();
    println!("| | {} | usefulness |", METRICS.map(|metric| metric.name).join(" | "));
    for fault in FAULTS {
        let spoiled = mnist.spoiled(fault, 10_000);
        let report = mnist.report(&spoiled, 10_000, 1000);
        let cells: Vec<String> = METRICS
            .iter()
            .map(|&metric| {
                let score = report.score(metric).unwrap();
                let text = if score.value.abs() < 0.1 {
                    format!("{:.4}", score.value)
                } else {
                    format!("{:.3}", score.value)
                };
                if notices(&report, metric) { format!("**{text}**") } else { text }
            })
            .collect();
        println!("{fault:?}, {} images | {}", report.samples, cells.join(" | "));
        let options = UsefulnessOptions { images: 2000, train: TrainOptions::default() };
        let images = mnist.images(&spoiled);
        let score = in_pool(|| usefulness(Threads::new(THREADS), images, options, &mut |_, _| {}).unwrap());
        println!("    {}: {:.4} ({:.4})", score.name(), score.value, score.floor.unwrap());
    }
}

/// Stacks of real digits have about as many modes as there is room for; a generator of one stack has one.
#[test]
fn stacked_digits_are_counted() {
    let judge = Judge::embedded("mnist").unwrap().unwrap();
    let threads = Threads::new(2);
    let real = data::load("stacked-mnist", Split::Test).unwrap();
    let count = 1000;
    let pixels = real.image(3).repeat(count);
    let one = ImageSet::new("one", 28, 28, 3, pixels, None).unwrap();
    let report = judge::stacked(&judge, threads, &real, &one, count).unwrap();
    let (modes, kl) = (report.score(STACKED_MODES).unwrap(), report.score(STACKED_KL).unwrap());
    // 1000 stacks fall into about 1000 (1 - 1/e) of 1000 modes.
    let floor = modes.floor.unwrap();
    assert!((600.0..660.0).contains(&floor) && modes.value == 1.0, "{modes:?}");
    assert!((kl.value - 1000f64.ln()).abs() < 1e-9 && kl.floor.unwrap() < 0.7, "{kl:?}");
    // What the judge reads is the label, but for its own mistakes.
    let same = judge::stacked(&judge, threads, &real, &real, count).unwrap();
    assert_eq!(same.score(STACKED_KL).map(|s| s.value), same.score(STACKED_KL).and_then(|s| s.floor));
    assert!(
        judge::stacked(&judge, threads, &real, &data::load("mnist", Split::Test).unwrap(), count).is_err()
    );
}
