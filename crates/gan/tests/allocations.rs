//! A training step allocates nothing, whatever the objective: buffers are planned once.
// A global allocator is an unsafe trait; this one counts and hands on.
#![allow(unsafe_code, clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use gan::Trainer;
use gan::config::{Source, Written};
use nn::Threads;

struct Counting;

thread_local! {
    static COUNT: Cell<Option<usize>> = const { Cell::new(None) };
}

fn note() {
    COUNT.with(|c| c.set(c.get().map(|n| n + 1)));
}

// SAFETY: every call is the system allocator's own, with the arguments it was given.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(preset: &str, overrides: &[&str]) -> usize {
    let pixels: Vec<u8> = (0..200 * 784).map(|i| (i % 251) as u8).collect();
    let images = data::ImageSet::new("test", 28, 28, 1, pixels, None).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    let source =
        Source::new(gan::presets::find(preset).unwrap().text, preset).with_overrides(&overrides).unwrap();
    let mut trainer = Trainer::new(&Written::parse(&source).unwrap(), &source, images, Threads::ONE).unwrap();
    trainer.step();
    COUNT.with(|c| c.set(Some(0)));
    // More than an epoch of 200 images, so that the order changes as well.
    for _ in 0..5 {
        trainer.step();
    }
    COUNT.with(|c| c.take()).unwrap()
}

#[test]
fn steps_allocate_nothing() {
    let normed =
        "discriminator.layers=[{ dense = 32 }, \"batch-norm\", \"relu\", { dropout = 0.3 }, { dense = 1 }]";
    for preset in gan::presets::PRESETS {
        assert_eq!(allocations(preset.name, &[]), 0, "{}", preset.name);
    }
    for overrides in [
        &["train.update=alternating", "train.d_steps=2"][..],
        &["objective.loss=wasserstein", "objective.weight_clip=0.01"],
        &["objective.loss=wasserstein", "objective.gradient_penalty=10"],
        &["objective.loss=relativistic", "objective.r1=0.1", "objective.r2=0.1"],
        &["objective.loss=constrained", "generator.latent=784"],
        &["objective.instance_noise=0.1", "objective.gradient_clip=1", "objective.label_smoothing=0.1"],
        &["train.players=discriminator"],
        &["train.players=generator"],
        &[normed],
        &[normed, "train.update=alternating"],
        &[
            "optimizer.generator.kind=adamw",
            "optimizer.discriminator.kind=sgd",
            "optimizer.discriminator.momentum=0.9",
        ],
    ] {
        assert_eq!(allocations("tutorial", overrides), 0, "{overrides:?}");
    }
}
