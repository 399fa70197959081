//! The names of the files of a data set.
//!
//! The standard names are those of MNIST, which later sets kept: `train-images-idx3-ubyte`,
//! `train-labels-idx1-ubyte`, and the same with `t10k` for the test split. Accepted besides: `test`
//! for `t10k`, `images.idx3` for `images-idx3` (a common repackaging), `idx4` for colour images, and
//! `.gz` after each.

use std::fs;
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

/// Words for a training split in the names of files, the longer first.
const TRAIN_WORDS: [&str; 2] = ["training", "train"];
/// Words for a split to judge with, the likeliest first.
const TEST_WORDS: [&str; 6] = ["t10k", "test", "testing", "val", "valid", "validation"];

/// Paths that would hold the test images that belong to a file of training images, the likeliest first: its name with a
/// word for a test split in the place of the one for training, spelled alike; then files beside it whose names differ from
/// these in capitals alone.
pub(crate) fn test_candidates(train_images: &Path) -> Vec<PathBuf> {
    let Some(name) = train_images.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let lower = name.to_ascii_lowercase();
    let Some(train) = TRAIN_WORDS.into_iter().find(|word| lower.contains(word)) else { return Vec::new() };
    let folder = match train_images.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let beside = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut beside: Vec<String> = beside.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    beside.sort();
    let mut candidates = Vec::new();
    for word in TEST_WORDS {
        let test = replaced(name, train, word);
        let other = match test.strip_suffix(".gz") {
            Some(plain) => plain.to_owned(),
            None => format!("{test}.gz"),
        };
        for test in [test, other] {
            let alike =
                beside.iter().filter(|name| name.eq_ignore_ascii_case(&test) && **name != test).cloned();
            let alike: Vec<String> = alike.collect();
            candidates.push(test);
            candidates.extend(alike);
        }
    }
    candidates.into_iter().map(|name| train_images.with_file_name(name)).collect()
}

/// A name with `word` replaced by another word, in the same capitals.
fn replaced(name: &str, word: &str, by: &str) -> String {
    let (mut rest, mut text) = (name, String::new());
    while let Some(at) = rest.to_ascii_lowercase().find(word) {
        let found = &rest[at..at + word.len()];
        text += &rest[..at];
        let is_upper = |c: char| c.is_ascii_uppercase();
        if found.chars().all(is_upper) {
            text += &by.to_ascii_uppercase();
        } else if found.starts_with(is_upper) {
            text += &by[..1].to_ascii_uppercase();
            text += &by[1..];
        } else {
            text += by;
        }
        rest = &rest[at + word.len()..];
    }
    text + rest
}

/// Whether a file's name has a word for a test split and none for a training split. `latest.npy` and `train-val.npy` have
/// not.
pub(crate) fn is_test_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let says = |words: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    says(&TEST_WORDS) && !says(&TRAIN_WORDS)
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
        for name in ["X-Test.npy", "TEST.gpack", "d_val.npy", "x-testing.gpack", "Validation.npy"] {
            assert!(is_test_name(Path::new(name)), "{name}");
        }
        assert!(!is_test_name(Path::new("x-train-val.npy")) && !is_test_name(Path::new("interval.npy")));
        assert!(!is_test_name(Path::new("latest.gpack")) && !is_test_name(Path::new("contest.npy")));
    }

    #[test]
    fn test_files_are_found_in_any_spelling() {
        for (train, test) in [
            ("X-Train.npy", "X-Test.npy"),
            ("y-train.npy", "y-Test.npy"),
            ("x-training.gpack", "x-testing.gpack"),
            ("x-training.gpack", "X-test.gpack"),
            ("d_train.npy", "d_val.npy"),
            ("D_TRAIN.NPY", "d_Validation.npy"),
            ("xtrain.npy", "xtest.npy"),
            ("Train-images-idx3-ubyte.GZ", "T10k-images-idx3-ubyte.gz"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            for name in [train, test, "train.npy", "contest.npy", "x.npy"] {
                fs::write(dir.path().join(name), "").unwrap();
            }
            let found = test_candidates(&dir.path().join(train)).into_iter().find(|path| path.exists());
            assert_eq!(found, Some(dir.path().join(test)), "{train}");
        }
        assert!(test_candidates(Path::new("x.npy")).is_empty());
        // A missing file is named as the training file is.
        assert_eq!(
            test_candidates(Path::new("nowhere/X-Training.gpack"))[1],
            Path::new("nowhere/X-T10k.gpack.gz")
        );
        assert_eq!(replaced("TRAIN_é_train", "train", "test"), "TEST_é_test");
    }
}
