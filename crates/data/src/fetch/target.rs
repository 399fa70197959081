//! A file to download, and how far its download is.

use std::fs;
use std::path::Path;

/// What to download and where to.
pub(super) struct Target<'a> {
    pub(super) url: &'a str,
    pub(super) name: &'a str,
    pub(super) md5: &'a str,
    pub(super) dir: &'a Path,
}

/// How far the download of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The file's name.
    pub file: String,
    /// Bytes on this machine so far, those of an earlier, interrupted download included.
    pub downloaded_bytes: u64,
    /// Bytes of the whole file, if the server says.
    pub total_bytes: Option<u64>,
}

impl Progress {
    /// Of a file that is whole.
    pub(super) fn complete(path: &Path) -> Self {
        let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { file, downloaded_bytes: bytes, total_bytes: Some(bytes) }
    }
}
