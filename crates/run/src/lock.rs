//! The lock of a run's folder: one process trains in it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::error::RunError;

/// Bytes of a process's number that are read.
const MAX_OWNER_BYTES: u64 = 20;

/// The open `lock` file of a run.
#[derive(Debug)]
pub(super) struct Lock {
    /// Held open: the system gives the lock back when the process ends, however it ends.
    _file: File,
    /// Why the folder is not locked, where it is not.
    pub(super) unsupported: Option<io::Error>,
}

/// Locks a run's folder. Where the file system has no locks, it stays unlocked.
///
/// # Errors
/// [`RunError::Run`] if another process holds it; [`RunError::Io`]; [`RunError::Data`] if `lock` is no file of its own.
pub(super) fn lock(folder: &Path) -> Result<Lock, RunError> {
    let path = folder.join("lock");
    let mut file =
        data::open_in_place(&path, OpenOptions::new().create(true).read(true).write(true).truncate(false))?;
    let unsupported = match file.try_lock() {
        Ok(()) => None,
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = (&mut file).take(MAX_OWNER_BYTES).read_to_string(&mut owner);
            let owner = owner.trim();
            let is_number = !owner.is_empty() && owner.bytes().all(|b| b.is_ascii_digit());
            let who = if is_number { format!("process {owner}") } else { "another process".to_owned() };
            let message = format!("{who} is training in this folder; stop it, or wait for it");
            return Err(RunError::Run { path: folder.to_path_buf(), message });
        }
        Err(TryLockError::Error(e)) if is_unsupported(&e) => Some(e),
        Err(TryLockError::Error(e)) => return Err(RunError::io(&path, "lock", e)),
    };
    // A file with a second name may be anybody's: it can be locked, but is not written.
    let written = data::has_other_names(&file).and_then(|others| match others {
        true => Ok(()),
        false => {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        }
    });
    written.map_err(|e| RunError::io(&path, "write", e))?;
    Ok(Lock { _file: file, unsupported })
}

/// What file systems say that have no locks: network file systems, and some in user space.
fn is_unsupported(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        let known = [libc::ENOSYS, libc::EOPNOTSUPP, libc::ENOTSUP, libc::ENOLCK, libc::EINVAL];
        error.raw_os_error().is_some_and(|code| known.contains(&code))
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::Unsupported
    }
}
