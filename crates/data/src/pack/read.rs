//! Opening a packed file.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::EXTENSION;
use super::header::{Header, MAGIC, PIXELS_AT};
use crate::alpha::ALPHA_CHANNELS;
use crate::image_set::Pixels;
use crate::stored::StoredPixels;
use crate::{DataError, ImageSet, Reading, open_regular};

/// Pixels up to this size are read when the file is opened, and verified. Longer ones are verified by `data
/// check` alone: reading all of them on every start would cost more than it is worth.
const MAX_HELD_BYTES: usize = 1 << 30;

/// How much is read at a time.
const PIECE_BYTES: usize = 1 << 20;

/// Whether a file is a packed one: by its first bytes, or by the ending of its name.
pub(crate) fn is_pack(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == EXTENSION) {
        return true;
    }
    let mut magic = [0; MAGIC.len()];
    // A named pipe would wait for a writer.
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && magic == *MAGIC
}

/// Opens a packed file. Up to [`MAX_HELD_BYTES`] of pixels are read into memory and their checksum is
/// verified, so that later changes of the file do not matter; more stay in the file.
///
/// # Errors
/// [`DataError::Io`] if it cannot be read; [`DataError::Format`] if it is truncated, altered, of a newer
/// version, or no packed file.
pub(crate) fn open(name: &str, path: &Path) -> Result<ImageSet, DataError> {
    open_up_to(name, path, MAX_HELD_BYTES)
}

/// [`open`] with another limit.
pub(super) fn open_up_to(name: &str, path: &Path, held_bytes: usize) -> Result<ImageSet, DataError> {
    let opened = Opened::new(path)?;
    let pixels = if opened.header.pixels_bytes() <= held_bytes {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(opened.header.pixels_bytes()).map_err(|e| {
            DataError::format(&path.display().to_string(), "size", "pixels that fit in memory", e)
        })?;
        opened.verified(|piece| bytes.extend_from_slice(piece))?;
        Pixels::Owned(bytes)
    } else {
        let (start, len) = (PIXELS_AT as u64, opened.header.pixels_bytes());
        Pixels::Stored(StoredPixels::new(path.to_path_buf(), opened.file, &opened.metadata, start, len))
    };
    let Header { height, width, channels, pixels_sha256, transparent, background, .. } = opened.header;
    let set = ImageSet::from_pixels(name, height, width, channels, pixels, opened.labels)?;
    let set = set.with_pixels_sha256(pixels_sha256);
    let set = set.with_reading(Reading {
        transparent,
        alpha: channels == ALPHA_CHANNELS,
        background,
        ..Reading::default()
    });
    match opened.names {
        Some(names) => set.with_class_names(names),
        None => Ok(set),
    }
}

/// What a packed file holds, as [`verify`] found it.
pub(crate) struct Contents {
    /// Number of images, height, width and channels.
    pub(crate) dims: Vec<usize>,
    /// How often each value occurs in the pixels.
    pub(crate) counts: [u64; 256],
    /// The classes with the number of images of each, if it has classes.
    pub(crate) classes: Option<Vec<(String, usize)>>,
}

/// Reads a packed file from end to end, whatever its length, and keeps nothing of its pixels.
///
/// # Errors
/// As [`open`].
pub(crate) fn verify(path: &Path) -> Result<Contents, DataError> {
    let opened = Opened::new(path)?;
    let mut counts = [0; 256];
    opened.verified(|piece| piece.iter().for_each(|&byte| counts[usize::from(byte)] += 1))?;
    let Header { count, height, width, channels, .. } = opened.header;
    let classes = opened.names.zip(opened.labels).map(|(names, labels)| {
        let mut classes: Vec<_> = names.into_iter().map(|name| (name, 0)).collect();
        for &label in &labels {
            // Each is below the number of classes: it was checked.
            classes[usize::from(label)].1 += 1;
        }
        classes
    });
    Ok(Contents { dims: vec![count, height, width, channels], counts, classes })
}

/// A packed file whose header, labels and names are read and verified.
struct Opened {
    name: String,
    file: File,
    metadata: Metadata,
    header: Header,
    labels: Option<Vec<u16>>,
    names: Option<Vec<String>>,
}

impl Opened {
    fn new(path: &Path) -> Result<Opened, DataError> {
        let name = path.display().to_string();
        let read = |e| DataError::io(path, "read", e);
        let (mut file, _) = open_regular(path)?;
        let metadata = file.metadata().map_err(read)?;
        let mut start = Vec::with_capacity(PIXELS_AT);
        (&file).take(PIXELS_AT as u64).read_to_end(&mut start).map_err(read)?;
        let header = Header::parse(&name, &start, metadata.len())?;
        // The file was found to be as long as it says, so this much is there.
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start((PIXELS_AT + header.pixels_bytes()) as u64)).map_err(read)?;
        (&file).take(header.tail_bytes() as u64).read_to_end(&mut tail).map_err(read)?;
        if tail.len() != header.tail_bytes() {
            return Err(shrunk(path));
        }
        header.verify(&name, &tail)?;
        let (labels, names) =
            if header.classes == 0 { (None, None) } else { tail_parts(&name, &header, &tail)? };
        Ok(Opened { name, file, metadata, header, labels, names })
    }

    /// Reads all pixels, a piece at a time, and verifies their checksum.
    fn verified(&self, mut take: impl FnMut(&[u8])) -> Result<(), DataError> {
        let path = Path::new(&self.name);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(PIXELS_AT as u64)).map_err(|e| DataError::io(path, "read", e))?;
        let mut hasher = Sha256::new();
        let mut piece = vec![0; PIECE_BYTES];
        let mut left = self.header.pixels_bytes();
        while left > 0 {
            let part = &mut piece[..left.min(PIECE_BYTES)];
            file.read_exact(part).map_err(|e| match e.kind() {
                io::ErrorKind::UnexpectedEof => shrunk(path),
                _ => DataError::io(path, "read", e),
            })?;
            hasher.update(&part);
            take(part);
            left -= part.len();
        }
        if hasher.finalize()[..] == self.header.pixels_sha256 {
            return Ok(());
        }
        let got = "another: the file is altered";
        Err(DataError::format(&self.name, "SHA-256 of pixels", "the one written", got))
    }
}

/// The error of a file that was longer when it was opened.
fn shrunk(path: &Path) -> DataError {
    DataError::Changed {
        path: path.to_path_buf(),
        problem: "it is shorter than it was when it was opened".into(),
    }
}

type Parts = (Option<Vec<u16>>, Option<Vec<String>>);

/// Labels and names.
fn tail_parts(name: &str, header: &Header, tail: &[u8]) -> Result<Parts, DataError> {
    let (labels, names) = tail.split_at(header.labels_bytes());
    let labels: Vec<u16> = labels.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    let names = std::str::from_utf8(names)
        .map(|names| names.split('\0').map(str::to_owned).collect::<Vec<_>>())
        .ok()
        .filter(|names| names.len() == header.classes)
        .ok_or_else(|| {
            let expected = format!("{} names in UTF-8", header.classes);
            DataError::format(name, "class names", expected, "others")
        })?;
    if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= header.classes) {
        let expected = format!("below {}, the number of classes", header.classes);
        return Err(DataError::format(name, "label", expected, label));
    }
    Ok((Some(labels), Some(names)))
}
