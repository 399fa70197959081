//! A file as a slice of memory.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// A file mapped read-only: its bytes as a slice, of which the system reads the pages that are touched and drops them
/// again when memory is short. So a file may be larger than memory.
///
/// The file must be left as it is while it is mapped. Replacing it by another under its name is fine: the map keeps the
/// old one. Should someone cut it short in place, touching what is gone ends the process (SIGBUS on Unix).
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps the whole of a file.
    ///
    /// # Errors
    /// The system's reason, if the file cannot be opened or mapped.
    pub fn open(path: &Path) -> io::Result<MappedFile> {
        let file = File::open(path)?;
        // SAFETY: the map is read-only and private, and lives as long as its slice is borrowed. Its bytes may only be
        // taken for unchanging because the file is: those mapped here are written once, under another name, and then
        // renamed. That other programs leave them alone is the caller's to know, and documented above.
        let map = unsafe { Mmap::map(&file)? };
        Ok(MappedFile(map))
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for MappedFile {
    /// The length rather than the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedFile").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_map_is_what_a_read_gives() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let bytes: Vec<u8> = (0..10_000_u32).map(|i| (i * 7) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        let map = MappedFile::open(&path).unwrap();
        assert!(map[..] == fs::read(&path).unwrap());
        // A file that takes its place leaves the map alone.
        let other = dir.path().join("other");
        fs::write(&other, b"short").unwrap();
        // Windows does not replace a file that is mapped.
        #[cfg(unix)]
        fs::rename(&other, &path).unwrap();
        assert!(map[..] == bytes);
        assert!(MappedFile::open(&dir.path().join("none")).is_err());
        fs::write(&other, b"").unwrap();
        assert!(MappedFile::open(&other).unwrap().is_empty());
    }
}
