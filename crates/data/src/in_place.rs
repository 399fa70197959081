//! Files that are written in place, and folders that are written into, where links must not lead elsewhere.
//!
//! A run's folder may come from a stranger. A link in it would let the program overwrite the file or folder it points to.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::DataError;
use crate::atomic::write_atomic;
use crate::paths::{kind_of, no_follow};

/// Opens a file for reading and writing at its end, or makes it. A link is refused. A file with several names (hard links)
/// gets a copy under this name first, so that the others stay as they are.
///
/// # Errors
/// [`DataError::Argument`] for what is no file; [`DataError::Io`].
pub fn open_to_append(path: &Path) -> Result<File, DataError> {
    let file = open_in_place(path, OpenOptions::new().read(true).append(true).create(true))?;
    if !has_other_names(&file).map_err(|e| DataError::io(path, "open", e))? {
        return Ok(file);
    }
    let mut there = &file;
    write_atomic(path, |out| {
        io::copy(&mut there, out).map(|_| ()).map_err(|e| DataError::io(path, "copy", e))
    })?;
    open_in_place(path, OpenOptions::new().read(true).append(true))
}

/// Opens a file with `options`. Links and pipes are refused.
///
/// # Errors
/// [`DataError::Argument`] for what is no file; [`DataError::Io`].
pub fn open_in_place(path: &Path, options: &mut OpenOptions) -> Result<File, DataError> {
    own_file(path)?;
    no_follow(options);
    let file = options.open(path).map_err(|e| DataError::io(path, "open", e))?;
    let there = file.metadata().map_err(|e| DataError::io(path, "open", e))?;
    if there.is_file() { Ok(file) } else { Err(no_file(path, &there)) }
}

/// Refuses a path at which there is something else than a file, such as a link to one.
///
/// # Errors
/// [`DataError::Argument`].
pub fn own_file(path: &Path) -> Result<(), DataError> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => Err(no_file(path, &there)),
        _ => Ok(()),
    }
}

fn no_file(path: &Path, there: &fs::Metadata) -> DataError {
    DataError::argument(path.display().to_string(), "a file of its own", kind_of(there))
}

/// Makes a folder, unless it is there. A link in its place is refused.
///
/// # Errors
/// [`DataError::Argument`] for what is no folder; [`DataError::Io`].
pub fn own_folder(path: &Path) -> Result<(), DataError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(there) => {
            Err(DataError::argument(path.display().to_string(), "a folder of its own", kind_of(&there)))
        }
        Err(_) => fs::create_dir(path).map_err(|e| DataError::io(path, "create", e)),
    }
}

/// Whether a file has other names (hard links).
pub fn has_other_names(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    return Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) > 1);
    #[cfg(not(unix))]
    file.metadata().map(|_| false)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_refused_and_their_targets_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("target"), b"precious").unwrap();
        symlink(path("target"), path("link")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        symlink(path("folder"), path("linked folder")).unwrap();
        for (name, got) in [("link", "a link"), ("dangling", "a link"), ("folder", "a folder")] {
            let error = open_to_append(&path(name)).unwrap_err().to_string();
            assert!(error.contains(&format!("{name}: expected a file of its own, got {got}")), "{error}");
        }
        assert!(!path("nowhere").exists());
        for name in ["link", "dangling", "linked folder", "target"] {
            assert!(own_folder(&path(name)).is_err(), "{name}");
        }
        own_folder(&path("folder")).unwrap();
        own_folder(&path("new")).unwrap();
        assert!(path("new").is_dir());
    }

    #[test]
    fn a_file_with_two_names_is_copied_before_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let [own, other] = ["own", "other"].map(|name| dir.path().join(name));
        fs::write(&other, b"kept").unwrap();
        fs::hard_link(&other, &own).unwrap();
        open_to_append(&own).unwrap().write_all(b" and more").unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"kept");
        assert_eq!(fs::read(&own).unwrap(), b"kept and more");
        open_to_append(&own).unwrap().write_all(b"!").unwrap();
        assert_eq!(fs::read(&own).unwrap(), b"kept and more!");
    }
}
