//! Opening a packed file.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use kernels::mapped::MappedFile;
use sha2::{Digest, Sha256};

use super::EXTENSION;
use super::header::{Header, MAGIC, PIXELS_AT};
use crate::image_set::Pixels;
use crate::{DataError, ImageSet};

/// Files up to this length have their pixels' checksum verified when they are opened; in longer ones,
/// which would have to be read for it from end to end, `data check` does.
const MAX_VERIFIED_BYTES: usize = 1 << 30;

/// Whether a file is a packed one: by its first bytes, or by the ending of its name.
pub(crate) fn is_pack(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == EXTENSION) {
        return true;
    }
    let mut magic = [0; MAGIC.len()];
    // Not a named pipe, which would wait for a writer.
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && magic == *MAGIC
}

/// Maps a packed file. Its pixels' checksum is verified if it has at most [`MAX_VERIFIED_BYTES`].
///
/// # Errors
/// [`DataError::Io`] if it cannot be opened or mapped; [`DataError::Format`] if it is truncated,
/// altered, of a newer version, or no packed file.
pub(crate) fn open(name: &str, path: &Path) -> Result<ImageSet, DataError> {
    let (set, header) = open_unverified(name, path)?;
    if set.pixels().len() <= MAX_VERIFIED_BYTES {
        verify(path, &set, &header)?;
    }
    Ok(set)
}

/// [`open`] with the checksum verified whatever the length.
pub(crate) fn verify_pixels(name: &str, path: &Path) -> Result<ImageSet, DataError> {
    let (set, header) = open_unverified(name, path)?;
    verify(path, &set, &header)?;
    Ok(set)
}

fn verify(path: &Path, set: &ImageSet, header: &Header) -> Result<(), DataError> {
    if Sha256::digest(set.pixels())[..] == header.pixels_sha256 {
        return Ok(());
    }
    let got = "another: the file is altered";
    Err(DataError::format(&path.display().to_string(), "SHA-256 of pixels", "the one written", got))
}

fn open_unverified(name: &str, path: &Path) -> Result<(ImageSet, Header), DataError> {
    let shown = path.display().to_string();
    let metadata = fs::metadata(path).map_err(|e| DataError::io(path, "open", e))?;
    if !metadata.is_file() {
        return Err(DataError::format(&shown, "file", "a regular file", "another kind"));
    }
    let file = MappedFile::open(path).map_err(|e| DataError::io(path, "map", e))?;
    let (header, tail) = Header::parse(&shown, &file)?;
    let (labels, names) = if header.classes == 0 {
        (None, None)
    } else {
        let (labels, names) = tail.split_at(2 * header.count);
        let labels: Vec<u16> =
            labels.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
        let names = std::str::from_utf8(names)
            .map(|names| names.split('\0').map(str::to_owned).collect::<Vec<_>>())
            .ok()
            .filter(|names| names.len() == header.classes)
            .ok_or_else(|| {
                let expected = format!("{} names in UTF-8", header.classes);
                DataError::format(&shown, "class names", expected, "others")
            })?;
        (Some(labels), Some(names))
    };
    let range = PIXELS_AT..file.len() - tail.len();
    let Header { height, width, channels, .. } = header;
    let set = ImageSet::from_pixels(name, height, width, channels, Pixels::Mapped { file, range }, labels)?;
    let set = match names {
        Some(names) => set.with_class_names(names)?,
        None => set,
    };
    Ok((set.with_pixels_sha256(header.pixels_sha256), header))
}
