//! An unfinished download: a file beside its place, with `.part` appended to its name. A later call continues it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::md5sum::{md5_of, md5_of_file};
use super::target::{Progress, Target};
use crate::DataError;
use crate::in_place::open_in_place;
use crate::paths::{folder_of, sync_folder};

/// Pause between two checks of a download by another process.
const PAUSE: Duration = Duration::from_millis(200);

/// An open `.part` file, locked where the system can.
pub(super) struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    /// Opens the `.part` file of `path`, which may hold a part already. While another process downloads it, waits and shows
    /// its progress; `None` if that process completes the file.
    pub(super) fn open(
        path: &Path,
        target: &Target<'_>,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<Option<Unfinished>, DataError> {
        let mut name = OsString::from(path);
        name.push(".part");
        let part = PathBuf::from(name);
        let mut waited = false;
        loop {
            let file =
                open_in_place(&part, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    waited = true;
                    let downloaded_bytes = file.metadata().map_or(0, |there| there.len());
                    progress(&Progress { file: target.name.to_owned(), downloaded_bytes, total_bytes: None });
                    thread::sleep(PAUSE);
                    continue;
                }
                // Without locks, two downloads at once end in a wrong checksum and are repeated.
                Err(TryLockError::Error(_)) | Ok(()) => {}
            }
            // What was opened may have been moved to its place since.
            if !is_at(&file, &part) {
                continue;
            }
            let unfinished = Unfinished { path: part, file };
            if waited && path.is_file() && md5_of_file(path)? == target.md5 {
                unfinished.remove()?;
                progress(&Progress::complete(path));
                return Ok(None);
            }
            return Ok(Some(unfinished));
        }
    }

    pub(super) fn bytes(&self) -> Result<u64, DataError> {
        self.file.metadata().map(|there| there.len()).map_err(|e| self.failed("read", e))
    }

    /// The MD5 of what is there.
    pub(super) fn md5(&mut self) -> Result<String, DataError> {
        self.file.seek(SeekFrom::Start(0)).map_err(|e| self.failed("read", e))?;
        md5_of(&mut self.file, &self.path)
    }

    /// Keeps so many bytes, and writes behind them from now on.
    pub(super) fn cut_to(&mut self, bytes: u64) -> Result<(), DataError> {
        let cut = self.file.set_len(bytes).and_then(|()| self.file.seek(SeekFrom::Start(bytes)));
        cut.map(|_| ()).map_err(|e| self.failed("write", e))
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), DataError> {
        self.file.write_all(piece).map_err(|e| self.failed("write", e))
    }

    pub(super) fn sync(&self) -> Result<(), DataError> {
        self.file.sync_all().map_err(|e| self.failed("sync", e))
    }

    pub(super) fn remove(self) -> Result<(), DataError> {
        fs::remove_file(&self.path).map_err(|e| self.failed("remove", e))
    }

    /// Moves the whole file, synced before, to its place.
    pub(super) fn publish(self, path: &Path) -> Result<(), DataError> {
        self.sync()?;
        fs::rename(&self.path, path).map_err(|e| DataError::io(path, "move a finished file to", e))?;
        sync_folder(folder_of(path))
    }

    fn failed(&self, action: &'static str, cause: std::io::Error) -> DataError {
        DataError::io(&self.path, action, cause)
    }
}

impl Drop for Unfinished {
    /// Removes an empty file.
    fn drop(&mut self) {
        if self.file.metadata().is_ok_and(|there| there.len() == 0) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether an open file is the one at a path.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (Ok(own), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
        (own.dev(), own.ino()) == (there.dev(), there.ino())
    }
    #[cfg(not(unix))]
    {
        // An open file cannot be moved there while it is locked.
        let _ = file;
        path.exists()
    }
}
