//! The header of a NumPy file, version 1.0.
//!
//! Magic, version, the length of what follows as a little-endian u16, and a Python dictionary padded with spaces to a
//! multiple of 64 bytes in all. Source: numpy.lib.format.

/// The header of a C-ordered array of elements `descr`, such as "<f4", little-endian float32.
pub(super) fn header(descr: &str, dims: &[usize]) -> Vec<u8> {
    let shape: String = dims.iter().map(|size| format!("{size}, ")).collect();
    let mut dictionary =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", shape.trim_end());
    const BEFORE: usize = 10;
    // Four sizes of at most 20 digits: far below the largest length, 65535.
    let length = (BEFORE + dictionary.len() + 1).next_multiple_of(64) - BEFORE;
    while dictionary.len() + 1 < length {
        dictionary.push(' ');
    }
    dictionary.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend_from_slice(&(length as u16).to_le_bytes());
    header.extend_from_slice(dictionary.as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_what_numpy_writes() {
        let header = header("<f4", &[3, 28, 28, 1]);
        assert_eq!(header.len() % 64, 0);
        assert_eq!(&header[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let text = std::str::from_utf8(&header[10..]).unwrap();
        assert!(
            text.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 28, 28, 1,), }"),
            "{text}"
        );
        assert!(text.ends_with(" \n"));
    }
}
