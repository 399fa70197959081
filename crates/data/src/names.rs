//! How the files of a data set are called.
//!
//! The standard names are those of MNIST, which later sets kept: `train-images-idx3-ubyte`,
//! `train-labels-idx1-ubyte`, and the same with `t10k` for the test split. Accepted besides: `test`
//! for `t10k`, `images.idx3` for `images-idx3` (a common repackaging), `idx4` for colour images, and
//! `.gz` after each.

use std::path::{Path, PathBuf};

use crate::Split;

/// The first part of a split's standard file names, the usual one first.
pub(crate) fn prefixes(split: Split) -> &'static [&'static str] {
    match split {
        Split::Train => &["train"],
        Split::Test => &["t10k", "test"],
    }
}

/// Paths in `dir` that would hold the images whose standard names start with one of `prefixes`,
/// the likeliest first.
pub(crate) fn image_candidates(dir: &Path, prefixes: &[impl AsRef<str>]) -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    for prefix in prefixes {
        for stem in ["images-idx3-ubyte", "images.idx3-ubyte", "images-idx4-ubyte", "images.idx4-ubyte"] {
            for suffix in ["", ".gz"] {
                candidates.push(dir.join(format!("{}-{stem}{suffix}", prefix.as_ref())));
            }
        }
    }
    candidates
}

/// Paths that would hold the labels of an image file, by standard naming: the one compressed like it
/// first. A name that does not say "images" has `-labels` before its first dot.
pub(crate) fn label_candidates(images: &Path) -> Vec<PathBuf> {
    let Some(name) = images.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let labels = match name.contains("images") {
        true => name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1"),
        false => {
            let end = name.find('.').unwrap_or(name.len());
            format!("{}-labels{}", &name[..end], &name[end..])
        }
    };
    let other = match labels.strip_suffix(".gz") {
        Some(plain) => plain.to_owned(),
        None => format!("{labels}.gz"),
    };
    [labels, other].iter().map(|name| images.with_file_name(name)).collect()
}

/// Paths that would hold the test images that belong to a file of training images.
pub(crate) fn test_candidates(train_images: &Path) -> Vec<PathBuf> {
    let Some(name) = train_images.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    if !name.contains("train") {
        return Vec::new();
    }
    prefixes(Split::Test)
        .iter()
        .flat_map(|prefix| {
            let test = name.replace("train", prefix);
            match test.strip_suffix(".gz") {
                Some(plain) => [test.clone(), plain.to_owned()],
                None => [test.clone(), format!("{test}.gz")],
            }
        })
        .map(|name| train_images.with_file_name(name))
        .collect()
}

/// Whether a file's name says, by a word of its own, that it holds a test split: `latest.npy` is none.
pub(crate) fn is_test_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| prefixes(Split::Test).contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners() {
        let labels = label_candidates(Path::new("d/emnist-letters-train-images-idx3-ubyte.gz"));
        assert_eq!(labels[0], Path::new("d/emnist-letters-train-labels-idx1-ubyte.gz"));
        assert_eq!(labels[1], Path::new("d/emnist-letters-train-labels-idx1-ubyte"));
        assert_eq!(
            label_candidates(Path::new("d/a-images.idx4-ubyte"))[0],
            Path::new("d/a-labels.idx1-ubyte")
        );
        assert_eq!(
            label_candidates(Path::new("d/fakes-idx3-ubyte.gz"))[0],
            Path::new("d/fakes-idx3-ubyte-labels.gz")
        );
        let tests = test_candidates(Path::new("d/train-images-idx3-ubyte"));
        assert!(tests.contains(&PathBuf::from("d/t10k-images-idx3-ubyte.gz")));
        assert!(is_test_name(&tests[0]) && !is_test_name(Path::new("test/train-images")));
        assert!(is_test_name(Path::new("mine_test.gpack")) && is_test_name(Path::new("test.npy")));
        assert!(!is_test_name(Path::new("latest.gpack")) && !is_test_name(Path::new("contest.npy")));
    }
}
