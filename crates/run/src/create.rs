//! What the making of a run's folder has made so far, to take it back.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::RunError;

/// Folders and files made, in this order. Dropped without [`Made::keep`], it removes them: a run that could not begin leaves
/// nothing.
#[derive(Debug, Default)]
pub(super) struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    kept: bool,
}

impl Made {
    /// Makes a folder and those above it that are not there.
    pub(super) fn folders_to(&mut self, path: &Path) -> Result<(), RunError> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.folders_to(parent)?;
        }
        // Another process may make it at the same time; a file in its place is an error.
        match self.folder(path)? {
            false if !path.is_dir() => {
                Err(RunError::io(path, "create", std::io::ErrorKind::AlreadyExists.into()))
            }
            _ => Ok(()),
        }
    }

    /// Makes a folder; says whether it was not there.
    pub(super) fn folder(&mut self, path: &Path) -> Result<bool, RunError> {
        match fs::create_dir(path) {
            Ok(()) => {
                self.folders.push(path.to_path_buf());
                Ok(true)
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(RunError::io(path, "create", e)),
        }
    }

    /// A file that is made from here on.
    pub(super) fn file(&mut self, path: &Path) {
        self.files.push(path.to_path_buf());
    }

    /// All of it stays, unless [`Made::remove`] is called.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Made {
    /// Removes all of it.
    pub(super) fn remove(&self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        // A folder that another process has put something into stays.
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if !self.kept {
            self.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let mut made = Made::default();
        made.folders_to(&path("a/b")).unwrap();
        made.folders_to(&path("c/d")).unwrap();
        fs::write(path("file"), b"").unwrap();
        assert!(made.folders_to(&path("file")).is_err() && made.folders_to(&path("file/d")).is_err());
        assert!(made.folder(&path("a/b/run")).unwrap() && !made.folder(&path("a/b/run")).unwrap());
        made.file(&path("a/b/run/lock"));
        fs::write(path("a/b/run/lock"), b"").unwrap();
        fs::write(path("c/other"), b"").unwrap();
        drop(made);
        assert!(!path("a").exists() && !path("c/d").exists() && path("c/other").exists());
        let mut made = Made::default();
        made.folders_to(&path("a/b")).unwrap();
        made.keep();
        drop(made);
        assert!(path("a/b").is_dir());
    }
}
