//! `bench step`: the time of a training step, and its share of the machine's rate.

use std::time::Instant;

use gan::Trainer;
use kernels::Threads;
use serde_json::json;

use super::{Products, load, quantile};
use crate::args::BenchStepArgs;
use crate::{output, threads};

/// Steps before any is timed.
const WARM_UP_STEPS: usize = 5;
/// Blocks of steps. Products are timed before the first, between two, and after the last, so that a slower machine slows
/// down both.
const BLOCKS: usize = 8;

/// The measurements and their conditions.
struct Report {
    preset: String,
    batch: usize,
    threads: usize,
    step_flops: u64,
    /// Seconds, ascending.
    steps: Vec<f64>,
    products: Vec<f64>,
}

pub(in crate::commands) fn step(args: BenchStepArgs) -> anyhow::Result<()> {
    let report = threads::run(args.threads.get(), |threads| {
        let mut trainer = load(&args.preset, &args.over, args.batch, threads)?;
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

/// Seconds of single steps and of single products, both ascending. If a step is slow, few are timed.
fn measure(trainer: &mut Trainer, threads: Threads, seconds: f64) -> (Vec<f64>, Vec<f64>) {
    let (mut machine, mut products) = (Products::new(threads), Vec::new());
    let mut step = || {
        let start = Instant::now();
        trainer.step();
        start.elapsed().as_secs_f64()
    };
    let mut warmed_up = 0.0;
    for _ in 0..WARM_UP_STEPS {
        warmed_up += step();
        if warmed_up >= seconds {
            break;
        }
    }
    let (mut steps, mut spent) = (Vec::new(), 0.0);
    for _ in 0..BLOCKS {
        machine.time(&mut products);
        // The first step after the products finds its weights out of the caches.
        spent += step();
        let block = Instant::now();
        while block.elapsed().as_secs_f64() < seconds / BLOCKS as f64 {
            steps.push(step());
        }
        spent += block.elapsed().as_secs_f64();
        if spent >= 2.0 * seconds {
            break;
        }
    }
    machine.time(&mut products);
    steps.sort_by(f64::total_cmp);
    products.sort_by(f64::total_cmp);
    (steps, products)
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
        Products::gflops(quantile(&self.products, 0.5))
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
        Ok(output::document(report.to_string())?)
    }
}
