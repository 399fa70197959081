//! Convolutions of `[batch, height, width, channels]`, and transposed ones: one geometry, three operations.
//!
//! A [`Window`] says which pixels of a large image each pixel of a small one sees. A convolution maps large to small
//! ([`Convolution::forward`]), a transposed convolution small to large ([`Convolution::adjoint`]); each is the other's adjoint, and
//! both have the same weights' gradient.
//!
//! | | forward, jvp | vjp |
//! |---|---|---|
//! | convolution | `forward` | `adjoint` |
//! | transposed convolution | `adjoint` | `forward` |
//!
//! Where there are channels enough, nothing is copied: a tile of a product reads its left factor from the images in place,
//! those taps of each window that lie within them (`tile.rs`, `lowering.rs`). To few channels, every pixel meets every tap first
//! (`col2im.rs`). What is chosen follows from the window alone, and so does the order of every sum.

mod col2im;
mod epilogue;
mod forward;
mod gradient;
mod lowering;
mod panel;
mod tile;
mod winograd;

use std::sync::LazyLock;

use self::col2im::{Col2im, Direction};
use self::epilogue::check_epilogue;
use self::forward::{Forward, Kernel, packed_len};
use self::gradient::Gradient;
use self::lowering::{Gather, Lowered, TapClass, panel_images};
use self::tile::Tile;
use self::winograd::Winograd;
use crate::product::{Epilogue, MIN_FLOPS_PER_PART};
use crate::threads::Threads;

/// The tile of this processor.
static TILE: LazyLock<Tile> = LazyLock::new(Tile::detect);

/// Which pixels of a large image the pixels of a small one see, and the channels of both.
///
/// Small pixel `(i, j)` sees large pixel `(i sy - top + ky, j sx - left + kx)` through tap `(ky, kx)`; outside the image it
/// sees zeros. Padding at the far sides follows from the sizes. Large pixels that nothing sees are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width of the large image.
    pub large: (usize, usize),
    /// Height and width of the small image.
    pub small: (usize, usize),
    /// Height and width of the kernel.
    pub kernel: (usize, usize),
    /// Rows and columns of the large image from one small pixel to the next.
    pub stride: (usize, usize),
    /// Rows of zeros above the large image, columns of zeros to its left.
    pub before: (usize, usize),
    /// Channels of the large image.
    pub large_channels: usize,
    /// Channels of the small image.
    pub small_channels: usize,
}

impl Window {
    /// Values of a large image.
    pub fn large_len(&self) -> usize {
        self.large.0 * self.large.1 * self.large_channels
    }

    /// Values of a small image.
    pub fn small_len(&self) -> usize {
        self.small.0 * self.small.1 * self.small_channels
    }

    /// Values of the kernel, `[kh, kw, large_channels, small_channels]`.
    pub fn kernel_len(&self) -> usize {
        self.kernel.0 * self.kernel.1 * self.large_channels * self.small_channels
    }

    /// Multiplications and additions of one image by the definition, those with zeros around it included: the same in all
    /// three operations.
    pub fn flops(&self) -> usize {
        2 * self.small.0 * self.small.1 * self.kernel_len()
    }
}

/// How an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// Products of windows read in place.
    ImplicitProduct,
    /// To few channels: every pixel meets every tap first. For a gradient: the other side is the left factor.
    Col2im,
    /// Tiles of outputs by their values at points.
    Winograd,
}

/// A window's three operations, with the tables they read images by. Made once; a call allocates nothing.
#[derive(Clone, Debug)]
pub struct Convolution {
    window: Window,
    forward: Lowered,
    adjoint: Lowered,
    /// The tiles of both directions, where there are any.
    forward_tiles: Option<Winograd>,
    adjoint_tiles: Option<Winograd>,
    methods: Methods,
}

/// A method for each operation.
#[derive(Clone, Copy, Debug)]
struct Methods {
    forward: Method,
    adjoint: Method,
    gradient: Method,
}

