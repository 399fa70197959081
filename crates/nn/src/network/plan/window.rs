//! Where the windows of a convolution lie: the shape of its output and the zeros around the image it reads.

use crate::error::Refusal;
use crate::shape::Shape;
use crate::spec::Padding;

/// A convolution's windows of `kernel x kernel` pixels over the larger of the two images, `stride` apart. A
/// transposed convolution has those of the convolution from its output to its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Shape of the layer's output.
    pub(crate) output: Shape,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    /// Zeros above and left of the larger image. Those below and to the right follow from the shapes.
    pub(crate) top: usize,
    pub(crate) left: usize,
}

/// The numbers that both kinds of convolution have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Convolution {
    pub(crate) channels: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: Padding,
}

impl Convolution {
    fn check(&self) -> Result<(), Refusal> {
        let Convolution { channels, kernel, stride, padding } = *self;
        let refuse = |message: String, hint: &str| Err(Refusal::new(message, hint));
        if channels == 0 {
            return refuse("0 channels are no output".into(), "1 or more channels, as 64");
        }
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
    pub(crate) fn over(&self, input: Shape) -> Result<Window, Refusal> {
        self.check()?;
        let Convolution { channels, kernel, stride, padding } = *self;
        let axis = |n: usize| match padding {
            Padding::Same => {
                let outputs = n.div_ceil(stride);
                Ok((outputs, ((outputs - 1) * stride + kernel).saturating_sub(n) / 2))
            }
            Padding::Pixels(p) if n + 2 * p < kernel => Err(Refusal::new(
                format!("a window of {kernel}x{kernel} pixels does not fit into {input} with padding {p}"),
                format!("a kernel of at most {}, more padding, or \"same\"", n + 2 * p),
            )),
            Padding::Pixels(p) => Ok(((n + 2 * p - kernel) / stride + 1, p)),
        };
        let ((height, top), (width, left)) = (axis(input.height)?, axis(input.width)?);
        Ok(Window { output: Shape { height, width, channels }, kernel, stride, top, left })
    }

    /// Windows over the output of a transposed convolution of an image of `input`. With [`Padding::Same`], an
    /// axis of `n` pixels gives `n stride`; with `p` pixels `(n - 1) stride - 2 p + kernel + output_padding`,
    /// as in PyTorch.
    ///
    /// # Errors
    /// [`Refusal`] where the numbers make no window, or nothing is left of the output.
    pub(crate) fn under(&self, input: Shape, output_padding: usize) -> Result<Window, Refusal> {
        self.check()?;
        let Convolution { channels, kernel, stride, padding } = *self;
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
            Padding::Same => Ok((n * stride, kernel.saturating_sub(stride) / 2)),
            Padding::Pixels(p) => {
                let pixels = (n - 1) * stride + kernel + output_padding;
                match pixels.checked_sub(2 * p) {
                    Some(pixels @ 1..) => Ok((pixels, p)),
                    _ => Err(Refusal::new(
                        format!("padding {p} cuts all of the {pixels} pixels off"),
                        format!("at most {}, or \"same\"", (pixels - 1) / 2),
                    )),
                }
            }
        };
        let ((height, top), (width, left)) = (axis(input.height)?, axis(input.width)?);
        Ok(Window { output: Shape { height, width, channels }, kernel, stride, top, left })
    }
}

/// Longest side of a kernel, and longest stride.
const MAX_KERNEL: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize) -> Shape {
        Shape { height, width, channels: 3 }
    }

    fn convolution(kernel: usize, stride: usize, padding: Padding) -> Convolution {
        Convolution { channels: 8, kernel, stride, padding }
    }

    /// Output's height and width, zeros above and left.
    fn numbers(window: Result<Window, Refusal>) -> (usize, usize, usize, usize) {
        let Window { output, top, left, .. } = window.expect("a window");
        assert_eq!(output.channels, 8);
        (output.height, output.width, top, left)
    }

    #[test]
    fn same_padding_is_tensorflow_s_and_a_number_is_pytorch_s() {
        use Padding::{Pixels, Same};
        let over = |k, s, padding, input| numbers(convolution(k, s, padding).over(input));
        assert_eq!(over(3, 1, Same, image(28, 7)), (28, 7, 1, 1));
        assert_eq!(over(4, 2, Same, image(28, 7)), (14, 4, 1, 1));
        assert_eq!(over(5, 2, Same, image(28, 7)), (14, 4, 1, 2));
        assert_eq!(over(1, 3, Same, image(7, 9)), (3, 3, 0, 0));
        assert_eq!(over(4, 2, Pixels(1), image(28, 7)), (14, 3, 1, 1));
        assert_eq!(over(3, 1, Pixels(0), image(3, 28)), (1, 26, 0, 0));
        let under = |k, s, padding, extra, input| numbers(convolution(k, s, padding).under(input, extra));
        assert_eq!(under(5, 2, Same, 0, image(7, 14)), (14, 28, 1, 1));
        assert_eq!(under(4, 2, Same, 0, image(7, 14)), (14, 28, 1, 1));
        assert_eq!(under(2, 3, Same, 0, image(7, 1)), (21, 3, 0, 0));
        assert_eq!(under(4, 2, Pixels(1), 0, image(7, 14)), (14, 28, 1, 1));
        assert_eq!(under(4, 1, Pixels(0), 0, image(1, 1)), (4, 4, 0, 0));
        assert_eq!(under(3, 2, Pixels(1), 1, image(7, 7)), (14, 14, 1, 1));
    }

    #[test]
    fn transposed_windows_are_those_of_the_convolution_back() {
        use Padding::{Pixels, Same};
        for (kernel, stride, n) in
            (1..7).flat_map(|k| (1..5).flat_map(move |s| (1..6).map(move |n| (k, s, n))))
        {
            let same = convolution(kernel, stride, Same);
            let forth = same.under(image(n, n), 0).expect("a window");
            let back = same.over(forth.output).expect("a window");
            assert_eq!((back.output.height, back.top, back.left), (n, forth.top, forth.left));
            for (p, extra) in (0..kernel).flat_map(|p| (0..stride).map(move |e| (p, e))) {
                let by_number = convolution(kernel, stride, Pixels(p));
                if let Ok(forth) = by_number.under(image(n, n), extra) {
                    assert_eq!(by_number.over(forth.output).expect("a window").output.height, n);
                }
            }
        }
    }

    #[test]
    fn what_makes_no_window_is_refused() {
        use Padding::{Pixels, Same};
        let message = |r: Result<Window, Refusal>| r.expect_err("no window").message;
        let over = |c: Convolution| message(c.over(image(4, 4)));
        assert!(over(Convolution { channels: 0, ..convolution(3, 1, Same) }).contains("0 channels"));
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
}
