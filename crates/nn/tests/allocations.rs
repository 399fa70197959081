//! A training round allocates nothing: all buffers are planned before it.

// Counting needs an allocator of our own, and an allocator is an unsafe trait. This is a test, not the
// library.
#![allow(unsafe_code)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{ALL, layers, normal, parameters};
use ganymede_nn::{Init, Mode, Network, NoiseKey, Optimizer, Rule, Shape, Threads, WeightGrad};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting this thread's allocations.
struct Counting;

fn count() {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

// SAFETY: every call goes to the system's allocator with the caller's own arguments, whose contract is the
// same. Counting touches thread-local cells that are initialised by constants and have no destructor, so it
// neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const THREADS: Threads = Threads::ONE;
const BATCH: usize = 24;
const FEATURES: usize = 20;
const INPUT: Shape = Shape { height: 2, width: 2, channels: 5 };
const CLASSES: usize = 3;

const MIXED: &str = "['tanh', { dense = 40 }, 'batch-norm', 'relu', { dropout = 0.3 }, { dense = 30, bias = false }, \
                     { leaky-relu = 0.2 }, { dense = 70 }, 'sigmoid']";
const LABELLED: &str = "[{ diff-augment = ['brightness', 'contrast', 'saturation', 'translation', 'cutout'] }, \
                        { diff-augment = ['cutout'], class-probabilities = [0, 0.5, 1] }, 'flatten', \
                        { class-embedding = 4 }, { dense = 36, spectral-norm = true }, { leaky-relu = 0.2 }, \
                        { reshape = [2, 2, 9] }, { upsample = 2 }, { avg-pool = 4 }, \
                        { projection-head = { spectral-norm = true } }]";
const NORMS: &str = "['layer-norm', { residual = ['instance-norm', 'relu'] }, 'minibatch-stddev', \
                     { upsample = 2, method = 'bilinear' }, 'global-avg-pool', 'pixel-norm', \
                     { classifier-head = { spectral-norm = true } }]";
const SEPARABLE: &str = "[{ dropout = 0.1 }, { dense = 40 }, { leaky-relu = 0.2 }, { dense = 1 }]";

fn rules() -> Vec<Rule> {
    let mut rules = vec![Rule::adam(1e-3), Rule::adamw(1e-3)];
    for momentum in [0.0, 0.9] {
        for choice in [false, true] {
            rules.push(Rule::RmsProp { lr: 1e-3, alpha: 0.99, eps: 1e-8, momentum, centered: choice });
            rules.push(Rule::Sgd { lr: 1e-3, momentum, nesterov: choice && momentum > 0.0 });
        }
    }
    rules
}

fn allocations_of(run: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

#[test]
fn the_count_counts() {
    assert!(allocations_of(|| drop(std::hint::black_box(vec![1.0f32; 10]))) == 1);
}

#[test]
fn a_training_round_allocates_nothing() {
    for (text, scaled) in [(MIXED, false), (SEPARABLE, true), (LABELLED, true), (NORMS, false)] {
        let network = Network::conditional(&layers(text), INPUT, CLASSES, Init::default()).unwrap();
        let (mut weights, mut state) = (parameters(&network), network.initial_state());
        let mut tape = network.tape(BATCH, ALL);
        let x = normal(1, BATCH * FEATURES);
        let dy = normal(2, BATCH * network.output().values());
        let scale = normal(4, BATCH);
        let mut grads = vec![0.0; weights.len()];
        let mut optimizers: Vec<Optimizer> =
            rules().into_iter().map(|rule| Optimizer::new(rule, weights.len())).collect();
        let mut round = |step: u64, batch: usize| {
            let mode = Mode::Train(NoiseKey { seed: 1, stream: 1, step });
            let (all, scale) = (0..batch, &scale[..batch]);
            let dy = &dy[..batch * network.output().values()];
            tape.set_batch(batch);
            tape.input_mut().copy_from_slice(&x[..batch * FEATURES]);
            tape.labels_mut().iter_mut().zip(0..).for_each(|(label, i)| *label = i % CLASSES as u32);
            network.forward(THREADS, Mode::Evaluate, &weights, &mut state, &mut tape);
            network.forward(
                THREADS,
                Mode::Calibrate(NoiseKey { seed: 1, stream: 2, step }, 0.5),
                &weights,
                &mut state,
                &mut tape,
            );
            network.forward(THREADS, mode, &weights, &mut state, &mut tape);
            network.seed(THREADS, dy, &mut tape);
            network.seed_scaled(THREADS, scale, dy, &mut tape);
            network.vjp(THREADS, mode, &weights, 0..0, &mut tape);
            network.vjp(THREADS, mode, &weights, all.clone(), &mut tape);
            let (tangent, cotangent) = tape.input_tangent_mut(all.clone());
            tangent.copy_from_slice(cotangent);
            network.jvp(THREADS, mode, &weights, all.clone(), &mut tape);
            network.weight_grad(THREADS, mode, &WeightGrad::default(), &mut tape, &mut grads);
            if scaled {
                let how = WeightGrad { row_scale: Some(scale), tangent_rows: all, accumulate: true };
                network.weight_grad(THREADS, mode, &how, &mut tape, &mut grads);
                let how = WeightGrad { row_scale: Some(scale), ..WeightGrad::default() };
                network.weight_grad(THREADS, mode, &how, &mut tape, &mut grads);
            }
            for optimizer in &mut optimizers {
                optimizer.step(THREADS, 1.0, 1.0, &grads, &mut weights);
            }
        };
        // The first round may find out what the processor can do, once.
        round(0, BATCH);
        for (step, batch) in [(1, BATCH), (2, BATCH - 5), (3, BATCH)] {
            assert_eq!(allocations_of(|| round(step, batch)), 0, "{text}, step {step}");
        }
    }
}
