//! What training needs of memory, before any of it is allocated: a system that has less ends the process without a message.

use model::memory::{in_words, lacking};
use nn::{Network, Rule};

use crate::config::{Experiment, Players};

/// Training that this machine has no memory for.
pub(crate) struct Lack {
    /// The config's key that most of it follows from.
    pub(crate) key: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Refuses training that takes more memory than the machine has: weights with gradients and moments, and what a batch leaves in
/// every layer. Both are less than what is taken in the end.
pub(crate) fn check(
    experiment: &Experiment,
    generator: &Network,
    discriminator: &Network,
) -> Result<(), Lack> {
    let weights = |network: &Network, rule: Rule| {
        let copies = 2 + rule.moments().len() as u64;
        (network.parameter_count() as u64).saturating_mul(4 * copies)
    };
    let (g, d) = (experiment.optimizer.generator, experiment.optimizer.discriminator);
    let weights = weights(generator, g).saturating_add(weights(discriminator, d));
    let train = &experiment.train;
    let batch = train.batch_size as u64;
    // Who is trained has cotangents, as many as what they are of.
    let trained = if train.players == Players::Both { 2 } else { 1 };
    let values = |network: &Network, rows: u64| network.values_per_image().saturating_mul(4 * trained * rows);
    let packs = batch / train.packing.max(1) as u64;
    let batches = values(generator, batch).saturating_add(values(discriminator, packs));
    let Some(most) = lacking(weights.saturating_add(batches)) else { return Ok(()) };
    let (key, hint) = match batches > weights {
        true => ("train.batch_size", "a smaller batch, or smaller layers"),
        false => ("generator.layers", "smaller layers in both networks"),
    };
    let message = format!(
        "training takes more memory than this machine has: at least {} for weights and {} for a batch of {batch}, of {}",
        in_words(weights),
        in_words(batches),
        in_words(most),
    );
    Err(Lack { key, message, hint: hint.to_owned() })
}
