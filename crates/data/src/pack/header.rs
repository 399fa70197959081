//! The header of a packed file, and its limits.

use sha2::{Digest, Sha256};

use crate::MAX_SIDE;
use crate::{Background, DataError};

/// The first bytes of every packed file.
pub(super) const MAGIC: &[u8; 8] = b"GANYPACK";
/// The version of files whose images were all opaque.
const VERSION: u32 = 1;
/// The version of files with the background of transparent images.
const VERSION_WITH_BACKGROUND: u32 = 2;
/// Where the pixels begin.
pub(super) const PIXELS_AT: usize = 4096;
/// Bytes of the header that its checksum covers.
const COVERED: usize = 72;
/// Where the checksum ends, and in version 2 the number of transparent images and their background begin.
const USED: usize = COVERED + 32;
/// Their length.
const BACKGROUND_BYTES: usize = 8 + 3;
const MAX_CHANNELS: usize = 16;
const MAX_CLASSES: usize = 1 << 16;
const MAX_NAMES_BYTES: usize = 16 << 20;

/// The content of a header, without the checksums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) count: usize,
    /// 0: no labels.
    pub(super) classes: usize,
    pub(super) names_bytes: usize,
    pub(super) pixels_sha256: [u8; 32],
    /// How many images were transparent somewhere.
    pub(super) transparent: usize,
    /// Their background.
    pub(super) background: Background,
    /// SHA-256 of the covered header, the labels and the names, as read. Not used for writing.
    pub(super) sum: [u8; 32],
}

