//! The order in which an epoch visits the images.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Sets this stream of random numbers apart from any other keyed by the same seed.
const DOMAIN: &[u8; 16] = b"ganymede epoch 1";

/// Fills `order` with the visiting order of epoch `epoch`: a uniformly random permutation of `0..n`
/// that is a function of `(seed, epoch, n)` only, so resuming needs no generator state.
///
/// Fisher and Yates' shuffle (Durstenfeld 1964) over numbers from ChaCha8 keyed by seed, epoch and a
/// constant, with Lemire's unbiased bounded draw (2019, <https://doi.org/10.1145/3230636>). Both are
/// spelled out here, not taken from a library, so that an update cannot change the order.
///
/// Allocates nothing if `order` has the capacity.
///
/// # Panics
/// If `n` exceeds `u32::MAX`.
pub fn epoch_order(seed: u64, epoch: u64, n: usize, order: &mut Vec<u32>) {
    assert!(u32::try_from(n).is_ok(), "epoch_order: n must fit in 32 bits");
    order.clear();
    order.resize(n, 0);
    shuffle(seed, epoch, DOMAIN, order);
}

/// Fills `order` with a permutation of the numbers below its length, which fits in 32 bits: a function
/// of its arguments and that length only. `domain` sets one use of a seed apart from another.
pub(crate) fn shuffle(seed: u64, epoch: u64, domain: &[u8; 16], order: &mut [u32]) {
    for (place, number) in order.iter_mut().zip(0..) {
        *place = number;
    }
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&epoch.to_le_bytes());
    key[16..].copy_from_slice(domain);
    let mut random = ChaCha8Rng::from_seed(key);
    for last in (1..order.len()).rev() {
        let chosen = below(&mut random, last as u32 + 1);
        order.swap(last, chosen as usize);
    }
}

/// A uniform number below `bound`, which is positive. The high half of a 32 x 32-bit product is the
/// draw; the few low halves that would favour some values are drawn again.
fn below(random: &mut ChaCha8Rng, bound: u32) -> u32 {
    let mut product = u64::from(random.next_u32()) * u64::from(bound);
    if (product as u32) < bound {
        let biased = bound.wrapping_neg() % bound;
        while (product as u32) < biased {
            product = u64::from(random.next_u32()) * u64::from(bound);
        }
    }
    (product >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seed: u64, epoch: u64, n: usize) -> Vec<u32> {
        let mut order = Vec::new();
        epoch_order(seed, epoch, n, &mut order);
        order
    }

    #[test]
    fn is_a_permutation_of_its_arguments_only() {
        for n in [0, 1, 2, 1000] {
            let mut sorted = order(7, 3, n);
            sorted.sort_unstable();
            assert!(sorted.iter().copied().eq(0..n as u32));
        }
        assert_eq!(order(7, 3, 1000), order(7, 3, 1000));
        assert_ne!(order(7, 3, 1000), order(7, 4, 1000));
        assert_ne!(order(7, 3, 1000), order(8, 3, 1000));
    }

    /// Runs recorded today must replay tomorrow: a change to these values breaks every exact resume.
    /// They come from tests/epoch_order.py, which has its own ChaCha8.
    #[test]
    fn is_pinned() {
        assert_eq!(order(1, 0, 10), [5, 9, 4, 8, 2, 6, 1, 7, 3, 0]);
        assert_eq!(order(1, 1, 10), [4, 3, 8, 2, 5, 0, 9, 1, 6, 7]);
        let long = order((1 << 63) + 5, 7, 60_000);
        assert_eq!(long[..10], [10521, 27557, 45046, 31556, 50919, 15576, 5156, 2051, 13596, 49037]);
    }

    #[test]
    fn every_image_visits_every_position_equally_often() {
        const N: usize = 5;
        const EPOCHS: u64 = 20_000;
        let mut visits = [[0_u32; N]; N];
        let mut order = Vec::new();
        for epoch in 0..EPOCHS {
            epoch_order(42, epoch, N, &mut order);
            for (position, &image) in order.iter().enumerate() {
                visits[position][image as usize] += 1;
            }
        }
        // Binomial(20000, 1/5): mean 4000, standard deviation 57; six of them on either side.
        assert!(visits.iter().flatten().all(|&count| count.abs_diff(4000) < 340), "{visits:?}");
    }

    #[test]
    fn reuses_the_buffer() {
        let mut order = Vec::with_capacity(100);
        let before = order.as_ptr();
        epoch_order(1, 0, 100, &mut order);
        epoch_order(1, 1, 100, &mut order);
        assert_eq!(before, order.as_ptr());
    }
}
