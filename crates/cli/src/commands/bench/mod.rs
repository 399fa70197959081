//! Measurements of this machine: whole steps, and single layers.

mod layers;
mod step;

use std::time::Instant;

use gan::Trainer;
use gan::config::{Overlay, Written};
use kernels::{Epilogue, Matrix, Threads, product};

use crate::args::PresetOverArgs;
use crate::config;

pub(super) use layers::layers;
pub(super) use step::step;

/// Side of the square matrices that measure the machine's rate. They are larger than the caches, as is usual.
const SIDE: usize = 1024;
/// Products in one timing.
const PRODUCTS: usize = 4;

/// A trainer of a preset, to be measured.
fn load(
    preset: &str,
    over: &PresetOverArgs,
    batch: Option<u32>,
    threads: Threads,
) -> anyhow::Result<Trainer> {
    let mut overlays = over.overlays(preset)?;
    overlays.extend(
        batch.map(|batch| Overlay::short(format!("--batch {batch}"), format!("train.batch_size={batch}"))),
    );
    let source = config::source(preset)?.with_overlays(&overlays)?;
    let written = Written::parse(&source)?;
    Ok(Trainer::new(&written, &source, config::images(&written, &source)?, threads)?)
}

/// The machine's rate of plain matrix products.
struct Products {
    threads: Threads,
    factor: Vec<f32>,
    out: Vec<f32>,
}

impl Products {
    /// Warm.
    fn new(threads: Threads) -> Products {
        let mut products = Products { threads, factor: vec![0.5; SIDE * SIDE], out: vec![0.0; SIDE * SIDE] };
        products.time(&mut Vec::new());
        products
    }

    /// Adds the seconds of a few products.
    fn time(&mut self, seconds: &mut Vec<f64>) {
        let matrix = Matrix::new(&self.factor, SIDE, SIDE);
        for _ in 0..PRODUCTS {
            let start = Instant::now();
            product(self.threads, &mut self.out, matrix, matrix, Epilogue::None);
            seconds.push(start.elapsed().as_secs_f64());
        }
    }

    /// GFLOP/s of a product that takes so long.
    fn gflops(seconds: f64) -> f64 {
        2.0 * (SIDE as f64).powi(3) / 1e9 / seconds
    }
}

/// The value below which a share of the ascending `values` lies.
fn quantile(values: &[f64], share: f64) -> f64 {
    let index = (share * values.len() as f64) as usize;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(
            [0.0, 0.1, 0.5, 0.9, 1.0].map(|share| quantile(&values, share)),
            [1.0, 1.0, 3.0, 5.0, 5.0]
        );
    }
}
