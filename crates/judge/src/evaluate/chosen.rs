//! Images chosen from a set, with their features and classes.

use std::sync::atomic::AtomicBool;

use data::{ImageSet, epoch_order};
use kernels::Threads;

use super::labels::{by_position, known_labels};
use crate::classifier::Judge;
use crate::error::JudgeError;
use crate::view::View;

/// Some images of a set.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Their places in the set.
    pub(super) indices: Vec<u32>,
    pub(super) view: View,
    /// Their classes, where the set has labels that the judge knows.
    pub(super) labels: Option<Vec<u8>>,
    /// Why there are no labels, where there are none.
    pub(super) unlabelled: Option<String>,
    /// A note on how the labels were matched.
    pub(super) note: Option<String>,
}

impl Chosen {
    /// `kind` names the images in messages, as `the test images`.
    pub(super) fn new(
        judge: &Judge,
        threads: Threads,
        (set, kind): (&ImageSet, &str),
        indices: Vec<u32>,
        interrupt: &AtomicBool,
    ) -> Result<Chosen, JudgeError> {
        let view = judge.look_until(threads, set, &indices, interrupt)?;
        let (map, unlabelled) = match known_labels(judge, set, kind) {
            Ok(map) => (Some(map), None),
            Err(reason) => (None, Some(reason)),
        };
        let note = map.as_ref().and_then(|map| by_position(judge, map, kind));
        let labels = map.zip(set.labels()).map(|(map, labels)| {
            // A judge has at most 256 classes.
            indices.iter().map(|&i| map.of(labels[i as usize]) as u8).collect()
        });
        Ok(Chosen { indices, view, labels, unlabelled, note })
    }

    /// The labels, or where there are none the classes that the judge sees.
    pub(super) fn classes(&self) -> Vec<u8> {
        self.labels.clone().unwrap_or_else(|| self.view.classes())
    }

    pub(super) fn accuracy(&self) -> Option<f64> {
        let labels: Vec<u16> = self.labels.as_ref()?.iter().map(|&l| l.into()).collect();
        Some(self.view.accuracy(&labels))
    }
}

/// The three kinds of images, as many of each.
pub(super) struct Kinds<'a> {
    pub(super) reference: &'a Chosen,
    pub(super) floor: &'a Chosen,
    pub(super) generated: &'a Chosen,
}

/// The numbers of `n` images in the order of a permutation of the seed.
pub(super) fn order(seed: u64, choice: u64, n: usize) -> Vec<u32> {
    let mut order = Vec::new();
    epoch_order(seed, choice, n, &mut order);
    order
}
