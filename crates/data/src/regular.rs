//! Opening what must be a regular file: a named pipe would wait for a writer, and a device may never end.

use std::fs::{self, File, FileType, Metadata};
use std::io::Read;
use std::path::Path;

use crate::DataError;

/// Opens a regular file for reading; links are followed. The kind is checked before opening, because opening a pipe would wait.
///
/// # Errors
/// [`DataError::NotAFile`] for a folder, a pipe, a socket or a device; [`DataError::Io`] if it cannot be opened.
pub fn open_regular(path: &Path) -> Result<(File, Metadata), DataError> {
    let open = |e| DataError::io(path, "open", e);
    let metadata = fs::metadata(path).map_err(open)?;
    if !metadata.is_file() {
        return Err(DataError::NotAFile { path: path.to_path_buf(), kind: kind(metadata.file_type()) });
    }
    let file = File::open(path).map_err(open)?;
    Ok((file, metadata))
}

/// Reads the whole of a regular file.
///
/// # Errors
/// As [`open_regular`]; [`DataError::Format`] for a file of more than `most` bytes.
pub fn read_regular(path: &Path, most: u64) -> Result<Vec<u8>, DataError> {
    let (mut file, metadata) = open_regular(path)?;
    let stored = metadata.len();
    if stored > most {
        let expected = format!("at most {most} bytes");
        return Err(DataError::format(&path.display().to_string(), "file", expected, stored));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(stored).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(|e| DataError::io(path, "read", e))?;
    Ok(bytes)
}

/// The kind of something that is not a regular file, in words.
pub(crate) fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
        if file_type.is_block_device() || file_type.is_char_device() {
            return "a device";
        }
    }
    "no regular file"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, b"text").unwrap();
        assert_eq!(read_regular(&path, 4).unwrap(), b"text");
        assert!(read_regular(&path, 3).unwrap_err().to_string().contains("at most 3 bytes, got 4"));
        let error = read_regular(dir.path(), 9).unwrap_err().to_string();
        assert!(error.ends_with("is a folder; expected a regular file"), "{error}");
        assert!(matches!(open_regular(&dir.path().join("none")), Err(DataError::Io { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn pipes_sockets_and_devices_are_refused_without_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, socket) = (dir.path().join("pipe"), dir.path().join("socket"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, kind) in
            [(pipe.as_path(), "is a pipe"), (&socket, "is a socket"), (Path::new("/dev/zero"), "is a device")]
        {
            let error = open_regular(path).unwrap_err().to_string();
            assert!(error.contains(kind), "{error}");
        }
    }
}
