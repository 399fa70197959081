//! Where a convolution's values lie: zero-padded images, and the tables by which a tile reads windows of them in place.

use super::Window;

/// How an image of `[height, width, channels]` is copied between zeros, so that every window lies within it.
#[derive(Clone, Debug)]
pub(super) struct Padding {
    /// Height and width of what is copied; what no window sees is left out.
    copied: (usize, usize),
    /// Width of the image itself.
    width: usize,
    /// Rows above and columns to the left that are zeros.
    before: (usize, usize),
    /// Height and width with the zeros.
    pub(super) padded: (usize, usize),
    channels: usize,
    height: usize,
}

impl Padding {
    /// Of an image of `size`, so that rows and columns from `-before` on are there, `padded` of them.
    pub(super) fn new(
        size: (usize, usize),
        channels: usize,
        before: (usize, usize),
        padded: (usize, usize),
    ) -> Padding {
        let copied =
            (size.0.min(padded.0.saturating_sub(before.0)), size.1.min(padded.1.saturating_sub(before.1)));
        Padding { copied, width: size.1, before, padded, channels, height: size.0 }
    }

    /// Values of an image.
    pub(super) fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Values of a padded image.
    pub(super) fn plane(&self) -> usize {
        self.padded.0 * self.padded.1 * self.channels
    }

    /// Copies whole images between zeros that are already there.
    pub(super) fn copy(&self, images: &[f32], out: &mut [f32]) {
        let row = self.padded.1 * self.channels;
        let copied = self.copied.1 * self.channels;
        let left = (self.before.1 * self.channels).min(row);
        for (image, out) in images.chunks_exact(self.image()).zip(out.chunks_exact_mut(self.plane())) {
            let rows = image.chunks_exact(self.width * self.channels).take(self.copied.0);
            for (from, out) in rows.zip(out.chunks_exact_mut(row).skip(self.before.0)) {
                out[left..left + copied].copy_from_slice(&from[..copied]);
            }
        }
    }

    /// Copies whole images between zeros.
    pub(super) fn pad(&self, images: &[f32], out: &mut [f32]) {
        for (image, out) in images.chunks_exact(self.image()).zip(out.chunks_exact_mut(self.plane())) {
            out.fill(0.0);
            self.copy(image, out);
        }
    }

    /// Adds what lies between the zeros' places of one padded image to `image`.
    pub(super) fn add_unpadded(&self, padded: &[f32], image: &mut [f32]) {
        let row = self.padded.1 * self.channels;
        let copied = self.copied.1 * self.channels;
        let left = (self.before.1 * self.channels).min(row);
        let rows = image.chunks_exact_mut(self.width * self.channels);
        let padded = padded.chunks_exact(row).skip(self.before.0);
        for (image, padded) in rows.zip(padded).take(self.copied.0) {
            image.iter_mut().zip(&padded[left..left + copied]).for_each(|(o, v)| *o += v);
        }
    }
}

/// Output pixels that see the same taps of the kernel, and where they find their inputs.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    /// Where each pixel's window begins in a padded image.
    pub(super) pixels: Vec<u32>,
    /// Where each pixel's channels begin in an image of the output.
    pub(super) places: Vec<u32>,
    /// Where each value of a window lies, from the window's beginning: `[taps, channels]`.
    pub(super) steps: Vec<u32>,
    /// Which taps of the kernel they are, `ky * kw + kx`.
    pub(super) taps: Vec<usize>,
}

/// The values of the table, which [`super::Convolution::new`] has found to fit.
#[allow(clippy::cast_possible_truncation, reason = "planes of more than 2^32 values are refused")]
fn offset(value: usize) -> u32 {
    value as u32
}

