use proptest::prelude::*;

use super::convolution::Convolution;
use super::method::{Method, Methods};
use super::window::Window;
use crate::activation::Activation;
use crate::epilogue::Epilogue;
use crate::noise::{NoiseKey, fill_normal};
use crate::threads::Threads;
use crate::tile::{TILE, Tile};

#[path = "twin.rs"]
mod twin;

fn normal(stream: u64, n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    fill_normal(NoiseKey { seed: 11, stream, step: 0 }, 0, &mut v);
    v
}

/// The root mean square and the greatest of the differences to the twin, over the root mean square of the twin.
fn errors(values: &[f32], twin: &[f64]) -> (f64, f64) {
    assert!(values.iter().all(|v| v.is_finite()));
    let differences = || values.iter().zip(twin).map(|(v, t)| (f64::from(*v) - t).abs());
    let most = differences().fold(0.0, f64::max);
    let squares: f64 = differences().map(|d| d * d).sum();
    let scale: f64 = twin.iter().map(|t| t * t).sum();
    if scale > 0.0 {
        ((squares / scale).sqrt(), most / (scale / twin.len() as f64).sqrt())
    } else {
        (most, most)
    }
}

/// Checks an operation's result against its twin.
fn check_values(method: Method, values: &[f32], twin: &[f64], context: &str) {
    let (mean, most) = errors(values, twin);
    let (mean_limit, most_limit) = if method == Method::Winograd { (1e-5, 1e-4) } else { (2e-6, 2e-5) };
    assert!(mean < mean_limit && most < most_limit, "{method:?}: errors {mean} and {most}, {context}");
}

/// Values to run a window on: large and small images, and a kernel.
struct Values {
    batch: usize,
    large: Vec<f32>,
    small: Vec<f32>,
    w: Vec<f32>,
}

impl Values {
    fn of(window: &Window, batch: usize) -> Values {
        Values {
            batch,
            large: normal(1, batch * window.large_len()),
            small: normal(2, batch * window.small_len()),
            w: normal(3, window.kernel_len()),
        }
    }

    fn forward(&self, plan: &Convolution, tile: &Tile, threads: usize, epilogue: Epilogue) -> Vec<f32> {
        // Where nothing is added, what was there must not matter.
        let before = if let Epilogue::Accumulate = epilogue {
            self.small.clone()
        } else {
            vec![f32::NAN; self.small.len()]
        };
        let (mut out, mut scratch) = (before, vec![f32::NAN; plan.scratch_len(self.batch)]);
        let values = (&self.large[..], &self.w[..], &mut out[..]);
        plan.forward_by(tile, Threads::new(threads), values, epilogue, &mut scratch);
        out
    }

    fn adjoint(&self, plan: &Convolution, tile: &Tile, threads: usize, epilogue: Epilogue) -> Vec<f32> {
        let before = if let Epilogue::Accumulate = epilogue {
            self.large.clone()
        } else {
            vec![f32::NAN; self.large.len()]
        };
        let (mut out, mut scratch) = (before, vec![f32::NAN; plan.scratch_len(self.batch)]);
        let values = (&self.small[..], &self.w[..], &mut out[..]);
        plan.adjoint_by(tile, Threads::new(threads), values, epilogue, &mut scratch);
        out
    }

    fn weight_grad(&self, plan: &Convolution, tile: &Tile, threads: usize, accumulate: bool) -> Vec<f32> {
        let before = if accumulate { self.w.clone() } else { vec![f32::NAN; self.w.len()] };
        let (mut out, mut scratch) = (before, vec![f32::NAN; plan.scratch_len(self.batch)]);
        let values = (&self.large[..], &self.small[..], &mut out[..]);
        plan.weight_grad_by(tile, Threads::new(threads), values, accumulate, &mut scratch);
        out
    }

    /// All three, one after the other.
    fn all(&self, plan: &Convolution, tile: &Tile, threads: usize) -> [Vec<f32>; 3] {
        [
            self.forward(plan, tile, threads, Epilogue::None),
            self.adjoint(plan, tile, threads, Epilogue::None),
            self.weight_grad(plan, tile, threads, false),
        ]
    }
}

/// Every method the window can be computed by, each operation by the same.
fn plans(window: Window) -> Vec<Convolution> {
    let by = |methods| {
        let mut plan = Convolution::new(window);
        plan.methods = methods;
        plan
    };
    let mut plans = vec![Convolution::new(window)];
    for method in [Method::ImplicitGemm, Method::Col2im] {
        let gradient = if window.stride == (1, 1) { method } else { Method::ImplicitGemm };
        plans.push(by(Methods { forward: method, adjoint: method, gradient }));
    }
    if plans[0].forward_tiles.is_some() && plans[0].adjoint_tiles.is_some() {
        let method = Method::Winograd;
        plans.push(by(Methods { forward: method, adjoint: method, gradient: method }));
    }
    plans
}

