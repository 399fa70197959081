//! Distances of generated images from the real images of their class.

use std::collections::{BTreeMap, BTreeSet};

use data::{ImageSet, epoch_order};
use kernels::Threads;
use metrics::{Features, nearest_few};

use crate::classifier::Judge;
use crate::error::JudgeError;
use crate::view::View;

/// The distance is that to this nearest real image, as for coverage's balls. A copy of one real image is therefore not nearer.
const NEIGHBOUR: usize = 5;
/// Most real images of each class, and in all where there are no classes.
const OF_A_CLASS: usize = 1_000;
const WITHOUT_CLASSES: usize = 10_000;

/// Computes the distance to the fifth nearest real image of the class in the judge's features. If the class has fewer images, it is
/// the distance to the farthest.
///
/// An image of another class, or of none, has a large distance. Kynkäänniemi et al. 2019, "Improved precision and recall metric for
/// assessing generative models", define the realism of an image: the radius of a real image's ball over the distance to it.
#[derive(Debug)]
pub struct ClassDistance {
    judge: Judge,
    /// Real images of each class; without classes all of them, as class 0.
    real: BTreeMap<usize, View>,
}

impl ClassDistance {
    /// Uses up to 1,000 real images of each of these classes, or up to 10,000 of all if no classes are given. A fixed permutation
    /// chooses them.
    ///
    /// # Errors
    /// [`JudgeError::Images`] if they have another size than the judge's, no labels where classes are asked for, or none of a
    /// class.
    pub fn new(
        judge: Judge,
        threads: Threads,
        real: &ImageSet,
        classes: &BTreeSet<usize>,
    ) -> Result<ClassDistance, JudgeError> {
        let (labels, most) = match (classes.is_empty(), real.labels()) {
            (true, _) => (None, WITHOUT_CLASSES),
            (false, Some(labels)) => (Some(labels), OF_A_CLASS),
            (false, None) => return Err(refused(real, "labels", "none")),
        };
        let all = BTreeSet::from([0]);
        let classes = if labels.is_some() { classes } else { &all };
        let mut places: BTreeMap<usize, Vec<u32>> =
            classes.iter().map(|&class| (class, Vec::new())).collect();
        let mut order = Vec::new();
        epoch_order(0, 0, real.len(), &mut order);
        for place in order {
            let class = labels.map_or(0, |labels| usize::from(labels[place as usize]));
            if let Some(places) = places.get_mut(&class).filter(|places| places.len() < most) {
                places.push(place);
            }
        }
        let mut looked_at = BTreeMap::new();
        for (class, places) in places {
            if places.is_empty() {
                return Err(refused(real, &format!("images of class {class}"), "none"));
            }
            looked_at.insert(class, judge.look(threads, real, &places)?);
        }
        Ok(ClassDistance { judge, real: looked_at })
    }

    /// The distance of each image; `classes` has the class of each (0 for all if there are no classes).
    ///
    /// # Errors
    /// [`JudgeError::Images`] if they have another size than the judge's.
    ///
    /// # Panics
    /// If `classes` has another length than `images`, or a class that [`ClassDistance::new`] was not given.
    pub fn of(&self, threads: Threads, images: &ImageSet, classes: &[usize]) -> Result<Vec<f64>, JudgeError> {
        assert_eq!(images.len(), classes.len(), "a class for each image");
        assert!(classes.iter().all(|class| self.real.contains_key(class)), "a class that was looked at");
        let all: Vec<u32> = (0..images.len() as u32).collect();
        let view = self.judge.look(threads, images, &all)?;
        let mut distances = vec![0.0; images.len()];
        for (class, real) in &self.real {
            let rows: Vec<usize> = (0..classes.len()).filter(|&row| classes[row] == *class).collect();
            let values: Vec<f32> = rows.iter().flat_map(|&row| view.row(row)).copied().collect();
            let features = Features::new(&values, rows.len(), self.judge.features())?;
            let k = NEIGHBOUR.min(real.images());
            let nearest = nearest_few(threads, &features, &real.features()?, k)?;
            for (row, neighbours) in rows.into_iter().zip(nearest.chunks_exact(k)) {
                distances[row] = neighbours[k - 1].distance;
            }
        }
        Ok(distances)
    }
}

