//! Writing IDX.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::MAX_BYTES;
use super::header::{RANKS, TYPE_U8};
use crate::DataError;
use crate::atomic::Part;

/// Writes an IDX file of unsigned bytes, gzip-compressed if its name ends in `.gz`. The file appears
/// whole or not at all: it is written beside its place, synced and renamed. The same array makes the
/// same bytes (no time stamp).
///
/// # Errors
/// [`DataError::Argument`] unless `dims` has 1, 3 or 4 sizes, none zero, whose product is
/// `data.len()`; [`DataError::Io`] if the file cannot be written.
pub fn write(path: impl AsRef<Path>, dims: &[usize], data: &[u8]) -> Result<(), DataError> {
    header(dims, data)?;
    write_streamed(path, dims, |out| out.write_all(data))
}

/// Writes an IDX file whose elements come bit by bit from `fill`, as [`write()`] does with all at once: for arrays that
/// need not be in memory.
///
/// # Errors
/// As [`write()`]; also [`DataError::Argument`] if `fill` wrote another number of bytes than `dims` say.
pub fn write_streamed(
    path: impl AsRef<Path>,
    dims: &[usize],
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DataError> {
    part(path.as_ref(), dims, fill)?.publish()
}

/// The file of [`write_streamed`] before it is published.
///
/// # Errors
/// As [`write_streamed`].
pub fn part(
    path: &Path,
    dims: &[usize],
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Part, DataError> {
    let (header, expected) = header_and_bytes(dims)?;
    let io_error = |e: io::Error| DataError::io(path, "write", e);
    let checked = |written: u64| match written == expected {
        true => Ok(()),
        false => Err(wrong_bytes(dims, expected, written)),
    };
    let mut part = Part::create(path)?;
    file_body(path, part.writer(), |out| {
        out.write_all(&header).map_err(io_error)?;
        let mut counted = Counted { out, written: 0 };
        fill(&mut counted).map_err(io_error)?;
        checked(counted.written)
    })?;
    Ok(part)
}

/// Passes bytes on, and counts them.
struct Counted<'a> {
    out: &'a mut dyn Write,
    written: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.written += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Runs `body` on the file, through gzip if the file's name says so.
fn file_body(
    path: &Path,
    file: &mut impl Write,
    body: impl FnOnce(&mut dyn Write) -> Result<(), DataError>,
) -> Result<(), DataError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        let mut gzip = GzEncoder::new(file, Compression::best());
        body(&mut gzip)?;
        gzip.finish().map(|_| ()).map_err(|e| DataError::io(path, "write", e))
    } else {
        body(file)
    }
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
    let (header, bytes) = header_and_bytes(dims)?;
    if bytes != data.len() as u64 {
        return Err(wrong_bytes(dims, bytes, data.len() as u64));
    }
    Ok(header)
}

fn wrong_bytes(dims: &[usize], expected: u64, got: u64) -> DataError {
    DataError::argument("IDX data bytes", format!("{expected} for dimensions {dims:?}"), got)
}

/// The header of an array of `dims`, and how many bytes the array has.
fn header_and_bytes(dims: &[usize]) -> Result<(Vec<u8>, u64), DataError> {
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
    if bytes > MAX_BYTES {
        return Err(DataError::argument("IDX data bytes", format!("at most {MAX_BYTES}"), bytes));
    }
    Ok((header, bytes))
}