impl Methods {
    /// What costs least, counted in multiply-adds of half tiles 16 wide.
    fn of(
        window: &Window,
        (forward, adjoint): (&Lowered, &Lowered),
        (forward_tiles, adjoint_tiles): (Option<&Winograd>, Option<&Winograd>),
    ) -> Methods {
        /// A sum outside a product costs as much as so many multiply-adds within.
        const SUM: usize = 48;
        /// Winograd's tiles must win by this much: they are less exact.
        const MARGIN: (usize, usize) = (3, 2);
        let wide = |columns: usize| columns.next_multiple_of(16);
        let taps = window.kernel.0 * window.kernel.1;
        let (large, small) = (window.large.0 * window.large.1, window.small.0 * window.small.1);
        let Window { large_channels, small_channels, .. } = *window;
        let col2im = |pixels, from, to| (Method::Col2im, pixels * (from * wide(taps * to) + SUM * taps * to));
        let tiles = |tiles: Option<&Winograd>| {
            (Method::Winograd, tiles.map_or(usize::MAX, |tiles| MARGIN.0 * tiles.cost() / MARGIN.1))
        };
        let least = |methods: [(Method, usize); 3]| {
            methods
                .into_iter()
                .min_by_key(|(_, cost)| *cost)
                .map_or(Method::ImplicitProduct, |(method, _)| method)
        };
        let gradient = |lowered: &Lowered, to| match lowered.gradient_multiplies() {
            0 => usize::MAX,
            multiplies => multiplies * wide(to),
        };
        Methods {
            forward: least([
                (Method::ImplicitProduct, forward.multiplies() * wide(small_channels)),
                col2im(large, large_channels, small_channels),
                tiles(forward_tiles),
            ]),
            adjoint: least([
                (Method::ImplicitProduct, adjoint.multiplies() * wide(large_channels)),
                col2im(small, small_channels, large_channels),
                tiles(adjoint_tiles),
            ]),
            gradient: least([
                (Method::ImplicitProduct, gradient(forward, small_channels)),
                (Method::Col2im, gradient(adjoint, large_channels)),
                tiles(forward_tiles),
            ]),
        }
    }
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
        let packed = |gathers: &[Gather], to| {
            gathers.iter().map(|gather| packed_len(&TILE, gather, to)).sum::<usize>()
        };
        let padded = |lowered: &Lowered| if lowered.padded { batch * lowered.padding.plane() } else { 0 };
        let tiles = |tiles: &Option<Winograd>| tiles.as_ref().map_or(0, |tiles| tiles.scratch_len(batch));
        let (large, small, kernel) = (padded(&self.forward), padded(&self.adjoint), self.window.kernel_len());
        let forward = match self.methods.forward {
            Method::ImplicitProduct => packed(&self.forward.gathers, self.window.small_channels) + large,
            Method::Col2im => {
                kernel + batch * self.col2im(Direction::Forward, Epilogue::None).image_scratch()
            }
            Method::Winograd => tiles(&self.forward_tiles),
        };
        let adjoint = match self.methods.adjoint {
            Method::ImplicitProduct => packed(&self.adjoint.gathers, self.window.large_channels) + small,
            Method::Col2im => {
                kernel
                    + batch
                        * self
                            .col2im(Direction::Adjoint(&self.forward.padding), Epilogue::None)
                            .image_scratch()
            }
            Method::Winograd => tiles(&self.adjoint_tiles),
        };
        let gradient = match self.methods.gradient {
            Method::ImplicitProduct => large,
            Method::Col2im => small + kernel,
            Method::Winograd => tiles(&self.forward_tiles),
        };
        forward.max(adjoint).max(gradient) + LINE
    }

    fn col2im<'a>(&'a self, direction: Direction<'a>, epilogue: Epilogue<'a>) -> Col2im<'a> {
        Col2im { window: &self.window, direction, epilogue }
    }

    /// `small[n, i, j, :] = epilogue(sum over ky, kx of large[n, i sy - top + ky, j sx - left + kx, :] w[ky, kx])`: the
    /// convolution of `batch` large images; the vjp of the transposed convolution.
    ///
    /// # Panics
    /// If a slice has another size than the window and `batch` say, or scratch is shorter than
    /// [`Convolution::scratch_len`].
    #[allow(clippy::too_many_arguments, reason = "two factors, an output, and what every kernel takes")]
    pub fn forward(
        &self,
        threads: Threads,
        batch: usize,
        large: &[f32],
        w: &[f32],
        small: &mut [f32],
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        self.forward_by(&TILE, threads, batch, (large, w, small), epilogue, scratch);
    }

    fn forward_by(
        &self,
        tile: &Tile,
        threads: Threads,
        batch: usize,
        (large, w, small): (&[f32], &[f32], &mut [f32]),
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let scratch = self.checked(batch, large, w, small, scratch);
        check_epilogue(epilogue, self.window.small_channels, small);
        if let (Method::Winograd, Some(tiles)) = (self.methods.forward, &self.forward_tiles) {
            return tiles.convolve(tile, threads, (large, w, small), epilogue, scratch);
        }
        if let Method::Col2im = self.methods.forward {
            return self.col2im(Direction::Forward, epilogue).run(threads, large, w, small, scratch);
        }
        let (from, to) = (self.window.large_channels, self.window.small_channels);
        let kernel = Kernel { values: w, from, to, straight: true };
        let way = Way { lowered: &self.forward, kernel, image: self.window.small_len(), epilogue };
        way.run(tile, threads, large, small, scratch);
    }

    /// The adjoint: `large[n, y, x, :] = epilogue(sum of small[n, i, j, :] w[ky, kx]ᵀ)` over all small pixels and taps
    /// that see `(y, x)`: the transposed convolution of `batch` small images; the vjp of the convolution.
    ///
    /// # Panics
    /// As [`Convolution::forward`].
    #[allow(clippy::too_many_arguments, reason = "two factors, an output, and what every kernel takes")]
    pub fn adjoint(
        &self,
        threads: Threads,
        batch: usize,
        small: &[f32],
        w: &[f32],
        large: &mut [f32],
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        self.adjoint_by(&TILE, threads, batch, (small, w, large), epilogue, scratch);
    }

    fn adjoint_by(
        &self,
        tile: &Tile,
        threads: Threads,
        batch: usize,
        (small, w, large): (&[f32], &[f32], &mut [f32]),
        epilogue: Epilogue,
        scratch: &mut [f32],
    ) {
        let scratch = self.checked(batch, large, w, small, scratch);
        check_epilogue(epilogue, self.window.large_channels, large);
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
        let way = Way { lowered: &self.adjoint, kernel, image, epilogue };
        way.run(tile, threads, small, large, scratch);
    }

    /// `dw[ky, kx, cl, cs] = sum over images and small pixels of large[n, i sy - top + ky, j sx - left + kx, cl]
    /// small[n, i, j, cs]`, or added to `dw` where `accumulate`. One of both is a cotangent.
    ///
    /// # Panics
    /// As [`Convolution::forward`].
    #[allow(clippy::too_many_arguments, reason = "two factors, an output, and what every kernel takes")]
    pub fn weight_grad(
        &self,
        threads: Threads,
        batch: usize,
        large: &[f32],
        small: &[f32],
        accumulate: bool,
        dw: &mut [f32],
        scratch: &mut [f32],
    ) {
        self.weight_grad_by(&TILE, threads, batch, (large, small, dw), accumulate, scratch);
    }

    fn weight_grad_by(
        &self,
        tile: &Tile,
        threads: Threads,
        batch: usize,
        (large, small, dw): (&[f32], &[f32], &mut [f32]),
        accumulate: bool,
        scratch: &mut [f32],
    ) {
        let scratch = self.checked(batch, large, dw, small, scratch);
        if let (Method::Winograd, Some(tiles)) = (self.methods.gradient, &self.forward_tiles)
            && batch > 0
        {
            return tiles.weight_grad(tile, threads, (large, small, dw), accumulate, scratch);
        }
        match self.methods.gradient {
            Method::ImplicitProduct | Method::Winograd => {
                let left = self.forward.read(threads, batch, large, scratch);
                let (classes, columns) = (&self.forward.tap_classes[..], self.window.small_channels);
                Gradient { tile, classes, left, right: small, images: batch, columns, accumulate }
                    .run(threads, dw);
            }
            Method::Col2im => {
                let (transposed, rest) = scratch.split_at_mut(dw.len());
                let left = self.adjoint.read(threads, batch, small, rest);
                let (classes, columns) = (&self.adjoint.tap_classes[..], self.window.large_channels);
                let product =
                    Gradient { tile, classes, left, right: large, images: batch, columns, accumulate: false };
                product.run(threads, transposed);
                let taps = &self.adjoint.gathers[0].taps;
                add_transposed(taps, self.window.small_channels, columns, transposed, accumulate, dw);
            }
        }
    }

    /// Checks the sizes; returns scratch from a cache line's beginning on.
    fn checked<'a>(
        &self,
        batch: usize,
        large: &[f32],
        w: &[f32],
        small: &[f32],
        scratch: &'a mut [f32],
    ) -> &'a mut [f32] {
        assert_eq!(large.len(), batch * self.window.large_len(), "{batch} large images");
        assert_eq!(small.len(), batch * self.window.small_len(), "{batch} small images");
        assert_eq!(w.len(), self.window.kernel_len(), "kernel");
        assert!(scratch.len() >= self.scratch_len(batch), "scratch of a convolution");
        let skip = scratch.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        &mut scratch[skip..]
    }
}

