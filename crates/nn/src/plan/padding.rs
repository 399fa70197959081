//! Where the windows of a convolution lie, from its kernel, stride and padding as a spec has them.

use super::window::{MAX_KERNEL, Window};
use crate::error::Refusal;
use crate::shape::Shape;
use crate::spec::Padding;

/// The numbers that both kinds of convolution have: a square kernel, the pixels from one window to the next, and the padding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convolution {
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: Padding,
}

impl Convolution {
    fn check(&self) -> Result<(), Refusal> {
        let Convolution { kernel, stride, padding } = *self;
        let refuse = |message: String, hint: &str| Err(Refusal::new(message, hint));
        if !(1..=MAX_KERNEL).contains(&kernel) {
            return refuse(
                format!("a kernel of {kernel}x{kernel} pixels"),
                "a side of 1 to 1024; 3 to 5 are usual",
            );
        }
        if !(1..=MAX_KERNEL).contains(&stride) {
            return refuse(
                format!("windows {stride} pixels apart"),
                "a stride of 1 to 1024; 1 and 2 are usual",
            );
        }
        match padding {
            Padding::Pixels(pixels) if pixels >= kernel => refuse(
                format!("with padding {pixels} a window of {kernel}x{kernel} pixels can miss the image"),
                "padding below the kernel's side, or \"same\"",
            ),
            _ => Ok(()),
        }
    }

    /// Windows over an image of `input`. With [`Padding::Same`], an axis of `n` pixels gives `ceil(n /
    /// stride)`, as in TensorFlow; with `p` pixels `floor((n + 2 p - kernel) / stride) + 1`, as in PyTorch.
    ///
    /// # Errors
    /// [`Refusal`] where the numbers make no window, or no window fits.
    pub(super) fn over(&self, input: Shape) -> Result<Window, Refusal> {
        self.check()?;
        let Convolution { kernel, stride, padding } = *self;
        let axis = |n: usize| match padding {
            Padding::Same => {
                let outputs = n.div_ceil(stride);
                let before = ((outputs - 1) * stride + kernel).saturating_sub(n) / 2;
                Ok(Axis { small: outputs, large: n, before })
            }
            Padding::Pixels(p) if n + 2 * p < kernel => Err(Refusal::new(
                format!("a window of {kernel}x{kernel} pixels does not fit into {input} with padding {p}"),
                format!("a kernel of at most {}, more padding, or \"same\"", n + 2 * p),
            )),
            Padding::Pixels(p) => Ok(Axis { small: (n + 2 * p - kernel) / stride + 1, large: n, before: p }),
        };
        Ok(self.window([axis(input.height)?, axis(input.width)?]))
    }

    /// Windows over the output of a transposed convolution of an image of `input`. With [`Padding::Same`], an
    /// axis of `n` pixels gives `n stride`; with `p` pixels `(n - 1) stride - 2 p + kernel + output_padding`,
    /// as in PyTorch.
    ///
    /// # Errors
    /// [`Refusal`] where the numbers make no window, or nothing is left of the output.
    pub(super) fn under(&self, input: Shape, output_padding: usize) -> Result<Window, Refusal> {
        self.check()?;
        let Convolution { kernel, stride, padding } = *self;
        if padding == Padding::Same && output_padding > 0 {
            return Err(Refusal::new(
                format!("output-padding {output_padding} beside padding \"same\", which fixes the output"),
                format!("padding = {}, or no output-padding", (kernel - 1) / 2),
            ));
        }
        if output_padding >= stride {
            return Err(Refusal::new(
                format!("output-padding {output_padding} is no less than the stride {stride}"),
                format!("0 to {}", stride - 1),
            ));
        }
        let axis = |n: usize| match padding {
            Padding::Same => {
                Ok(Axis { small: n, large: n * stride, before: kernel.saturating_sub(stride) / 2 })
            }
            Padding::Pixels(p) => {
                let pixels = (n - 1) * stride + kernel + output_padding;
                match pixels.checked_sub(2 * p) {
                    Some(large @ 1..) => Ok(Axis { small: n, large, before: p }),
                    _ => Err(Refusal::new(
                        format!("padding {p} cuts all of the {pixels} pixels off"),
                        format!("at most {}, or \"same\"", (pixels - 1) / 2),
                    )),
                }
            }
        };
        Ok(self.window([axis(input.height)?, axis(input.width)?]))
    }

    fn window(&self, axes: [Axis; 2]) -> Window {
        let Convolution { kernel, stride, .. } = *self;
        Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            before: axes.map(|axis| axis.before),
            after: axes.map(|Axis { small, large, before }| {
                ((small - 1) * stride + kernel) as isize - (before + large) as isize
            }),
        }
    }
}

