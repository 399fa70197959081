//! Images that occur twice: in two splits, or within one.
//!
//! Identical means every pixel, as the set was read. A mirrored, cropped or re-encoded copy is another image.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::ImageSet;

/// The images of `set` that `other` has too: the place in `set` and the first such place in `other`, sorted by the place in
/// `set`. Empty if the sizes differ.
pub fn shared(set: &ImageSet, other: &ImageSet) -> Vec<(u32, u32)> {
    let shape = |set: &ImageSet| (set.height(), set.width(), set.channels());
    if shape(set) != shape(other) {
        return Vec::new();
    }
    // The table holds the smaller set in most cases, test images; the other may be larger than memory.
    let mut places: HashMap<Cow<[u8]>, Vec<u32>> = HashMap::with_capacity(set.len());
    for i in 0..set.len() {
        places.entry(set.image(i)).or_default().push(i as u32);
    }
    let mut pairs = Vec::new();
    for j in 0..other.len() {
        // Each image once: the first place in `other` counts.
        if let Some(found) = places.remove(&*other.image(j)) {
            pairs.extend(found.into_iter().map(|i| (i, j as u32)));
        }
        if places.is_empty() {
            break;
        }
    }
    pairs.sort_unstable();
    pairs
}

/// The images of a set that repeat an earlier one: the place and the first such place.
pub fn repeated(set: &ImageSet) -> Vec<(u32, u32)> {
    let mut first = HashMap::with_capacity(set.len());
    let mut pairs = Vec::new();
    for i in 0..set.len() as u32 {
        let earlier = *first.entry(set.image(i as usize)).or_insert(i);
        if earlier != i {
            pairs.push((i, earlier));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pixels: &[u8]) -> ImageSet {
        ImageSet::new("s", 1, 2, 1, pixels.to_vec(), None).unwrap()
    }

    #[test]
    fn identical_images_are_found_across_and_within() {
        let (test, train) = (set(&[1, 2, 9, 9, 1, 2, 3, 4]), set(&[0, 0, 1, 2, 3, 4, 1, 2]));
        assert_eq!(shared(&test, &train), [(0, 1), (2, 1), (3, 2)]);
        assert_eq!(repeated(&test), [(2, 0)]);
        assert_eq!(repeated(&train), [(3, 1)]);
        let other = ImageSet::new("s", 2, 1, 1, vec![1, 2], None).unwrap();
        assert!(shared(&test, &other).is_empty());
    }
}