fn check(window: Window, batch: usize) {
    let values = Values::of(&window, batch);
    let forward = twin::forward(&window, batch, &values.large, &values.w);
    let adjoint = twin::adjoint(&window, batch, &values.small, &values.w);
    let gradient = twin::weight_grad(&window, batch, &values.large, &values.small);
    for plan in plans(window) {
        let context = format!("{window:?} of {batch} by {:?}", plan.methods);
        let one = values.all(&plan, &TILE, 1);
        let methods = [plan.methods.forward, plan.methods.adjoint, plan.methods.gradient];
        for ((method, out), twin) in methods.into_iter().zip(&one).zip([&forward, &adjoint, &gradient]) {
            check_values(method, out, twin, &context);
        }
        for threads in [2, 3, 5] {
            assert!(values.all(&plan, &TILE, threads) == one, "{threads} threads, {context}");
        }
        check_epilogues(&values, &plan, &one, &context);
    }
}

fn check_epilogues(
    values: &Values,
    plan: &Convolution,
    [forward, adjoint, gradient]: &[Vec<f32>; 3],
    context: &str,
) {
    let window = plan.window();
    let f = Activation::LeakyRelu(0.2);
    let close = |a: f32, b: f32| {
        (a - b).abs() <= 1e-5 * (1.0 + a.abs().max(b.abs())) * (window.kernel_len() as f32).sqrt()
    };
    type Run<'a> = &'a dyn Fn(Epilogue) -> Vec<f32>;
    let sides: [(_, _, Run); 2] = [
        (forward, window.small_channels, &|epilogue| values.forward(plan, &TILE, 2, epilogue)),
        (adjoint, window.large_channels, &|epilogue| values.adjoint(plan, &TILE, 2, epilogue)),
    ];
    for ((plain, channels, run), before) in sides.into_iter().zip([&values.small, &values.large]) {
        let bias = normal(4, channels);
        let fused = run(Epilogue::BiasActivation(Some(&bias), f));
        let without = run(Epilogue::BiasActivation(None, f));
        let scaled = run(Epilogue::Derivative(Activation::Tanh, before));
        let added = run(Epilogue::Accumulate);
        for (i, &value) in plain.iter().enumerate() {
            assert!(close(fused[i], f.value(value + bias[i % channels])), "bias, {context}");
            assert!(close(without[i], f.value(value)), "activation, {context}");
            assert!(
                close(scaled[i], value * Activation::Tanh.derivative(before[i])),
                "derivative, {context}"
            );
            assert!(close(added[i], before[i] + value), "accumulated, {context}");
        }
    }
    let added = values.weight_grad(plan, &TILE, 2, true);
    let depth = (values.small.len() as f32).sqrt();
    for ((added, before), value) in added.iter().zip(&values.w).zip(gradient) {
        assert!((added - (before + value)).abs() < 1e-5 * depth, "accumulated gradient, {context}");
    }
}

/// A window with padding on both sides as a layer would have it.
fn window(
    large: usize,
    small: usize,
    kernel: usize,
    stride: usize,
    before: usize,
    channels: (usize, usize),
) -> Window {
    Window {
        large: (large, large),
        small: (small, small),
        kernel: (kernel, kernel),
        stride: (stride, stride),
        before: (before, before),
        large_channels: channels.0,
        small_channels: channels.1,
    }
}

#[test]
fn layers_of_image_networks() {
    for (window, batch) in [
        (window(7, 7, 5, 1, 2, (24, 40)), 9),
        (window(14, 7, 5, 2, 1, (64, 128)), 11),
        (window(28, 14, 5, 2, 1, (1, 64)), 3),
        (window(28, 28, 3, 1, 1, (32, 1)), 2),
        (window(28, 14, 4, 2, 1, (3, 33)), 2),
        (window(30, 28, 3, 1, 0, (5, 3)), 2),
        (window(7, 4, 3, 2, 1, (17, 270)), 5),
        (window(4, 1, 4, 1, 0, (20, 1)), 13),
        (window(6, 6, 1, 1, 0, (30, 50)), 4),
        (window(7, 7, 5, 1, 2, (32, 48)), 37),
        (window(9, 9, 3, 1, 1, (16, 272)), 18),
        (window(10, 6, 5, 1, 0, (528, 16)), 3),
        (window(5, 8, 3, 1, 2, (16, 32)), 40),
    ] {
        check(window, batch);
    }
}

