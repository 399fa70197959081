//! What is at a path, and how it is opened and synced without following links.

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use crate::DataError;

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Syncs a folder, so that what was moved into it is there after a power cut. Some file systems cannot, and some folders
/// may be written but not read.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), DataError> {
    // Windows cannot open a folder as a file, and needs no such sync.
    if !cfg!(unix) {
        return Ok(());
    }
    use std::io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(e) if !matches!(e.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            Err(DataError::io(folder, "sync folder", e))
        }
        _ => Ok(()),
    }
}

/// What is at a path, in words.
pub(crate) fn kind_of(there: &fs::Metadata) -> &'static str {
    if there.is_dir() {
        "a folder"
    } else if there.is_symlink() {
        "a link"
    } else if there.is_file() {
        "a file"
    } else {
        "a device, a pipe or a socket"
    }
}

/// Lets `options` refuse a link as the last part of a path, and not wait for the other end of a pipe.
pub(crate) fn no_follow(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    #[cfg(not(unix))]
    let _ = options;
}
