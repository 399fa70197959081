//! Reading IDX, plain or gzip-compressed.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::gunzip::{Gunzip, Trailing};
use super::header::{parse_dims, parse_magic};
use crate::sniff::{self, Kind};
use crate::{DataError, open_regular};

/// Deflate cannot expand data by more than this (RFC 1951: 258 bytes from 2 bits, hence 1032), so a
/// compressed file's length bounds what its body can be.
const DEFLATE_MAX_RATIO: u64 = 1032;

/// The most that is reserved ahead of unpacking; beyond it the buffer grows with the data.
const MAX_RESERVED_BYTES: u64 = 64 << 20;

/// How much of a body is held at a time when it is only looked at.
const CHUNK_BYTES: usize = 1 << 16;

/// An array of unsigned bytes: the sizes and the elements, as many as the sizes' product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxArray {
    dims: Vec<usize>,
    data: Vec<u8>,
}

impl IdxArray {
    /// The sizes: `[N]`, `[N, height, width]` or `[N, height, width, channels]`, none of them zero.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The elements, the last index running fastest.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The elements, without a copy.
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }

    /// Both parts, for changes in place that keep the sizes' product.
    pub(crate) fn parts_mut(&mut self) -> (&mut [usize], &mut [u8]) {
        (&mut self.dims, &mut self.data)
    }
}

/// Reads an IDX file, gzip-compressed or not.
///
/// # Errors
/// [`DataError::Io`] if the file cannot be read; [`DataError::NotAFile`]; [`DataError::Format`] for a
/// wrong magic, element type or rank, a zero or excessive size, a body shorter or longer than its
/// header says; [`DataError::Foreign`] for a file of another kind; [`DataError::Gzip`] for compressed data that is truncated, corrupt or followed by
/// something else.
pub fn read(path: impl AsRef<Path>) -> Result<IdxArray, DataError> {
    Stream::open(path.as_ref())?.read_all()
}

/// Reads IDX from memory, gzip-compressed or not. `name` stands for the file in errors.
///
/// # Errors
/// As [`read`], without those of the file system.
pub fn read_bytes(name: &str, bytes: &[u8]) -> Result<IdxArray, DataError> {
    Stream::from_bytes(name, bytes)?.read_all()
}

/// An IDX file whose header is read and checked, and whose body is still to come.
pub(crate) struct Stream<'a> {
    source: Source<'a>,
    dims: Vec<usize>,
    body_bytes: u64,
}

impl Stream<'static> {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let (file, metadata) = open_regular(path)?;
        let name = path.display().to_string();
        Self::new(name, BufReader::with_capacity(CHUNK_BYTES, file), metadata.len())
    }
}

impl<'a> Stream<'a> {
    /// Reads the header of a file in memory.
    pub(crate) fn from_bytes(name: &str, bytes: &'a [u8]) -> Result<Self, DataError> {
        Self::new(name.to_owned(), bytes, bytes.len() as u64)
    }

    fn new(file: String, mut stored: impl BufRead + 'a, stored_bytes: u64) -> Result<Self, DataError> {
        let start = stored.fill_buf().map_err(|e| DataError::io(Path::new(&file), "read", e))?;
        let compressed = start.starts_with(&[0x1f, 0x8b]);
        let mut reader: Box<dyn BufRead + 'a> = match compressed {
            true => Box::new(BufReader::with_capacity(CHUNK_BYTES, Gunzip::new(stored))),
            false => Box::new(stored),
        };
        let start = reader.fill_buf().map(|start| sniff::kind(&start[..start.len().min(sniff::BYTES)]));
        let mut source = Source { file, reader, compressed, stored_bytes, read_bytes: 0 };
        match start {
            Ok(None | Some(Kind::Idx)) => {}
            Ok(Some(kind)) => {
                let kind = match compressed {
                    true => Kind::Compressed("gzip", Some(Box::new(kind))),
                    false => kind,
                };
                return Err(DataError::Foreign { file: source.file, kind });
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(source.explain(e)),
        }

        let mut magic = [0; 4];
        source.read_header(&mut magic)?;
        let rank = parse_magic(&source.file, magic)?;
        let mut sizes = [[0; 4]; 4];
        let sizes = &mut sizes[..usize::from(rank)];
        for size in &mut *sizes {
            source.read_header(size)?;
        }
        let (dims, body_bytes) = parse_dims(&source.file, sizes)?;
        if !compressed && stored_bytes != source.read_bytes + body_bytes {
            let got = stored_bytes.saturating_sub(source.read_bytes);
            return Err(source.wrong_size(&dims, body_bytes, &got.to_string()));
        }
        Ok(Self { source, dims, body_bytes })
    }

