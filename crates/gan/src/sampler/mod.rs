//! Images from a trained generator: in evaluation mode, each a function of (seed, its index, its label) alone. A conditional
//! generator's images take labels in turn, so that on a sheet with as many columns each column is a class.

mod between;

use std::sync::atomic::{AtomicBool, Ordering};

use kernels::Threads;
use nn::{Mode, Network, Tape, TapeParts};

use crate::checkpoint::Checkpoint;
use crate::config::{Experiment, Written};
use crate::error::GanError;
use crate::memory;
use crate::networks::networks;
use crate::noise as streams;

pub use between::slerp;

/// Images generated at a time.
pub(crate) const BATCH: usize = 64;

/// Most labels that have a column each on a sheet.
const MAX_CLASS_COLUMNS: usize = 32;

/// Columns of a grid of `n` images: the smallest square that holds them.
pub fn square_columns(n: usize) -> usize {
    (1..=n.max(1)).find(|c| c * c >= n).unwrap_or(1)
}

/// Which of a checkpoint's generators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// The average where there is one, else the weights as trained.
    #[default]
    Best,
    /// The weights as trained.
    Raw,
}

/// A generator ready to be sampled.
#[derive(Debug)]
pub struct Sampler {
    network: Network,
    parameters: Vec<f32>,
    state: Vec<f32>,
    shape: (usize, usize, usize),
    threads: Threads,
    tape: Tape,
    /// Labels that the images take in turn; empty: they have none.
    labels: Vec<u32>,
    /// Of all classes, or of none.
    class_names: Vec<String>,
    /// What latents are multiplied by.
    truncation: f32,
}

impl Sampler {
    pub(crate) fn new(
        network: Network,
        parameters: Vec<f32>,
        state: Vec<f32>,
        shape: (usize, usize, usize),
        threads: Threads,
    ) -> Sampler {
        let tape = network.tape(BATCH, TapeParts::default());
        let classes = if network.labelled_layer().is_some() { network.classes() } else { 0 };
        let labels = (0..classes as u32).collect();
        let class_names = Vec::new();
        Sampler { network, parameters, state, shape, threads, tape, labels, class_names, truncation: 1.0 }
    }

    /// The same, its classes called so, if there is a name for each of its labels.
    pub(crate) fn with_class_names(self, names: Vec<String>) -> Sampler {
        let class_names = if names.len() == self.labels.len() { names } else { Vec::new() };
        Sampler { class_names, ..self }
    }

    /// The generator of a checkpoint.
    ///
    /// # Errors
    /// [`GanError`] if the checkpoint's config and tensors do not agree.
    pub fn from_checkpoint(
        checkpoint: &Checkpoint,
        weights: Weights,
        threads: Threads,
    ) -> Result<Sampler, GanError> {
        let experiment = experiment_of(checkpoint)?;
        let (network, _) = networks(&experiment)?;
        if let Some(most) = memory::lacking(memory::of_sampling(&network, BATCH)) {
            let message =
                format!("its generator takes more memory than this machine has, {}", memory::in_words(most));
            return Err(GanError::Checkpoint { path: checkpoint.path().to_path_buf(), message });
        }
        let average = weights == Weights::Best && checkpoint.has_average();
        let prefix = if average { "generator.average" } else { "generator" };
        let mut parameters = vec![0.0; network.parameter_count()];
        checkpoint.load(prefix, network.parameters(), &mut parameters)?;
        let mut state = network.initial_state();
        checkpoint.load(prefix, network.state(), &mut state)?;
        let sampler = Sampler::new(network, parameters, state, experiment.data.image_shape, threads);
        Ok(sampler.with_class_names(checkpoint.description().class_names.clone()))
    }

    /// Trainable numbers of the network.
    pub fn parameter_count(&self) -> usize {
        self.network.parameter_count()
    }

    /// Height, width and channels of an image.
    pub fn shape(&self) -> (usize, usize, usize) {
        self.shape
    }

    /// What the classes are called, by label, where the data named them; empty for a generator that takes no labels.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// How many classes there are to ask for; 0 for a generator that takes no labels.
    pub fn classes(&self) -> usize {
        if self.labels.is_empty() { 0 } else { self.network.classes() }
    }

