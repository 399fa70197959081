//! A training step allocates nothing, whatever the objective: buffers are planned once.
// A global allocator is an unsafe trait; this one counts and hands on.
#![allow(unsafe_code, clippy::unwrap_used)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

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
    let mut trainer = common::trainer(preset, overrides, Threads::ONE);
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
    for preset in gan::presets::PRESETS {
        assert_eq!(allocations(preset.name, &["train.batch_size=16"]), 0, "{}", preset.name);
    }
    for overrides in common::OBJECTIVES {
        assert_eq!(allocations("tutorial", overrides), 0, "{overrides:?}");
    }
}
