//! Logits from a trained discriminator: in evaluation mode, each a function of its image alone.

use kernels::Threads;
use nn::{Mode, Network, Tape, TapeParts};

use crate::checkpoint::Checkpoint;
use crate::error::GanError;
use crate::sampler::experiment_of;
use crate::trainer::networks;

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
}

impl Critic {
    /// The discriminator of a checkpoint.
    ///
    /// # Errors
    /// [`GanError`] if the checkpoint's config and tensors do not agree.
    pub fn from_checkpoint(checkpoint: &Checkpoint, threads: Threads) -> Result<Critic, GanError> {
        let experiment = experiment_of(checkpoint)?;
        let (_, network) = networks(&experiment)?;
        let mut parameters = vec![0.0; network.parameter_count()];
        checkpoint.load("discriminator", network.parameters(), &mut parameters)?;
        let mut state = network.initial_state();
        checkpoint.load("discriminator", network.state(), &mut state)?;
        let tape = network.tape(BATCH, TapeParts::default());
        Ok(Critic { network, parameters, state, threads, tape })
    }

    /// A logit for each of `images`, `[n, height * width * channels]` in [-1, 1]: the higher, the more real to D (see
    /// [`Loss::threshold`](crate::losses::Loss::threshold)).
    ///
    /// # Panics
    /// If `images` holds a part of an image.
    pub fn scores(&mut self, images: &[f32]) -> Vec<f32> {
        let pixels = self.network.input().values();
        assert!(images.len().is_multiple_of(pixels), "scores: whole images of {pixels} values");
        let mut logits = Vec::with_capacity(images.len() / pixels);
        for batch in images.chunks(BATCH * pixels) {
            self.tape.set_batch(batch.len() / pixels);
            self.tape.input_mut().copy_from_slice(batch);
            let Critic { network, parameters, state, threads, tape } = self;
            network.forward(*threads, Mode::Evaluate, parameters, state, tape);
            logits.extend_from_slice(tape.output());
        }
        logits
    }
}
