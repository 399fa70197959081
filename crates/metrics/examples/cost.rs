//! What each metric costs at the sizes of a report: 10,000 samples of 128 features, and 2,000 queries a set
//! against 60,000 images of 784 pixels.
//!
//! Run: `cargo run --release -p ganymede-metrics --example cost -- [threads] [collapsed]`; with `collapsed`,
//! all generated samples are one point, where every pair needs float64.

#![allow(clippy::print_stdout, reason = "its purpose")]

use std::time::Instant;

use kernels::Threads;
use kernels::noise::{NoiseKey, fill_normal};
use metrics::{
    Features, Gaussian, KidOptions, MemoryOptions, MetricError, PrdcOptions, diversity, frechet, kid, memory,
    prdc, two_sample,
};

fn normal(stream: u64, n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    fill_normal(NoiseKey { seed: 1, stream, step: 0 }, 0, &mut v);
    v
}

fn timed<R>(name: &str, f: impl FnOnce() -> Result<R, MetricError>) -> Result<(), MetricError> {
    let start = Instant::now();
    f()?;
    println!("{name:<12} {:>8.0} ms", start.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

fn main() -> Result<(), MetricError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let threads = Threads::new(arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(2));
    let (n, d) = (10_000, 128);
    let (real, mut generated) = (normal(1, n * d), normal(2, n * d));
    if arguments.iter().any(|a| a == "collapsed") {
        generated = generated[..d].repeat(n);
    }
    let (x, y) = (Features::new(&real, n, d)?, Features::new(&generated, n, d)?);
    timed("frechet", || frechet(&Gaussian::fit(&x)?, &Gaussian::fit(&y)?))?;
    timed("kid", || kid(threads, &x, &y, &KidOptions::default()))?;
    timed("prdc", || prdc(threads, &x, &y, &PrdcOptions::default()))?;
    timed("two_sample", || two_sample(threads, &x, &y))?;
    timed("diversity", || diversity(threads, &y))?;
    let (pixels, images) = (784, 60_000);
    let (training, test) = (normal(3, images * pixels), normal(4, 10_000 * pixels));
    let made = normal(5, 10_000 * pixels);
    let (training, test) = (Features::new(&training, images, pixels)?, Features::new(&test, 10_000, pixels)?);
    let made = Features::new(&made, 10_000, pixels)?;
    timed("memory", || memory(threads, &training, &test, &made, &MemoryOptions::default()))
}
