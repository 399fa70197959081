//! The third block of rows in D's pass: the images that a penalty alone reads.

use super::inputs::Inputs;
use super::plan::Step;

impl Step {
    /// Writes the interpolates of the gradient penalty: `a real + (1 - a) generated`, one `a` for each pair.
    pub(super) fn interpolate(&mut self, inputs: &mut dyn Inputs, pixels: usize) {
        let samples = self.samples;
        let weights = &mut self.coefficients[..samples];
        inputs.uniforms(weights);
        let (sources, out) = self.d_tape.input_mut().split_at_mut(2 * samples * pixels);
        let (real, fake) = sources.split_at(samples * pixels);
        for (i, &a) in weights.iter().enumerate() {
            let range = i * pixels..(i + 1) * pixels;
            let pair = real[range.clone()].iter().zip(&fake[range.clone()]);
            out[range].iter_mut().zip(pair).for_each(|(o, (r, f))| *o = f + a * (r - f));
        }
    }

    /// Writes DRAGAN's real images with noise: `real + std / 2 u`, `u` uniform on (0, 1) value by value and `std` the standard deviation of
    /// all the real images' values, as DRAGAN's authors perturb (Kodali et al. 2017, their code).
    pub(super) fn perturb(&mut self, inputs: &mut dyn Inputs, values: usize) {
        let (sources, out) = self.d_tape.input_mut().split_at_mut(2 * values);
        let real = &sources[..values];
        inputs.uniforms(out);
        let half = (0.5 * standard_deviation(real)) as f32;
        out.iter_mut().zip(real).for_each(|(o, r)| *o = r + half * *o);
    }
}

/// Of all values, in two passes.
fn standard_deviation(x: &[f32]) -> f64 {
    let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / x.len() as f64;
    (x.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / x.len() as f64).sqrt()
}
