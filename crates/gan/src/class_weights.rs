//! How much each class counts in the losses.

use data::ImageSet;

use crate::config::ClassWeight;

/// The weight of each class in the losses, `[classes]`; empty: all the same.
pub(crate) fn class_weights(choice: ClassWeight, images: &ImageSet) -> Vec<f32> {
    let (ClassWeight::InverseFrequency, Some(counts)) = (choice, images.class_counts()) else {
        return Vec::new();
    };
    let present = counts.iter().filter(|&&count| count > 0).count();
    let weight = |count: usize| images.len() as f64 / (present * count.max(1)) as f64;
    counts.into_iter().map(|count| weight(count) as f32).collect()
}
