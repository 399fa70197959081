//! Whether a source has a split, without reading its images.

use std::path::{Path, PathBuf};

use crate::folder::listing;
use crate::folder::tree::is_zip;
use crate::names::{image_candidates, is_test_name, label_candidates, prefixes, test_candidates};
use crate::{SOURCES, Split, npy};

/// Whether `source` has this split, by names alone: nothing is decoded. A published data set is assumed to have both.
pub fn has_split(source: &str, split: Split) -> bool {
    let path = Path::new(source);
    if SOURCES.contains(&source) {
        return true;
    }
    if is_zip(path) && listing::of_split(path, split).is_ok() {
        return true;
    }
    if !path.is_dir() {
        let beside = || test_candidates(path).iter().any(|candidate| candidate.exists());
        return path.exists() && (split == Split::Train || is_test_name(path) || beside());
    }
    let idx = |split| image_candidates(path, prefixes(split)).iter().any(|path| path.exists());
    if idx(Split::Train) || idx(Split::Test) {
        return idx(split);
    }
    listing::of_split(path, split).is_ok()
}

/// The existing files that belong to a file of images by their names: its labels, its test split and the labels of that.
pub fn files_beside(images: &Path) -> Vec<PathBuf> {
    let all = [images.to_path_buf()].into_iter().chain(test_candidates(images));
    let with_labels = all.flat_map(|path| {
        let labels = label_candidates(&path).into_iter().chain(npy::labels_path(&path));
        [path.clone()].into_iter().chain(labels).collect::<Vec<_>>()
    });
    with_labels.filter(|path| path != images && path.exists()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn splits_are_known_by_names() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["one/a", "two/train/a", "two/test/a", "idx"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in
            ["one/a/0.png", "two/train/a/0.png", "two/test/a/0.png", "idx/train-images-idx3-ubyte", "x.npy"]
        {
            fs::write(at(file), "").unwrap();
        }
        for (source, test) in [("one", false), ("two", true), ("idx", false), ("x.npy", false)] {
            let source = at(source).display().to_string();
            assert!(has_split(&source, Split::Train), "{source}");
            assert_eq!(has_split(&source, Split::Test), test, "{source}");
        }
        assert!(has_split("mnist", Split::Test) && !has_split("nowhere", Split::Train));
    }
}
