//! Sheets of images.

/// The value of the space between images and of a partial last row.
pub const BACKGROUND: u8 = 0;

/// Lays images out on one sheet, row by row: returns its pixels, `[h, w, channels]`, with `w` and `h`.
///
/// `images` is `[N, height, width, channels]` in bytes (a partial last image is left out). There are
/// `columns` images a row, fewer if there are fewer images, with `pad` pixels of [`BACKGROUND`] around
/// each: `w = columns * (width + pad) + pad`, and `h` likewise. No images, or images of no size, make
/// an empty sheet.
pub fn grid(
    images: &[u8],
    height: usize,
    width: usize,
    channels: usize,
    columns: usize,
    pad: usize,
) -> (Vec<u8>, usize, usize) {
    let row_bytes = width * channels;
    let image_bytes = height * row_bytes;
    if image_bytes == 0 || images.len() < image_bytes {
        return (Vec::new(), 0, 0);
    }
    let count = images.len() / image_bytes;
    let columns = columns.clamp(1, count);
    let sheet_width = columns * (width + pad) + pad;
    let sheet_height = count.div_ceil(columns) * (height + pad) + pad;
    let mut sheet = vec![BACKGROUND; sheet_width * sheet_height * channels];
    for (index, image) in images.chunks_exact(image_bytes).enumerate() {
        let top = pad + (index / columns) * (height + pad);
        let left = pad + (index % columns) * (width + pad);
        for (y, row) in image.chunks_exact(row_bytes).enumerate() {
            let start = ((top + y) * sheet_width + left) * channels;
            sheet[start..start + row_bytes].copy_from_slice(row);
        }
    }
    (sheet, sheet_width, sheet_height)
}

/// Columns of a sheet of `n` images: the smallest square that holds them.
pub fn square_columns(n: usize) -> usize {
    (1..=n.max(1)).find(|c| c * c >= n).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_images_and_leaves_background() {
        let (sheet, w, h) = grid(&[1, 2, 3, 4, 5, 6], 1, 2, 1, 2, 1);
        assert_eq!((w, h), (7, 5));
        #[rustfmt::skip]
        assert_eq!(sheet, [
            0, 0, 0, 0, 0, 0, 0,
            0, 1, 2, 0, 3, 4, 0,
            0, 0, 0, 0, 0, 0, 0,
            0, 5, 6, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0,
        ]);
    }

    #[test]
    fn colour_stays_interleaved() {
        let (sheet, w, h) = grid(&[1, 2, 3, 4, 5, 6], 1, 1, 3, 9, 0);
        assert_eq!((sheet.as_slice(), w, h), ([1, 2, 3, 4, 5, 6].as_slice(), 2, 1));
    }

    #[test]
    fn odd_arguments_do_not_panic() {
        assert_eq!(grid(&[], 28, 28, 1, 8, 2), (vec![], 0, 0));
        assert_eq!(grid(&[1, 2], 0, 28, 1, 8, 2), (vec![], 0, 0));
        assert_eq!(grid(&[1, 2, 3], 1, 2, 1, 0, 0), (vec![1, 2], 2, 1));
    }

    #[test]
    fn columns_make_squares() {
        assert_eq!([1, 2, 4, 16, 17, 64].map(square_columns), [1, 2, 2, 4, 5, 8]);
    }
}
