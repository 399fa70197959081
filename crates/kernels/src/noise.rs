//! Counter-based noise: a value is a function of (seed, stream, step, index), so that resuming and sharding need no
//! generator state. ChaCha8 (Bernstein 2008; Salmon et al. 2011 for the idea of counters) under a key of seed and stream.

use multiversion::multiversion;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::math;

/// Words drawn at a time: a buffer on the stack.
const BLOCK: usize = 1024;

/// Which sequence of noise: a run's seed, the use it is for, and the training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoiseKey {
    /// The run's seed.
    pub seed: u64,
    /// What the noise is for; each use has its own number.
    pub stream: u64,
    /// The training step, or whatever counts uses.
    pub step: u64,
}

impl NoiseKey {
    fn words(self, first_index: u64) -> ChaCha8Rng {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.stream.to_le_bytes());
        key[16..].copy_from_slice(b"ganymede noise 1");
        let mut words = ChaCha8Rng::from_seed(key);
        words.set_stream(self.step);
        words.set_word_pos(u128::from(first_index));
        words
    }
}

/// Calls `f(offset, words)` for consecutive blocks of the words from `first_index`, `n` in all.
fn for_each_block(key: NoiseKey, first_index: u64, n: usize, mut f: impl FnMut(usize, &[u32])) {
    let mut rng = key.words(first_index);
    let mut bytes = [0u8; 4 * BLOCK];
    let mut words = [0u32; BLOCK];
    let mut done = 0;
    while done < n {
        let count = BLOCK.min(n - done);
        rng.fill_bytes(&mut bytes[..4 * count]);
        for (word, four) in words[..count].iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        f(done, &words[..count]);
        done += count;
    }
}

/// The word's upper 24 bits as a uniform in (0, 1).
#[inline(always)]
fn uniform(word: u32) -> f32 {
    ((word >> 8) as i32 as f32 + 0.5) * (1.0 / 16_777_216.0)
}

#[multiversion(targets("x86_64+avx2"))]
fn uniform_block(words: &[u32], out: &mut [f32]) {
    out.iter_mut().zip(words).for_each(|(o, &w)| *o = uniform(w));
}

/// Box and Muller (1958): two uniforms give two normals.
#[multiversion(targets("x86_64+avx2"))]
fn normal_block(words: &[u32], out: &mut [f32]) {
    for (pair, words) in out.chunks_exact_mut(2).zip(words.chunks_exact(2)) {
        let radius = (-2.0 * math::ln(uniform(words[0]))).sqrt();
        let (sin, cos) = math::sin_cos_turns(uniform(words[1]));
        pair[0] = radius * cos;
        pair[1] = radius * sin;
    }
}

/// Fills `out` with uniforms on (0, 1): values `first_index`, `first_index + 1`, ... of the sequence.
pub fn fill_uniform(key: NoiseKey, first_index: u64, out: &mut [f32]) {
    for_each_block(key, first_index, out.len(), |at, words| {
        uniform_block(words, &mut out[at..at + words.len()])
    });
}

/// Fills `out` with standard normals: values `first_index`, ... of the sequence, whatever the cut into calls.
/// The largest magnitude is 5.9 (24-bit uniforms).
pub fn fill_normal(key: NoiseKey, first_index: u64, out: &mut [f32]) {
    let mut first = first_index;
    let mut out = out;
    // Values come in pairs; a call that starts or ends inside one computes the pair and keeps half.
    if first % 2 == 1 && !out.is_empty() {
        let mut pair = [0.0; 2];
        normal_pairs(key, first - 1, &mut pair);
        out[0] = pair[1];
        out = &mut out[1..];
        first += 1;
    }
    let even = out.len() / 2 * 2;
    let (pairs, last) = out.split_at_mut(even);
    normal_pairs(key, first, pairs);
    if let [last] = last {
        let mut pair = [0.0; 2];
        normal_pairs(key, first + even as u64, &mut pair);
        *last = pair[0];
    }
}

fn normal_pairs(key: NoiseKey, first_index: u64, out: &mut [f32]) {
    for_each_block(key, first_index, out.len(), |at, words| {
        normal_block(words, &mut out[at..at + words.len()])
    });
}

/// Raw 32-bit words of the sequence, for masks and choices.
pub fn fill_words(key: NoiseKey, first_index: u64, out: &mut [u32]) {
    for_each_block(key, first_index, out.len(), |at, words| out[at..at + words.len()].copy_from_slice(words));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: NoiseKey = NoiseKey { seed: 7, stream: 3, step: 11 };

    #[test]
    fn normals_have_normal_moments() {
        let mut z = vec![0.0; 400_000];
        fill_normal(KEY, 0, &mut z);
        let n = z.len() as f64;
        let moment = |p: i32| z.iter().map(|&v| (v as f64).powi(p)).sum::<f64>() / n;
        assert!(moment(1).abs() < 0.006, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.01);
        assert!(moment(3).abs() < 0.03);
        assert!((moment(4) - 3.0).abs() < 0.08);
        let lag: f64 = z.windows(2).map(|w| w[0] as f64 * w[1] as f64).sum::<f64>() / n;
        assert!(lag.abs() < 0.006);
    }

    #[test]
    fn uniforms_fill_the_open_interval_evenly() {
        let mut u = vec![0.0; 100_000];
        fill_uniform(KEY, 0, &mut u);
        assert!(u.iter().all(|&v| v > 0.0 && v < 1.0));
        let mut counts = [0u32; 10];
        u.iter().for_each(|&v| counts[(v * 10.0) as usize] += 1);
        assert!(counts.iter().all(|&c| (c as f64 - 10_000.0).abs() < 500.0), "{counts:?}");
    }

    #[test]
    fn every_part_of_the_key_matters() {
        let draw = |seed, stream, step| {
            let mut v = [0.0; 4];
            fill_normal(NoiseKey { seed, stream, step }, 0, &mut v);
            v
        };
        let base = draw(0, 0, 0);
        assert!(base != draw(1, 0, 0) && base != draw(0, 1, 0) && base != draw(0, 0, 1));
        assert_eq!(base, draw(0, 0, 0));
    }

    #[test]
    fn blocks_equal_the_scalar_twin() {
        let mut words = vec![0; 3000];
        fill_words(KEY, 4, &mut words);
        let mut z = vec![0.0; 3000];
        fill_normal(KEY, 4, &mut z);
        for (pair, w) in z.chunks(2).zip(words.chunks(2)) {
            let (u1, u2) = (uniform(w[0]) as f64, uniform(w[1]) as f64);
            let r = (-2.0 * u1.ln()).sqrt();
            let angle = std::f64::consts::TAU * u2;
            assert!((pair[0] as f64 - r * angle.cos()).abs() < 5e-6);
            assert!((pair[1] as f64 - r * angle.sin()).abs() < 5e-6);
        }
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_sequence(start in 0usize..50, len in 0usize..3000) {
            let mut whole = vec![0.0; 3100];
            fill_normal(KEY, 0, &mut whole);
            let mut part = vec![0.0; len];
            fill_normal(KEY, start as u64, &mut part);
            prop_assert_eq!(&whole[start..start + len], &part[..]);
        }
    }
}
