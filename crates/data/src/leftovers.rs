//! Temporary names, and the temporary files that killed processes left.
//!
//! A temporary file of `a.npy` is called `.a.npy.ganymede-0123456789abcdef.part`, with 64 random bits. Its writer holds a
//! lock on it. The first write of a process into a folder removes temporary files that no process has locked.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::DataError;
use crate::paths::{folder_of, no_follow};

const BEFORE_RANDOM: &str = ".ganymede-";
const END: &str = ".part";
const RANDOM_DIGITS: usize = 16;
/// Most bytes of the target's name in a temporary one: file systems take 143 to 255 in all.
const MAX_NAME_BYTES: usize = 100;

/// Where files cannot be locked, a leftover is known by its age.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// An unused temporary name in the folder of `target`.
pub(crate) fn temporary_beside(target: &Path) -> Result<PathBuf, DataError> {
    let Some(name) = target.file_name() else {
        return Err(DataError::argument(target.display().to_string(), "a path that ends in a name", "none"));
    };
    let name = name.to_string_lossy();
    let mut end = name.len().min(MAX_NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    // Each state has its own random keys.
    let mut random = RandomState::new().build_hasher();
    random.write_u32(std::process::id());
    let random = random.finish();
    Ok(folder_of(target).join(format!(".{}{BEFORE_RANDOM}{random:0RANDOM_DIGITS$x}{END}", &name[..end])))
}

/// Whether a name is one of [`temporary_beside`].
fn is_temporary(name: &OsStr) -> bool {
    let random = || {
        let (before, random) = name.to_str()?.strip_suffix(END)?.rsplit_once(BEFORE_RANDOM)?;
        before.starts_with('.').then_some(random)
    };
    random().is_some_and(|random| {
        random.len() == RANDOM_DIGITS && random.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Removes leftovers from a folder, once in this process.
pub(crate) fn remove_once(folder: &Path) {
    static SEEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    if SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf()) {
        remove_leftovers(folder);
    }
}

/// Removes the temporary files and folders of ended processes from a folder. What cannot be removed stays.
pub(crate) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name())) {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        // Neither links nor pipes are ours.
        if (kind.is_file() || kind.is_dir()) && is_abandoned(&path).unwrap_or(false) {
            let _ = if kind.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

fn is_abandoned(path: &Path) -> io::Result<bool> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(_)) => Ok(file.metadata()?.modified()?.elapsed().is_ok_and(|age| age > OLD)),
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_follow(&mut options);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unlocked_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let temporary = temporary_beside(&path("a.npy")).unwrap();
        let held = temporary_beside(&path("a.npy")).unwrap();
        assert_ne!(temporary, held);
        let folder = temporary_beside(&path("generated")).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("0.png"), b"x").unwrap();
        // Names that are not exactly ours.
        let others = [
            "a.npy.part",
            "a.ganymede-0123456789abcdef.part",
            ".a.ganymede-0123456789ABCDEF.part",
            ".a.ganymede-0123.part",
            ".a.ganymede-0123456789abcdef.png",
        ];
        others.iter().for_each(|name| fs::write(path(name), b"x").unwrap());
        fs::write(&temporary, b"x").unwrap();
        let holder = File::create(&held).unwrap();
        holder.try_lock().unwrap();
        remove_leftovers(dir.path());
        assert!(!temporary.exists() && !folder.exists() && held.exists());
        assert!(others.iter().all(|name| path(name).exists()));
        drop(holder);
        remove_leftovers(dir.path());
        assert!(!held.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_under_a_temporary_name_stay() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        fs::write(&target, b"precious").unwrap();
        let link = temporary_beside(&dir.path().join("a")).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        remove_leftovers(dir.path());
        assert!(fs::symlink_metadata(&link).is_ok() && target.exists());
    }
}
