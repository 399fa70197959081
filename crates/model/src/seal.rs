//! The seal of a file: a SHA-256 of its texts and of every tensor by name, so that an altered file is recognised.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The seal of format 2, in hexadecimal: of the header, of the training state (empty if there is none), and then of name and
/// bytes of each tensor in the order of their names. The length of each part, 8 bytes with the low one first, comes before it.
pub(crate) fn seal<'a, T: Copy>(
    header: &str,
    training: &str,
    tensors: Vec<(&'a str, T)>,
    bytes: impl Fn(T) -> Cow<'a, [u8]>,
) -> String {
    let mut hash = Sha256::new();
    let mut part = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    part(header.as_bytes());
    part(training.as_bytes());
    for (name, tensor) in by_name(tensors) {
        part(name.as_bytes());
        part(&bytes(tensor));
    }
    hex(hash)
}

/// The seal of format 1: of the description, and then of name and bytes of each tensor, without lengths.
pub(crate) fn seal_of_format_1<'a>(body: &str, tensors: Vec<(&'a str, &'a [u8])>) -> String {
    let mut hash = Sha256::new();
    hash.update(body);
    for (name, bytes) in by_name(tensors) {
        hash.update(name);
        hash.update(bytes);
    }
    hex(hash)
}

fn by_name<T>(mut tensors: Vec<(&str, T)>) -> Vec<(&str, T)> {
    tensors.sort_unstable_by_key(|(name, _)| *name);
    tensors
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_counts_and_no_border_moves() {
        let of = |header, training, tensors: &[(&'static str, &'static [u8])]| {
            seal(header, training, tensors.to_vec(), Cow::Borrowed)
        };
        let own = of("{}", "[]", &[("a", &[1, 2]), ("b", &[3])]);
        assert_eq!(own, of("{}", "[]", &[("b", &[3]), ("a", &[1, 2])]));
        for other in [
            of("{} ", "[]", &[("a", &[1, 2]), ("b", &[3])]),
            of("{}", "", &[("a", &[1, 2]), ("b", &[3])]),
            of("{}[", "]", &[("a", &[1, 2]), ("b", &[3])]),
            of("{}", "[]", &[("a", &[1]), ("b", &[3])]),
            of("{}", "[]", &[("a", &[1, 2])]),
            of("{}", "[]", &[("ab", &[1, 2]), ("b", &[3])]),
        ] {
            assert_ne!(own, other);
        }
    }
}
