//! Where the files of a data set lie: in folders of the disk, or in a zip archive that is read as a folder.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::{Archive, Member};
use super::formats::Source;
use super::{kinds, roles};
use crate::sniff::{self, Kind};
use crate::{DataError, open_regular, own, read_regular};

/// Where files lie. A path inside an archive is the archive's path and the member's name.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    /// The file system.
    Disk,
    /// A zip archive.
    Zip(Arc<Archive>),
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Folder,
    Link,
    /// A pipe, a socket or a device.
    Special,
}

/// Whether a file is a zip archive by its first bytes, and none that holds arrays, a model or a document.
pub(crate) fn is_zip(path: &Path) -> bool {
    let start = |path: &Path| {
        let (file, _) = open_regular(path).ok()?;
        let mut start = Vec::new();
        file.take(sniff::BYTES as u64).read_to_end(&mut start).ok()?;
        sniff::kind(&start)
    };
    start(path) == Some(Kind::Zip)
}

/// Whether a path is read as a folder: a folder or a zip archive.
pub fn is_image_folder(path: &Path) -> bool {
    path.is_dir() || is_zip(path)
}

impl Tree {
    /// Where the files of the data set at `path` lie, and the folder in which they begin. Of an archive that consists of one
    /// folder, this is that folder, if its name is not a split's.
    ///
    /// # Errors
    /// Those of an archive that cannot be read.
    pub(crate) fn of(path: &Path) -> Result<(Tree, PathBuf), DataError> {
        if path.is_dir() || !is_zip(path) {
            return Ok((Tree::Disk, path.to_path_buf()));
        }
        let tree = Tree::Zip(Arc::new(Archive::open(path)?));
        let mut root = path.to_path_buf();
        loop {
            let entries = tree.entries(&root)?;
            let counts = |name: &OsString| !kinds::is_system_folder(name) && !kinds::is_hidden(name);
            let mut counted = entries.iter().filter(|(name, _)| counts(name));
            match (counted.next(), counted.next()) {
                (Some((name, EntryKind::Folder)), None) if roles::named(Path::new(name)).is_none() => {
                    root.push(name);
                }
                _ => return Ok((tree, root)),
            }
        }
    }

    /// The names in an archive that lead out of it, as paths to show.
    pub(super) fn outside(&self) -> Vec<PathBuf> {
        match self {
            Tree::Disk => Vec::new(),
            Tree::Zip(archive) => archive
                .outside()
                .iter()
                .map(|name| PathBuf::from(format!("{}: {name}", archive.path().display())))
                .collect(),
        }
    }

    /// A path without links.
    pub(super) fn real(&self, path: &Path) -> io::Result<PathBuf> {
        match self {
            Tree::Disk => fs::canonicalize(path),
            Tree::Zip(_) => Ok(path.to_path_buf()),
        }
    }

    /// What a link leads to. Archives have none.
    pub(super) fn target(&self, path: &Path) -> io::Result<EntryKind> {
        fs::metadata(path).map(|metadata| kind(metadata.file_type()))
    }

    /// What lies in a folder, in the order of the names.
    pub(super) fn entries(&self, path: &Path) -> Result<Vec<(OsString, EntryKind)>, DataError> {
        let list = |e| DataError::io(path, "list", e);
        let mut entries = Vec::new();
        match self {
            Tree::Disk => {
                for entry in fs::read_dir(path).map_err(list)? {
                    let entry = entry.map_err(list)?;
                    entries.push((entry.file_name(), kind(entry.file_type().map_err(list)?)));
                }
            }
            Tree::Zip(archive) => {
                let of = |member| if member == Member::Folder { EntryKind::Folder } else { EntryKind::File };
                entries
                    .extend(archive.entries(path).map_err(list)?.into_iter().map(|(name, m)| (name, of(m))));
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    /// Opens an image of at most `most` bytes.
    ///
    /// # Errors
    /// Those of [`open_regular`], and [`DataError::Format`] for a longer one or a damaged member of an archive.
    pub(super) fn open(&self, path: &Path, most: u64) -> Result<Box<dyn Source>, DataError> {
        match self {
            Tree::Disk => {
                let (file, metadata) = open_regular(path)?;
                let stored = metadata.len();
                if stored > most {
                    let expected = format!("at most {most} bytes");
                    return Err(DataError::format(&path.display().to_string(), "file", expected, stored));
                }
                Ok(Box::new(BufReader::new(file)))
            }
            Tree::Zip(archive) => Ok(Box::new(Cursor::new(archive.read(path, most, false)?))),
        }
    }

    /// Reads an image of at most `most` bytes.
    ///
    /// # Errors
    /// As [`Tree::open`].
    pub(super) fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, DataError> {
        match self {
            Tree::Disk => read_regular(path, most),
            Tree::Zip(archive) => archive.read(path, most, false),
        }
    }

    /// Reads a text of at most `most` bytes.
    ///
    /// # Errors
    /// As [`Tree::open`].
    pub(super) fn read_text(&self, path: &Path, most: u64) -> Result<Vec<u8>, DataError> {
        match self {
            Tree::Disk => read_regular(path, most),
            Tree::Zip(archive) => archive.read(path, most, true),
        }
    }

    /// The first bytes of a file, at most `count`; none if they cannot be read.
    pub(super) fn start(&self, path: &Path, count: u64) -> Option<Vec<u8>> {
        match self {
            Tree::Disk => {
                let (file, _) = open_regular(path).ok()?;
                let mut start = Vec::new();
                file.take(count).read_to_end(&mut start).ok()?;
                Some(start)
            }
            Tree::Zip(archive) => archive.start(path, count),
        }
    }

    /// Whether a file is a picture of many images that this program made. False if it cannot be read: decoding it will
    /// report the reason.
    pub(super) fn is_marked_picture(&self, path: &Path) -> bool {
        // Other files are not opened.
        own::may_be_marked(path)
            && self.start(path, own::START_BYTES).is_some_and(|start| own::is_marked(&start))
    }
}

fn kind(file_type: fs::FileType) -> EntryKind {
    match file_type {
        kind if kind.is_symlink() => EntryKind::Link,
        kind if kind.is_dir() => EntryKind::Folder,
        kind if kind.is_file() => EntryKind::File,
        _ => EntryKind::Special,
    }
}
