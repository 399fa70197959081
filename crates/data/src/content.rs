//! A hash of a set's content, by which a run recognises its data.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ImageSet;

/// Hashes of a set's images and labels, in their order, as training reads them. Names of files and classes are not hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentHash {
    /// SHA-256 of all pixels, `[N, height, width, channels]` in bytes, in hexadecimal.
    pub pixels: String,
    /// SHA-256 of all labels, 16 bits each with the low byte first, if there are labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
}

impl ContentHash {
    /// What differs from another set, in one word; `None` if the sets are the same.
    pub fn difference(&self, other: &ContentHash) -> Option<&'static str> {
        match (self.pixels == other.pixels, self.labels == other.labels) {
            (true, true) => None,
            (true, false) => Some("labels"),
            (false, true) => Some("images"),
            (false, false) => Some("images and labels"),
        }
    }
}

impl ImageSet {
    /// The hash of the content. Pixels in memory are hashed once; for a packed file the hash comes from its header.
    pub fn content_hash(&self) -> ContentHash {
        let labels = self.labels().map(|labels| {
            let mut hash = Sha256::new();
            labels.iter().for_each(|label| hash.update(label.to_le_bytes()));
            hex(&hash.finalize())
        });
        ContentHash { pixels: hex(&self.pixels_sha256()), labels }
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_pixels_and_labels_in_their_order() {
        let hash = |pixels: [u8; 3], labels: Option<[u16; 3]>| {
            ImageSet::new("any", 1, 1, 1, pixels.to_vec(), labels.map(|l| l.to_vec())).unwrap().content_hash()
        };
        let own = hash([1, 2, 3], Some([0, 1, 1]));
        assert_eq!(own.difference(&hash([1, 2, 3], Some([0, 1, 1]))), None);
        assert_eq!(own.difference(&hash([1, 3, 2], Some([0, 1, 1]))), Some("images"));
        assert_eq!(own.difference(&hash([1, 2, 3], Some([1, 0, 1]))), Some("labels"));
        assert_eq!(own.difference(&hash([1, 2, 3], None)), Some("labels"));
        assert_eq!(own.difference(&hash([1, 3, 2], None)), Some("images and labels"));
        // Of the three bytes 1, 2, 3, as `sha256sum` has it.
        assert!(own.pixels.starts_with("039058c6f2c0cb49"), "{}", own.pixels);
    }
}