/// Pixels of both images along one axis, and zeros before the larger one.
#[derive(Clone, Copy)]
struct Axis {
    small: usize,
    large: usize,
    before: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize) -> Shape {
        Shape { height, width, channels: 3 }
    }

    fn convolution(kernel: usize, stride: usize, padding: Padding) -> Convolution {
        Convolution { kernel, stride, padding }
    }

    /// Output's height and width, zeros above and left.
    fn numbers(output: Shape, window: Window) -> (usize, usize, usize, usize) {
        assert_eq!(output.channels, 8);
        let [top, left] = window.before;
        (output.height, output.width, top, left)
    }

    fn over(kernel: usize, stride: usize, padding: Padding, input: Shape) -> (usize, usize, usize, usize) {
        let window = convolution(kernel, stride, padding).over(input).expect("a window");
        numbers(window.small(input, 8).expect("an output"), window)
    }

    fn under(
        (kernel, stride, padding): (usize, usize, Padding),
        extra: usize,
        input: Shape,
    ) -> (usize, usize, usize, usize) {
        let window = convolution(kernel, stride, padding).under(input, extra).expect("a window");
        numbers(window.large(input, 8).expect("an output"), window)
    }

    #[test]
    fn same_padding_is_tensorflow_s_and_a_number_is_pytorch_s() {
        use Padding::{Pixels, Same};
        assert_eq!(over(3, 1, Same, image(28, 7)), (28, 7, 1, 1));
        assert_eq!(over(4, 2, Same, image(28, 7)), (14, 4, 1, 1));
        assert_eq!(over(5, 2, Same, image(28, 7)), (14, 4, 1, 2));
        assert_eq!(over(1, 3, Same, image(7, 9)), (3, 3, 0, 0));
        assert_eq!(over(4, 2, Pixels(1), image(28, 7)), (14, 3, 1, 1));
        assert_eq!(over(3, 1, Pixels(0), image(3, 28)), (1, 26, 0, 0));
        assert_eq!(under((5, 2, Same), 0, image(7, 14)), (14, 28, 1, 1));
        assert_eq!(under((4, 2, Same), 0, image(7, 14)), (14, 28, 1, 1));
        assert_eq!(under((2, 3, Same), 0, image(7, 1)), (21, 3, 0, 0));
        assert_eq!(under((4, 2, Pixels(1)), 0, image(7, 14)), (14, 28, 1, 1));
        assert_eq!(under((4, 1, Pixels(0)), 0, image(1, 1)), (4, 4, 0, 0));
        assert_eq!(under((3, 2, Pixels(1)), 1, image(7, 7)), (14, 14, 1, 1));
    }

    #[test]
    fn transposed_windows_are_those_of_the_convolution_back() {
        use Padding::{Pixels, Same};
        for (kernel, stride, n) in
            (1..7).flat_map(|k| (1..5).flat_map(move |s| (1..6).map(move |n| (k, s, n))))
        {
            let small = image(n, n);
            let same = convolution(kernel, stride, Same);
            let forth = same.under(small, 0).expect("a window");
            let back = same.over(forth.large(small, 3).expect("an output")).expect("a window");
            assert_eq!(back, forth);
            for (p, extra) in (0..kernel).flat_map(|p| (0..stride).map(move |e| (p, e))) {
                let by_number = convolution(kernel, stride, Pixels(p));
                if let Ok(forth) = by_number.under(small, extra) {
                    let large = forth.large(small, 3).expect("an output");
                    let back = by_number.over(large).expect("a window");
                    assert_eq!((back, back.small(large, 3).expect("an input")), (forth, small));
                }
            }
        }
    }

    #[test]
    fn what_makes_no_window_is_refused() {
        use Padding::{Pixels, Same};
        let message = |r: Result<Window, Refusal>| r.expect_err("no window").message;
        let over = |c: Convolution| message(c.over(image(4, 4)));
        assert!(over(convolution(0, 1, Same)).contains("kernel of 0x0"));
        assert!(over(convolution(3, 0, Same)).contains("windows 0 pixels apart"));
        assert!(over(convolution(usize::MAX, 1, Same)).contains("kernel of"));
        assert!(over(convolution(3, 1, Pixels(3))).contains("can miss the image"));
        assert!(over(convolution(7, 1, Pixels(1))).contains("does not fit into 4x4x3 with padding 1"));
        let under = |c: Convolution, extra| message(c.under(image(1, 1), extra));
        assert!(under(convolution(3, 2, Same), 1).contains("beside padding \"same\""));
        assert!(under(convolution(3, 2, Pixels(1)), 2).contains("no less than the stride"));
        assert!(under(convolution(3, 2, Pixels(2)), 0).contains("cuts all of the 3 pixels off"));
    }

    #[test]
    fn windows_that_do_not_fit_an_image_are_refused() {
        let window = convolution(3, 2, Padding::Pixels(1)).over(image(8, 8)).expect("a window");
        assert_eq!((window.before, window.after), ([1, 1], [0, 0]));
        assert_eq!(
            window.small(image(8, 8), 5).expect("a shape"),
            Shape { height: 4, width: 4, channels: 5 }
        );
        assert!(window.small(image(7, 8), 5).is_err());
        let altered = [
            Window { kernel: [0, 3], ..window },
            Window { kernel: [usize::MAX, 3], ..window },
            Window { stride: [2, 0], ..window },
            Window { stride: [2, usize::MAX / 2 + 1], ..window },
            Window { before: [3, 1], ..window },
            Window { after: [0, 3], ..window },
            Window { after: [-2, 0], ..window },
            Window { after: [isize::MIN, 0], ..window },
        ];
        for window in altered {
            assert!(window.small(image(8, 8), 5).is_err(), "{window:?} over an image");
            assert!(window.large(image(8, 8), 5).is_err(), "{window:?} from an image");
        }
    }
}
