//! A zip archive of images, read without unpacking it onto the disk.
//!
//! A name counts as a path inside the archive only if it leads nowhere else: names that are absolute, have `..` or a drive
//! letter are left out and counted. Nothing is written, so such names could do no harm, but they are no data set's.
//! An archive that would unpack to more than its compression can hold is refused: its members overlap, so that a small file
//! unpacks without end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;
use zip::result::ZipError;

use super::formats;
use crate::{DataError, open_regular};

/// No more folders inside each other.
const MAX_DEPTH: usize = 64;
/// Deflate makes at most 1032 bytes of one.
const MAX_RATIO: u128 = 1032;
/// How much is read at a time.
const PIECE_BYTES: usize = 16 << 10;
/// Enough to know an image's format.
const START_BYTES: u64 = 64;

/// A zip archive and the folders in it.
pub(crate) struct Archive {
    path: PathBuf,
    zip: ZipArchive<Shared>,
    folders: BTreeMap<PathBuf, BTreeMap<OsString, Member>>,
    outside: Vec<String>,
}

/// What a name in a folder of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Folder,
    /// With its number in the archive.
    File(usize),
}

impl Archive {
    /// Reads the list of members.
    ///
    /// # Errors
    /// [`DataError::Io`]; [`DataError::Format`] for an archive that is damaged or whose members overlap.
    pub(super) fn open(path: &Path) -> Result<Archive, DataError> {
        let (file, metadata) = open_regular(path)?;
        let shared = Shared::new(file, metadata.len());
        let zip =
            ZipArchive::new(shared).map_err(|e| refused(path, "the list of a zip archive's members", &e))?;
        if zip.decompressed_size().is_some_and(|all| all > MAX_RATIO * u128::from(metadata.len())) {
            let expected = format!("members of at most {MAX_RATIO} times the archive's length");
            return Err(DataError::format(
                &path.display().to_string(),
                "zip archive",
                expected,
                "more: they overlap",
            ));
        }
        let mut archive =
            Archive { path: path.to_path_buf(), zip, folders: BTreeMap::new(), outside: Vec::new() };
        archive.folders.insert(PathBuf::new(), BTreeMap::new());
        for index in 0..archive.zip.len() {
            let Some(name) = archive.zip.name_for_index(index).map(str::to_owned) else { continue };
            match inside(&name) {
                Some(names) => archive.add(&names, index, name.ends_with(['/', '\\'])),
                None => archive.outside.push(name),
            }
        }
        Ok(archive)
    }

    /// Adds a member and the folders that it is in.
    fn add(&mut self, names: &[&str], index: usize, is_folder: bool) {
        let mut folder = PathBuf::new();
        for (depth, name) in names.iter().enumerate() {
            let is_file = depth + 1 == names.len() && !is_folder;
            let member = if is_file { Member::File(index) } else { Member::Folder };
            self.folders.entry(folder.clone()).or_default().insert(OsString::from(name), member);
            folder.push(name);
            if !is_file {
                self.folders.entry(folder.clone()).or_default();
            }
        }
    }

    /// The archive's own path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Names that lead out of the archive.
    pub(super) fn outside(&self) -> &[String] {
        &self.outside
    }

    /// What lies in a folder, by names. Paths begin with the archive's.
    pub(super) fn entries(&self, path: &Path) -> io::Result<Vec<(OsString, Member)>> {
        let inner = path.strip_prefix(&self.path).ok();
        let folder = inner.and_then(|inner| self.folders.get(inner)).ok_or(io::ErrorKind::NotFound)?;
        Ok(folder.iter().map(|(name, member)| (name.clone(), *member)).collect())
    }