/// Values of a cache line.
const LINE: usize = 16;

impl Lowered {
    /// Multiply-adds of an image for each channel written.
    fn multiplies(&self) -> usize {
        let classes = self.gathers.iter().flat_map(|gather| &gather.classes);
        classes.map(|class| class.pixels.len() * class.steps.len()).sum()
    }

    /// The same of a panel's images in a kernel's gradient, in whole tiles of 8 rows, for one image. None where the
    /// direction has more phases than one.
    fn gradient_multiplies(&self) -> usize {
        let images = panel_images(self.gathers[0].pixels());
        let rows = |class: &TapClass| class.rows.len().next_multiple_of(8);
        self.tap_classes.iter().map(|class| rows(class) * class.steps.len()).sum::<usize>().div_ceil(images)
    }

    /// All images as the tables read them: padded into `scratch`, or as they are.
    fn read<'a>(
        &self,
        threads: Threads,
        batch: usize,
        images: &'a [f32],
        scratch: &'a mut [f32],
    ) -> &'a [f32] {
        if !self.padded {
            return images;
        }
        let padded = &mut scratch[..batch * self.padding.plane()];
        gradient::pad(threads, &self.padding, images, padded);
        padded
    }
}

/// A direction by windows: packs the kernel, and runs.
struct Way<'a> {
    lowered: &'a Lowered,
    kernel: Kernel<'a>,
    image: usize,
    epilogue: Epilogue<'a>,
}

