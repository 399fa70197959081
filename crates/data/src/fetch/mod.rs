//! Downloading of published data sets (feature `fetch`).
//!
//! A file is downloaded to a sibling named `.part`, continued from where it stopped (HTTP Range), its
//! MD5 is compared with the published one, then it is synced and moved to its name. A file under its name is
//! therefore complete and correct. If two processes download one file, the second waits for the first. MD5 protects
//! against damage, not against forgery; the publishers give no other checksum.

mod archive;
mod datasets;
mod download;
mod md5sum;
mod target;
mod unfinished;

use std::fs;
use std::path::{Path, PathBuf};

pub use datasets::{DATASETS, Dataset, RemoteFile};
pub use target::Progress;

use crate::{DataError, idx};
use download::Client;
use target::Target;

/// Downloads the data set named `dataset` (see [`DATASETS`]) into the folder of its own inside `dir`
/// where [`crate::load`] looks if `dir` is [`crate::data_dir`], and returns the paths of its IDX files.
///
/// A file that is there with the published checksum is not downloaded again; one with another checksum
/// is replaced. EMNIST comes as one archive of all its splits (560 MB): the split's four files are
/// taken out of it, and the archive is kept for the other splits (it may be deleted; files that were
/// taken out before and are sound are not downloaded again). `base_url_override` is a mirror: a folder's
/// address that holds the files under the same names. `progress` is called at least once a file, then
/// at each 64 KiB.
///
/// Each file is tried 3 times, with pauses of 1 and 2 seconds, where the reason may be temporary: no
/// connection, silence for 60 seconds, an early end, a server's error (5xx, 408, 429). What was received is
/// kept, and a later call continues it.
///
/// # Errors
/// [`DataError::UnknownSource`] for an unknown name; [`DataError::Download`] if a file cannot be downloaded,
/// with the address, the reason, and where to place it by hand; [`DataError::Checksum`] if what arrived
/// is not the published file (it is removed); [`DataError::Io`] if it cannot be written;
/// [`DataError::Format`] for an archive that lacks what it should hold.
pub fn fetch(
    dataset: &str,
    dir: &Path,
    base_url_override: Option<&str>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<PathBuf>, DataError> {
    let Some(dataset) = DATASETS.iter().find(|known| known.name == dataset) else {
        let known = DATASETS.iter().map(|known| known.name).collect::<Vec<_>>().join(", ");
        return Err(DataError::UnknownSource { given: dataset.to_owned(), known });
    };
    fetch_dataset(dataset, dir, base_url_override, &Client::new(), progress)
}

fn fetch_dataset(
    dataset: &Dataset,
    dir: &Path,
    base_url_override: Option<&str>,
    client: &Client,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<PathBuf>, DataError> {
    let dir = dir.join(dataset.folder);
    fs::create_dir_all(&dir).map_err(|e| DataError::io(&dir, "create", e))?;
    let extracted: Vec<PathBuf> =
        dataset.members.iter().map(|member| archive::target(&dir, member)).collect();
    if !extracted.is_empty() && extracted.iter().all(|path| is_sound(path)) {
        for path in &extracted {
            progress(&Progress::complete(path));
        }
        return Ok(extracted);
    }
    let base_url = base_url_override.unwrap_or(dataset.base_url);
    let mut downloaded = Vec::with_capacity(dataset.files.len());
    for file in dataset.files {
        let url = format!("{}/{}", base_url.trim_end_matches('/'), file.name);
        let target = Target { url: &url, name: file.name, md5: file.md5, dir: &dir };
        downloaded.push(client.fetch_file(&target, progress)?);
    }
    if extracted.is_empty() {
        return Ok(downloaded);
    }
    for archive in &downloaded {
        archive::extract(archive, dataset.members, &dir)?;
    }
    Ok(extracted)
}

/// Whether an extracted file, for which no checksum is published, reads to its end.
fn is_sound(path: &Path) -> bool {
    idx::Stream::open(path).and_then(|stream| stream.for_each_chunk(|_| {})).is_ok()
}

#[cfg(test)]
mod tests;
