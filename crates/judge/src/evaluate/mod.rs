//! Every metric of generated images, each beside its floor.
//!
//! The reference `R` are test images, which nobody trained on; the floor's images `F` are training images. With `G` the
//! generated ones, a score is `metric(R, G)` and its floor `metric(R, F)`: what a perfect generator would have at these
//! counts. Data without a test split are cut in two: then `R` and `F` are different training images, and copies cannot
//! be told from luck.
//!
//! What a metric means: `docs/metrics.md`.

mod by_class;
mod memory;
mod report;

use data::{ImageSet, epoch_order};
use kernels::Threads;
use metrics::{Gaussian, KidOptions, Labels, PrdcOptions, diversity, frechet, kid, modes, prdc, two_sample};

use crate::error::JudgeError;
use crate::{FEWEST, Judge, View};

pub use by_class::ClassScore;
pub use memory::MemoryScore;
pub use report::{JudgeName, Report, Score};

/// Probability of its class from which on an image is clear.
const CONFIDENCE: f32 = 0.9;
/// Samples of a subset of KID (Binkowski et al. 2018), or half of the images where they are fewer.
const KID_SUBSET: usize = 1000;
/// Which permutation of a seed chooses the reference, the floor's and the generated images.
const CHOICES: [u64; 3] = [301, 302, 303];

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// What the generator learned from.
    pub training: &'a ImageSet,
    /// What it never saw, if there is any.
    pub test: Option<&'a ImageSet>,
    /// What it made; labels, where it has them, are the classes that were asked for.
    pub generated: &'a ImageSet,
}

/// How images are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Images of each kind, or fewer where there are fewer.
    pub samples: usize,
    /// Generated and test images whose nearest training images are looked for.
    pub memory_queries: usize,
    /// Chooses images and subsets.
    pub seed: u64,
}

impl Default for Options {
    /// 10,000 samples, 1000 of them for memory, seed 0.
    fn default() -> Options {
        Options { samples: 10_000, memory_queries: 1000, seed: 0 }
    }
}

/// Images chosen from a set, as the judge sees them.
struct Chosen<'a> {
    set: &'a ImageSet,
    indices: Vec<u32>,
    view: View,
    /// Their classes, where the set has labels.
    labels: Option<Vec<u8>>,
}

impl<'a> Chosen<'a> {
    fn new(
        judge: &Judge,
        threads: Threads,
        set: &'a ImageSet,
        indices: Vec<u32>,
    ) -> Result<Self, JudgeError> {
        let view = judge.look(threads, set, &indices)?;
        // A set of other classes than the judge's has no labels that it could agree with.
        let labels = set.labels().filter(|labels| labels.iter().all(|&l| usize::from(l) < judge.classes()));
        // A judge has at most 256 classes.
        let labels = labels.map(|labels| indices.iter().map(|&i| labels[i as usize] as u8).collect());
        Ok(Chosen { set, indices, view, labels })
    }

    /// Labels, or where there are none the judge's opinion.
    fn classes(&self) -> Vec<u8> {
        self.labels.clone().unwrap_or_else(|| self.view.classes())
    }

    fn accuracy(&self) -> Option<f64> {
        let labels: Vec<u16> = self.labels.as_ref()?.iter().map(|&l| l.into()).collect();
        Some(self.view.accuracy(&labels))
    }
}

/// The three kinds, as many of each.
struct Kinds<'a> {
    reference: Chosen<'a>,
    floor: Chosen<'a>,
    generated: Chosen<'a>,
}

/// Judges `images.generated` by every metric.
///
/// # Errors
/// [`JudgeError::Images`] for images of other sizes than the judge's, or less than 100 of a kind; [`JudgeError::Metric`].
pub fn evaluate(
    judge: &Judge,
    threads: Threads,
    images: Images,
    options: Options,
) -> Result<Report, JudgeError> {
    let mut notes = Vec::new();
    let kinds = choose(judge, threads, images, options, &mut notes)?;
    let samples = kinds.generated.indices.len();
    let mut scores = compared(threads, &kinds, options, samples)?;
    scores.extend(judged(judge, &kinds, samples)?);
    let memory = match images.test {
        Some(_) => memory::memory_score(threads, images.training, &kinds, options, &mut notes)?,
        None => None,
    };
    if let Some(memory) = &memory {
        scores.extend(memory.scores());
    }
    Ok(Report {
        judge: JudgeName::of(judge),
        data: images.training.name().to_owned(),
        samples,
        seed: options.seed,
        scores,
        classes: by_class::class_scores(judge, threads, &kinds)?,
        memory,
        notes,
    })
}

