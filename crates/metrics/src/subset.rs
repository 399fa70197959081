//! Random subsets as functions of a seed.

use kernels::noise::{NoiseKey, fill_words};

/// The noise stream of subsets. The trainer's streams count from 1.
pub(crate) mod stream {
    pub(crate) const KID_REAL: u64 = 101;
    pub(crate) const KID_GENERATED: u64 = 102;
    pub(crate) const MEMORY_TEST: u64 = 103;
    pub(crate) const MEMORY_GENERATED: u64 = 104;
    pub(crate) const MEMORY_CONTROL: u64 = 105;
    pub(crate) const MEMORY_CONTROL_NOISE: u64 = 106;
}

/// `count` different numbers below `n`, uniformly: the first steps of Fisher and Yates' shuffle (Durstenfeld
/// 1964). The remainder of a 64-bit draw is biased by at most n / 2^64.
///
/// # Panics
/// If `count` is above `n`.
pub fn subset(key: NoiseKey, n: usize, count: usize) -> Vec<u32> {
    let mut words = vec![0; 2 * count];
    fill_words(key, 0, &mut words);
    let mut numbers: Vec<u32> = (0..n as u32).collect();
    for (i, pair) in words.chunks_exact(2).enumerate() {
        let word = u64::from(pair[0]) << 32 | u64::from(pair[1]);
        let chosen = i + (word % (n - i) as u64) as usize;
        numbers.swap(i, chosen);
    }
    numbers.truncate(count);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_have_no_repetition_and_every_number_is_drawn_equally_often() {
        let mut counts = [0u32; 20];
        for step in 0..10_000 {
            let key = NoiseKey { seed: 3, stream: 1, step };
            let chosen = subset(key, 20, 5);
            assert_eq!(chosen, subset(key, 20, 5));
            let mut sorted = chosen.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), 5);
            chosen.iter().for_each(|&i| counts[i as usize] += 1);
        }
        // Binomial(10000, 1/4): standard deviation 43; six of them on either side.
        assert!(counts.iter().all(|&count| count.abs_diff(2500) < 260), "{counts:?}");
        let mut all = subset(NoiseKey { seed: 3, stream: 1, step: 0 }, 9, 9);
        all.sort_unstable();
        assert!(all.into_iter().eq(0..9));
    }
}
