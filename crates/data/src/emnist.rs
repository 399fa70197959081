//! How EMNIST's files differ from MNIST's (Cohen et al. 2017, <https://arxiv.org/abs/1702.05373>).

use crate::DataError;
use crate::idx::IdxArray;

/// EMNIST's splits, as they appear in its file names.
pub(crate) const SPLITS: [&str; 6] = ["balanced", "byclass", "bymerge", "digits", "letters", "mnist"];

/// The EMNIST split that a source name means: `emnist-letters` means `letters`.
pub(crate) fn split_of(source: &str) -> Option<&'static str> {
    let name = source.strip_prefix("emnist-")?;
    SPLITS.into_iter().find(|&split| split == name)
}

/// Turns images upright, in place: they are stored column by column, so each is transposed.
pub(crate) fn transpose(images: &mut IdxArray) {
    let (dims, data) = images.parts_mut();
    let [_, height, width, ..] = *dims else { return };
    let channels = dims.get(3).copied().unwrap_or(1);
    let mut stored = vec![0; height * width * channels];
    for image in data.chunks_exact_mut(stored.len()) {
        stored.copy_from_slice(image);
        // A row of the result, which has `width` rows of `height` pixels, is a column as stored.
        for (i, pixel) in image.chunks_exact_mut(channels).enumerate() {
            let (x, y) = (i / height, i % height);
            let start = (y * width + x) * channels;
            pixel.copy_from_slice(&stored[start..start + channels]);
        }
    }
    dims.swap(1, 2);
}

/// Makes the labels of `letters`, which run from 1 (A) to 26 (Z), start at 0 as everywhere else.
pub(crate) fn start_at_zero(file: &str, labels: &mut IdxArray) -> Result<(), DataError> {
    for label in labels.parts_mut().1 {
        *label =
            label.checked_sub(1).ok_or_else(|| DataError::format(file, "label", "1 (A) to 26 (Z)", 0))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idx;

    fn array(dims: &[usize], data: &[u8]) -> IdxArray {
        let mut bytes = Vec::new();
        idx::write_to("memory", &mut bytes, dims, data).unwrap();
        idx::read_bytes("memory", &bytes).unwrap()
    }

    #[test]
    fn transposes_each_image() {
        let mut images = array(&[2, 2, 3], &[1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]);
        transpose(&mut images);
        assert_eq!(images, array(&[2, 3, 2], &[1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16]));
        let mut colour = array(&[1, 1, 2, 2], &[1, 2, 3, 4]);
        transpose(&mut colour);
        assert_eq!(colour, array(&[1, 2, 1, 2], &[1, 2, 3, 4]));
    }

    #[test]
    fn letters_start_at_zero() {
        let mut labels = array(&[2], &[1, 26]);
        start_at_zero("f", &mut labels).unwrap();
        assert_eq!(labels.data(), [0, 25]);
        assert!(start_at_zero("f", &mut labels).is_err());
        assert_eq!(split_of("emnist-letters"), Some("letters"));
        assert_eq!(split_of("emnist-words"), None);
    }
}