    /// The sizes that the header announces.
    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// Whether the file is gzip-compressed.
    pub(crate) fn compressed(&self) -> bool {
        self.source.compressed
    }

    /// Reads the whole body.
    pub(crate) fn read_all(mut self) -> Result<IdxArray, DataError> {
        let possible = if self.source.compressed {
            self.source.stored_bytes.saturating_mul(DEFLATE_MAX_RATIO).min(MAX_RESERVED_BYTES)
        } else {
            // The file's length was found to agree.
            self.body_bytes
        };
        let mut data = Vec::new();
        // parse_dims has checked that body_bytes fits.
        data.try_reserve_exact(self.body_bytes.min(possible) as usize)
            .map_err(|e| DataError::format(&self.source.file, "size", "a body that fits in memory", e))?;

        let header_bytes = self.source.read_bytes;
        // One byte more than announced tells a body that is too long; and asking for it makes the
        // decoder verify its checksum.
        let outcome = self.source.reader.by_ref().take(self.body_bytes + 1).read_to_end(&mut data);
        self.source.read_bytes = header_bytes + data.len() as u64;
        outcome.map_err(|e| self.source.explain(e))?;
        self.check_size(data.len() as u64)?;
        Ok(IdxArray { dims: self.dims, data })
    }

    /// Reads the whole body a chunk at a time, for files that are to be verified but not kept.
    pub(crate) fn for_each_chunk(mut self, mut visit: impl FnMut(&[u8])) -> Result<(), DataError> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut body_read = 0;
        while body_read <= self.body_bytes {
            let count = match self.source.reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(self.source.explain(e)),
            };
            body_read += count as u64;
            self.source.read_bytes += count as u64;
            if body_read <= self.body_bytes {
                visit(&chunk[..count]);
            }
        }
        self.check_size(body_read)
    }

    fn check_size(&self, body_read: u64) -> Result<(), DataError> {
        if body_read == self.body_bytes {
            return Ok(());
        }
        let got = if body_read > self.body_bytes { "more".to_owned() } else { body_read.to_string() };
        Err(self.source.wrong_size(&self.dims, self.body_bytes, &got))
    }
}

/// Where the bytes come from, and how far it has been read.
struct Source<'a> {
    file: String,
    reader: Box<dyn BufRead + 'a>,
    compressed: bool,
    stored_bytes: u64,
    read_bytes: u64,
}

impl Source<'_> {
    fn read_header(&mut self, out: &mut [u8]) -> Result<(), DataError> {
        for slot in out {
            let count = loop {
                match self.reader.read(std::slice::from_mut(slot)) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(self.explain(e)),
                    Ok(count) => break count,
                }
            };
            if count == 0 {
                let got = format!("{} bytes", self.read_bytes);
                return Err(DataError::format(&self.file, "header", "4 bytes and 4 for each dimension", got));
            }
            self.read_bytes += 1;
        }
        Ok(())
    }

    /// A reading error: the compressed data's fault, or the system's.
    fn explain(&self, error: io::Error) -> DataError {
        let problem = match error.kind() {
            io::ErrorKind::UnexpectedEof => "truncated".to_owned(),
            _ if error.get_ref().is_some_and(|e| e.is::<Trailing>()) => {
                "followed by bytes that are no gzip data,".to_owned()
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => format!("corrupt ({error})"),
            _ => return DataError::io(Path::new(&self.file), "read", error),
        };
        DataError::Gzip { file: self.file.clone(), problem, unpacked_bytes: self.read_bytes }
    }

    fn wrong_size(&self, dims: &[usize], expected: u64, got: &str) -> DataError {
        let expected = format!("{expected} bytes for dimensions {dims:?}");
        DataError::format(&self.file, "body", expected, got)
    }
}
