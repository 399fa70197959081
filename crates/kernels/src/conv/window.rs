//! The geometry that a convolution and its adjoint share.

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
