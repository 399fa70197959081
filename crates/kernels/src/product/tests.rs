use proptest::prelude::*;

use super::multiply::product_by;
use super::*;
use crate::activation::Activation;
use crate::epilogue::Epilogue;
use crate::noise::{NoiseKey, fill_normal};
use crate::threads::Threads;
use crate::tile::Tile;

fn normal(stream: u64, n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    fill_normal(NoiseKey { seed: 5, stream, step: 0 }, 0, &mut v);
    v
}

/// Scalar twin: three loops in float64.
fn twin(
    m: usize,
    n: usize,
    k: usize,
    at: impl Fn(usize, usize) -> f32,
    b: impl Fn(usize, usize) -> f32,
) -> Vec<f64> {
    let mut out = vec![0.0; m * n];
    for i in 0..m {
        for l in 0..k {
            for j in 0..n {
                out[i * n + j] += at(i, l) as f64 * b(l, j) as f64;
            }
        }
    }
    out
}

/// The values of a right factor, `[n, k]` to be transposed or `[k, n]`, in panels.
fn b_to_panels(n: usize, k: usize, transposed: bool, b: &[f32]) -> Vec<f32> {
    if transposed { to_panels(n, k, b) } else { to_panels(k, n, b) }
}

fn b_in_panels(n: usize, k: usize, transposed: bool, panels: &[f32]) -> Matrix<'_> {
    if transposed { Matrix::in_panels(panels, n, k).transposed() } else { Matrix::in_panels(panels, k, n) }
}

fn check(m: usize, n: usize, k: usize, transpose_a: bool, transpose_b: bool) {
    let (a, b) = (normal(1, m * k), normal(2, k * n));
    let am = if transpose_a { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
    let bm = if transpose_b { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
    let expected = twin(
        m,
        n,
        k,
        |i, l| if transpose_a { a[l * m + i] } else { a[i * k + l] },
        |l, j| if transpose_b { b[j * k + l] } else { b[l * n + j] },
    );
    let mut one = vec![f32::NAN; m * n];
    product(Threads::ONE, &mut one, am, bm, Epilogue::None);
    for (o, e) in one.iter().zip(&expected) {
        assert!((*o as f64 - e).abs() < 1e-5 * (k as f64).sqrt() * 10.0, "{m} {n} {k}: {o} {e}");
    }
    let panels = b_to_panels(n, k, transpose_b, &b);
    let of_panels = b_in_panels(n, k, transpose_b, &panels);
    let one_in_panels = to_panels(m, n, &one);
    for threads in [1, 2, 3, 5, 8, 16] {
        for bm in [bm, of_panels] {
            let mut many = vec![f32::NAN; m * n];
            product(Threads::new(threads), &mut many, am, bm, Epilogue::None);
            let what = format!("{m}x{n}x{k} {transpose_a} {transpose_b}");
            assert!(one == many, "{what} in panels {} differs with {threads} threads", bm.in_panels);
        }
        let mut many = vec![f32::NAN; m * n];
        product_into_panels(Threads::new(threads), &mut many, am, bm, false);
        assert!(one_in_panels == many, "{m}x{n}x{k} into panels differs with {threads} threads");
    }
    let bias = normal(3, n);
    let y = normal(4, m * n);
    let mut fused = vec![0.0; m * n];
    product(
        Threads::new(3),
        &mut fused,
        am,
        bm,
        Epilogue::BiasActivation(Some(&bias), Activation::LeakyRelu(0.2)),
    );
    let mut scaled = vec![0.0; m * n];
    product(Threads::new(3), &mut scaled, am, bm, Epilogue::Derivative(Activation::Tanh, &y));
    let mut added = y.clone();
    product(Threads::new(3), &mut added, am, bm, Epilogue::Accumulate);
    for i in 0..m * n {
        assert_eq!(fused[i], Activation::LeakyRelu(0.2).value(one[i] + bias[i % n]));
        assert_eq!(scaled[i], one[i] * Activation::Tanh.derivative(y[i]));
        assert!((added[i] as f64 - (y[i] as f64 + expected[i])).abs() < 1e-4 * (k as f64).sqrt());
    }
}

#[test]
fn every_tile_of_this_processor_agrees_with_the_plain_one() {
    for (m, n, k) in
        [(1, 1, 1), (13, 31, 5), (13, 70, 1025), (14, 32, 512), (85, 257, 1025), (100, 300, 2100)]
    {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let (a, b) = (normal(1, m * k), normal(2, k * n));
            let am = if ta { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let bm = if tb { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let run = |tile: &Tile| {
                let mut out = normal(3, m * n);
                product_by(tile, Threads::ONE, &mut out, am, bm, Epilogue::Accumulate);
                out
            };
            let plain = run(&Tile::portable());
            let tiles = Tile::fused();
            for tile in &tiles {
                let out = run(tile);
                for (o, p) in out.iter().zip(&plain) {
                    assert!((o - p).abs() < 2e-5 * (k as f32).sqrt(), "{m} {n} {k}: {o} {p}");
                }
                // Those that fuse multiply and add give the same bits.
                assert_eq!(out, run(&tiles[0]), "{m} {n} {k}");
            }
            // A right factor in panels gives those of a row-major one.
            let panels = b_to_panels(n, k, tb, &b);
            let of_panels = b_in_panels(n, k, tb, &panels);
            for tile in tiles.iter().chain([&Tile::portable()]) {
                let mut out = normal(3, m * n);
                product_by(tile, Threads::ONE, &mut out, am, of_panels, Epilogue::Accumulate);
                assert_eq!(out, run(tile), "{m} {n} {k} in panels");
            }
        }
    }
}

#[test]
fn the_shapes_of_the_tutorial_networks() {
    for (m, n, k, ta, tb) in [
        (64, 784, 1024, false, false),
        (512, 1024, 64, true, false),
        (64, 512, 1024, false, true),
        (784, 512, 128, true, false),
        (128, 784, 512, false, true),
        (128, 1, 64, false, false),
        (64, 1, 128, true, false),
        (128, 64, 1, false, true),
        (33, 70, 1500, false, true),
        (13, 70, 2500, false, true),
        (13, 70, 2500, true, true),
    ] {
        check(m, n, k, ta, tb);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_shape(m in 1usize..150, n in 1usize..150, k in 1usize..1400, ta: bool, tb: bool) {
        check(m, n, k, ta, tb);
    }
}
