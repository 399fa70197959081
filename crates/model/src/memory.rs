//! What networks need of memory, before any of it is allocated: a system that has less ends the process without a message.

use nn::Network;

/// Bytes that no plan may have: so many have no address.
const MOST: u64 = isize::MAX as u64 / 2;

/// Bytes that sampling takes at least, `rows` images at a time.
pub fn of_sampling(network: &Network, rows: usize) -> u64 {
    let values = network.values_per_image().saturating_mul(rows as u64);
    values.saturating_add(network.parameter_count() as u64).saturating_mul(4)
}

/// The bytes that this machine has, if they are fewer than `needed`.
pub fn lacking(needed: u64) -> Option<u64> {
    let most = physical().unwrap_or(MOST).min(MOST);
    (needed > most).then_some(most)
}

/// Memory and swap space, where Linux gives them.
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
pub fn in_words(bytes: u64) -> String {
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
