//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::DataError;

/// The name under which `path` is written until it is complete: the same with `.part` appended.
pub(crate) fn part_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".part");
    PathBuf::from(name)
}

/// Moves a complete, synced `part` to `path`, and syncs the folder so that the move itself survives a
/// power cut.
pub(crate) fn publish(part: &Path, path: &Path) -> Result<(), DataError> {
    fs::rename(part, path).map_err(|e| DataError::io(path, "move a finished file to", e))?;
    // Windows cannot open a folder as a file, and needs no such sync.
    #[cfg(unix)]
    {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|dir| dir.sync_all())
            .map_err(|e| DataError::io(folder, "sync folder", e))?;
    }
    Ok(())
}

/// Writes a file through its `.part` sibling: filled by `fill`, synced, then renamed. On any failure
/// the sibling is removed and whatever stood at `path` is untouched.
pub fn write_atomic(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let part = part_path(path);
    // Named by what was asked for: nobody knows of the sibling.
    let file = File::create(&part).map_err(|e| DataError::io(path, "create", e))?;
    let outcome = fill_and_sync(file, &part, fill).and_then(|()| publish(&part, path));
    if outcome.is_err() {
        // The first error is the one worth reporting.
        let _ = fs::remove_file(&part);
    }
    outcome
}

fn fill_and_sync(
    file: File,
    part: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    fill(&mut writer)?;
    writer.flush().map_err(|e| DataError::io(part, "write", e))?;
    writer.get_ref().sync_all().map_err(|e| DataError::io(part, "sync", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_leaves_the_old_file_and_no_part() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, b"old").unwrap();
        let outcome = write_atomic(&path, |w| {
            w.write_all(b"half").unwrap();
            Err(DataError::argument("x", "y", "z"))
        });
        assert!(outcome.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(!part_path(&path).exists());
        write_atomic(&path, |w| w.write_all(b"new").map_err(|e| DataError::io(&path, "write", e))).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
