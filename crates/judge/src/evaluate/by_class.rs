//! The scores of each class.

use kernels::Threads;
use metrics::registry::{COVERAGE, DIVERSITY, FD, PRECISION};
use metrics::{Features, Gaussian, Labelled, MetricError, PrdcOptions, by_class, diversity, frechet, prdc};
use serde::Serialize;

use super::chosen::{Chosen, Kinds};
use super::counts::{ClassCount, class_counts};
use super::labels::labels;
use super::left_out::LeftOut;
use crate::classifier::Judge;
use crate::error::JudgeError;

/// Fewest images of a class, of each kind, for scores of neighbourhoods.
const FEWEST: usize = 20;

/// The scores of one class. The class of an image is the one asked for, or where none was asked for the one that the judge sees.
///
/// Coverage, precision, diversity and their floors compare as many images of each kind as there are of the rarest kind, so a
/// class that is generated too rarely does not look less varied for that. There are none for less than 20 images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    /// The class, from 0.
    pub class: usize,
    /// Its name, if the judge's data had names.
    pub name: Option<String>,
    /// Generated images of it.
    pub generated: usize,
    /// The number that there would be with the data's shares.
    pub expected: f64,
    /// Share of the generated images in which the judge sees this class, where it was asked for.
    pub accuracy: Option<f64>,
    /// Fréchet distance to the real images of the class; none for less than two images.
    pub frechet: Option<f64>,
    /// The same of training images.
    pub frechet_floor: Option<f64>,
    /// Share of the real images of the class with a generated image of it in their ball (k = 5).
    pub coverage: Option<f64>,
    /// The same of training images.
    pub coverage_floor: Option<f64>,
    /// Share of its generated images in the ball of a real one of the class (k = 3).
    pub precision: Option<f64>,
    /// The same of training images.
    pub precision_floor: Option<f64>,
    /// Mean distance of two of its generated images over that of two real images of the class.
    pub diversity: Option<f64>,
    /// The same of training images.
    pub diversity_floor: Option<f64>,
}

/// The scores of neighbourhoods of one class.
#[derive(Clone, Copy)]
struct Nearness {
    coverage: f64,
    precision: f64,
    diversity: f64,
}

/// A row for each class.
pub(super) fn class_scores(
    judge: &Judge,
    threads: Threads,
    shares: &[f64],
    kinds: &Kinds,
) -> Result<Vec<ClassScore>, JudgeError> {
    let Kinds { reference, floor, generated } = kinds;
    let of_generated = by_class_frechet(judge, reference, generated)?;
    let of_floor = by_class_frechet(judge, reference, floor)?;
    let nearness = by_class_nearness(judge, threads, kinds)?;
    let counts = class_counts(judge, shares, generated).into_iter();
    let rows = counts.zip(of_generated.into_iter().zip(of_floor)).zip(nearness);
    type Near = [Option<Nearness>; 2];
    let row = |((count, (frechet, frechet_floor)), near): ((_, (_, _)), Near)| {
        let ClassCount { class, name, generated, expected, accuracy } = count;
        let [near, near_floor] = near;
        ClassScore {
            class,
            name,
            generated,
            expected,
            accuracy,
            frechet,
            frechet_floor,
            coverage: near.map(|n| n.coverage),
            coverage_floor: near_floor.map(|n| n.coverage),
            precision: near.map(|n| n.precision),
            precision_floor: near_floor.map(|n| n.precision),
            diversity: near.map(|n| n.diversity),
            diversity_floor: near_floor.map(|n| n.diversity),
        }
    };
    Ok(rows.map(row).collect())
}

/// The Frechet distance within each class, where both sets have two images of it.
fn by_class_frechet(judge: &Judge, real: &Chosen, other: &Chosen) -> Result<Vec<Option<f64>>, JudgeError> {
    let (of_real, of_other) = (real.classes(), other.classes());
    let real = Labelled::new(real.view.features()?, labels(judge, &of_real)?)?;
    let other = Labelled::new(other.view.features()?, labels(judge, &of_other)?)?;
    let compare = |x: &Features, y: &Features| frechet(&Gaussian::fit(x)?, &Gaussian::fit(y)?);
    let distances = by_class(&real, &other, compare)?.into_iter().map(|class| match class.result {
        Ok(frechet) => Ok(Some(frechet.distance)),
        Err(MetricError::TooFew { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    });
    distances.collect()
}

/// The scores of neighbourhoods of the generated images and of the floor's, for each class with enough images.
fn by_class_nearness(
    judge: &Judge,
    threads: Threads,
    kinds: &Kinds,
) -> Result<Vec<[Option<Nearness>; 2]>, JudgeError> {
    let all = [&kinds.reference, &kinds.generated, &kinds.floor];
    let classes = all.map(|chosen| chosen.classes());
    let count = |of: &[u8], class: usize| of.iter().filter(|&&c| usize::from(c) == class).count();
    let row = |class: usize| {
        let counts = classes.each_ref().map(|of| count(of, class));
        let fewest = counts.into_iter().min().unwrap_or(0);
        let [real, generated, floor] =
            [0, 1, 2].map(|kind| of_class(all[kind], &classes[kind], class, fewest));
        if fewest < FEWEST {
            return Ok([None, None]);
        }
        let dimensions = judge.features();
        let points = |values| Features::new(values, fewest, dimensions);
        let (real, of_generated, of_floor) = (points(&real)?, points(&generated)?, points(&floor)?);
        let near = |other| nearness(threads, &real, other);
        Ok([near(&of_generated)?, near(&of_floor)?])
    };
    (0..judge.classes()).map(row).collect()
}

/// The features of the first `count` images of a class.
fn of_class(chosen: &Chosen, classes: &[u8], class: usize, count: usize) -> Vec<f32> {
    let mine = classes.iter().enumerate().filter(|(_, own)| usize::from(**own) == class).take(count);
    mine.flat_map(|(image, _)| chosen.view.row(image)).copied().collect()
}

/// None where all real images have the same features.
fn nearness(threads: Threads, real: &Features, other: &Features) -> Result<Option<Nearness>, JudgeError> {
    let balls = prdc(threads, real, other, &PrdcOptions::default())?;
    let spread = diversity(threads, real)?;
    match diversity(threads, other)?.ratio_to(&spread) {
        Ok(diversity) => {
            Ok(Some(Nearness { coverage: balls.coverage, precision: balls.precision, diversity }))
        }
        Err(MetricError::Degenerate { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The scores that classes lack.
pub(super) fn left_out(rows: &[ClassScore]) -> Vec<LeftOut> {
    let classes = |lacks: fn(&ClassScore) -> bool| {
        let names = rows.iter().filter(|row| lacks(row));
        let names = names.map(|row| row.name.clone().unwrap_or_else(|| row.class.to_string()));
        names.collect::<Vec<_>>().join(", ")
    };
    let (frechet, near) = (classes(|row| row.frechet.is_none()), classes(|row| row.coverage.is_none()));
    let mut left_out = Vec::new();
    if !frechet.is_empty() {
        let reason = format!("it takes 2 images of each kind; classes {frechet}");
        left_out.push(LeftOut::new(format!("{FD} by class"), reason));
    }
    if !near.is_empty() {
        let metrics = format!("{COVERAGE}, {PRECISION} and {DIVERSITY} by class");
        let reason = format!("they take {FEWEST} images of each kind that are not all alike; classes {near}");
        left_out.push(LeftOut::new(metrics, reason));
    }
    left_out
}