/// How small pixels see the large image.
pub(super) fn down(window: &Window) -> (Padding, Gather) {
    let Window { large, small, kernel, stride, before, large_channels: channels, small_channels } = *window;
    let padded = ((small.0 - 1) * stride.0 + kernel.0, (small.1 - 1) * stride.1 + kernel.1);
    let at = |y: usize, x: usize| (y * padded.1 + x) * channels;
    let pixels = grid(small).map(|(i, j)| offset(at(i * stride.0, j * stride.1))).collect();
    let places = (0..small.0 * small.1).map(|pixel| offset(pixel * small_channels)).collect();
    let steps =
        grid(kernel).flat_map(|(ky, kx)| (0..channels).map(move |c| offset(at(ky, kx) + c))).collect();
    let taps = (0..kernel.0 * kernel.1).collect();
    (Padding::new(large, channels, before, padded), Gather { pixels, places, steps, taps })
}

/// How large pixels see the small image. Those that agree in `(y + top) mod stride` and `(x + left) mod stride` see the
/// same taps and make a phase, in each of which the small image is read with stride 1.
pub(super) fn up(window: &Window) -> (Padding, Vec<Gather>) {
    let Window { large, small, kernel, stride, before, small_channels: channels, large_channels } = *window;
    let rows = Axis::new(large.0, small.0, kernel.0, stride.0, before.0);
    let columns = Axis::new(large.1, small.1, kernel.1, stride.1, before.1);
    let padded = (rows.padded(small.0), columns.padded(small.1));
    let at = |y: usize, x: usize| (y * padded.1 + x) * channels;
    let gathers = grid(stride)
        .map(|(py, px)| {
            let (ys, xs) = (rows.pixels(py), columns.pixels(px));
            let (kys, kxs) = (rows.taps(py), columns.taps(px));
            let pairs = ys.iter().flat_map(|&y| xs.iter().map(move |&x| (y, x)));
            let (pixels, places) = pairs
                .map(|((y, from_y), (x, from_x))| {
                    (offset(at(from_y, from_x)), offset((y * large.1 + x) * large_channels))
                })
                .unzip();
            let steps = grid((kys.len(), kxs.len()))
                .flat_map(|(ry, rx)| (0..channels).map(move |c| offset(at(ry, rx) + c)))
                .collect();
            let taps = kys.iter().flat_map(|ky| kxs.iter().map(move |kx| ky * kernel.1 + kx)).collect();
            Gather { pixels, places, steps, taps }
        })
        .collect();
    (Padding::new(small, channels, (rows.before, columns.before), padded), gathers)
}

fn grid((height, width): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)))
}

/// One axis of [`up`]: large pixel `y` sees small pixels `(y + offset) / stride - t` through taps
/// `(y + offset) mod stride + t stride`.
struct Axis {
    large: usize,
    kernel: usize,
    stride: usize,
    offset: usize,
    /// Zeros before the small image, and after it.
    before: usize,
    after: usize,
}

impl Axis {
    fn new(large: usize, small: usize, kernel: usize, stride: usize, offset: usize) -> Axis {
        let mut axis = Axis { large, kernel, stride, offset, before: 0, after: 0 };
        for y in 0..large {
            let (phase, quotient) = ((y + offset) % stride, (y + offset) / stride);
            let taps = axis.taps_of(phase);
            if taps > 0 {
                axis.before = axis.before.max((taps - 1).saturating_sub(quotient));
                axis.after = axis.after.max(quotient.saturating_sub(small - 1));
            }
        }
        axis
    }

    fn padded(&self, small: usize) -> usize {
        self.before + small + self.after
    }

    fn taps_of(&self, phase: usize) -> usize {
        self.kernel.saturating_sub(phase).div_ceil(self.stride)
    }

    /// The taps of a phase in the order of the small pixels they see: the last one first.
    fn taps(&self, phase: usize) -> Vec<usize> {
        (0..self.taps_of(phase)).rev().map(|t| phase + t * self.stride).collect()
    }

    /// The large pixels of a phase, and where each one's window begins in the padded small image.
    fn pixels(&self, phase: usize) -> Vec<(usize, usize)> {
        let taps = self.taps_of(phase);
        (0..self.large)
            .filter(|y| (y + self.offset) % self.stride == phase)
            // Without taps, nothing is read.
            .map(|y| (y, ((y + self.offset) / self.stride + self.before + 1).saturating_sub(taps.max(1))))
            .collect()
    }
}
