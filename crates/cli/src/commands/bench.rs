//! `bench step`: how long a training step takes, and what share of the machine that is.

use std::time::Instant;

use gan::Trainer;
use gan::config::Written;
use kernels::{Epilogue, Matrix, Threads, product};
use serde_json::json;

use crate::args::BenchStepArgs;
use crate::{config, output, threads};

/// Side of the square matrices that measure the machine's rate: larger than its caches, as usual for such a figure.
const SIDE: usize = 1024;
/// Products between two blocks of steps.
const PRODUCTS: usize = 4;
/// Steps before any is timed.
const WARM_UP_STEPS: usize = 5;
/// Blocks of steps; products are timed before the first, between two, and after the last, so that a machine that slows
/// down slows down both.
const BLOCKS: usize = 8;

/// What was measured, and what it was measured on.
struct Report {
    preset: String,
    batch: usize,
    threads: usize,
    step_flops: u64,
    /// Seconds, ascending.
    steps: Vec<f64>,
    products: Vec<f64>,
}

pub(super) fn step(args: BenchStepArgs) -> anyhow::Result<()> {
    let mut overrides = args.set.set.clone();
    overrides.extend(args.batch.map(|batch| format!("train.batch_size={batch}")));
    let source = config::source(&args.preset)?.with_overrides(&overrides)?;
    let written = Written::parse(&source)?;
    let report = threads::run(args.threads.get(), |threads| {
        let mut trainer = Trainer::new(&written, &source, config::images(&written, &source)?, threads)?;
        let (steps, products) = measure(&mut trainer, threads, args.seconds);
        Ok(Report {
            preset: args.preset.clone(),
            batch: trainer.experiment().train.batch_size,
            threads: threads.get(),
            step_flops: trainer.step_flops(),
            steps,
            products,
        })
    })?;
    if args.json { report.print_json() } else { report.print() }
}

/// Seconds of single steps and of single products, both ascending.
fn measure(trainer: &mut Trainer, threads: Threads, seconds: f64) -> (Vec<f64>, Vec<f64>) {
    let a = vec![0.5; SIDE * SIDE];
    let mut out = vec![0.0; SIDE * SIDE];
    let mut products = Vec::new();
    let mut time_products = |times: &mut Vec<f64>| {
        let matrix = Matrix::new(&a, SIDE, SIDE);
        for _ in 0..PRODUCTS {
            let start = Instant::now();
            product(threads, &mut out, matrix, matrix, Epilogue::None);
            times.push(start.elapsed().as_secs_f64());
        }
    };
    time_products(&mut Vec::new());
    for _ in 0..WARM_UP_STEPS {
        trainer.step();
    }
    let mut steps = Vec::new();
    for _ in 0..BLOCKS {
        time_products(&mut products);
        // The first step after the products finds its weights out of the caches.
        trainer.step();
        let block = Instant::now();
        while block.elapsed().as_secs_f64() < seconds / BLOCKS as f64 {
            let start = Instant::now();
            trainer.step();
            steps.push(start.elapsed().as_secs_f64());
        }
    }
    time_products(&mut products);
    steps.sort_by(f64::total_cmp);
    products.sort_by(f64::total_cmp);
    (steps, products)
}

/// The value below which a share of the ascending `values` lies.
fn quantile(values: &[f64], share: f64) -> f64 {
    let index = (share * values.len() as f64) as usize;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

impl Report {
    fn step_ms(&self, share: f64) -> f64 {
        1e3 * quantile(&self.steps, share)
    }

    fn images_per_s(&self) -> f64 {
        self.batch as f64 / quantile(&self.steps, 0.5)
    }

    fn gflop(&self) -> f64 {
        self.step_flops as f64 / 1e9
    }

    fn gflops(&self) -> f64 {
        self.gflop() / quantile(&self.steps, 0.5)
    }

    fn product_gflops(&self) -> f64 {
        2.0 * (SIDE as f64).powi(3) / 1e9 / quantile(&self.products, 0.5)
    }

    fn print(&self) -> anyhow::Result<()> {
        let (p10, median, p90) = (self.step_ms(0.1), self.step_ms(0.5), self.step_ms(0.9));
        let share = 100.0 * self.gflops() / self.product_gflops();
        let Report { preset, batch, threads, .. } = self;
        output::line(format!("{preset}, batch {batch}, {threads} threads, {} steps", self.steps.len()))?;
        output::line(format!(
            "{median:.2} ms/step (p10 {p10:.2}, p90 {p90:.2}), {:.0} images/s",
            self.images_per_s()
        ))?;
        output::line(format!("{:.3} GFLOP a step, {:.1} GFLOP/s", self.gflop(), self.gflops()))?;
        output::line(format!(
            "{share:.0}% of this machine's product rate, {:.1} GFLOP/s",
            self.product_gflops()
        ))?;
        Ok(())
    }

    fn print_json(&self) -> anyhow::Result<()> {
        let report = json!({
            "preset": self.preset,
            "batch": self.batch,
            "threads": self.threads,
            "steps": self.steps.len(),
            "ms_per_step": self.step_ms(0.5),
            "ms_p10": self.step_ms(0.1),
            "ms_p90": self.step_ms(0.9),
            "images_per_s": self.images_per_s(),
            "gflop_per_step": self.gflop(),
            "gflops": self.gflops(),
            "product_gflops": self.product_gflops(),
            "share_of_product_rate": self.gflops() / self.product_gflops(),
        });
        Ok(output::line(report.to_string())?)
    }
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
