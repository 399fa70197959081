//! MNIST with a long tail: of the training images of class `c`, the first `N_c 100^(-c/9)` stay, so that the rarest of ten
//! classes has a hundredth of its images (the exponential profile of Cui et al. 2019, "Class-Balanced Loss Based on Effective
//! Number of Samples"). The test split is MNIST's own, so rare classes are judged like the others.

use crate::{DataError, ImageSet, Split};

pub(super) const NAME: &str = "mnist-long-tail";

/// The share of its images that the first class keeps, over the share of the last class.
const IMBALANCE: f64 = 100.0;

pub(super) fn long_tail(digits: &ImageSet, split: Split) -> Result<ImageSet, DataError> {
    let (Some(labels), Some(counts)) = (digits.labels(), digits.class_counts()) else {
        return Err(DataError::argument(NAME, "digits with labels", "none"));
    };
    let last = counts.len().saturating_sub(1).max(1) as f64;
    let mut left: Vec<usize> = match split {
        Split::Test => counts,
        Split::Train => {
            let kept = |(class, n): (usize, usize)| n as f64 * IMBALANCE.powf(-(class as f64) / last);
            counts.into_iter().enumerate().map(|class| kept(class).round().max(1.0) as usize).collect()
        }
    };
    let (mut pixels, mut kept) = (Vec::new(), Vec::new());
    for (i, &label) in labels.iter().enumerate() {
        let left = &mut left[usize::from(label)];
        if *left > 0 {
            *left -= 1;
            pixels.extend_from_slice(&digits.image(i));
            kept.push(label);
        }
    }
    ImageSet::new(NAME, digits.height(), digits.width(), digits.channels(), pixels, Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_fall_a_hundredfold() {
        let labels: Vec<u16> = (0..10_000).map(|i| i % 10).collect();
        let digits =
            ImageSet::new("d", 1, 1, 1, labels.iter().map(|&l| l as u8).collect(), Some(labels)).unwrap();
        let train = long_tail(&digits, Split::Train).unwrap();
        assert_eq!(train.class_counts().unwrap(), [1000, 599, 359, 215, 129, 77, 46, 28, 17, 10]);
        assert!(train.labels().unwrap().iter().enumerate().all(|(i, &l)| u16::from(train.image(i)[0]) == l));
        assert_eq!(long_tail(&digits, Split::Test).unwrap().len(), 10_000);
    }
}
