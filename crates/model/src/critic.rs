//! Logits from a trained discriminator in evaluation mode. Each logit is a function of its image (and its label) alone, or of its
//! pack of images.

use kernels::Threads;
use nn::{Mode, Network, Tape, TapeParts};

use crate::error::ModelError;
use crate::file::ModelFile;
use crate::network;
use crate::packing::Packing;
use crate::tensors::prefix::DISCRIMINATOR;

/// Images judged at a time.
const BATCH: usize = 64;

/// A discriminator ready to judge.
#[derive(Debug)]
pub struct Critic {
    network: Network,
    parameters: Vec<f32>,
    state: Vec<f32>,
    threads: Threads,
    tape: Tape,
    packing: Packing,
}

impl Critic {
    /// The discriminator of a file.
    ///
    /// # Errors
    /// [`ModelError`] if the file holds a generator alone, or its header and tensors do not agree.
    pub fn from_file(file: &ModelFile, threads: Threads) -> Result<Critic, ModelError> {
        let header = file.header();
        let Some(spec) = &header.discriminator else {
            return Err(file.refuse("holds a generator alone, without a discriminator"));
        };
        let network = network::discriminator(header, spec).map_err(|e| file.refuse(e.to_string()))?;
        let mut parameters = vec![0.0; network.parameter_count()];
        file.load(DISCRIMINATOR, network.parameters(), &mut parameters)?;
        let mut state = network.initial_state();
        file.load(DISCRIMINATOR, network.state(), &mut state)?;
        let tape = network.tape(BATCH, TapeParts::default());
        let (height, width, channels) = header.image_shape;
        let packing = Packing { images: spec.packing, pixels: height * width, channels };
        Ok(Critic { network, parameters, state, threads, tape, packing })
    }

    /// Trainable numbers of the network.
    pub fn parameter_count(&self) -> usize {
        self.network.parameter_count()
    }

    /// Images that it judges at once: those of a pack.
    pub fn images_at_once(&self) -> usize {
        self.packing.images
    }

    /// Whether a layer of it reads the images' labels.
    pub fn reads_labels(&self) -> bool {
        self.network.labelled_layer().is_some()
    }

    /// A logit for each of `images`, `[n, height * width * channels]` in [-1, 1], or with packing for each pack of
    /// consecutive ones: the higher, the more real to D. `labels`
    /// are the images', `[n]`; a D that [reads none](Self::reads_labels) ignores them.
    ///
    /// # Panics
    /// If `images` holds a part of an image or of a pack, or if labels are missing or no class.
    pub fn scores(&mut self, images: &[f32], labels: &[u32]) -> Vec<f32> {
        let values = self.network.input().values();
        let outputs = self.network.output().values();
        assert!(images.len().is_multiple_of(values), "scores: whole inputs of {values} values");
        let mut logits = Vec::with_capacity(images.len() / values);
        let labelled = self.reads_labels();
        for (i, batch) in images.chunks(BATCH * values).enumerate() {
            let count = batch.len() / values;
            self.tape.set_batch(count);
            self.packing.pack(self.threads, batch, self.tape.input_mut());
            if labelled {
                self.tape.labels_mut().copy_from_slice(&labels[i * BATCH..i * BATCH + count]);
            }
            let Critic { network, parameters, state, threads, tape, .. } = self;
            network.forward(*threads, Mode::Evaluate, parameters, state, tape);
            logits.extend(tape.output().iter().step_by(outputs));
        }
        logits
    }
}