    /// The label of a class given by its name, or by its number where no name is a number.
    ///
    /// # Errors
    /// [`GanError::Request`] if there is no such class.
    pub fn class(&self, asked: &str) -> Result<u32, GanError> {
        if self.labels.is_empty() {
            return Err(no_labels());
        }
        let names = &self.class_names;
        if let Some(label) = names.iter().position(|name| name == asked) {
            return Ok(label as u32);
        }
        let numbered = !names.iter().any(|name| name.parse::<u32>().is_ok());
        if let Some(label) = asked.parse().ok().filter(|_| numbered) {
            return self.check_classes(&[label]).map(|()| label);
        }
        let there_are = match names.is_empty() {
            true => format!("0 to {}", self.network.classes() - 1),
            false => names.iter().map(|name| data::shown(name)).collect::<Vec<_>>().join(", "),
        };
        Err(GanError::Request(format!("no class is called `{asked}`\n  hint: there are {there_are}")))
    }

    /// Takes these labels in turn, image by image, in the place of all classes from 0 up.
    ///
    /// # Errors
    /// [`GanError::Request`] if the generator takes none, if there are none, or if one is no class.
    pub fn set_labels(&mut self, labels: &[u32]) -> Result<(), GanError> {
        let refuse = |message: String| Err(GanError::Request(message));
        if self.labels.is_empty() {
            return Err(no_labels());
        }
        self.check_classes(labels)?;
        if labels.is_empty() {
            return refuse(
                "no labels to take in turn\n  hint: leave them out for all classes in turn".into(),
            );
        }
        self.labels = labels.to_vec();
        Ok(())
    }

    /// Draws latents from `N(0, psi² I)` rather than `N(0, I)`: nearer to their mean, where the generator was trained most, images
    /// are more usual and have fewer faults, and there are fewer kinds of them. Each image stays the one of its seed and index,
    /// drawn in.
    ///
    /// The truncation trick of Brock et al. 2019, "Large scale GAN training for high fidelity natural image synthesis"
    /// (arXiv:1809.11096), who draw again what lies too far out; here by a scale, as Karras et al. 2019, "A style-based generator
    /// architecture for generative adversarial networks" (arXiv:1812.04948), do with styles.
    ///
    /// # Errors
    /// [`GanError::Request`] unless `0 < psi <= 1`.
    pub fn set_truncation(&mut self, psi: f32) -> Result<(), GanError> {
        if !(psi > 0.0 && psi <= 1.0) {
            return Err(GanError::Request(format!(
                "truncation {psi}: expected a number above 0, at most 1\n  hint: 1 leaves latents as they are"
            )));
        }
        self.truncation = psi;
        Ok(())
    }

    /// The labels that images take in turn: image `i` has the one at `i` modulo their number. Empty for a generator without.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The label of image `i`, or `None` for a generator that takes none.
    pub fn label(&self, i: usize) -> Option<u32> {
        self.labels.get(i % self.labels.len().max(1)).copied()
    }

    /// Columns of a sheet of `count` images: a column a class where the labels are 2 to 32, else as make it a square.
    pub fn columns(&self, count: usize) -> usize {
        match self.labels.len() {
            labels @ 2..=MAX_CLASS_COLUMNS => labels,
            _ => square_columns(count),
        }
    }

    /// Numbers in a latent.
    pub fn latent(&self) -> usize {
        self.network.input().values()
    }

    /// The latents of images `first..first + count` of the sequence that `seed` starts, `[count, latent]`.
    pub fn latents(&self, seed: u64, first: usize, count: usize) -> Vec<f32> {
        let mut latents = vec![0.0; count * self.latent()];
        let key = streams::key(seed, streams::SAMPLES, 0);
        kernels::noise::fill_normal(key, (first * self.latent()) as u64, &mut latents);
        // A truncation of 1 keeps all bits.
        latents.iter_mut().for_each(|z| *z *= self.truncation);
        latents
    }

    /// Calls `sink` with images `0..count` of the sequence that `seed` starts, in order, some at a time:
    /// `[images, height * width * channels]` in [-1, 1] (if the last layer is a tanh).
    pub fn generate(&mut self, seed: u64, count: usize, sink: &mut dyn FnMut(&[f32])) {
        self.generate_at(seed, &(0..count).collect::<Vec<_>>(), sink);
    }

