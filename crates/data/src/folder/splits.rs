//! Which folders are the splits of a data set, by their names and what lies in them.
//!
//! | the folders with images | what they are |
//! |---|---|
//! | none is named like a split | classes |
//! | all are named like splits, one of them for training | the splits |
//! | all are named like splits, none for training | refused, but as a test split |
//! | some are, all hold images themselves, and no two are a training and a test split | classes, with a note: it may be a mistake |
//! | some are, in other cases | refused |
//! | all begin like splits, as `trainA` and `testB` do, and one like a training split | refused |

use std::path::{Path, PathBuf};

use super::level::{Folder, without_marked};
use super::roles::{Named, Role, begins_like, named};
use super::tree::Tree;
use super::walk::{Depth, depth, images_below};
use crate::DataError;
use crate::passed_over::{PassedOver, Reason};

/// What the folders in a folder are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The training images' folder, and the test images'; neither if the folders are classes.
    pub(crate) train: Option<PathBuf>,
    pub(crate) test: Option<PathBuf>,
    /// Splits that are not read.
    pub(crate) others: Vec<PathBuf>,
    /// Folders that are taken for classes although their names are those of splits.
    pub(crate) doubtful: Vec<PathBuf>,
}

impl Layout {
    /// Whether the folders are splits.
    pub(crate) fn has_splits(&self) -> bool {
        self.train.is_some() || self.test.is_some()
    }
}

struct Candidate {
    path: PathBuf,
    named: Option<Named>,
    depth: Depth,
}

/// What the folders in `root` are.
///
/// # Errors
/// [`DataError::Layout`] if that is not clear, or is surely a mistake; [`DataError::Io`] for a folder that cannot
/// be listed.
pub(crate) fn layout(tree: &Tree, root: &Path) -> Result<Layout, DataError> {
    let start = Folder::root(tree, root)?;
    let entries = start.entries()?;
    let like_split = |path: &Path| named(path).is_some() || begins_like(path).is_some();
    if !entries.iter().any(|(name, _)| like_split(Path::new(name))) {
        return Ok(Layout::default());
    }
    let level = start.level(entries, &mut PassedOver::default())?;
    let mut candidates = Vec::new();
    for folder in level.folders {
        let (path, named) = (folder.path().to_path_buf(), named(folder.path()));
        if let Some(depth) = depth(folder)? {
            candidates.push(Candidate { path, named, depth });
        }
    }
    drop_weak(&mut candidates);
    let refuse = |problem: String| DataError::Layout { folder: root.to_path_buf(), problem };
    let beginnings: Option<Vec<Role>> = candidates.iter().map(|c| begins_like(&c.path)).collect();
    let all_named = candidates.iter().all(|c| c.named.is_some());
    if let Some(roles) = beginnings
        && !all_named
        && roles.len() > 1
        && roles.contains(&Role::Train)
    {
        let train = candidates.iter().zip(&roles).find(|(_, role)| **role == Role::Train).map(|(c, _)| c);
        return Err(refuse(format!(
            "{} begin like splits: expected splits (`train` and `test`) or classes. One of them can be given as data \
             itself, such as {}",
            names(candidates.iter()),
            names(train.into_iter())
        )));
    }
    let (splits, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.named.is_some());
    if splits.is_empty() {
        return Ok(Layout::default());
    }
    let of = |wanted: Role| -> Vec<&Candidate> {
        splits.iter().filter(|c| c.named.as_ref().is_some_and(|named| named.role == wanted)).collect()
    };
    let (train, test, validation) = (of(Role::Train), of(Role::Test), of(Role::Validation));
    if !others.is_empty() {
        let flat = |c: &Candidate| c.depth == Depth::Flat;
        let counterparts = !train.is_empty() && splits.len() > train.len();
        if !counterparts && splits.iter().chain(&others).all(flat) {
            return Ok(Layout { doubtful: paths(&splits), ..Layout::default() });
        }
        return Err(refuse(format!(
            "named like splits ({}), beside others with images ({}): expected splits or classes, not both",
            names(splits.iter()),
            names(others.iter())
        )));
    }
    let held_out = if test.is_empty() { &validation } else { &test };
    for same in [&train, held_out] {
        if same.len() > 1 {
            let same = names(same.iter().copied());
            return Err(refuse(format!("{same} are named like the same split: expected one of them")));
        }
    }
    let unread =
        if test.is_empty() { Vec::new() } else { validation.iter().map(|c| c.path.clone()).collect() };
    let path = |found: &[&Candidate]| found.first().map(|c| inner(tree, c)).transpose();
    Ok(Layout { train: path(&train)?, test: path(held_out)?, others: unread, doubtful: Vec::new() })
}

