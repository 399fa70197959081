//! The judge's features and class probabilities of images.

use std::sync::atomic::{AtomicBool, Ordering};

use data::ImageSet;
use kernels::Threads;
use metrics::{Features, Judged, MetricError};
use nn::{Mode, TapeParts};

use crate::classifier::Judge;
use crate::description::Test;
use crate::error::JudgeError;
use crate::loss::softmax;
use crate::training::rightly;

/// Images of a batch.
const BATCH: usize = 100;

/// Features and class probabilities of some images, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    images: usize,
    /// `[images, features]`: what the last layer reads.
    features: Vec<f32>,
    /// `[images, classes]`.
    probabilities: Vec<f32>,
}

impl View {
    /// Number of images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// The features as points.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`].
    pub fn features(&self) -> Result<Features<'_>, MetricError> {
        Features::new(&self.features, self.images, self.features.len() / self.images.max(1))
    }

    /// The features of one image.
    pub(crate) fn row(&self, image: usize) -> &[f32] {
        let size = self.features.len() / self.images.max(1);
        &self.features[image * size..][..size]
    }

    /// The probabilities of the classes.
    ///
    /// # Errors
    /// [`MetricError::Probabilities`].
    pub fn judged(&self) -> Result<Judged<'_>, MetricError> {
        Judged::new(&self.probabilities, self.images, self.probabilities.len() / self.images.max(1))
    }

    /// The likeliest class of each image, the first of equals.
    pub fn classes(&self) -> Vec<u8> {
        let classes = self.probabilities.len() / self.images.max(1);
        let likeliest =
            |row: &[f32]| (0..classes).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        // A judge has at most 256 classes.
        self.probabilities.chunks_exact(classes.max(1)).map(|row| likeliest(row) as u8).collect()
    }

    /// Share of the images whose likeliest class is their label, `[images]`.
    pub fn accuracy(&self, labels: &[u16]) -> f64 {
        let classes = self.probabilities.len() / self.images.max(1);
        rightly(&self.probabilities, classes, labels) as f64 / self.images.max(1) as f64
    }
}

/// An error once `interrupt` is raised.
pub(crate) fn not_yet(interrupt: &AtomicBool) -> Result<(), JudgeError> {
    if interrupt.load(Ordering::Relaxed) { Err(JudgeError::Interrupted) } else { Ok(()) }
}

impl Judge {
    /// Bytes of a [`View`] of so many images.
    pub(crate) fn view_bytes(&self, images: usize) -> usize {
        4 * images * (self.features() + self.classes())
    }

    /// Bytes that [`Judge::look`] takes for its activations.
    pub(crate) fn look_bytes(&self) -> usize {
        self.network.tape(BATCH, TapeParts::default()).bytes()
    }

    /// Computes the features and class probabilities of the images `indices` of `set`.
    ///
    /// # Errors
    /// [`JudgeError::Images`] if they have another size than those it learned from.
    pub fn look(&self, threads: Threads, set: &ImageSet, indices: &[u32]) -> Result<View, JudgeError> {
        self.look_until(threads, set, indices, &AtomicBool::new(false))
    }

    /// The same, until `interrupt` is raised.
    ///
    /// # Errors
    /// As [`Judge::look`]; [`JudgeError::Interrupted`].
    pub(crate) fn look_until(
        &self,
        threads: Threads,
        set: &ImageSet,
        indices: &[u32],
        interrupt: &AtomicBool,
    ) -> Result<View, JudgeError> {
        let (height, width, channels) = self.description.image_shape;
        if (set.height(), set.width(), set.channels()) != (height, width, channels) {
            let expected = format!("{height}x{width}x{channels}, as the judge's ({})", self.description.data);
            let got = format!("{}x{}x{}", set.height(), set.width(), set.channels());
            return Err(JudgeError::images(format!("{}: size of images", set.name()), expected, got));
        }
        let (of_features, classes) = (self.features(), self.classes());
        let mut features = Vec::with_capacity(indices.len() * of_features);
        let mut probabilities = vec![0.0; indices.len() * classes];
        let mut tape = self.network.tape(BATCH, TapeParts::default());
        // Evaluation leaves the state as it is, but a pass wants it mutable.
        let mut state = self.state.clone();
        for (chunk, out) in indices.chunks(BATCH).zip(probabilities.chunks_mut(BATCH * classes)) {
            not_yet(interrupt)?;
            tape.set_batch(chunk.len());
            let values = chunk.len() * set.pixels_per_image();
            set.gather(chunk, &mut tape.input_mut()[..values]);
            self.network.forward(threads, Mode::Evaluate, &self.parameters, &mut state, &mut tape);
            softmax(&tape.output()[..chunk.len() * classes], classes, out);
            features.extend_from_slice(&tape.features()[..chunk.len() * of_features]);
        }
        set.still_whole()?;
        Ok(View { images: indices.len(), features, probabilities })
    }

    /// Computes its accuracy on labelled images that it did not learn from, and keeps it in its description.
    ///
    /// # Errors
    /// [`JudgeError::Images`] if they have no labels, or another size than those it learned from; [`JudgeError::Classes`] if
    /// they have classes that it does not know, by name where both have names.
    pub fn test(&mut self, threads: Threads, set: &ImageSet) -> Result<f64, JudgeError> {
        let (set, _) = set
            .in_classes(self.label_classes())
            .map_err(|differ| JudgeError::Classes { what: format!("{}: labels", set.name()), differ })?;
        let Some(labels) = set.labels() else {
            return Err(JudgeError::images(format!("{}: labels", set.name()), "one an image", "none"));
        };
        let indices: Vec<u32> = (0..set.len() as u32).collect();
        let accuracy = self.look(threads, &set, &indices)?.accuracy(labels);
        self.description.test = Some(Test { images: set.len(), accuracy });
        self.seal();
        Ok(accuracy)
    }
}
