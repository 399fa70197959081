//! Horizontal flips of training images (`data.flip`).

use kernels::noise::{NoiseKey, fill_uniform};

/// Images whose draws are held at a time.
const DRAWS: usize = 64;

/// Mirrors image `i` of `images`, `[n, height, width, channels]` of `size` values each, if the stream's number `i` is below
/// 1/2. So the choice follows from the key, and not from the batch's size or the threads. Allocates nothing.
pub(crate) fn some(key: NoiseKey, width: usize, channels: usize, size: usize, images: &mut [f32]) {
    let mut draws = [0.0; DRAWS];
    for (block, images) in images.chunks_mut(DRAWS * size).enumerate() {
        fill_uniform(key, (block * DRAWS) as u64, &mut draws);
        for (image, draw) in images.chunks_exact_mut(size).zip(draws) {
            if draw < 0.5 {
                image.chunks_exact_mut(width * channels).for_each(|row| mirror(row, channels));
            }
        }
    }
}

/// A row `[width, channels]` in the other direction.
fn mirror(row: &mut [f32], channels: usize) {
    let width = row.len() / channels;
    for left in 0..width / 2 {
        let right = width - 1 - left;
        (0..channels).for_each(|c| row.swap(left * channels + c, right * channels + c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_mirrored_by_pixels() {
        for (mut row, channels, mirrored) in [
            (vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, vec![5.0, 6.0, 3.0, 4.0, 1.0, 2.0]),
            (vec![1.0, 2.0, 3.0], 1, vec![3.0, 2.0, 1.0]),
            (vec![1.0, 2.0, 3.0], 3, vec![1.0, 2.0, 3.0]),
        ] {
            mirror(&mut row, channels);
            assert_eq!(row, mirrored);
        }
    }

    #[test]
    fn half_of_the_images_are_mirrored_and_the_same_ones_again() {
        let key = NoiseKey { seed: 3, stream: 14, step: 7 };
        let flipped = |count: usize, key: NoiseKey| -> Vec<bool> {
            let mut images: Vec<f32> = (0..count).flat_map(|_| [1.0, 2.0, 3.0, 4.0]).collect();
            some(key, 2, 1, 4, &mut images);
            let seen = images.chunks_exact(4);
            seen.map(|image| match image {
                [1.0, 2.0, 3.0, 4.0] => false,
                [2.0, 1.0, 4.0, 3.0] => true,
                other => panic!("{other:?}"),
            })
            .collect()
        };
        let all = flipped(1000, key);
        let share = all.iter().filter(|&&flipped| flipped).count();
        assert!((430..570).contains(&share), "{share}");
        assert_eq!(flipped(100, key), all[..100], "a smaller batch begins alike");
        assert_ne!(flipped(1000, NoiseKey { step: 8, ..key }), all);
    }
}