impl Way<'_> {
    fn run(&self, tile: &Tile, threads: Threads, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
        let &Way { lowered: Lowered { gathers, padding, padded, .. }, kernel, image, epilogue } = self;
        let padded = *padded;
        let len: usize = gathers.iter().map(|gather| packed_len(tile, gather, kernel.to)).sum();
        let (packed, scratch) = scratch.split_at_mut(len);
        let mut rest = &mut *packed;
        for gather in gathers {
            let (taps, after) = rest.split_at_mut(packed_len(tile, gather, kernel.to));
            kernel.pack(threads, tile, gather, taps);
            rest = after;
        }
        let packed = &*packed;
        Forward { tile, padding, padded, gathers, packed, channels: kernel.to, image, epilogue }
            .run(threads, input, output, scratch);
    }
}

/// `dw[tap, cl, cs] (+)= transposed[i, cs, cl]` for the tap that is the `i`-th of `taps`.
fn add_transposed(
    taps: &[usize],
    small: usize,
    large: usize,
    transposed: &mut [f32],
    accumulate: bool,
    dw: &mut [f32],
) {
    for (&tap, from) in taps.iter().zip(transposed.chunks_exact(small * large)) {
        for (cl, out) in dw[tap * small * large..][..small * large].chunks_exact_mut(small).enumerate() {
            for (cs, out) in out.iter_mut().enumerate() {
                let value = from[cs * large + cl];
                *out = if accumulate { *out + value } else { value };
            }
        }
    }
}

/// Into how many parts work is worth dividing.
fn parts(threads: Threads, flops: usize) -> usize {
    if cfg!(feature = "rayon") { threads.get().min(flops / MIN_FLOPS_PER_PART).max(1) } else { 1 }
}

#[cfg(test)]
mod tests;
