//! A convolution allocates nothing once it is planned.

// Counting needs an allocator of our own, and an allocator is an unsafe trait. This is a test, not the library.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ganymede_kernels::conv::{Convolution, Window};
use ganymede_kernels::{Activation, Epilogue, Threads};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting this thread's allocations.
struct Counting;

// SAFETY: every call goes to the system's allocator with the caller's own arguments, whose contract is the same. Counting
// touches thread-local cells that are initialised by constants and have no destructor, so it neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BATCH: usize = 6;

#[test]
fn a_planned_convolution_allocates_nothing() {
    // Implicit products, col2im with few channels on either side, and Winograd's tiles.
    for (side, kernel, stride, large_channels, small_channels) in
        [(9, 4, 2, 20, 40), (12, 5, 2, 1, 24), (9, 3, 1, 32, 1), (14, 3, 1, 40, 40), (14, 5, 1, 128, 128)]
    {
        let small_side = side / stride;
        let plan = Convolution::new(Window {
            large: (side, side),
            small: (small_side, small_side),
            kernel: (kernel, kernel),
            stride: (stride, stride),
            before: (1, 1),
            large_channels,
            small_channels,
        });
        let window = plan.window();
        let (mut large, mut small) =
            (vec![0.5; BATCH * window.large_len()], vec![0.5; BATCH * window.small_len()]);
        let mut w = vec![0.5; window.kernel_len()];
        let (bias, y) = (vec![0.5; small_channels], vec![0.5; large.len()]);
        let mut scratch = vec![0.0; plan.scratch_len(BATCH)];
        let mut round = || {
            let bias_activation = Epilogue::BiasActivation(Some(&bias), Activation::Relu);
            plan.forward(Threads::ONE, &large, &w, &mut small, bias_activation, &mut scratch);
            let derivative = Epilogue::Derivative(Activation::Tanh, &y);
            plan.adjoint(Threads::ONE, &small, &w, &mut large, derivative, &mut scratch);
            plan.weight_grad(Threads::ONE, &large, &small, false, &mut w, &mut scratch);
        };
        // The first round may find out what the processor can do, once.
        round();
        let before = ALLOCATIONS.get();
        round();
        assert_eq!(ALLOCATIONS.get(), before, "{window:?}");
    }
}
