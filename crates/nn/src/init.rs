//! Initialisers: how a layer's weights start.

use kernels::noise::{self, NoiseKey};
use serde::{Deserialize, Serialize};

/// Distribution of a layer's first weights; biases start at zero, batch normalisation's gamma at one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Uniform on `±sqrt(6 / (in + out))` (Glorot and Bengio 2010; Keras's default).
    #[default]
    GlorotUniform,
    /// Normal, variance `2 / (in + out)` (Glorot and Bengio 2010).
    GlorotNormal,
    /// Uniform on `±sqrt(6 / in)` (He et al. 2015).
    HeUniform,
    /// Normal, variance `2 / in` (He et al. 2015).
    HeNormal,
    /// Uniform on `±sqrt(3 / in)` (LeCun et al. 1998).
    LecunUniform,
    /// Normal, variance `1 / in` (LeCun et al. 1998).
    LecunNormal,
    /// Normal, standard deviation 0.02 (Radford et al. 2016, DCGAN).
    Dcgan,
    /// All zero: the last layer of a residual block, which then starts as the identity (Zhang et al. 2019, Fixup).
    Zeros,
}

impl Init {
    /// Every initialiser.
    pub const ALL: [Init; 8] = [
        Init::GlorotUniform,
        Init::GlorotNormal,
        Init::HeUniform,
        Init::HeNormal,
        Init::LecunUniform,
        Init::LecunNormal,
        Init::Dcgan,
        Init::Zeros,
    ];

    /// Its name in a config.
    pub fn name(self) -> &'static str {
        match self {
            Init::GlorotUniform => "glorot-uniform",
            Init::GlorotNormal => "glorot-normal",
            Init::HeUniform => "he-uniform",
            Init::HeNormal => "he-normal",
            Init::LecunUniform => "lecun-uniform",
            Init::LecunNormal => "lecun-normal",
            Init::Dcgan => "dcgan",
            Init::Zeros => "zeros",
        }
    }

    /// Fills `weights` from the counter-based noise of `key`, for a layer with `fan_in` inputs to each output
    /// and `fan_out` outputs of each input.
    pub fn fill(self, key: NoiseKey, fan_in: usize, fan_out: usize, weights: &mut [f32]) {
        let (fan_in, fan_out) = (fan_in.max(1) as f64, fan_out.max(1) as f64);
        let (uniform, variance) = match self {
            Init::GlorotUniform => (true, 2.0 / (fan_in + fan_out)),
            Init::GlorotNormal => (false, 2.0 / (fan_in + fan_out)),
            Init::HeUniform => (true, 2.0 / fan_in),
            Init::HeNormal => (false, 2.0 / fan_in),
            Init::LecunUniform => (true, 1.0 / fan_in),
            Init::LecunNormal => (false, 1.0 / fan_in),
            Init::Dcgan => (false, 0.02 * 0.02),
            Init::Zeros => return weights.fill(0.0),
        };
        if uniform {
            // A uniform on ±a has variance a²/3.
            let bound = (3.0 * variance).sqrt() as f32;
            noise::fill_uniform(key, 0, weights);
            weights.iter_mut().for_each(|w| *w = (2.0 * *w - 1.0) * bound);
        } else {
            let deviation = variance.sqrt() as f32;
            noise::fill_normal(key, 0, weights);
            weights.iter_mut().for_each(|w| *w *= deviation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(w: &[f32]) -> (f64, f64, f64) {
        let n = w.len() as f64;
        let mean = w.iter().map(|&v| v as f64).sum::<f64>() / n;
        let var = w.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / n;
        let max = w.iter().fold(0.0f64, |m, &v| m.max((v as f64).abs()));
        (mean, var, max)
    }

    #[test]
    fn variances_are_the_published_ones() {
        let (fan_in, fan_out) = (300, 200);
        let expected = [
            (Init::GlorotUniform, 2.0 / 500.0),
            (Init::GlorotNormal, 2.0 / 500.0),
            (Init::HeUniform, 2.0 / 300.0),
            (Init::HeNormal, 2.0 / 300.0),
            (Init::LecunUniform, 1.0 / 300.0),
            (Init::LecunNormal, 1.0 / 300.0),
            (Init::Dcgan, 0.0004),
        ];
        for (init, variance) in expected {
            let mut w = vec![0.0; fan_in * fan_out];
            init.fill(NoiseKey { seed: 1, stream: 2, step: 0 }, fan_in, fan_out, &mut w);
            let (mean, var, max) = moments(&w);
            assert!(mean.abs() < 4.0 * (variance / w.len() as f64).sqrt(), "{init:?} mean {mean}");
            assert!((var / variance - 1.0).abs() < 0.03, "{init:?} variance {var}, expected {variance}");
            if matches!(init, Init::GlorotUniform | Init::HeUniform | Init::LecunUniform) {
                assert!(max <= (3.0 * variance).sqrt() * 1.0001, "{init:?} max {max}");
            }
        }
    }
}
