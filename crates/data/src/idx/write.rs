//! Writing IDX.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::MAX_BYTES;
use super::header::{RANKS, TYPE_U8};
use crate::DataError;
use crate::atomic::write_atomic;

/// Writes an IDX file of unsigned bytes, gzip-compressed if its name ends in `.gz`. The file appears
/// whole or not at all: it is written beside its place, synced and renamed. The same array makes the
/// same bytes (no time stamp).
///
/// # Errors
/// [`DataError::Argument`] unless `dims` has 1, 3 or 4 sizes, none zero, whose product is
/// `data.len()`; [`DataError::Io`] if the file cannot be written.
pub fn write(path: impl AsRef<Path>, dims: &[usize], data: &[u8]) -> Result<(), DataError> {
    let path = path.as_ref();
    let header = header(dims, data)?;
    let io_error = |e: io::Error| DataError::io(path, "write", e);
    write_atomic(path, |file| {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
            let mut gzip = GzEncoder::new(file, Compression::best());
            gzip.write_all(&header).and_then(|()| gzip.write_all(data)).map_err(io_error)?;
            gzip.finish().map(|_| ()).map_err(io_error)
        } else {
            file.write_all(&header).and_then(|()| file.write_all(data)).map_err(io_error)
        }
    })
}

/// Writes IDX of unsigned bytes, uncompressed, to `writer`. `name` stands for it in errors.
///
/// # Errors
/// As [`write()`].
pub fn write_to(name: &str, mut writer: impl Write, dims: &[usize], data: &[u8]) -> Result<(), DataError> {
    let header = header(dims, data)?;
    writer
        .write_all(&header)
        .and_then(|()| writer.write_all(data))
        .map_err(|e| DataError::io(Path::new(name), "write", e))
}

fn header(dims: &[usize], data: &[u8]) -> Result<Vec<u8>, DataError> {
    let rank = match u8::try_from(dims.len()) {
        Ok(rank) if RANKS.contains(&rank) => rank,
        _ => return Err(DataError::argument("IDX rank", "1, 3 or 4", dims.len())),
    };
    let mut header = vec![0, 0, TYPE_U8, rank];
    let mut bytes = 1_u64;
    for (axis, &size) in dims.iter().enumerate() {
        let Some(size) = u32::try_from(size).ok().filter(|&size| size > 0) else {
            return Err(DataError::argument(format!("IDX dimension {axis}"), "1 to 2^32 - 1", size));
        };
        bytes = bytes.saturating_mul(u64::from(size));
        header.extend_from_slice(&size.to_be_bytes());
    }
    if bytes != data.len() as u64 {
        let expected = format!("{bytes} for dimensions {dims:?}");
        return Err(DataError::argument("IDX data bytes", expected, data.len()));
    }
    if bytes > MAX_BYTES {
        return Err(DataError::argument("IDX data bytes", format!("at most {MAX_BYTES}"), bytes));
    }
    Ok(header)
}