/// The deepest sums that Winograd's tiles are used for in the example networks.
#[test]
fn winograd_is_exact_enough_for_a_deep_kernel() {
    for window in [window(7, 7, 5, 1, 2, (128, 256)), window(8, 8, 3, 1, 1, (256, 128))] {
        let values = Values::of(&window, 5);
        let plan = Convolution::new(window);
        let [forward, adjoint, gradient] = values.all(&plan, &TILE, 2);
        let (large, small, w) = (&values.large, &values.small, &values.w);
        let Methods { forward: by_forward, adjoint: by_adjoint, gradient: by_gradient } = plan.methods;
        assert_eq!([by_forward, by_adjoint, by_gradient], [Method::Winograd; 3]);
        check_values(by_forward, &forward, &twin::forward(&window, 5, large, w), "forward");
        check_values(by_adjoint, &adjoint, &twin::adjoint(&window, 5, small, w), "adjoint");
        check_values(by_gradient, &gradient, &twin::weight_grad(&window, 5, large, small), "gradient");
    }
}

#[test]
fn sides_that_hardly_meet() {
    // Strides beyond the kernel; padding beyond it; a large image that ends before the last window begins.
    check(window(9, 3, 1, 3, 0, (3, 5)), 2);
    check(window(4, 6, 2, 2, 4, (4, 20)), 3);
    check(window(2, 5, 3, 3, 1, (18, 6)), 2);
    check(window(20, 3, 2, 2, 0, (2, 2)), 1);
    check(window(3, 2, 2, 1, 7, (2, 2)), 2);
}

#[test]
fn every_tile_of_this_processor_agrees_with_the_plain_one() {
    for (window, batch) in [
        (window(7, 7, 5, 1, 2, (24, 40)), 3),
        (window(14, 7, 4, 2, 1, (16, 50)), 2),
        (window(12, 12, 3, 1, 1, (33, 2)), 2),
        (window(7, 7, 5, 1, 2, (32, 48)), 3),
        (window(6, 7, 3, 1, 1, (16, 64)), 3),
    ] {
        let values = Values::of(&window, batch);
        for plan in plans(window) {
            let plain = values.all(&plan, &Tile::portable(), 1);
            let tiles = Tile::fused();
            for tile in &tiles {
                let out = values.all(&plan, tile, 2);
                for (out, plain) in out.iter().zip(&plain) {
                    let plain: Vec<f64> = plain.iter().map(|&v| f64::from(v)).collect();
                    check_values(Method::Winograd, out, &plain, &format!("{window:?}"));
                }
                // Those that fuse multiply and add give the same bits.
                assert!(out == values.all(&plan, &tiles[0], 1), "{window:?}");
            }
        }
    }
}

#[test]
fn no_images_are_nothing_and_clear_a_gradient() {
    for window in [window(5, 3, 3, 2, 1, (2, 20)), window(7, 7, 3, 1, 1, (16, 16))] {
        let values = Values::of(&window, 0);
        for plan in plans(window) {
            assert!(values.forward(&plan, &TILE, 2, Epilogue::None).is_empty());
            assert!(values.adjoint(&plan, &TILE, 2, Epilogue::None).is_empty());
            assert!(values.weight_grad(&plan, &TILE, 2, false).iter().all(|&v| v == 0.0));
            assert_eq!(values.weight_grad(&plan, &TILE, 2, true), values.w);
        }
    }
}

fn any_window() -> impl Strategy<Value = (Window, usize)> {
    let side = || (1usize..7, 1usize..4, 1usize..8, 0usize..4, 0usize..6);
    (side(), side(), 1usize..41, 1usize..41, 1usize..5).prop_map(
        |(y, x, large_channels, small_channels, batch)| {
            // The large side as long as its windows, but for the padding, and something that no window sees, or cut short.
            let large = |(kernel, stride, small, before, rest): (usize, usize, usize, usize, usize)| {
                ((small - 1) * stride + kernel + rest).saturating_sub(before + 2).max(1)
            };
            let window = Window {
                large: (large(y), large(x)),
                small: (y.2, x.2),
                kernel: (y.0, x.0),
                stride: (y.1, x.1),
                before: (y.3, x.3),
                large_channels,
                small_channels,
            };
            (window, batch)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_window_agrees_with_its_twin((window, batch) in any_window()) {
        check(window, batch);
    }

    /// `<forward(x), y> = <x, adjoint(y)> = <weight_grad(x, y), w>`.
    #[test]
    fn the_three_operations_are_one_trilinear_form((window, batch) in any_window()) {
        let values = Values::of(&window, batch);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let plan = Convolution::new(window);
        let [forward, adjoint, gradient] = values.all(&plan, &TILE, 2);
        let forms = [dot(&forward, &values.small), dot(&values.large, &adjoint), dot(&gradient, &values.w)];
        let scale = dot(&forward, &forward).sqrt() * dot(&values.small, &values.small).sqrt() + 1.0;
        prop_assert!((forms[0] - forms[1]).abs() < 1e-5 * scale, "{forms:?}");
        prop_assert!((forms[0] - forms[2]).abs() < 1e-5 * scale, "{forms:?}");
    }
}
