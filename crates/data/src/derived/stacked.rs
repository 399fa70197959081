//! Stacked MNIST: three digits as the red, green and blue of one image, which makes 1000 classes of known and equal
//! frequency: a measure of how many modes a generator drops (Metz et al. 2017, "Unrolled Generative Adversarial
//! Networks"; Srivastava et al. 2017, VEEGAN; Lin et al. 2018, PacGAN).

use super::super::epoch::shuffle;
use crate::{DataError, ImageSet, Split};

pub(super) const NAME: &str = "stacked-mnist";

/// Images of the training split, and of the test split (as many as PacGAN judges by).
const TRAINING_IMAGES: usize = 128_000;
const TEST_IMAGES: usize = 26_000;

/// Separates the order of digits from other random orders. The seed is fixed, so that the data set is always the same.
const DOMAIN: &[u8; 16] = b"ganymede stack 1";

/// Triples of `digits`, labelled `100 red + 10 green + blue`. Each colour goes through the digits in orders of its own, so
/// that every digit is used equally often in each.
pub(super) fn stacked(digits: &ImageSet, split: Split) -> Result<ImageSet, DataError> {
    let count = match split {
        Split::Train => TRAINING_IMAGES,
        Split::Test => TEST_IMAGES,
    };
    stack(digits, split, count)
}

fn stack(digits: &ImageSet, split: Split, count: usize) -> Result<ImageSet, DataError> {
    let Some(classes) = digits.labels() else {
        return Err(DataError::argument(NAME, "digits with labels", "none"));
    };
    let area = digits.pixels_per_image();
    let mut pixels = vec![0; count * area * 3];
    let mut labels = vec![0u16; count];
    let mut order = vec![0; digits.len()];
    for color in 0..3 {
        for first in (0..count).step_by(digits.len()) {
            let pass = (first / digits.len()) as u64;
            shuffle(color as u64 + 3 * u64::from(split == Split::Test), pass, DOMAIN, &mut order);
            let places = first..count.min(first + digits.len());
            for (place, &digit) in places.zip(&order) {
                let image = &mut pixels[place * area * 3..(place + 1) * area * 3];
                let own = image.iter_mut().skip(color).step_by(3);
                own.zip(&*digits.image(digit as usize)).for_each(|(to, from)| *to = *from);
                labels[place] = 10 * labels[place] + classes[digit as usize];
            }
        }
    }
    ImageSet::new(NAME, digits.height(), digits.width(), 3, pixels, Some(labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_digits_and_the_label_names_them() {
        // Digit i is one pixel of value i of class i % 10.
        let digits =
            ImageSet::new("d", 1, 1, 1, (0..20).collect(), Some((0..20).map(|i| i % 10).collect())).unwrap();
        let set = stack(&digits, Split::Train, 50).unwrap();
        assert_eq!((set.len(), set.channels()), (50, 3));
        for (i, &label) in set.labels().unwrap().iter().enumerate() {
            let of = |v: u8| u16::from(v) % 10;
            let image = set.image(i);
            assert_eq!(label, 100 * of(image[0]) + 10 * of(image[1]) + of(image[2]));
        }
        // In each colour, every digit twice in the first 40.
        for color in 0..3 {
            let mut seen: Vec<u8> = (0..40).map(|i| set.image(i)[color]).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..40).map(|i| i / 2).collect::<Vec<u8>>());
        }
        let colour = |c: usize| (0..20).map(|i| set.image(i)[c]).collect::<Vec<u8>>();
        assert!(colour(0) != colour(1) && colour(1) != colour(2));
        assert_ne!(stack(&digits, Split::Test, 50).unwrap().pixels(), set.pixels());
        assert_eq!(stack(&digits, Split::Train, 50).unwrap().pixels(), set.pixels());
    }
}
