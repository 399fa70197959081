//! Taking files out of a downloaded zip archive.

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::atomic::write_atomic;
use crate::{DataError, open_regular};

/// The most that a member may unpack to, in bytes: EMNIST's largest, images already compressed, has
/// some 170 MB.
const MAX_MEMBER_BYTES: u64 = 1 << 30;

/// Where a member goes: into `dir`, without the folders of its name.
pub(super) fn target(dir: &Path, member: &str) -> PathBuf {
    dir.join(member.rsplit('/').next().unwrap_or(member))
}

/// Writes `members` of the archive into `dir`, each whole or not at all. The archive's own checksum of
/// each is verified by reading it to its end.
pub(super) fn extract(archive_path: &Path, members: &[&str], dir: &Path) -> Result<(), DataError> {
    let file = open_regular(archive_path)?.0;
    let name = archive_path.display().to_string();
    let bad = |field: &str, e: ZipError| DataError::format(&name, field, "a zip archive that holds it", e);
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| bad("archive", e))?;
    for &member in members {
        let mut entry = archive.by_name(member).map_err(|e| bad(member, e))?;
        let path = target(dir, member);
        write_atomic(&path, |out| {
            let count = io::copy(&mut (&mut entry).take(MAX_MEMBER_BYTES), out)
                .map_err(|e| DataError::io(&path, "unpack from the archive to", e))?;
            if count == MAX_MEMBER_BYTES {
                let expected = format!("less than {MAX_MEMBER_BYTES} bytes");
                return Err(DataError::format(&name, member, expected, "as many or more"));
            }
            Ok(())
        })?;
    }
    Ok(())
}
