//! The scores of each class.

use kernels::Threads;
use metrics::{Features, Gaussian, Labelled, MetricError, PrdcOptions, by_class, diversity, frechet, prdc};
use serde::Serialize;

use super::counts::{ClassCount, class_counts};
use super::{Chosen, Kinds, labels};
use crate::Judge;
use crate::error::JudgeError;

/// Fewest images of a class, of each kind, whose neighbourhoods say anything.
pub(super) const FEWEST: usize = 20;

/// One class. Images belong to that which was asked for, or where none was to that which the judge sees.
///
/// Coverage, precision and diversity are of as many real as generated images, those of the rarer kind, and so are their
/// floors: a class that is made too seldom is not by that less varied. They are none for classes of less than 20.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    /// The class, from 0.
    pub class: usize,
    /// Its name, if the judge's data had names.
    pub name: Option<String>,
    /// Generated images of it.
    pub generated: usize,
    /// How many there would be with the data's shares.
    pub expected: f64,
    /// Share of the generated images that the judge takes for it, where they were asked for.
    pub accuracy: Option<f64>,
    /// Frechet distance to the real images of the class; none for less than two.
    pub frechet: Option<f64>,
    /// That of training images.
    pub frechet_floor: Option<f64>,
    /// Share of the real images of the class with a generated one of it in their ball (k = 5).
    pub coverage: Option<f64>,
    /// That of training images.
    pub coverage_floor: Option<f64>,
    /// Share of its generated images in the ball of a real one of the class (k = 3).
    pub precision: Option<f64>,
    /// That of training images.
    pub precision_floor: Option<f64>,
    /// Mean distance of two of its generated images over that of two real ones of the class.
    pub diversity: Option<f64>,
    /// That of training images.
    pub diversity_floor: Option<f64>,
}

/// What nearness says of a class.
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

/// Nearness of the generated images of each class and of the floor's, where there are enough.
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

/// None where all real images are the same point.
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
