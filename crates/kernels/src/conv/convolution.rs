//! A window's three operations.

use super::col2im::{Col2im, Direction};
use super::implicit_gemm::{self, ImplicitGemm};
use super::kernel::Kernel;
use super::lowering::{self, Lowered};
use super::method::{Method, Methods};
use super::weight_grad::{WeightGrad, add_transposed};
use super::window::Window;
use super::winograd::Winograd;
use crate::epilogue::Epilogue;
use crate::memory::{CACHE_LINE, aligned};
use crate::threads::Threads;
use crate::tile::{TILE, Tile};

/// A window's three operations, with the tables they read images by. Made once; a call allocates nothing.
#[derive(Clone, Debug)]
pub struct Convolution {
    window: Window,
    forward: Lowered,
    adjoint: Lowered,
    /// The tiles of both directions, where there are any.
    pub(super) forward_tiles: Option<Winograd>,
    pub(super) adjoint_tiles: Option<Winograd>,
    pub(super) methods: Methods,
}

impl Convolution {
    /// Plans a window's operations.
    ///
    /// # Panics
    /// If a size, a stride or a number of channels is zero, an image or the kernel has 2^31 values or more, or the images of
    /// a gradient's panel have 2^32.
    pub fn new(window: Window) -> Convolution {
        let pairs = [window.large, window.small, window.kernel, window.stride];
        let channels = [window.large_channels, window.small_channels];
        assert!(
            pairs.into_iter().all(|(a, b)| a > 0 && b > 0) && channels.into_iter().all(|c| c > 0),
            "no size of a window is zero"
        );
        let most = [window.large_len(), window.small_len(), window.kernel_len()];
        assert!(most.into_iter().all(|len| len < 1 << 31), "images and kernel of fewer than 2^31 values");
        let (forward, adjoint) = (lowering::forward(&window), lowering::adjoint(&window));
        let (forward_tiles, adjoint_tiles) = (Winograd::forward(&window), Winograd::adjoint(&window));
        let methods =
            Methods::of(&window, (&forward, &adjoint), (forward_tiles.as_ref(), adjoint_tiles.as_ref()));
        Convolution { window, forward, adjoint, forward_tiles, adjoint_tiles, methods }
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Values of scratch that any of the operations needs for `batch` images.
    pub fn scratch_len(&self, batch: usize) -> usize {
        let implicit = |lowered, to| implicit_gemm::scratch_len(&TILE, lowered, to, batch);
        let col2im = |direction| batch * self.col2im(direction, Epilogue::None).image_scratch();
        let tiles = |tiles: &Option<Winograd>| tiles.as_ref().map_or(0, |tiles| tiles.scratch_len(batch));
        let kernel = self.window.kernel_len();
        let forward = match self.methods.forward {
            Method::ImplicitGemm => implicit(&self.forward, self.window.small_channels),
            Method::Col2im => kernel + col2im(Direction::Forward),
            Method::Winograd => tiles(&self.forward_tiles),
        };
        let adjoint = match self.methods.adjoint {
            Method::ImplicitGemm => implicit(&self.adjoint, self.window.large_channels),
            Method::Col2im => kernel + col2im(Direction::Adjoint(&self.forward.padding)),
            Method::Winograd => tiles(&self.adjoint_tiles),
        };
        let gradient = match self.methods.gradient {
            Method::ImplicitGemm => self.forward.padded_len(batch),
            Method::Col2im => kernel + self.adjoint.padded_len(batch),
            Method::Winograd => tiles(&self.forward_tiles),
        };
        forward.max(adjoint).max(gradient) + CACHE_LINE
    }

    fn col2im<'a>(&'a self, direction: Direction<'a>, epilogue: Epilogue<'a>) -> Col2im<'a> {
        Col2im { window: &self.window, direction, epilogue }
    }

    /// `small[n, i, j, :] = epilogue(sum over ky, kx of large[n, i sy - top + ky, j sx - left + kx, :] w[ky, kx])`: the
    /// convolution of large images; the vjp of the transposed convolution.
    ///
    /// # Panics
    /// If `large` and `small` are not as many whole images, the kernel has another size than the window's, or scratch is shorter
    /// than [`Convolution::scratch_len`].
    pub fn forward(
        &self,
        threads: Threads,
        large: &[f32],
        w: &[f32],
        small: &mut [f32],
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        self.forward_by(&TILE, threads, (large, w, small), epilogue, scratch);
    }

    /// [`Convolution::forward`] with the tiles of any instruction set.
    pub(super) fn forward_by(
        &self,
        tile: &Tile,
        threads: Threads,
        (large, w, small): (&[f32], &[f32], &mut [f32]),
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let (batch, scratch) = self.checked(large, w, small, scratch);
        epilogue.check(self.window.small_channels, small.len());
        if batch == 0 {
            return;
        }
        if let (Method::Winograd, Some(tiles)) = (self.methods.forward, &self.forward_tiles) {
            return tiles.convolve(tile, threads, (large, w, small), epilogue, scratch);
        }
        if let Method::Col2im = self.methods.forward {
            return self.col2im(Direction::Forward, epilogue).run(threads, large, w, small, scratch);
        }
        let (from, to) = (self.window.large_channels, self.window.small_channels);
        let kernel = Kernel { values: w, from, to, straight: true };
        let image = self.window.small_len();
        let product = ImplicitGemm { lowered: &self.forward, kernel, image, epilogue };
        product.run(tile, threads, large, small, scratch);
    }

    /// The adjoint: `large[n, y, x, :] = epilogue(sum of small[n, i, j, :] w[ky, kx]ᵀ)` over all small pixels and taps
    /// that see `(y, x)`: the transposed convolution of small images; the vjp of the convolution.
    ///
    /// # Panics
    /// As [`Convolution::forward`].
    pub fn adjoint(
        &self,
        threads: Threads,
        small: &[f32],
        w: &[f32],
        large: &mut [f32],
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        self.adjoint_by(&TILE, threads, (small, w, large), epilogue, scratch);
    }

    /// [`Convolution::adjoint`] with the tiles of any instruction set.
    pub(super) fn adjoint_by(
        &self,
        tile: &Tile,
        threads: Threads,
        (small, w, large): (&[f32], &[f32], &mut [f32]),
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let (batch, scratch) = self.checked(large, w, small, scratch);
        epilogue.check(self.window.large_channels, large.len());
        if batch == 0 {
            return;
        }
        if let (Method::Winograd, Some(tiles)) = (self.methods.adjoint, &self.adjoint_tiles) {
            return tiles.convolve(tile, threads, (small, w, large), epilogue, scratch);
        }
        if let Method::Col2im = self.methods.adjoint {
            return self
                .col2im(Direction::Adjoint(&self.forward.padding), epilogue)
                .run(threads, small, w, large, scratch);
        }
        let (from, to) = (self.window.small_channels, self.window.large_channels);
        let kernel = Kernel { values: w, from, to, straight: false };
        let image = self.window.large_len();
        let product = ImplicitGemm { lowered: &self.adjoint, kernel, image, epilogue };
        product.run(tile, threads, small, large, scratch);
    }

    /// `dw[ky, kx, cl, cs] = sum over images and small pixels of large[n, i sy - top + ky, j sx - left + kx, cl]
    /// small[n, i, j, cs]`, or added to `dw` where `accumulate`. One of the two is a cotangent.
    ///
    /// # Panics
    /// As [`Convolution::forward`].
    pub fn weight_grad(
        &self,
        threads: Threads,
        large: &[f32],
        small: &[f32],
        accumulate: bool,
        dw: &mut [f32],
        scratch: &mut [f32],
    ) {
        self.weight_grad_by(&TILE, threads, (large, small, dw), accumulate, scratch);
    }

    /// [`Convolution::weight_grad`] with the tiles of any instruction set.
    pub(super) fn weight_grad_by(
        &self,
        tile: &Tile,
        threads: Threads,
        (large, small, dw): (&[f32], &[f32], &mut [f32]),
        accumulate: bool,
        scratch: &mut [f32],
    ) {
        let (batch, scratch) = self.checked(large, dw, small, scratch);
        if let (Method::Winograd, Some(tiles)) = (self.methods.gradient, &self.forward_tiles)
            && batch > 0
        {
            return tiles.weight_grad(tile, threads, (large, small, dw), accumulate, scratch);
        }
        match self.methods.gradient {
            Method::ImplicitGemm | Method::Winograd => {
                let left = self.forward.read(threads, batch, large, scratch);
                let (classes, columns) = (&self.forward.tap_classes[..], self.window.small_channels);
                WeightGrad { tile, classes, left, right: small, images: batch, columns, accumulate }
                    .run(threads, dw);
            }
            Method::Col2im => {
                let (transposed, rest) = scratch.split_at_mut(dw.len());
                let left = self.adjoint.read(threads, batch, small, rest);
                let (classes, columns) = (&self.adjoint.tap_classes[..], self.window.large_channels);
                let product = WeightGrad {
                    tile,
                    classes,
                    left,
                    right: large,
                    images: batch,
                    columns,
                    accumulate: false,
                };
                product.run(threads, transposed);
                let taps = &self.adjoint.gathers[0].taps;
                add_transposed(taps, self.window.small_channels, columns, transposed, accumulate, dw);
            }
        }
    }

    /// Checks the sizes. Returns the number of images, and scratch from the beginning of a cache line on.
    fn checked<'a>(
        &self,
        large: &[f32],
        w: &[f32],
        small: &[f32],
        scratch: &'a mut [f32],
    ) -> (usize, &'a mut [f32]) {
        let batch = large.len() / self.window.large_len();
        assert_eq!(large.len(), batch * self.window.large_len(), "whole large images");
        assert_eq!(small.len(), batch * self.window.small_len(), "{batch} small images");
        assert_eq!(w.len(), self.window.kernel_len(), "kernel");
        assert!(scratch.len() >= self.scratch_len(batch), "scratch of a convolution");
        (batch, aligned(scratch))
    }
}
