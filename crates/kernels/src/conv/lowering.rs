//! Where a convolution's values lie: the tables by which a tile reads windows of images in place.
//!
//! Values outside an image are zeros and add nothing. So pixels are sorted by which taps of their windows lie within the
//! image, and only those are visited: the images are read as they are. With few channels the borders' classes would be too
//! small to fill tiles; then images are copied between zeros first, and all pixels are alike.

use super::padding::Padding;
use super::panel::{panel_count, panel_start};
use super::window::Window;
use crate::threads::Threads;
use crate::tile::{MAX_DEPTH, Step};

/// Channels from which on images are read as they are.
const MIN_CHANNELS: usize = 8;

/// Output pixels that see the same taps of the kernel, and where they find their inputs.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    /// Which taps of the kernel they are, `ky * kw + kx`.
    pub(super) taps: Vec<usize>,
    /// Values of a whole window: taps times channels.
    pub(super) depth: usize,
    /// The pixels, by those taps that lie within the image.
    pub(super) classes: Vec<Class>,
}

impl Gather {
    /// Pixels of an image of the output.
    pub(super) fn pixels(&self) -> usize {
        self.classes.iter().map(|class| class.pixels.len()).sum()
    }
}

/// Pixels whose windows lie within the image to the same part.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Where each pixel's window begins in an image. It may begin before the image: no step reads there.
    pub(super) pixels: Vec<isize>,
    /// Where each pixel's channels begin in an image of the output.
    pub(super) places: Vec<usize>,
    /// The window's values that lie within the image, and the kernel's rows that they meet.
    pub(super) steps: Vec<Step>,
    /// Where each panel of the depth begins among the steps, and where the last one ends.
    pub(super) panels: Vec<usize>,
}

/// Rows of a kernel's gradient that meet the same pixels, and those pixels.
#[derive(Clone, Debug)]
pub(super) struct TapClass {
    /// Each row's number, and where its value lies from a pixel's window on.
    pub(super) rows: Vec<(usize, isize)>,
    /// Where a pixel's window begins, and which of the pixels it is: of as many images as make a panel.
    pub(super) steps: Vec<Step>,
}

/// The pixels of one direction, in one or more phases.
#[derive(Clone, Debug)]
pub(super) struct Lowered {
    /// How images are padded, if they were.
    pub(super) padding: Padding,
    /// Whether they are: the tables are those of padded images.
    pub(super) padded: bool,
    pub(super) gathers: Vec<Gather>,
    /// For the kernel's gradient, where there is one phase.
    pub(super) tap_classes: Vec<TapClass>,
}

/// One axis of a phase.
struct Axis {
    /// Each pixel of the output, and where its window begins in the input. Both increase.
    outputs: Vec<(usize, isize)>,
    /// Which tap of the kernel each of the window's is.
    taps: Vec<usize>,
}

impl Axis {
    /// The taps `first..end` of a window that lie within an input of `size`.
    fn within(&self, start: isize, size: usize) -> (usize, usize) {
        let end = self.taps.len().min(size.saturating_add_signed(-start));
        (0usize.saturating_add_signed(-start).min(end), end)
    }

    /// The outputs `first..end` for which a tap lies within an input of `size`.
    fn seeing(&self, tap: usize, size: usize) -> (usize, usize) {
        let position = |start: isize| start + tap.cast_signed();
        let first = self.outputs.partition_point(|(_, start)| position(*start) < 0);
        (first, self.outputs.partition_point(|(_, start)| position(*start) < size.cast_signed()).max(first))
    }

    /// Rows of zeros before an input, and how long it is with zeros on both sides.
    fn padded(axes: &[Axis]) -> (usize, usize) {
        let starts = || {
            let some = axes.iter().filter(|axis| !axis.taps.is_empty());
            some.flat_map(|axis| {
                axis.outputs.iter().map(|(_, start)| (*start, axis.taps.len().cast_signed()))
            })
        };
        let before = starts().map(|(start, _)| -start).max().unwrap_or(0).max(0);
        let end = starts().map(|(start, taps)| start + taps).max().unwrap_or(0).max(1 - before);
        (before.cast_unsigned(), (before + end).cast_unsigned())
    }
}

