//! Times the convolutions of two small image GANs: milliseconds, GFLOP/s by the direct count, and the share of the rate of
//! a 1024 x 1024 x 1024 product in the same run.
//!
//! `cargo run --release -p ganymede-kernels --example convolutions [-- FILTER [SECONDS]]`; FILTER is part of a layer's name.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use ganymede_kernels::conv::{Convolution, Window};
use ganymede_kernels::{Activation, Epilogue, Matrix, Threads, product};

/// `(name, large side, small side, kernel, stride, before, large channels, small channels)`: square windows.
type Layer = (&'static str, usize, usize, usize, usize, usize, usize, usize);

const LAYERS: [Layer; 11] = [
    ("dcgan G1 adjoint 7x7x256 ->  7x7x128 5x5", 7, 7, 5, 1, 2, 128, 256),
    ("dcgan G2 adjoint 7x7x128 -> 14x14x64 5x5/2", 14, 7, 5, 2, 1, 64, 128),
    ("dcgan G3 adjoint 14x14x64 -> 28x28x1  5x5/2", 28, 14, 5, 2, 1, 1, 64),
    ("dcgan D1 forward 28x28x1 -> 14x14x64 5x5/2", 28, 14, 5, 2, 1, 1, 64),
    ("dcgan D2 forward 14x14x64 -> 7x7x128 5x5/2", 14, 7, 5, 2, 1, 64, 128),
    ("small G1 adjoint 7x7x128 -> 14x14x64 4x4/2", 14, 7, 4, 2, 1, 64, 128),
    ("small G2 adjoint 14x14x64 -> 28x28x32 4x4/2", 28, 14, 4, 2, 1, 32, 64),
    ("small G3 forward 28x28x32 -> 28x28x1 3x3", 28, 28, 3, 1, 1, 32, 1),
    ("small D1 forward 28x28x1 -> 14x14x32 4x4/2", 28, 14, 4, 2, 1, 1, 32),
    ("small D2 forward 14x14x32 -> 7x7x64  4x4/2", 14, 7, 4, 2, 1, 32, 64),
    ("small D3 forward 7x7x64  ->  4x4x128 3x3/2", 7, 4, 3, 2, 1, 64, 128),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let filter = arguments.next().unwrap_or_default();
    let time = Duration::from_secs_f64(arguments.next().map_or(Ok(0.2), |text| text.parse())?);
    for threads in [1, 2] {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(|| {
            let rate = product_rate(Threads::new(threads), time);
            println!("\n{threads} thread(s); a product of 1024: {rate:.0} GFLOP/s");
            println!(
                "{:40} {:>5} {:>22} {:>22} {:>22}",
                "layer", "batch", "forward", "adjoint", "weight grad"
            );
            for layer in LAYERS.iter().filter(|layer| layer.0.contains(&filter)) {
                for batch in [64, 128] {
                    run(layer, batch, Threads::new(threads), time, rate);
                }
            }
        });
    }
    Ok(())
}

/// The best of at least five runs within `time`, in seconds: neighbours only ever slow a run down.
fn best(time: Duration, mut f: impl FnMut()) -> f64 {
    f();
    let (mut best, mut runs, begin) = (f64::INFINITY, 0, Instant::now());
    while runs < 5 || begin.elapsed() < time {
        let start = Instant::now();
        f();
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    best
}

/// Values in [-1, 1] without a pattern that could matter.
fn values(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 2001) as f32 * 1e-3 - 1.0).collect()
}

fn product_rate(threads: Threads, time: Duration) -> f64 {
    const SIDE: usize = 1024;
    let (a, b) = (values(SIDE * SIDE), values(SIDE * SIDE));
    let mut out = vec![0.0; SIDE * SIDE];
    let seconds = best(time, || {
        let (a, b) = (Matrix::new(&a, SIDE, SIDE), Matrix::new(&b, SIDE, SIDE));
        product(threads, &mut out, a, b, Epilogue::None);
    });
    2.0 * (SIDE * SIDE * SIDE) as f64 / seconds / 1e9
}

fn run(layer: &Layer, batch: usize, threads: Threads, time: Duration, rate: f64) {
    let &(name, large, small, kernel, stride, before, large_channels, small_channels) = layer;
    let plan = Convolution::new(Window {
        large: (large, large),
        small: (small, small),
        kernel: (kernel, kernel),
        stride: (stride, stride),
        before: (before, before),
        large_channels,
        small_channels,
    });
    let window = plan.window();
    let (large, small, w) =
        (values(batch * window.large_len()), values(batch * window.small_len()), values(window.kernel_len()));
    let mut scratch = vec![0.0; plan.scratch_len(batch)];
    let (mut large_out, mut small_out, mut dw) = (large.clone(), small.clone(), w.clone());
    let f = Activation::LeakyRelu(0.2);
    let bias = values(small_channels);
    let bias_activation = Epilogue::BiasActivation(Some(&bias), f);
    let forward = best(time, || {
        plan.forward(threads, &large, &w, &mut small_out, bias_activation, &mut scratch);
    });
    let derivative = Epilogue::Derivative(f, &large);
    let adjoint = best(time, || {
        plan.adjoint(threads, &small, &w, &mut large_out, derivative, &mut scratch);
    });
    let gradient = best(time, || {
        plan.weight_grad(threads, &large, &small, false, &mut dw, &mut scratch);
    });
    let cell = |seconds: f64| {
        let gflops = (batch * window.flops()) as f64 / seconds / 1e9;
        format!("{:7.3} {gflops:6.0} {:6.0}%", seconds * 1e3, 100.0 * gflops / rate)
    };
    println!("{name:40} {batch:>5} {:>22} {:>22} {:>22}", cell(forward), cell(adjoint), cell(gradient));
}
