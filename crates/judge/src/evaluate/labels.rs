//! Labels of images as classes of the judge.

use data::ImageSet;
use data::classes::{ClassMap, MatchedBy, match_classes};
use metrics::Labels;

use crate::classifier::Judge;
use crate::error::JudgeError;

/// The training images in messages.
pub(super) const TRAINING: &str = "the training images";

/// The judge's classes of a set's labels, or the reason why there are none. `kind` names the images in messages, as `the test
/// images`.
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

/// A note where labels without names were matched with the judge's named classes by their order.
pub(super) fn by_position(judge: &Judge, map: &ClassMap, kind: &str) -> Option<String> {
    let known = judge.label_classes();
    (map.by == MatchedBy::Positions).then(|| {
        format!("the labels of {kind} have no names: 0, 1 and so on are taken for the judge's classes in order: {known}")
    })
}

/// `classes` as the metrics take them.
pub(super) fn labels<'a>(judge: &Judge, classes: &'a [u8]) -> Result<Labels<'a>, JudgeError> {
    Ok(Labels::new(classes, judge.classes())?)
}

/// The shares of the judge's classes: those of the training images, or where these do not have labels of all classes those of
/// the data that the judge learned from, with a note.
pub(super) fn shares(judge: &Judge, training: &ImageSet) -> (Vec<f64>, Option<String>) {
    let own = known_labels(judge, training, TRAINING).and_then(|map| {
        let mut counts = vec![0.0; judge.classes()];
        for &label in training.labels().unwrap_or_default() {
            counts[usize::from(map.of(label))] += 1.0;
        }
        match counts.iter().position(|&count| count == 0.0) {
            None => Ok(counts),
            Some(class) => Err(format!(
                "{TRAINING} have none of the judge's class {}",
                judge.label_classes().name(class)
            )),
        }
    });
    let (counts, why) = match own {
        Ok(counts) => (counts, None),
        Err(why) => (judge.description().class_counts.iter().map(|&count| count as f64).collect(), Some(why)),
    };
    let all: f64 = counts.iter().sum();
    let note = why.map(|why| format!("the classes' shares are those of the judge's own data: {why}"));
    (counts.into_iter().map(|count| count / all).collect(), note)
}