impl Header {
    /// The first [`PIXELS_AT`] bytes of a file whose labels and names are `tail`.
    pub(super) fn to_bytes(&self, tail: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PIXELS_AT);
        bytes.extend_from_slice(MAGIC);
        let version = if self.transparent > 0 { VERSION_WITH_BACKGROUND } else { VERSION };
        bytes.extend_from_slice(&version.to_le_bytes());
        // All below 2^32: the writer keeps the limits that the reader checks.
        for side in [self.height, self.width, self.channels] {
            bytes.extend_from_slice(&(side as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&(self.count as u64).to_le_bytes());
        for number in [self.classes, self.names_bytes] {
            bytes.extend_from_slice(&(number as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&self.pixels_sha256);
        let mut more = Vec::new();
        if self.transparent > 0 {
            more.extend_from_slice(&(self.transparent as u64).to_le_bytes());
            more.extend_from_slice(&self.background.rgb);
        }
        let sum = checksum(&bytes, &more, tail);
        bytes.extend_from_slice(&sum);
        bytes.extend_from_slice(&more);
        bytes.resize(PIXELS_AT, 0);
        bytes
    }

    /// Reads the header of a file of `length` bytes that begins with `file` (all of it, or at least
    /// [`PIXELS_AT`] bytes), and checks it against the length.
    pub(super) fn parse(name: &str, file: &[u8], length: u64) -> Result<Header, DataError> {
        let refuse = |field: &str, expected: &str, got: String| DataError::format(name, field, expected, got);
        if file.get(..MAGIC.len()) != Some(MAGIC) {
            return Err(refuse("magic", "GANYPACK", "other bytes".into()));
        }
        let Some(header) = file.get(..PIXELS_AT) else {
            return Err(refuse("header", "4096 bytes", format!("{}: the file is truncated", file.len())));
        };
        let mut fields = Fields(&header[MAGIC.len()..]);
        let version = fields.u32();
        let has_background = version == VERSION_WITH_BACKGROUND as usize;
        if version != VERSION as usize && !has_background {
            let expected = format!("{VERSION} or {VERSION_WITH_BACKGROUND}, all that this program knows");
            let got = format!("{version}, from a newer program or altered");
            return Err(refuse("version", &expected, got));
        }
        let bounded = |field: &str, value: usize, from: usize, to: usize| {
            if (from..=to).contains(&value) {
                return Ok(value);
            }
            Err(refuse(field, &format!("{from} to {to}"), value.to_string()))
        };
        let height = bounded("height", fields.u32(), 1, MAX_SIDE)?;
        let width = bounded("width", fields.u32(), 1, MAX_SIDE)?;
        let channels = bounded("channels", fields.u32(), 1, MAX_CHANNELS)?;
        let count = bounded("number of images", fields.u64(), 1, u32::MAX as usize)?;
        let classes = bounded("number of classes", fields.u32(), 0, MAX_CLASSES)?;
        let names_bytes = bounded("length of class names", fields.u32(), 0, MAX_NAMES_BYTES)?;
        let pixels_sha256 = fields.digest();
        let sum = fields.digest();
        let (transparent, background) = match has_background {
            true => {
                let transparent = bounded("number of transparent images", fields.u64(), 1, count)?;
                (transparent, Background { rgb: fields.take() })
            }
            false => (0, Background::default()),
        };
        let used = if has_background { USED + BACKGROUND_BYTES } else { USED };
        let header_value = Header {
            height,
            width,
            channels,
            count,
            classes,
            names_bytes,
            pixels_sha256,
            transparent,
            background,
            sum,
        };
        let said = header_value.file_bytes();
        if said != Some(length) {
            let expected = said.map_or("less memory".to_owned(), |said| format!("{said} bytes"));
            let what = if said > Some(length) { ": the file is truncated" } else { "" };
            return Err(refuse("length", &expected, format!("{length}{what}")));
        }
        if header[used..].iter().any(|&byte| byte != 0) {
            return Err(altered(name));
        }
        Ok(header_value)
    }

    /// Checks header and `tail`, the labels and names behind the pixels, against the header's checksum.
    pub(super) fn verify(&self, name: &str, tail: &[u8]) -> Result<(), DataError> {
        if self.to_bytes(tail)[COVERED..USED] == self.sum { Ok(()) } else { Err(altered(name)) }
    }

    /// Bytes of all pixels. Like all that follows, within the length that was checked.
    pub(super) fn pixels_bytes(&self) -> usize {
        self.count * self.height * self.width * self.channels
    }

    /// Bytes behind the pixels: labels and names.
    pub(super) fn tail_bytes(&self) -> usize {
        self.labels_bytes() + self.names_bytes
    }

    /// Bytes of the labels.
    pub(super) fn labels_bytes(&self) -> usize {
        if self.classes > 0 { 2 * self.count } else { 0 }
    }

    /// Length of the whole file, if memory could hold it.
    fn file_bytes(&self) -> Option<u64> {
        let pixels = [self.height, self.width, self.channels]
            .iter()
            .try_fold(self.count, |n, &side| n.checked_mul(side))?;
        let bytes = PIXELS_AT.checked_add(pixels)?.checked_add(self.labels_bytes())?;
        bytes.checked_add(self.names_bytes).map(|bytes| bytes as u64)
    }
}

fn altered(name: &str) -> DataError {
    let got = "another: the file is altered";
    DataError::format(name, "SHA-256 of header and labels", "the one written", got)
}

fn checksum(covered: &[u8], more: &[u8], tail: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(covered);
    hasher.update(more);
    hasher.update(tail);
    hasher.finalize().into()
}

/// Little-endian numbers, one after the other, from a slice that is known to hold them.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let (head, rest) = self.0.split_at(N);
        bytes.copy_from_slice(head);
        self.0 = rest;
        bytes
    }

    /// Too large for a `usize` becomes its maximum, which no bound allows.
    fn u32(&mut self) -> usize {
        usize::try_from(u32::from_le_bytes(self.take())).unwrap_or(usize::MAX)
    }

    fn u64(&mut self) -> usize {
        usize::try_from(u64::from_le_bytes(self.take())).unwrap_or(usize::MAX)
    }

    fn digest(&mut self) -> [u8; 32] {
        self.take()
    }
}