    /// Reads a member, of which an image's first bytes decide whether the rest is unpacked at all. A file of another kind
    /// is read if `any` is set.
    ///
    /// # Errors
    /// [`DataError::Format`] for more than `most` bytes, damage, a password, or a link.
    pub(super) fn read(&self, path: &Path, most: u64, any: bool) -> Result<Vec<u8>, DataError> {
        let inner = path.strip_prefix(&self.path).unwrap_or(path);
        let parent = inner.parent().and_then(|folder| self.folders.get(folder));
        let member = inner.file_name().zip(parent).and_then(|(name, folder)| folder.get(name));
        let Some(Member::File(index)) = member else {
            return Err(DataError::io(path, "open", io::ErrorKind::NotFound.into()));
        };
        // Copies share the list of members, and each has a place in the file.
        let mut zip = self.zip.clone();
        let mut member = zip.by_index(*index).map_err(|e| refused(path, "member of the archive", &e))?;
        let refuse = |expected: String, got: String| {
            DataError::format(&path.display().to_string(), "member of the archive", expected, got)
        };
        if member.is_symlink() {
            return Err(refuse(
                "a file".to_owned(),
                "a link, which is not followed in an archive".to_owned(),
            ));
        }
        if member.size() > most {
            return Err(refuse(format!("at most {most} bytes"), member.size().to_string()));
        }
        let failed =
            |e: io::Error| refuse("a sound one".to_owned(), format!("one that does not unpack ({e})"));
        let mut bytes = Vec::new();
        (&mut member).take(START_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        if any || formats::of(&bytes).is_some() {
            let left = most.saturating_sub(bytes.len() as u64).saturating_add(1);
            (&mut member).take(left).read_to_end(&mut bytes).map_err(failed)?;
            if bytes.len() as u64 > most {
                return Err(refuse(format!("at most {most} bytes"), "more than its header says".to_owned()));
            }
        }
        Ok(bytes)
    }

    /// The first bytes of a member, at most `count`.
    pub(super) fn start(&self, path: &Path, count: u64) -> Option<Vec<u8>> {
        let folder = self.folders.get(path.parent()?.strip_prefix(&self.path).ok()?)?;
        let Member::File(index) = *folder.get(path.file_name()?)? else { return None };
        let (mut zip, mut bytes) = (self.zip.clone(), Vec::new());
        zip.by_index(index).ok()?.take(count).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("path", &self.path).field("members", &self.zip.len()).finish()
    }
}

/// The names of the folders and the file that a member's name consists of, if it leads nowhere else. Some programs separate
/// them by backslashes.
fn inside(name: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = name.split(['/', '\\']).collect();
    let is_drive = |part: &&str| part.len() == 2 && part.ends_with(':');
    if parts[0].is_empty()
        || parts.first().is_some_and(is_drive)
        || name.contains('\0')
        || parts.contains(&"..")
    {
        return None;
    }
    let names: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty() && *part != ".").collect();
    (!names.is_empty() && names.len() <= MAX_DEPTH).then_some(names)
}

fn refused(path: &Path, field: &str, error: &ZipError) -> DataError {
    match error {
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => {
            let got = "one with a password; unpack the archive first";
            DataError::format(&path.display().to_string(), field, "an open one", got)
        }
        error => DataError::format(&path.display().to_string(), field, "a sound one", error),
    }
}

/// A file that several readers share, each with a place of its own.
struct Shared {
    file: Arc<File>,
    length: u64,
    at: u64,
    /// What was read last, and where it lies.
    piece: Vec<u8>,
    piece_at: u64,
}

impl Shared {
    fn new(file: File, length: u64) -> Shared {
        Shared { file: Arc::new(file), length, at: 0, piece: Vec::new(), piece_at: 0 }
    }
}

impl Clone for Shared {
    fn clone(&self) -> Shared {
        Shared { file: Arc::clone(&self.file), piece: Vec::new(), ..*self }
    }
}

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let is_held = |piece: &Vec<u8>| {
            self.at.checked_sub(self.piece_at).filter(|&offset| offset < piece.len() as u64)
        };
        if is_held(&self.piece).is_none() {
            self.piece.resize(PIECE_BYTES, 0);
            let count = read_at(&self.file, &mut self.piece, self.at)?;
            self.piece.truncate(count);
            self.piece_at = self.at;
        }
        let offset = (self.at - self.piece_at) as usize;
        let count = (self.piece.len() - offset).min(out.len());
        out[..count].copy_from_slice(&self.piece[offset..offset + count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, at)
}

#[cfg(windows)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_inside() {
        for (name, names) in [
            ("a/b.png", Some(vec!["a", "b.png"])),
            ("./a//b.png", Some(vec!["a", "b.png"])),
            ("a\\b.png", Some(vec!["a", "b.png"])),
            ("a..b/...png", Some(vec!["a..b", "...png"])),
            ("../b.png", None),
            ("a/../../b.png", None),
            ("a/../b.png", None),
            ("/etc/b.png", None),
            ("\\\\server\\b.png", None),
            ("C:\\b.png", None),
            ("a\0.png", None),
            ("", None),
        ] {
            assert_eq!(inside(name), names, "{name:?}");
        }
        assert!(inside(&"a/".repeat(65)).is_none() && inside(&"a/".repeat(64)).is_some());
    }
}