/// How small pixels see the large image.
pub(super) fn forward(window: &Window) -> Lowered {
    let axis = |small: usize, kernel: usize, stride: usize, before: usize| Axis {
        outputs: (0..small).map(|i| (i, (i * stride).cast_signed() - before.cast_signed())).collect(),
        taps: (0..kernel).collect(),
    };
    let Window { small, kernel, stride, before, .. } = *window;
    lower(
        [axis(small.0, kernel.0, stride.0, before.0)],
        [axis(small.1, kernel.1, stride.1, before.1)],
        (window.large, window.large_channels),
        (small.1, window.small_channels),
        kernel.1,
    )
}

/// How large pixels see the small image. Those that agree in `(y + top) mod stride` and `(x + left) mod stride` see the
/// same taps and make a phase, in each of which the small image is read with stride 1: large pixel `y` sees small pixels
/// `(y + top) / stride - t` through taps `(y + top) mod stride + t stride`.
pub(super) fn adjoint(window: &Window) -> Lowered {
    let axes = |large: usize, kernel: usize, stride: usize, before: usize| {
        let phases = (0..stride).map(move |phase| {
            let taps: Vec<usize> = (phase..kernel).step_by(stride).rev().collect();
            let of_phase = (0..large).filter(|y| (y + before) % stride == phase);
            let start = |y: usize| ((y + before) / stride + 1).cast_signed() - taps.len().cast_signed();
            Axis { outputs: of_phase.map(|y| (y, start(y))).collect(), taps }
        });
        phases.collect::<Vec<_>>()
    };
    let Window { large, kernel, stride, before, .. } = *window;
    lower(
        axes(large.0, kernel.0, stride.0, before.0),
        axes(large.1, kernel.1, stride.1, before.1),
        (window.small, window.small_channels),
        (large.1, window.large_channels),
        kernel.1,
    )
}

/// The tables of all pairs of a row's and a column's phase. Of the output, its width and channels.
fn lower(
    rows: impl Into<Vec<Axis>>,
    columns: impl Into<Vec<Axis>>,
    (size, channels): ((usize, usize), usize),
    output: (usize, usize),
    kernel_width: usize,
) -> Lowered {
    let (mut rows, mut columns) = (rows.into(), columns.into());
    let ((top, height), (left, width)) = (Axis::padded(&rows), Axis::padded(&columns));
    let padding = Padding::new(size, channels, (top, left), (height, width));
    let padded = channels < MIN_CHANNELS;
    let mut input = Input { size, channels };
    if padded {
        input.size = (height, width);
        rows.iter_mut().flat_map(|axis| &mut axis.outputs).for_each(|(_, start)| *start += top.cast_signed());
        columns
            .iter_mut()
            .flat_map(|axis| &mut axis.outputs)
            .for_each(|(_, start)| *start += left.cast_signed());
    }
    let mut gathers = Vec::new();
    for row in &rows {
        for column in &columns {
            gathers.push(input.gather(row, column, output, kernel_width));
        }
    }
    let tap_classes = match (&rows[..], &columns[..]) {
        ([row], [column]) => input.tap_classes(row, column),
        _ => Vec::new(),
    };
    Lowered { padding, padded, gathers, tap_classes }
}

/// The image that is read.
struct Input {
    size: (usize, usize),
    channels: usize,
}

impl Input {
    fn at(&self, y: isize, x: isize) -> isize {
        (y * self.size.1.cast_signed() + x) * self.channels.cast_signed()
    }

    fn gather(
        &self,
        rows: &Axis,
        columns: &Axis,
        (width, output_channels): (usize, usize),
        kernel_width: usize,
    ) -> Gather {
        let taps: Vec<usize> = rows
            .taps
            .iter()
            .flat_map(|ky| columns.taps.iter().map(move |kx| ky * kernel_width + kx))
            .collect();
        let depth = taps.len() * self.channels;
        let mut classes: Vec<(_, Class)> = Vec::new();
        for &(y, top) in &rows.outputs {
            for &(x, left) in &columns.outputs {
                let within = (rows.within(top, self.size.0), columns.within(left, self.size.1));
                let index = classes.iter().position(|(key, _)| *key == within).unwrap_or_else(|| {
                    classes.push((within, self.class(within, columns.taps.len(), depth)));
                    classes.len() - 1
                });
                let class = &mut classes[index].1;
                class.pixels.push(self.at(top, left));
                class.places.push((y * width + x) * output_channels);
            }
        }
        Gather { taps, depth, classes: classes.into_iter().map(|(_, class)| class).collect() }
    }