    /// The same for the images at these places of the sequence, in the order of `places`.
    pub fn generate_at(&mut self, seed: u64, places: &[usize], sink: &mut dyn FnMut(&[f32])) {
        for places in places.chunks(BATCH) {
            let latents: Vec<f32> = places.iter().flat_map(|&place| self.latents(seed, place, 1)).collect();
            let labels: Vec<u32> = places.iter().map(|&place| self.label(place).unwrap_or(0)).collect();
            sink(self.batch(&latents, &labels));
        }
    }

    /// The images of these latents, `[n, latent]`, and labels (for a generator that takes none: `n` of any), as values
    /// `[n, height * width * channels]`.
    ///
    /// # Errors
    /// [`GanError::Request`] if there is not a label a latent, or one is no class.
    pub fn images(&mut self, latents: &[f32], labels: &[u32]) -> Result<Vec<f32>, GanError> {
        let latent = self.latent();
        if latents.len() != labels.len() * latent {
            let (got, wanted) = (latents.len(), labels.len() * latent);
            return Err(GanError::Request(format!(
                "{got} numbers of latents: expected {wanted}, {latent} a label"
            )));
        }
        if !self.labels.is_empty() {
            self.check_classes(labels)?;
        }
        let mut images = Vec::with_capacity(labels.len() * self.network.output().values());
        for (latents, labels) in latents.chunks(BATCH * latent).zip(labels.chunks(BATCH)) {
            images.extend_from_slice(self.batch(latents, labels));
        }
        Ok(images)
    }

    /// At most [`BATCH`] images.
    fn batch(&mut self, latents: &[f32], labels: &[u32]) -> &[f32] {
        self.tape.set_batch(labels.len());
        self.tape.labels_mut()[..labels.len()].copy_from_slice(labels);
        self.tape.input_mut()[..latents.len()].copy_from_slice(latents);
        let Sampler { network, parameters, state, threads, tape, .. } = self;
        network.forward(*threads, Mode::Evaluate, parameters, state, tape);
        &tape.output()[..labels.len() * network.output().values()]
    }

    fn check_classes(&self, labels: &[u32]) -> Result<(), GanError> {
        let classes = self.network.classes();
        match labels.iter().find(|&&label| label as usize >= classes) {
            None => Ok(()),
            Some(label) => Err(GanError::Request(format!(
                "label {label} is no class of this generator\n  hint: there are {classes}: 0 to {}",
                classes - 1
            ))),
        }
    }

    /// The same images as bytes, `round((v + 1) / 2 * 255)` clamped.
    pub fn generate_bytes(&mut self, seed: u64, count: usize) -> Vec<u8> {
        let (height, width, channels) = self.shape;
        let mut bytes = Vec::with_capacity(count * height * width * channels);
        self.generate(seed, count, &mut |images| bytes.extend(images.iter().map(|&v| to_byte(v))));
        bytes
    }

    /// The same; nothing once `interrupt` is raised.
    pub fn generate_bytes_until(
        &mut self,
        seed: u64,
        count: usize,
        interrupt: &AtomicBool,
    ) -> Option<Vec<u8>> {
        let (height, width, channels) = self.shape;
        let mut bytes = Vec::with_capacity(count * height * width * channels);
        for places in (0..count).collect::<Vec<_>>().chunks(BATCH) {
            if interrupt.load(Ordering::Relaxed) {
                return None;
            }
            self.generate_at(seed, places, &mut |images| bytes.extend(images.iter().map(|&v| to_byte(v))));
        }
        Some(bytes)
    }
}

/// A value in [-1, 1] as a byte, rounded to nearest; what lies outside is clamped, NaN is 0.
pub fn to_byte(value: f32) -> u8 {
    (value * 127.5 + 128.0).clamp(0.0, 255.0) as u8
}

fn no_labels() -> GanError {
    GanError::Request(
        "this generator takes no labels: no layer of it reads them\n  \
         hint: leave the labels out; this generator is unconditional"
            .into(),
    )
}

/// The experiment that a checkpoint's config describes.
///
/// # Errors
/// [`GanError::Config`] if its config no longer passes the rules.
pub fn experiment_of(checkpoint: &Checkpoint) -> Result<Experiment, GanError> {
    let origin = checkpoint.path().display().to_string();
    let source = checkpoint.description().source(origin)?;
    let written = Written::parse(&source)?;
    Ok(written.check(&source, &checkpoint.description().facts())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_make_squares() {
        assert_eq!([1, 2, 4, 16, 17, 64].map(square_columns), [1, 2, 2, 4, 5, 8]);
    }
}
