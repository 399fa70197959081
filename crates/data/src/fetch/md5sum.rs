//! MD5 of a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use md5::{Digest, Md5};

use crate::{DataError, open_regular};

/// The MD5 of a file's content, in lower-case hexadecimal, read a piece at a time.
pub(super) fn md5_of_file(path: &Path) -> Result<String, DataError> {
    md5_of(&mut open_regular(path)?.0, path)
}

/// The MD5 of the rest of an open file from its current position. `path` is for errors.
pub(super) fn md5_of(file: &mut File, path: &Path) -> Result<String, DataError> {
    let mut hasher = Md5::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut piece).map_err(|e| DataError::io(path, "read", e))?;
        if count == 0 {
            return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hasher.update(&piece[..count]);
    }
}
