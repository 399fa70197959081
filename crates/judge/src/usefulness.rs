//! Whether generated images teach what real ones do.

use data::{ImageSet, epoch_order};
use kernels::Threads;
use metrics::Score;
use metrics::registry::{FEWEST, USEFULNESS};

use crate::classifier::Judge;
use crate::error::JudgeError;
use crate::evaluate::Images;
use crate::training::{EpochReport, TrainOptions};

/// Which permutation of a seed chooses the real and the generated images to learn from.
const CHOICES: [u64; 2] = [304, 305];

/// How usefulness is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsefulnessOptions {
    /// Images to learn from, or fewer where there are fewer.
    pub images: usize,
    /// How both classifiers are trained; the seed chooses the images as well.
    pub train: TrainOptions,
}

impl Default for UsefulnessOptions {
    /// 10,000 images, and training as a judge's.
    fn default() -> UsefulnessOptions {
        UsefulnessOptions { images: 10_000, train: TrainOptions::default() }
    }
}

/// Which of the two classifiers is learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pupil {
    /// That of the floor, from real images.
    Real,
    /// That of the score, from generated images.
    Generated,
}

/// The share of real test images that a classifier gets right which has seen generated images alone, taken for the
/// classes they were asked for: the classification accuracy score of Ravuri and Vinyals 2019 (arXiv:1905.10887),
/// with a judge's network ([`Judge::train`]) in the place of their ResNet. The floor is the same classifier's
/// share after as many real training images. Its name has the number of images learned from, `usefulness10k`.
///
/// A class that was never generated is never answered: it costs its share of the test images. Without a test split, one
/// half of the training images is learned from by the floor's classifier, and both are examined on the other half.
///
/// # Errors
/// [`JudgeError::Images`] if a set has no labels, less than 100 images to learn from, or images of another
/// size; [`JudgeError::Classes`] for classes that the training images do not have; [`JudgeError::Diverged`].
pub fn usefulness(
    threads: Threads,
    images: Images,
    options: UsefulnessOptions,
    progress: &mut dyn FnMut(Pupil, EpochReport),
) -> Result<Score, JudgeError> {
    let Images { training, test, generated } = images;
    let generated = &as_in(training, generated)?;
    let test = test.map(|test| as_in(training, test)).transpose()?;
    let test = test.as_ref();
    let classes = training.classes().ok_or_else(|| unlabelled(training))?;
    let seed = options.train.seed;
    let (of_real, exam) = halves(training, test, seed);
    let count = options.images.min(of_real.len()).min(generated.len());
    if count < FEWEST {
        let got = format!("{count} ({} real, {} generated)", of_real.len(), generated.len());
        return Err(JudgeError::images("images to learn from", format!("at least {FEWEST}"), got));
    }
    let (exam_set, exam) = exam;
    let Some(truth) = exam_set.labels() else { return Err(unlabelled(exam_set)) };
    let truth: Vec<u16> = exam.iter().map(|&i| truth[i as usize]).collect();
    let mut learn = |pupil, set: &ImageSet, order: &[u32]| -> Result<f64, JudgeError> {
        let set = chosen(set, &order[..count])?;
        let mut counts = vec![0; classes];
        set.labels().unwrap_or_default().iter().for_each(|&label| counts[usize::from(label)] += 1);
        let judge =
            Judge::train_on(threads, &set, counts, options.train, &mut |epoch| progress(pupil, epoch))?;
        Ok(judge.look(threads, exam_set, &exam)?.accuracy(&truth))
    };
    let floor = learn(Pupil::Real, training, &of_real)?;
    let value = learn(Pupil::Generated, generated, &order(seed, CHOICES[1], generated.len()))?;
    Ok(Score::new(USEFULNESS, count, value, Some(floor)))
}

/// A set with labels that mean the training images' classes.
fn as_in(training: &ImageSet, set: &ImageSet) -> Result<ImageSet, JudgeError> {
    let known = training.label_classes().ok_or_else(|| unlabelled(training))?;
    if set.labels().is_none() {
        return Err(unlabelled(set));
    }
    let set_in = set.in_classes(known);
    let what = || format!("{}: labels", set.name());
    set_in.map(|(set, _)| set).map_err(|differ| JudgeError::Classes { what: what(), differ })
}

fn unlabelled(set: &ImageSet) -> JudgeError {
    JudgeError::images(format!("{}: labels, to measure usefulness", set.name()), "a class an image", "none")
}

fn order(seed: u64, choice: u64, n: usize) -> Vec<u32> {
    let mut order = Vec::new();
    epoch_order(seed, choice, n, &mut order);
    order
}

/// The training images to learn from, in order, and the images to be examined on.
fn halves<'a>(
    training: &'a ImageSet,
    test: Option<&'a ImageSet>,
    seed: u64,
) -> (Vec<u32>, (&'a ImageSet, Vec<u32>)) {
    let mut of_real = order(seed, CHOICES[0], training.len());
    match test {
        Some(test) => (of_real, (test, (0..test.len() as u32).collect())),
        None => {
            let exam = of_real.split_off(training.len() / 2);
            (of_real, (training, exam))
        }
    }
}

/// The images `indices` of a set, with their labels.
fn chosen(set: &ImageSet, indices: &[u32]) -> Result<ImageSet, JudgeError> {
    let pixels = indices.iter().flat_map(|&i| set.image(i as usize).into_owned()).collect();
    let labels = set.labels().map(|labels| indices.iter().map(|&i| labels[i as usize]).collect());
    Ok(ImageSet::new(set.name(), set.height(), set.width(), set.channels(), pixels, labels)?)
}
