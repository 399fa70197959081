//! Scores that could not be computed, and why: none is left out in silence.

use data::ImageSet;
use data::classes::{ClassMap, MatchedBy, match_classes};
use serde::{Deserialize, Serialize};

use super::{ClassScore, Score};
use crate::Judge;

/// A metric without a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name, without a number of samples.
    pub metric: String,
    /// Why there is none.
    pub reason: String,
}

impl LeftOut {
    pub(crate) fn new(metric: &str, reason: impl Into<String>) -> LeftOut {
        LeftOut { metric: metric.to_owned(), reason: reason.into() }
    }
}

/// The judge's classes of a set's labels, or why it knows none. `kind` says which images they are, as `the test images`.
pub(super) fn known_labels(judge: &Judge, set: &ImageSet, kind: &str) -> Result<ClassMap, String> {
    let Some(own) = set.label_classes() else { return Err(format!("{kind} have no labels")) };
    match_classes(own, judge.label_classes()).map_err(|differ| {
        let data = &judge.description().data;
        format!(
            "the judge does not know the labels of {kind}: their classes are {}, those of the judge of `{data}` are {}",
            differ.own, differ.known
        )
    })
}

/// What should be known of labels that have no names, where the judge's classes have: none if that is not so.
pub(super) fn by_position(judge: &Judge, map: &ClassMap, kind: &str) -> Option<String> {
    let known = judge.label_classes();
    (map.by == MatchedBy::Positions).then(|| {
        format!("the labels of {kind} have no names: 0, 1 and so on are taken for the judge's classes in order: {known}")
    })
}

/// Takes out what is no finite number.
pub(super) fn finite(scores: Vec<Score>, left_out: &mut Vec<LeftOut>) -> Vec<Score> {
    let (finite, other): (Vec<_>, Vec<_>) = scores.into_iter().partition(|score| score.value.is_finite());
    left_out.extend(
        other.into_iter().map(|score| {
            LeftOut::new(&score.name, format!("its value, {}, is no finite number", score.value))
        }),
    );
    finite
}

/// What the rows of the classes lack.
pub(super) fn by_class(rows: &[ClassScore], fewest: usize) -> Vec<LeftOut> {
    let classes = |lacks: fn(&ClassScore) -> bool| {
        let names = rows.iter().filter(|row| lacks(row));
        let names = names.map(|row| row.name.clone().unwrap_or_else(|| row.class.to_string()));
        names.collect::<Vec<_>>().join(", ")
    };
    let (frechet, near) = (classes(|row| row.frechet.is_none()), classes(|row| row.coverage.is_none()));
    let mut left_out = Vec::new();
    if !frechet.is_empty() {
        left_out
            .push(LeftOut::new("fjd by class", format!("it takes 2 images of each kind; classes {frechet}")));
    }
    if !near.is_empty() {
        left_out.push(LeftOut::new(
            "coverage, precision and diversity by class",
            format!("they take {fewest} images of each kind that are not all alike; classes {near}"),
        ));
    }
    left_out
}