    /// The class of pixels that see taps of these rows and columns, as yet without pixels.
    fn class(
        &self,
        (rows, columns): ((usize, usize), (usize, usize)),
        row_taps: usize,
        depth: usize,
    ) -> Class {
        let mut steps = Vec::new();
        for ty in rows.0..rows.1 {
            for tx in columns.0..columns.1 {
                for c in 0..self.channels {
                    let a = self.at(ty.cast_signed(), tx.cast_signed()).cast_unsigned() + c;
                    steps.push(Step::new(a, (ty * row_taps + tx) * self.channels + c));
                }
            }
        }
        let count = panel_count(depth).max(1);
        let panels = (0..=count)
            .map(|i| steps.partition_point(|step| step.b() < panel_start(depth, count, i)))
            .collect();
        Class { pixels: Vec::new(), places: Vec::new(), steps, panels }
    }

    fn tap_classes(&self, rows: &Axis, columns: &Axis) -> Vec<TapClass> {
        let pixels = rows.outputs.len() * columns.outputs.len();
        let plane = self.size.0 * self.size.1 * self.channels;
        // Windows begin no earlier than these: what is taken from a step is given to the row.
        let (top, left) = (rows.outputs[0].1, columns.outputs[0].1);
        let mut classes: Vec<(_, TapClass)> = Vec::new();
        for ty in 0..rows.taps.len() {
            for tx in 0..columns.taps.len() {
                let seeing = (rows.seeing(ty, self.size.0), columns.seeing(tx, self.size.1));
                let index = classes.iter().position(|(key, _)| *key == seeing).unwrap_or_else(|| {
                    let mut steps = Vec::new();
                    for image in 0..panel_images(pixels) {
                        for i in seeing.0.0..seeing.0.1 {
                            for j in seeing.1.0..seeing.1.1 {
                                let (y, x) = (rows.outputs[i].1 - top, columns.outputs[j].1 - left);
                                let a = image * plane + self.at(y, x).cast_unsigned();
                                steps.push(Step::new(a, image * pixels + i * columns.outputs.len() + j));
                            }
                        }
                    }
                    classes.push((seeing, TapClass { rows: Vec::new(), steps }));
                    classes.len() - 1
                });
                let first = (ty * columns.taps.len() + tx) * self.channels;
                let from = self.at(ty.cast_signed() + top, tx.cast_signed() + left);
                let rows = &mut classes[index].1.rows;
                rows.extend((0..self.channels).map(|c| (first + c, from + c.cast_signed())));
            }
        }
        classes.into_iter().map(|(_, class)| class).collect()
    }
}

/// Images whose pixels together make a panel: at least one, of which panels are cut where it has more.
pub(super) fn panel_images(pixels: usize) -> usize {
    (MAX_DEPTH / pixels.max(1)).max(1)
}

impl Lowered {
    /// Multiply-adds of an image for each channel written.
    pub(super) fn multiplies(&self) -> usize {
        let classes = self.gathers.iter().flat_map(|gather| &gather.classes);
        classes.map(|class| class.pixels.len() * class.steps.len()).sum()
    }

    /// The same of a panel's images in a kernel's gradient, in whole tiles of 8 rows, for one image. None where the
    /// direction has more phases than one.
    pub(super) fn gradient_multiplies(&self) -> usize {
        let images = panel_images(self.gathers[0].pixels());
        let rows = |class: &TapClass| class.rows.len().next_multiple_of(8);
        self.tap_classes.iter().map(|class| rows(class) * class.steps.len()).sum::<usize>().div_ceil(images)
    }

    /// Values of scratch that [`Lowered::read`] needs for `batch` images.
    pub(super) fn padded_len(&self, batch: usize) -> usize {
        if self.padded { batch * self.padding.plane() } else { 0 }
    }

    /// All images as the tables read them: padded into `scratch`, or as they are.
    pub(super) fn read<'a>(
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
        self.padding.pad(threads, images, padded);
        padded
    }
}
