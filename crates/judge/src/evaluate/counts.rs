//! The number of images of each class, and the share that the judge recognises.

use serde::Serialize;

use super::chosen::Chosen;
use crate::classifier::Judge;

/// The generated images of one class. The class of an image is the one asked for, or where none was asked for the one that the
/// judge sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCount {
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
}

/// A count for each class.
pub(super) fn class_counts(judge: &Judge, shares: &[f64], generated: &Chosen) -> Vec<ClassCount> {
    let (asked, judged) = (generated.classes(), generated.view.classes());
    let names = judge.description().class_names.as_ref();
    let count = |class: usize| {
        let mine = asked.iter().zip(&judged).filter(|(asked, _)| usize::from(**asked) == class);
        let (count, right) = mine.fold((0, 0), |(n, right), (a, j)| (n + 1, right + usize::from(a == j)));
        let known = generated.labels.is_some() && count > 0;
        ClassCount {
            class,
            name: names.and_then(|names| names.get(class).cloned()),
            generated: count,
            expected: shares[class] * asked.len() as f64,
            accuracy: known.then(|| right as f64 / count as f64),
        }
    };
    (0..judge.classes()).map(count).collect()
}