/// Chooses as many images of each kind.
fn choose<'a>(
    judge: &Judge,
    threads: Threads,
    images: Images<'a>,
    options: Options,
    notes: &mut Vec<String>,
) -> Result<Kinds<'a>, JudgeError> {
    let Images { training, test, generated } = images;
    let (real, of_real) = match test {
        Some(test) => (test, test.len().min(training.len())),
        None => (training, training.len() / 2),
    };
    let samples = options.samples.min(of_real).min(generated.len());
    if samples < FEWEST {
        let what = "images of a kind to compare";
        let got = format!("{samples} ({of_real} real, {} generated)", generated.len());
        return Err(JudgeError::images(what, format!("at least {FEWEST}"), got));
    }
    if samples < options.samples {
        notes.push(format!(
            "{samples} images of each kind: there are {of_real} real and {} generated",
            generated.len()
        ));
    }
    let order = |choice: usize, n: usize| {
        let mut order = Vec::new();
        epoch_order(options.seed, CHOICES[choice], n, &mut order);
        order
    };
    let take = |choice: usize, n: usize| {
        let mut order = order(choice, n);
        order.truncate(samples);
        order
    };
    let (of_reference, of_floor) = if test.is_some() {
        (take(0, real.len()), take(1, training.len()))
    } else {
        notes.push(
            "no test split: real images are compared with other training images, and memory is not tested"
                .into(),
        );
        let order = order(0, training.len());
        (order[..samples].to_vec(), order[samples..2 * samples].to_vec())
    };
    Ok(Kinds {
        reference: Chosen::new(judge, threads, real, of_reference)?,
        floor: Chosen::new(judge, threads, training, of_floor)?,
        generated: Chosen::new(judge, threads, generated, take(2, generated.len()))?,
    })
}

/// `metric(reference, generated)` beside `metric(reference, floor)`.
fn compared(
    threads: Threads,
    kinds: &Kinds,
    options: Options,
    samples: usize,
) -> Result<Vec<Score>, JudgeError> {
    let (r, f, g) =
        (kinds.reference.view.features()?, kinds.floor.view.features()?, kinds.generated.view.features()?);
    let gaussian = Gaussian::fit(&r)?;
    let fjd = |x| -> Result<f64, JudgeError> { Ok(frechet(&gaussian, &Gaussian::fit(x)?)?.distance) };
    let subsets =
        KidOptions { subset_size: KID_SUBSET.min(samples / 2), seed: options.seed, ..KidOptions::default() };
    let kid = |x| kid(threads, &r, x, &subsets);
    let balls = |x| prdc(threads, &r, x, &PrdcOptions::default());
    let apart = |x| two_sample(threads, &r, x);
    let spread = diversity(threads, &r)?;
    let diversity = |x| -> Result<f64, JudgeError> { Ok(diversity(threads, x)?.ratio_to(&spread)?) };
    let (of_generated, of_floor) = (balls(&g)?, balls(&f)?);
    let (kid_generated, kid_floor) = (kid(&g)?, kid(&f)?);
    let (apart_generated, apart_floor) = (apart(&g)?, apart(&f)?);
    let score = |name: &str, value, floor| Score::new(name, samples, value, Some(floor));
    Ok(vec![
        score("fjd", fjd(&g)?, fjd(&f)?),
        score("kid", kid_generated.mean, kid_floor.mean).with_deviation(kid_generated.deviation),
        score("precision", of_generated.precision, of_floor.precision),
        score("recall", of_generated.recall, of_floor.recall),
        score("density", of_generated.density, of_floor.density),
        score("coverage", of_generated.coverage, of_floor.coverage),
        score("two-sample", apart_generated.accuracy, apart_floor.accuracy),
        score("diversity", diversity(&g)?, diversity(&f)?),
    ])
}

/// What the judge says of each kind by itself. Floors are those of the reference, which the judge has not seen.
fn judged(judge: &Judge, kinds: &Kinds, samples: usize) -> Result<Vec<Score>, JudgeError> {
    let shares = shares(judge, kinds)?;
    let of = |chosen: &Chosen| -> Result<_, JudgeError> {
        Ok(modes(&chosen.view.judged()?, &shares, CONFIDENCE)?)
    };
    let (g, r) = (of(&kinds.generated)?, of(&kinds.reference)?);
    let score = |name: &str, value, floor| Score::new(name, samples, value, Some(floor));
    let mut scores = vec![
        score("modes", g.hit as f64, r.hit as f64),
        score("modes-kl", g.kl, r.kl),
        score("low-confidence", g.low_confidence, r.low_confidence),
    ];
    if let Some(accuracy) = kinds.generated.accuracy() {
        scores.push(Score::new("label-accuracy", samples, accuracy, kinds.reference.accuracy()));
    }
    Ok(scores)
}

/// The shares of the classes: the training images', or where these have no labels of all classes those that the judge
/// learned from.
fn shares(judge: &Judge, kinds: &Kinds) -> Result<Vec<f64>, JudgeError> {
    let counts = kinds.floor.set.class_counts().filter(|c| c.len() == judge.classes() && !c.contains(&0));
    let counts: Vec<f64> = match counts {
        Some(counts) => counts.into_iter().map(|count| count as f64).collect(),
        None => judge.description.class_counts.iter().map(|&count| count as f64).collect(),
    };
    let all: f64 = counts.iter().sum();
    Ok(counts.into_iter().map(|count| count / all).collect())
}

/// `classes` as the metrics take them.
fn labels<'a>(judge: &Judge, classes: &'a [u8]) -> Result<Labels<'a>, JudgeError> {
    Ok(Labels::new(classes, judge.classes())?)
}