fn refused(set: &ImageSet, expected: &str, got: &str) -> JudgeError {
    JudgeError::images(format!("{}: distance from real images", set.name()), expected, got)
}

#[cfg(test)]
mod tests {
    use data::Split;

    use super::*;

    fn mnist(split: Split, count: usize) -> ImageSet {
        let set = data::load("mnist", split).unwrap();
        let pixels = set.pixels()[..count * set.pixels_per_image()].to_vec();
        let labels = set.labels().unwrap()[..count].to_vec();
        ImageSet::new("some digits", 28, 28, 1, pixels, Some(labels)).unwrap()
    }

    fn judge() -> Judge {
        Judge::embedded("mnist").unwrap().unwrap()
    }

    #[test]
    fn digits_of_another_class_and_noise_are_far() {
        let threads = Threads::new(2);
        let distance =
            ClassDistance::new(judge(), threads, &mnist(Split::Train, 4_000), &(0..10).collect()).unwrap();
        let test = mnist(Split::Test, 300);
        let own: Vec<usize> = test.labels().unwrap().iter().map(|&l| usize::from(l)).collect();
        let other: Vec<usize> = own.iter().map(|class| (class + 1) % 10).collect();
        let (own, other) =
            (distance.of(threads, &test, &own).unwrap(), distance.of(threads, &test, &other).unwrap());
        let mean = |d: &[f64]| d.iter().sum::<f64>() / d.len() as f64;
        assert!(mean(&other) > 3.0 * mean(&own), "{} {}", mean(&other), mean(&own));
        // The other images do not change an image's distance.
        let some = mnist(Split::Test, 7);
        let classes: Vec<usize> = some.labels().unwrap().iter().map(|&l| usize::from(l)).collect();
        assert_eq!(distance.of(Threads::ONE, &some, &classes).unwrap(), own[..7]);
    }

    #[test]
    fn a_training_image_is_as_far_as_its_fifth_neighbour_itself_counted() {
        let (judge, threads) = (judge(), Threads::ONE);
        let real = mnist(Split::Train, 200);
        let view = judge.look(threads, &real, &(0..200).collect::<Vec<_>>()).unwrap();
        let nearest = nearest_few(threads, &view.features().unwrap(), &view.features().unwrap(), 5).unwrap();
        let distance = ClassDistance::new(judge, threads, &real, &BTreeSet::new()).unwrap();
        let got = distance.of(threads, &real, &[0; 200]).unwrap();
        let expected: Vec<f64> = nearest.chunks(5).map(|of_one| of_one[4].distance).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_class_of_three_has_no_fifth_image() {
        let threads = Threads::ONE;
        let set = mnist(Split::Train, 40);
        let mut labels = vec![0; 40];
        labels[37..].fill(1);
        let set = ImageSet::new("uneven", 28, 28, 1, set.pixels().to_vec(), Some(labels)).unwrap();
        let distance = ClassDistance::new(judge(), threads, &set, &BTreeSet::from([0, 1])).unwrap();
        assert!(distance.of(threads, &set, &[1; 40]).unwrap().iter().all(|d| d.is_finite()));
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let set = mnist(Split::Train, 40);
        let refusal = |set, classes| {
            ClassDistance::new(judge(), Threads::ONE, set, &BTreeSet::from(classes)).unwrap_err().to_string()
        };
        let error = refusal(&set, [3, 10]);
        assert!(error.contains("images of class 10"), "{error}");
        let bare = ImageSet::new("bare", 28, 28, 1, set.pixels().to_vec(), None).unwrap();
        let error = refusal(&bare, [3, 4]);
        assert!(error.contains("expected labels"), "{error}");
    }
}
