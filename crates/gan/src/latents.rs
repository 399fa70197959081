//! What the generator is fed: plain noise, or for the `constrained` loss half of it from a Gaussian fitted to the data.

use kernels::noise::{self, NoiseKey};
use kernels::{Epilogue, Matrix, Threads, product};

/// The law of a batch's latents.
#[derive(Debug, Default)]
pub struct Latents {
    fitted: Option<FittedGaussian>,
}

impl Latents {
    /// Every latent from `N(0, I)`.
    pub fn plain() -> Latents {
        Latents::default()
    }

    /// The first half of a batch from a Gaussian with the images' mean and covariance, the rest from `N(0, I)`.
    ///
    /// `gather(start, out)` writes images from index `start` on, as many as `out` holds; there are `images` of
    /// `pixels` values.
    pub fn half_fitted(
        threads: Threads,
        images: usize,
        pixels: usize,
        batch: usize,
        gather: impl FnMut(usize, &mut [f32]),
    ) -> Latents {
        Latents { fitted: Some(FittedGaussian::new(threads, images, pixels, batch / 2, gather)) }
    }

    /// Writes a batch `[batch, latent]`.
    pub fn fill(&mut self, threads: Threads, key: NoiseKey, latent: usize, out: &mut [f32]) {
        noise::fill_normal(key, 0, out);
        if let Some(fitted) = &mut self.fitted {
            let half = out.len() / latent / 2;
            fitted.color(threads, &mut out[..half * latent]);
        }
    }
}

/// `x = mean + L z` with `L Lᵀ` the covariance.
#[derive(Debug)]
struct FittedGaussian {
    mean: Vec<f32>,
    /// Lower triangular, `[pixels, pixels]`.
    factor: Vec<f32>,
    white: Vec<f32>,
}

/// Images whose products are summed in `f32` before being added in `f64`.
const BLOCK: usize = 512;

impl FittedGaussian {
    fn new(
        threads: Threads,
        images: usize,
        pixels: usize,
        rows: usize,
        mut gather: impl FnMut(usize, &mut [f32]),
    ) -> FittedGaussian {
        let mut block = vec![0.0; BLOCK * pixels];
        let mut sum = vec![0.0f64; pixels];
        let blocks = || (0..images).step_by(BLOCK).map(|start| (start, BLOCK.min(images - start)));
        for (start, count) in blocks() {
            let block = &mut block[..count * pixels];
            gather(start, block);
            for row in block.chunks_exact(pixels) {
                sum.iter_mut().zip(row).for_each(|(s, v)| *s += f64::from(*v));
            }
        }
        let mean: Vec<f32> = sum.iter().map(|s| (s / images as f64) as f32).collect();
        let mut covariance = vec![0.0f64; pixels * pixels];
        let mut partial = vec![0.0; pixels * pixels];
        for (start, count) in blocks() {
            let block = &mut block[..count * pixels];
            gather(start, block);
            for row in block.chunks_exact_mut(pixels) {
                row.iter_mut().zip(&mean).for_each(|(v, m)| *v -= m);
            }
            let rows = Matrix::new(block, count, pixels);
            product(threads, &mut partial, rows.transposed(), rows, Epilogue::None);
            covariance.iter_mut().zip(&partial).for_each(|(c, p)| *c += f64::from(*p));
        }
        covariance.iter_mut().for_each(|c| *c /= images as f64);
        cholesky(&mut covariance, pixels);
        let factor = covariance.iter().map(|&v| v as f32).collect();
        FittedGaussian { mean, factor, white: vec![0.0; rows * pixels] }
    }

    fn color(&mut self, threads: Threads, out: &mut [f32]) {
        let pixels = self.mean.len();
        let rows = out.len() / pixels;
        let white = &mut self.white[..out.len()];
        white.copy_from_slice(out);
        let factor = Matrix::new(&self.factor, pixels, pixels).transposed();
        let epilogue = Epilogue::BiasActivation(Some(&self.mean), kernels::Activation::Identity);
        product(threads, out, Matrix::new(white, rows, pixels), factor, epilogue);
    }
}

/// In place: the lower Cholesky factor of a positive semi-definite matrix. A pivot that is zero within rounding (a
/// pixel that never varies, or follows from those before it) leaves a zero column.
fn cholesky(a: &mut [f64], n: usize) {
    let largest = (0..n).map(|i| a[i * n + i]).fold(0.0, f64::max);
    for j in 0..n {
        let (done, rest) = a.split_at_mut((j + 1) * n);
        let row_j = &mut done[j * n..];
        let pivot = row_j[j] - row_j[..j].iter().map(|v| v * v).sum::<f64>();
        let root = if pivot > 1e-10 * largest { pivot.sqrt() } else { 0.0 };
        row_j[j] = root;
        row_j[j + 1..].fill(0.0);
        for row_i in rest.chunks_exact_mut(n) {
            let dot: f64 = row_i[..j].iter().zip(&row_j[..j]).map(|(p, q)| p * q).sum();
            row_i[j] = if root > 0.0 { (row_i[j] - dot) / root } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_of_a_singular_covariance_reproduces_it() {
        // Rank 2 of 4, with a pixel that never varies.
        let b = [[1.0, 0.0], [0.5, 2.0], [0.0, 0.0], [1.5, 2.0]];
        let mut a: Vec<f64> = (0..16).map(|k| (0..2).map(|l| b[k / 4][l] * b[k % 4][l]).sum()).collect();
        let expected = a.clone();
        cholesky(&mut a, 4);
        for i in 0..4 {
            for j in 0..4 {
                let v: f64 = (0..4).map(|l| a[i * 4 + l] * a[j * 4 + l]).sum();
                assert!((v - expected[i * 4 + j]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn fitted_latents_have_the_data_s_mean_and_covariance() {
        // Images of two pixels on a line: x1 = 2 x0 + 1.
        let images = 1000;
        let data: Vec<f32> = (0..images)
            .flat_map(|i| {
                let x = (i as f32 / images as f32 - 0.5) * 2.0;
                [x, 2.0 * x + 1.0]
            })
            .collect();
        let mut latents = Latents::half_fitted(Threads::ONE, images, 2, 20_000, |start, out| {
            out.copy_from_slice(&data[2 * start..2 * start + out.len()]);
        });
        let mut out = vec![0.0; 40_000];
        latents.fill(Threads::ONE, NoiseKey { seed: 0, stream: 3, step: 0 }, 2, &mut out);
        let (fitted, plain) = out.split_at(20_000);
        for pair in fitted.chunks(2) {
            assert!((pair[1] - 2.0 * pair[0] - 1.0).abs() < 1e-3);
        }
        let variance =
            |v: &[f32]| v.chunks(2).map(|p| f64::from(p[0]).powi(2)).sum::<f64>() / (v.len() / 2) as f64;
        assert!((variance(fitted) - 1.0 / 3.0).abs() < 0.02);
        assert!((variance(plain) - 1.0).abs() < 0.04);
    }
}
