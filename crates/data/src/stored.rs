//! Pixels that stay in their file and are read image by image, so that a set may be larger than memory.
//!
//! A mapped file would do the same, but touching a page of a file that has become shorter ends the process. A read
//! that comes up short is an error that can be reported.

use std::fs::{File, Metadata};
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::DataError;

/// A part of an open file.
#[derive(Debug)]
pub(crate) struct StoredPixels {
    path: PathBuf,
    file: File,
    /// Where the pixels begin in the file.
    start: u64,
    /// Bytes of all pixels.
    len: usize,
    /// The state of the file when it was opened.
    seen: Stamp,
    /// The first read that failed.
    failed: OnceLock<String>,
}

/// Length and time of change: they show whether a file was written to.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    /// None where the file system has no such time.
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { len: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl StoredPixels {
    /// `len` bytes from `start` on, of a file that was `metadata` when its header was read.
    pub(crate) fn new(
        path: PathBuf,
        file: File,
        metadata: &Metadata,
        start: u64,
        len: usize,
    ) -> StoredPixels {
        StoredPixels { path, file, start, len, seen: Stamp::of(metadata), failed: OnceLock::new() }
    }

    /// Bytes of all pixels.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Reads from byte `at` of the pixels on. If that fails, `out` is zeros and [`StoredPixels::still_whole`] returns the
    /// reason. It is checked once a step, not once an image.
    pub(crate) fn read(&self, at: usize, out: &mut [u8]) {
        if let Err(cause) = read_exact_at(&self.file, out, self.start + at as u64) {
            out.fill(0);
            // The first reason is kept.
            let _ = self.failed.set(match cause.kind() {
                io::ErrorKind::UnexpectedEof => "it is shorter than it was when it was opened".to_owned(),
                _ => cause.to_string(),
            });
        }
    }

    /// Whether everything that was read is what the file held when it was opened.
    ///
    /// # Errors
    /// [`DataError::Changed`] if a read failed, or the file has another length or time of change.
    pub(crate) fn still_whole(&self) -> Result<(), DataError> {
        let changed = |problem: String| Err(DataError::Changed { path: self.path.clone(), problem });
        if let Some(problem) = self.failed.get() {
            return changed(problem.clone());
        }
        match self.file.metadata() {
            Err(cause) => changed(cause.to_string()),
            Ok(metadata) => {
                let now = Stamp::of(&metadata);
                if now.len != self.seen.len {
                    changed(format!(
                        "it had {} bytes when it was opened, and has {} now",
                        self.seen.len, now.len
                    ))
                } else if now != self.seen {
                    changed("it was written to since it was opened".to_owned())
                } else {
                    Ok(())
                }
            }
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut out: &mut [u8], mut at: u64) -> io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                out = &mut out[count..];
                at += count as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn stored(path: &std::path::Path) -> StoredPixels {
        let file = File::open(path).unwrap();
        let metadata = file.metadata().unwrap();
        StoredPixels::new(path.to_path_buf(), file, &metadata, 2, 4)
    }

    #[test]
    fn what_is_read_is_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, [9, 9, 1, 2, 3, 4, 9]).unwrap();
        let pixels = stored(&path);
        let mut out = [0; 3];
        pixels.read(1, &mut out);
        assert_eq!((out, pixels.len()), ([2, 3, 4], 4));
        pixels.still_whole().unwrap();
        // Another file under its name does not change the open one.
        fs::write(dir.path().join("other"), b"short").unwrap();
        #[cfg(unix)]
        fs::rename(dir.path().join("other"), &path).unwrap();
        pixels.read(1, &mut out);
        assert_eq!(out, [2, 3, 4]);
        pixels.still_whole().unwrap();
    }

    #[test]
    fn a_file_that_shrinks_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, [9, 9, 1, 2, 3, 4, 9]).unwrap();
        let pixels = stored(&path);
        fs::write(&path, [9, 9, 1]).unwrap();
        let error = pixels.still_whole().unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()) && error.contains("has 3 now"), "{error}");
        let mut out = [7; 3];
        pixels.read(1, &mut out);
        assert_eq!(out, [0; 3], "no bytes of before");
        // Even where it has its length again.
        fs::write(&path, [9, 9, 1, 2, 3, 4, 9]).unwrap();
        assert!(pixels.still_whole().unwrap_err().to_string().contains("shorter"));
    }

    #[test]
    fn a_file_that_is_written_to_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, [9, 9, 1, 2, 3, 4, 9]).unwrap();
        let pixels = stored(&path);
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(pixels.still_whole().unwrap_err().to_string().contains("written to"));
    }
}
