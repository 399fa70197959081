//! The images of a generator's sequence that are shown: the first ones, or the first that a judge does not reject.

use std::collections::{BTreeMap, VecDeque};

use kernels::Threads;
use model::Sampler;
use model::sampler::to_byte;

use crate::args::RejectArgs;
use crate::gate::Gate;
use crate::output::{Quiet, grouped, note};
use crate::runs::Trained;

/// Images looked at together.
const BATCH: usize = 500;

/// Images at places of the sequence that a seed starts.
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) places: Vec<usize>,
}

impl Draw {
    /// `count` images: those at `0..count`, or, with a share to reject, the first that pass the gate. In both cases image `i`
    /// has the class of the sequence's image `i`, and a larger `count` gives the same first images.
    ///
    /// # Errors
    /// Those of [`Gate::of`].
    pub(crate) fn new(
        args: &RejectArgs,
        trained: &Trained,
        sampler: &mut Sampler,
        threads: Threads,
        (seed, count): (u64, usize),
    ) -> anyhow::Result<Draw> {
        let Some(gate) = Gate::of(args, trained, sampler, threads)? else {
            return Ok(Draw { seed, places: (0..count).collect() });
        };
        let labels = sampler.labels().to_vec();
        let class = |place: usize| labels.get(place % labels.len().max(1)).map_or(0, |&label| label as usize);
        let places = kept(count, class, |first| {
            let classes: Vec<usize> = (first..first + BATCH).map(class).collect();
            gate.lets_through(sampler, &sampler.latents(seed, first, BATCH), &classes)
        })?;
        let (count, drawn) = (grouped(count as u64), grouped(drawn(&places, class) as u64));
        note(Quiet(false), &format!("kept {count} of {drawn} images"));
        Ok(Draw { seed, places })
    }

    /// The images as bytes.
    pub(crate) fn bytes(&self, sampler: &mut Sampler) -> Vec<u8> {
        let (height, width, channels) = sampler.shape();
        let mut bytes = Vec::with_capacity(self.places.len() * height * width * channels);
        sampler.generate_at(self.seed, &self.places, &mut |images| {
            bytes.extend(images.iter().map(|&v| to_byte(v)))
        });
        bytes
    }
}

/// For each of `0..count` the first unused place of its class that passes. `through` tells for [`BATCH`] places from the given
/// one whether each passes.
fn kept(
    count: usize,
    class: impl Fn(usize) -> usize,
    mut through: impl FnMut(usize) -> anyhow::Result<Vec<bool>>,
) -> anyhow::Result<Vec<usize>> {
    let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
    (0..count).for_each(|i| *wanted.entry(class(i)).or_default() += 1);
    let mut found: BTreeMap<usize, VecDeque<usize>> =
        wanted.keys().map(|&class| (class, VecDeque::new())).collect();
    let mut first = 0;
    while found.iter().any(|(class, places)| places.len() < wanted[class]) {
        let through = through(first)?;
        for place in (0..through.len()).filter(|&i| through[i]).map(|i| first + i) {
            if let Some(places) = found.get_mut(&class(place)) {
                places.push_back(place);
            }
        }
        first += through.len();
    }
    Ok((0..count).filter_map(|i| found.get_mut(&class(i))?.pop_front()).collect())
}

/// How many images were looked at: in each class those up to its last place.
fn drawn(places: &[usize], class: impl Fn(usize) -> usize) -> usize {
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for &place in places {
        let last = last.entry(class(place)).or_default();
        *last = place.max(*last);
    }
    let end = last.values().max().map_or(0, |last| last + 1);
    (0..end).filter(|&place| last.get(&class(place)).is_some_and(|&last| place <= last)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_is_the_next_of_its_class_that_is_let_through() {
        // Classes 0, 1, 2 in turn; places 0 and 4 do not pass.
        let through = |first: usize| Ok((first..first + 5).map(|place| ![0, 4].contains(&place)).collect());
        let class = |place| place % 3;
        let places = kept(5, class, through).unwrap();
        assert_eq!(places, [3, 1, 2, 6, 7]);
        // 0 and 3, 6 of class 0, 1, 4 and 7 of class 1, 2 of class 2.
        assert_eq!(drawn(&places, class), 7);
        // A larger count gives the same first images.
        assert_eq!(kept(50, class, through).unwrap()[..5], [3, 1, 2, 6, 7]);
        let classes: Vec<usize> = kept(50, class, through).unwrap().into_iter().map(class).collect();
        assert_eq!(classes, (0..50).map(class).collect::<Vec<_>>());
    }
}
