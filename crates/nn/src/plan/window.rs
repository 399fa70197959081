//! The geometry of a convolution.

use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::shape::Shape;

/// Longest side of a kernel, and longest stride.
pub(super) const MAX_KERNEL: usize = 1024;

/// How the windows of a convolution lie over the larger of two images; each window makes one pixel of the smaller one. Pairs are
/// rows and columns.
///
/// Along each axis `before + large + after = (small - 1) stride + kernel`. A convolution reads the large image, a transposed
/// convolution writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Pixels of the large image from one window to the next.
    pub stride: [usize; 2],
    /// Zeros above and left of the large image.
    pub before: [usize; 2],
    /// Zeros below and right of the large image; negative: the last pixels that no window covers.
    pub after: [isize; 2],
}

impl Window {
    /// Shape of what a convolution to `channels` makes of a large image.
    ///
    /// # Errors
    /// [`Refusal`] where windows and image do not fit together.
    pub(super) fn small(&self, large: Shape, channels: usize) -> Result<Shape, Refusal> {
        let side = |axis: usize, n: usize| {
            let Axis { kernel, stride, before, after } = self.axis(axis)?;
            let steps = before + n as i64 + after - kernel;
            if n == 0 || steps < 0 || steps % stride != 0 {
                return Err(unfit(format!("windows {self:?} over {n} pixels")));
            }
            Ok((steps / stride) as usize + 1)
        };
        Ok(Shape { height: side(0, large.height)?, width: side(1, large.width)?, channels })
    }

    /// Shape of what a transposed convolution to `channels` makes of a small image.
    ///
    /// # Errors
    /// As [`Window::small`].
    pub(super) fn large(&self, small: Shape, channels: usize) -> Result<Shape, Refusal> {
        let side = |axis: usize, n: usize| {
            let Axis { kernel, stride, before, after } = self.axis(axis)?;
            match (n as i64 - 1).checked_mul(stride).map(|steps| steps + kernel - before - after) {
                Some(pixels @ 1..) if n > 0 => Ok(pixels as usize),
                _ => Err(unfit(format!("windows {self:?} from {n} pixels"))),
            }
        };
        Ok(Shape { height: side(0, small.height)?, width: side(1, small.width)?, channels })
    }

    /// One axis, with numbers that no sum overflows.
    fn axis(&self, axis: usize) -> Result<Axis, Refusal> {
        let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
        let (before, after) = (self.before[axis], self.after[axis] as i64);
        let sides = 1..=MAX_KERNEL;
        let fits = sides.contains(&kernel)
            && sides.contains(&stride)
            && before < kernel
            && (1 - stride as i64..kernel as i64).contains(&after);
        if !fits {
            return Err(unfit(format!("windows {self:?}")));
        }
        Ok(Axis { kernel: kernel as i64, stride: stride as i64, before: before as i64, after })
    }
}

struct Axis {
    kernel: i64,
    stride: i64,
    before: i64,
    after: i64,
}

fn unfit(message: String) -> Refusal {
    Refusal::new(message, "before + large + after = (small - 1) stride + kernel, with pads below the kernel")
}
