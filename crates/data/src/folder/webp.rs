//! Whether a WebP file is complete: a RIFF container has its own length and that of each chunk in its headers.
//!
//! Source: <https://developers.google.com/speed/webp/docs/riff_container>. As the reference decoder does, a file that is shorter than
//! its header says is refused; bytes behind the container do not matter.

/// Bytes of `RIFF`, the container's size, and `WEBP`.
const HEADER: usize = 12;
/// Bytes of a chunk's name and size.
const CHUNK_HEADER: usize = 8;

/// What is wrong with the container of a file that begins as a WebP, if anything.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let size = |at: usize| {
        let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
        four.map(|four| u32::from_le_bytes(four) as usize)
    };
    let Some(end) = size(4).and_then(|size| size.checked_add(8)) else {
        return Err("its header is cut short".into());
    };
    if end > bytes.len() {
        return Err(format!("it has {} of the {end} bytes that its header says", bytes.len()));
    }
    let mut at = HEADER;
    while at < end {
        let chunk = size(at + 4).filter(|_| at + CHUNK_HEADER <= end);
        // Chunks of odd sizes are filled up to an even one.
        let next =
            chunk.and_then(|size| at.checked_add(CHUNK_HEADER)?.checked_add(size)?.checked_add(size % 2));
        match next {
            // Some writers leave out the last byte of filling.
            Some(next) if next <= end + 1 => at = next,
            _ => return Err(format!("a part of it at byte {at} reaches beyond its end")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;

    use super::super::samples::{encoded, image, pattern};
    use super::*;

    #[test]
    fn a_webp_is_whole_or_named() {
        let webp = encoded(&image(16, 16, 3, pattern(16, 16, 3, 7)), ImageFormat::WebP);
        assert_eq!(check(&webp), Ok(()));
        assert_eq!(check(&[&webp[..], b"behind"].concat()), Ok(()));
        for cut in [1, 2, 5, webp.len() / 2, webp.len() - 13] {
            assert!(check(&webp[..webp.len() - cut]).is_err(), "{cut} cut off");
            let middle = HEADER + CHUNK_HEADER + 4;
            if middle + cut < webp.len() {
                let holed = [&webp[..middle], &webp[middle + cut..]].concat();
                assert!(check(&holed).is_err(), "{cut} cut out");
            }
        }
        let mut long = webp.clone();
        long[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(check(&long).unwrap_err().contains("beyond its end"));
    }
}