/// Removes the role from weak names without a counterpart.
fn drop_weak(candidates: &mut [Candidate]) {
    let all: Vec<Named> = candidates.iter().filter_map(|c| c.named.clone()).collect();
    let trains = |named: &Named| named.role == Role::Train;
    let has_counterpart = |own: &Named| all.iter().any(|o| o.rest == own.rest && trains(o) != trains(own));
    for candidate in candidates {
        if candidate.named.as_ref().is_some_and(|named| named.is_weak() && !has_counterpart(named)) {
            candidate.named = None;
        }
    }
}

/// The folder that holds a split's images or classes: archives often hold `train/train/`.
fn inner(tree: &Tree, split: &Candidate) -> Result<PathBuf, DataError> {
    let mut path = split.path.clone();
    loop {
        let folder = Folder::root(tree, &path)?;
        let level = folder.level(folder.entries()?, &mut PassedOver::default())?;
        let (mut with_images, mut last) = (0, None);
        for folder in level.folders {
            let inner = folder.path().to_path_buf();
            if depth(folder)?.is_some() {
                with_images += 1;
                last = Some(inner);
            }
        }
        let role = |path: &Path| named(path).map(|named| (named.role, named.rest));
        match last {
            Some(inner) if level.images.is_empty() && with_images == 1 && role(&inner) == role(&path) => {
                path = inner;
            }
            _ => return Ok(path),
        }
    }
}

/// Adds what lies beside the splits to `passed_over`.
pub(super) fn beside(
    tree: &Tree,
    root: &Path,
    layout: &Layout,
    passed_over: &mut PassedOver,
) -> Result<(), DataError> {
    let start = Folder::root(tree, root)?;
    let level = start.level(start.entries()?, passed_over)?;
    for path in without_marked(tree, level.images, passed_over) {
        passed_over.add(Reason::BesideSplits, path);
    }
    let read = [&layout.train, &layout.test];
    for folder in level.folders {
        let path = folder.path().to_path_buf();
        if layout.others.contains(&path) {
            passed_over.add(Reason::OtherSplit, path);
        } else if !read.iter().any(|split| split.as_ref().is_some_and(|split| split.starts_with(&path))) {
            // It has no images, or only what this program wrote.
            images_below(folder, passed_over)?;
        }
    }
    Ok(())
}

fn paths(candidates: &[Candidate]) -> Vec<PathBuf> {
    candidates.iter().map(|c| c.path.clone()).collect()
}

