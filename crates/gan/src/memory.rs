//! What networks need of memory, before anything is asked for: a system that has less ends the process without a word.

use nn::{Network, Rule};

use crate::config::{Experiment, Players};

/// Bytes that no plan may have: so many have no address.
const MOST: u64 = isize::MAX as u64 / 2;

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

/// Bytes that sampling takes at least, `rows` images at a time.
pub(crate) fn of_sampling(network: &Network, rows: usize) -> u64 {
    let values = network.values_per_image().saturating_mul(rows as u64);
    values.saturating_add(network.parameter_count() as u64).saturating_mul(4)
}

/// The bytes that this machine has, if they are fewer than `needed`.
pub(crate) fn lacking(needed: u64) -> Option<u64> {
    let most = physical().unwrap_or(MOST).min(MOST);
    (needed > most).then_some(most)
}

/// Memory and swap space, where Linux tells.
fn physical() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kibibytes = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().strip_suffix("kB")?.trim().parse().ok()
    };
    let swap = kibibytes("SwapTotal").unwrap_or(0);
    Some(kibibytes("MemTotal")?.saturating_add(swap).saturating_mul(1024))
}

/// Bytes for a person.
pub(crate) fn in_words(bytes: u64) -> String {
    match bytes {
        0..10_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_lacking() {
        assert_eq!(lacking(1_000_000), None);
        assert!(lacking(u64::MAX).is_some());
        assert_eq!(in_words(1), "1 MB");
        assert_eq!(in_words(u64::MAX), "18446744074 GB");
    }

    #[test]
    fn no_number_of_rows_overflows() {
        let spec = [nn::LayerSpec::Dense { units: 2, bias: true, init: None, spectral_norm: false }];
        let network = Network::new(&spec, nn::Shape::flat(3), nn::Init::default()).unwrap();
        assert_eq!(of_sampling(&network, 10), 4 * (10 * 5 + 8));
        assert_eq!(of_sampling(&network, usize::MAX), u64::MAX);
    }
}
