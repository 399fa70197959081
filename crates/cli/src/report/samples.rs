//! The history of samples: grids of the run, evenly chosen so that the page stays small.

use std::path::{Path, PathBuf};

use run::grids;
use serde::Serialize;

use crate::html::data_uri;

/// Most grids of a page.
const MOST_GRIDS: usize = 40;
/// Most bytes of all grids of a page, so that a browser can open it and it can be sent by mail.
const MOST_BYTES: u64 = 12 << 20;
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Grids of a run.
#[derive(Debug, Serialize)]
pub(super) struct Samples {
    /// How many grids are in the run's folder.
    of: usize,
    /// The chosen grids, in the order of images shown.
    grids: Vec<Grid>,
}

#[derive(Debug, Serialize)]
struct Grid {
    /// Real images shown when it was made.
    images: u64,
    /// The PNG as a data URI.
    src: String,
}

/// The grids of a run's folder, as many as fit, always with the first and the last. Unreadable files are left out.
pub(super) fn samples(run: &Path) -> Samples {
    let files = files(run);
    let largest = files.iter().map(|(_, bytes, _)| *bytes).max().unwrap_or(0);
    let most = (MOST_BYTES / largest.max(1)).min(MOST_GRIDS as u64) as usize;
    let grids = chosen(files.len(), most).into_iter().filter_map(|i| {
        let (images, _, path) = &files[i];
        let bytes = data::read_regular(path, MOST_BYTES).ok().filter(|bytes| bytes.starts_with(&PNG))?;
        Some(Grid { images: *images, src: data_uri(&bytes) })
    });
    Samples { of: files.len(), grids: grids.collect() }
}

/// Images shown, bytes and path of each grid, in their order.
fn files(run: &Path) -> Vec<(u64, u64, PathBuf)> {
    let with_bytes = |(images, path): (u64, PathBuf)| Some((images, path.metadata().ok()?.len(), path));
    grids(run).into_iter().filter_map(with_bytes).collect()
}

/// `most` of `n`, evenly spaced, the first and the last among them.
fn chosen(n: usize, most: usize) -> Vec<usize> {
    let most = most.max(1);
    if n <= most {
        return (0..n).collect();
    }
    if most == 1 {
        return vec![n - 1];
    }
    (0..most).map(|i| (i * (n - 1) + (most - 1) / 2) / (most - 1)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn grids_are_chosen_evenly_with_both_ends() {
        assert_eq!(chosen(0, 40), [] as [usize; 0]);
        assert_eq!(chosen(3, 40), [0, 1, 2]);
        assert_eq!(chosen(9, 5), [0, 2, 4, 6, 8]);
        assert_eq!(chosen(9, 1), [8]);
        for n in 41..500 {
            let chosen = chosen(n, 40);
            assert_eq!((chosen.len(), chosen[0], chosen[39]), (40, 0, n - 1));
            let steps: Vec<usize> = chosen.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let (least, most) = (steps.iter().min().unwrap(), steps.iter().max().unwrap());
            assert!(most - least <= 1, "{n}: {chosen:?}");
        }
    }

    #[test]
    fn only_pictures_named_by_images_are_grids() {
        let run = tempfile::tempdir().unwrap();
        let folder = run.path().join("samples");
        fs::create_dir(&folder).unwrap();
        for (name, bytes) in [
            ("0000000020.png", &PNG[..]),
            ("0000000003.png", &PNG),
            ("0000000030.png", b"torn"),
            ("x.png", &PNG),
            ("20240101.png", &PNG),
        ] {
            fs::write(folder.join(name), bytes).unwrap();
        }
        let samples = samples(run.path());
        assert_eq!(samples.of, 3);
        assert_eq!(samples.grids.iter().map(|grid| grid.images).collect::<Vec<_>>(), [3, 20]);
        assert_eq!(samples.grids[0].src, "data:image/png;base64,iVBORw0KGgo=");
    }
}