fn names<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> String {
    /// Most that are named.
    const MOST: usize = 8;
    let all: Vec<String> = candidates
        .map(|c| c.path.file_name().map_or_else(String::new, |name| format!("`{}`", name.to_string_lossy())))
        .collect();
    match all.len() {
        n if n > MOST => format!("{} and {} more", all[..MOST].join(", "), n - MOST),
        _ => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::samples::{png, write};

    /// The layout of a folder with these images, with paths from it; or the refusal.
    fn laid_out(images: &[&str]) -> Result<[Vec<String>; 4], String> {
        let dir = tempfile::tempdir().unwrap();
        images.iter().for_each(|name| write(dir.path(), name, &png(2, 2, 1, 0)));
        let layout = layout(&Tree::Disk, dir.path()).map_err(|e| e.to_string())?;
        let shown = |paths: Vec<PathBuf>| -> Vec<String> {
            let inside = |path: PathBuf| path.strip_prefix(dir.path()).unwrap().to_str().unwrap().to_owned();
            paths.into_iter().map(inside).collect()
        };
        let Layout { train, test, others, doubtful } = layout;
        Ok([train.into_iter().collect(), test.into_iter().collect(), others, doubtful].map(shown))
    }

    #[test]
    fn folders_are_splits_or_classes() {
        for (images, expected) in [
            (&["Train/a/0.png", "Test/a/0.png"][..], [&["Train"][..], &["Test"], &[], &[]]),
            (&["TRAIN/0.png", "VAL/0.png"], [&["TRAIN"], &["VAL"], &[], &[]]),
            (&["train/0.png", "valid/0.png", "test/0.png"], [&["train"], &["test"], &["valid"], &[]]),
            (&["training/0.png", "validation/0.png"], [&["training"], &["validation"], &[], &[]]),
            (&["train2017/0.png", "val2017/0.png"], [&["train2017"], &["val2017"], &[], &[]]),
            (
                &["seg_train/seg_train/a/0.png", "seg_test/seg_test/a/0.png"],
                [&["seg_train/seg_train"], &["seg_test/seg_test"], &[], &[]],
            ),
            (&["train/train/0.png", "test1/test1/0.png"], [&["train/train"], &["test1/test1"], &[], &[]]),
            (
                &["train/0.png", "runs/0000-x/samples/0.png", "runs/0000-x/checkpoints/0.png"],
                [&["train"], &[], &[], &[]],
            ),
            (&["test/a/0.png"], [&[], &["test"], &[], &[]]),
            (&["train/0.png", "bus/0.png"], [&[], &[], &[], &["train"]]),
            (&["valid/0.png", "invalid/0.png"], [&[], &[], &[], &["valid"]]),
            (&["freight_train/0.png", "steam_train/0.png"], [&[], &[], &[], &[]]),
            (&["dev1/0.png", "dev2/0.png"], [&[], &[], &[], &[]]),
            (&["trains/0.png", "testimony/0.png"], [&[], &[], &[], &[]]),
            (&["trainA/0.png", "horse/0.png", "testA/0.png"], [&[], &[], &[], &[]]),
            (&["mytrainA/0.png", "mytestA/0.png"], [&[], &[], &[], &[]]),
            (&["a/0.png", "b/0.png"], [&[], &[], &[], &[]]),
        ] {
            assert_eq!(laid_out(images).unwrap(), expected.map(<[&str]>::to_vec), "{images:?}");
        }
    }

    #[test]
    fn likely_mistakes_are_refused() {
        for (images, says) in [
            (
                &["train/0.png", "test/0.png", "extra/0.png"][..],
                "(`test`, `train`), beside others with images (`extra`)",
            ),
            (&["train/a/0.png", "extra/0.png"], "(`train`), beside others"),
            (&["cat/0.png", "dog/0.png", "test/cat/0.png"], "(`test`), beside others"),
            (
                &["trainA/0.png", "trainB/0.png", "testA/0.png", "testB/0.png"],
                "`testA`, `testB`, `trainA`, `trainB` begin like splits",
            ),
            (&["trainA/0.png", "trainB/0.png"], "`trainA`, `trainB` begin like splits"),
            (&["train_A/0.png", "valB/0.png", "test/0.png"], "begin like splits"),
            (&["TrainA/x/0.png", "TESTB/x/0.png"], "begin like splits"),
            (&["train/0.png", "Training/0.png"], "named like the same split"),
            (&["train/0.png", "val/0.png", "dev/0.png"], "`dev`, `val` are named like the same split"),
        ] {
            let said = laid_out(images).unwrap_err();
            assert!(said.contains(says), "{images:?}: {said}");
        }
    }
}
