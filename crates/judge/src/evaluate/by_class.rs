//! The scores of each class.

use metrics::{Features, Gaussian, Labelled, MetricError, by_class, frechet};
use serde::Serialize;

use super::counts::{ClassCount, class_counts};
use super::{Chosen, Kinds, labels};
use crate::Judge;
use crate::error::JudgeError;

/// One class. Images belong to that which was asked for, or where none was to that which the judge sees.
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
}

/// A row for each class.
pub(super) fn class_scores(
    judge: &Judge,
    shares: &[f64],
    kinds: &Kinds,
) -> Result<Vec<ClassScore>, JudgeError> {
    let Kinds { reference, floor, generated } = kinds;
    let of_generated = by_class_frechet(judge, reference, generated)?;
    let of_floor = by_class_frechet(judge, reference, floor)?;
    let rows = class_counts(judge, shares, generated).into_iter().zip(of_generated.into_iter().zip(of_floor));
    let row = |(count, (frechet, frechet_floor))| {
        let ClassCount { class, name, generated, expected, accuracy } = count;
        ClassScore { class, name, generated, expected, accuracy, frechet, frechet_floor }
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
