//! Images that occur twice, and where. A test image that is also a training image measures nothing.

use std::path::{Path, PathBuf};

use super::{Content, FileReport, FolderReport};
use crate::load::load_one;
use crate::names::test_candidates;
use crate::repeats::{repeated, shared};
use crate::{ImageSet, Options};

/// Images of one folder or file that are, pixel for pixel, images of another, or earlier ones of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// Where the images are.
    pub path: PathBuf,
    /// Where they are as well; the same as `path` for images that repeat an earlier one.
    pub other: PathBuf,
    /// Each image and the one that it is, by file, or by number from 0.
    pub pairs: Vec<(String, String)>,
    /// Whether the images look alike although their pixels differ.
    pub near: bool,
}

impl Repeats {
    /// Whether they are images of two splits, rather than repetitions within one.
    pub fn are_leaks(&self) -> bool {
        self.path != self.other
    }
}

/// The images of each folder of a data set that are images of an earlier one: test images that are training images.
pub(super) fn of_folders(folders: &[FolderReport]) -> Vec<Repeats> {
    let shown = |path: &Path| path.display().to_string();
    let mut found = Vec::new();
    for (i, own) in folders.iter().enumerate() {
        for other in &folders[..i] {
            for (near, pairs) in [(false, own.shared_with(other)), (true, own.near_to(other))] {
                let pairs = pairs.iter().map(|(own, theirs)| (shown(own), shown(theirs))).collect();
                found.push(Repeats { path: own.path.clone(), other: other.path.clone(), pairs, near });
            }
        }
    }
    found.retain(|repeats| !repeats.pairs.is_empty());
    found
}

/// The same of sound files of images: repetitions within each, and test images among the training images of the file that
/// they belong to by name. A test file that was not checked itself, because one file was asked for, is compared as well.
pub(super) fn of_files(reports: &[FileReport]) -> Vec<Repeats> {
    let sound = |report: &&FileReport| {
        report.is_ok() && matches!(report.content, Some(Content::Images { .. })) && report.path.is_file()
    };
    let named = |pairs: Vec<(u32, u32)>, own: &ImageSet, other: &ImageSet| {
        pairs.into_iter().map(|(i, j)| (own.image_name(i as usize), other.image_name(j as usize))).collect()
    };
    let mut found = Vec::new();
    for report in reports.iter().filter(sound) {
        let Some(set) = images(&report.path) else { continue };
        let path = &report.path;
        found.push(Repeats {
            path: path.clone(),
            other: path.clone(),
            pairs: named(repeated(&set), &set, &set),
            near: false,
        });
        let test = test_candidates(path).into_iter().find(|test| test.is_file());
        if let Some((test_path, test)) = test.and_then(|test| images(&test).map(|set| (test, set))) {
            found.push(Repeats {
                path: test_path,
                other: path.clone(),
                pairs: named(shared(&test, &set), &test, &set),
                near: false,
            });
        }
    }
    found.retain(|repeats| !repeats.pairs.is_empty());
    found
}

/// The images of one file.
fn images(path: &Path) -> Option<ImageSet> {
    load_one(&path.display().to_string(), path, &Options::default()).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Report, check};
    use super::*;
    use crate::folder::samples::{png, write};
    use crate::{Split, idx, pack};

    fn repeats(path: &Path) -> Vec<Repeats> {
        let reports = check(path, None).into_iter();
        reports
            .filter_map(|report| match report {
                Report::Repeats(repeats) => Some(repeats),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn test_images_among_training_images_are_found_in_folders() {
        let dir = tempfile::tempdir().unwrap();
        for i in 0..4 {
            write(dir.path(), &format!("train/a/{i}.png"), &png(4, 4, 3, i));
            write(dir.path(), &format!("test/a/{i}.png"), &png(4, 4, 3, 10 + i));
        }
        assert!(repeats(dir.path()).is_empty());
        // Twice in the test split, under another name and encoded in another way.
        write(dir.path(), "test/a/copy.png", &png(4, 4, 3, 2));
        fs::copy(dir.path().join("test/a/copy.png"), dir.path().join("test/a/again.png")).unwrap();
        let found = repeats(dir.path());
        assert_eq!(found.len(), 1);
        assert!(found[0].are_leaks() && found[0].path.ends_with("test"));
        let names: Vec<_> =
            found[0].pairs.iter().map(|(own, other)| (own.as_str(), other.as_str())).collect();
        assert_eq!(names.len(), 2);
        assert!(names[0].0.ends_with("test/a/again.png") && names[0].1.ends_with("train/a/2.png"));
        assert!(names[1].0.ends_with("test/a/copy.png"), "{names:?}");
    }

    #[test]
    fn idx_and_packed_files_are_compared_with_the_test_file_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        idx::write(file("train-images-idx3-ubyte"), &[3, 1, 2], &[1, 2, 3, 4, 1, 2]).unwrap();
        idx::write(file("t10k-images-idx3-ubyte.gz"), &[2, 1, 2], &[9, 9, 3, 4]).unwrap();
        let pair = |own: &str, other: &str| vec![(own.to_owned(), other.to_owned())];
        for path in [dir.path().to_path_buf(), file("train-images-idx3-ubyte")] {
            let found = repeats(&path);
            assert_eq!(found.len(), 2, "{found:?}");
            assert_eq!((found[0].are_leaks(), &found[0].pairs), (false, &pair("image 2", "image 0")));
            assert_eq!((found[1].are_leaks(), &found[1].pairs), (true, &pair("image 1", "image 1")));
        }
        for part in ["train", "test"] {
            write(dir.path(), &format!("photos/{part}/0.png"), &png(4, 4, 1, 0));
            let to = file(&format!("p-{part}.gpack"));
            let split = if part == "train" { Split::Train } else { Split::Test };
            pack::pack(&file("photos"), split, &Options::default(), &to, &mut |_, _| {}).unwrap();
        }
        assert_eq!(repeats(&file("p-train.gpack"))[0].pairs, pair("image 0", "image 0"));
    }
}
