//! The usefulness of generated images as training data for a classifier.

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
    /// Number of training images for each classifier, or fewer where there are fewer.
    pub images: usize,
    /// How both classifiers are trained. The seed also chooses the images.
    pub train: TrainOptions,
}

impl Default for UsefulnessOptions {
    /// 10,000 images, and the default training of a judge.
    fn default() -> UsefulnessOptions {
        UsefulnessOptions { images: 10_000, train: TrainOptions::default() }
    }
}

/// One of the two classifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pupil {
    /// The classifier of the floor, which learns from real images.
    Real,
    /// The classifier of the score, which learns from generated images.
    Generated,
}

/// The accuracy on real test images of a classifier that was trained on generated images alone, with the classes that they were
/// asked for as labels. This is the classification accuracy score of Ravuri and Vinyals 2019 (arXiv:1905.10887), with a judge's
/// network ([`Judge::train`]) instead of their ResNet-50. The floor is the accuracy of the same classifier trained on as many real
/// images. The number of samples of the score is the number of training images: `usefulness10k`.
///
/// A class that was never generated is never predicted, which lowers the score by the class's share. Without a test split, the
/// floor's classifier is trained on one half of the training images, and both classifiers are tested on the other half.
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

/// A set with its labels as classes of the training images.
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

/// The real images to train on, in order, and the images to test on.
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
