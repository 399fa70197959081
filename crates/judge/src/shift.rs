//! Small shifts of the training images.

/// By how many pixels a side of so many is shifted at most: 2 of 28.
pub(crate) fn most(side: usize) -> usize {
    side / 14
}

/// Moves an image `[height, width, channels]` down by `by.0` rows and right by `by.1` columns (at most as many as it
/// has); what comes in repeats the border. `from` is the image, `to` gets the result.
pub(crate) fn shift(
    from: &[f32],
    (height, width, channels): (usize, usize, usize),
    by: (isize, isize),
    to: &mut [f32],
) {
    let source = |at: usize, by: isize, size: usize| at.saturating_add_signed(-by).min(size - 1);
    for y in 0..height {
        let row = &from[source(y, by.0, height) * width * channels..][..width * channels];
        for x in 0..width {
            let pixel = &row[source(x, by.1, width) * channels..][..channels];
            to[(y * width + x) * channels..][..channels].copy_from_slice(pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_repeated() {
        let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let shifted = |by| {
            let mut out = [0.0; 6];
            shift(&image, (2, 3, 1), by, &mut out);
            out
        };
        assert_eq!(shifted((0, 0)), image);
        assert_eq!(shifted((0, 1)), [1.0, 1.0, 2.0, 4.0, 4.0, 5.0]);
        assert_eq!(shifted((-1, -1)), [5.0, 6.0, 6.0, 5.0, 6.0, 6.0]);
        let mut out = [0.0; 6];
        shift(&image, (1, 3, 2), (1, 1), &mut out);
        assert_eq!(out, [1.0, 2.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
