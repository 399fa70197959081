//! Images from a trained generator in evaluation mode. Each image is a function of (seed, its index, its label) alone. The images of
//! a conditional generator have the labels in turn, so that on a sheet with as many columns each column is a class.

mod between;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use data::grid::square_columns;
use kernels::Threads;
use nn::{Mode, Tape, TapeParts};

use crate::error::ModelError;
use crate::generator::{BATCH, Generator};
use crate::noise as streams;

pub use between::slerp;

/// Most labels that have a column each on a sheet.
const MAX_CLASS_COLUMNS: usize = 32;

/// A generator with buffers to sample it. The weights are shared; buffers, labels and truncation belong to the sampler. So several
/// threads can sample one generator, each with its own sampler.
#[derive(Debug)]
pub struct Sampler {
    generator: Arc<Generator>,
    /// Running statistics, which a forward pass borrows mutably. Evaluation does not change them.
    state: Vec<f32>,
    threads: Threads,
    tape: Tape,
    /// Labels that the images take in turn; empty: they have none.
    labels: Vec<u32>,
    /// The factor on latents.
    truncation: f32,
}

impl Sampler {
    /// A sampler of `generator`, with all its classes in turn.
    pub fn new(generator: Arc<Generator>, threads: Threads) -> Sampler {
        let tape = generator.network().tape(BATCH, TapeParts::default());
        let labels = (0..generator.classes() as u32).collect();
        Sampler { state: generator.state().to_vec(), generator, threads, tape, labels, truncation: 1.0 }
    }

    /// Bytes of a sampler of this network, its weights included.
    pub fn bytes(network: &nn::Network) -> usize {
        4 * network.parameter_count() + network.tape(BATCH, TapeParts::default()).bytes()
    }

    /// The generator.
    pub fn generator(&self) -> &Arc<Generator> {
        &self.generator
    }

    /// Height, width and channels of an image.
    pub fn shape(&self) -> (usize, usize, usize) {
        self.generator.header().image_shape
    }

    /// The names of the classes, by label, if the data has names; empty for a generator that takes no labels.
    pub fn class_names(&self) -> &[String] {
        self.generator.class_names()
    }

    /// Takes these labels in turn, image by image, instead of all classes from 0 up.
    ///
    /// # Errors
    /// [`ModelError::Unconditional`] if the generator takes none, [`ModelError::NoLabels`] if there are none,
    /// [`ModelError::UnknownLabel`] if one is no class.
    pub fn set_labels(&mut self, labels: &[u32]) -> Result<(), ModelError> {
        self.generator.check_conditional()?;
        self.generator.check_classes(labels)?;
        if labels.is_empty() {
            return Err(ModelError::NoLabels);
        }
        self.labels = labels.to_vec();
        Ok(())
    }

    /// Draws latents from `N(0, psi² I)` instead of `N(0, I)`. Near the mean of the latents, where the generator was trained most,
    /// images have fewer faults and less variety. Each latent is that of its seed and index, times `psi`.
    ///
    /// The truncation trick of Brock et al. 2019, "Large scale GAN training for high fidelity natural image synthesis"
    /// (arXiv:1809.11096), who draw outliers again; here a scale, as Karras et al. 2019, "A style-based generator
    /// architecture for generative adversarial networks" (arXiv:1812.04948), do with styles.
    ///
    /// # Errors
    /// [`ModelError::Truncation`] unless `0 < psi <= 1`.
    pub fn set_truncation(&mut self, psi: f32) -> Result<(), ModelError> {
        if !(psi > 0.0 && psi <= 1.0) {
            return Err(ModelError::Truncation(psi));
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

    /// Columns of a sheet of `count` images: a column for each class if there are 2 to 32 labels, otherwise a square sheet.
    pub fn columns(&self, count: usize) -> usize {
        match self.labels.len() {
            labels @ 2..=MAX_CLASS_COLUMNS => labels,
            _ => square_columns(count),
        }
    }

    /// Numbers in a latent.
    pub fn latent(&self) -> usize {
        self.generator.header().latent.size
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
            sink(self.batch(None, &latents, &labels));
        }
    }

    /// The images of these latents, `[n, latent]`, and labels (for a generator that takes none: `n` of any), as values
    /// `[n, height * width * channels]`.
    ///
    /// # Errors
    /// [`ModelError::Latents`] if the numbers of latents and labels differ, [`ModelError::UnknownLabel`] if one is no class.
    pub fn images(&mut self, latents: &[f32], labels: &[u32]) -> Result<Vec<f32>, ModelError> {
        let latent = self.latent();
        if latents.len() != labels.len() * latent {
            let (values, expected) = (latents.len(), labels.len() * latent);
            return Err(ModelError::Latents { values, expected, latent });
        }
        if !self.labels.is_empty() {
            self.generator.check_classes(labels)?;
        }
        Ok(self.images_with(None, latents, labels))
    }

    /// The same with `parameters` instead of the generator's own.
    fn images_with(&mut self, parameters: Option<&[f32]>, latents: &[f32], labels: &[u32]) -> Vec<f32> {
        let latent = self.latent();
        let mut images = Vec::with_capacity(labels.len() * self.generator.network().output().values());
        for (latents, labels) in latents.chunks(BATCH * latent).zip(labels.chunks(BATCH)) {
            images.extend_from_slice(self.batch(parameters, latents, labels));
        }
        images
    }

    /// At most [`BATCH`] images.
    fn batch(&mut self, parameters: Option<&[f32]>, latents: &[f32], labels: &[u32]) -> &[f32] {
        let Sampler { generator, state, threads, tape, .. } = self;
        tape.set_batch(labels.len());
        tape.labels_mut()[..labels.len()].copy_from_slice(labels);
        tape.input_mut()[..latents.len()].copy_from_slice(latents);
        let (network, own) = (generator.network(), generator.parameters());
        network.forward(*threads, Mode::Evaluate, parameters.unwrap_or(own), state, tape);
        &tape.output()[..labels.len() * network.output().values()]
    }

    /// The same images as bytes, `round((v + 1) / 2 * 255)` clamped.
    pub fn generate_bytes(&mut self, seed: u64, count: usize) -> Vec<u8> {
        let (height, width, channels) = self.shape();
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
        let (height, width, channels) = self.shape();
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
