//! The images below a folder, at any depth.

use std::collections::HashSet;
use std::path::PathBuf;

use super::level::{Folder, Level, enter, without_marked};
use super::roles::{Role, named};
use crate::DataError;
use crate::passed_over::{PassedOver, Reason};

/// The images in a folder and all folders below it, sorted by path. Links to folders are followed: each folder is read
/// once, and links that lead back are passed over.
///
/// # Errors
/// [`DataError::Io`] for a folder that cannot be listed; [`DataError::SplitsInside`] for one that consists of splits.
pub(super) fn images_below(folder: Folder, passed_over: &mut PassedOver) -> Result<Vec<PathBuf>, DataError> {
    let tree = folder.tree().clone();
    let mut images = Vec::new();
    let mut seen = HashSet::new();
    let (mut left, mut linked) = (vec![folder], Vec::new());
    // Links come last, so that real folders are read under their own names.
    while let Some(folder) = left.pop().or_else(|| linked.pop()) {
        if !seen.insert(folder.real().to_path_buf()) {
            passed_over.add(Reason::ReadAlready, folder.path().to_path_buf());
            continue;
        }
        let Some(level) = enter(&folder, passed_over)? else { continue };
        refuse_splits_inside(&folder, &level)?;
        images.extend(level.images);
        for folder in level.folders.into_iter().rev() {
            if folder.is_link { linked.push(folder) } else { left.push(folder) }
        }
    }
    let mut images = without_marked(&tree, images, passed_over);
    images.sort();
    Ok(images)
}

/// Refuses a folder within a class that consists of splits: its test images would be trained on.
fn refuse_splits_inside(folder: &Folder, level: &Level) -> Result<(), DataError> {
    let has = |train: bool| {
        level.folders.iter().find(|folder| {
            named(folder.path()).is_some_and(|named| !named.is_weak() && (named.role == Role::Train) == train)
        })
    };
    let (Some(train), Some(test)) = (has(true), has(false)) else { return Ok(()) };
    for split in [train, test] {
        let begin = Folder::root(folder.tree(), split.path())?;
        if depth(begin)?.is_none() {
            return Ok(());
        }
    }
    Err(DataError::SplitsInside { folder: folder.path().to_path_buf() })
}

/// Where images lie in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// In the folder itself.
    Flat,
    /// In folders in it.
    Nested,
}

/// Where the first image in a folder or below it lies; `None` if there is no image.
pub(super) fn depth(folder: Folder) -> Result<Option<Depth>, DataError> {
    let mut unused = PassedOver::default();
    let mut seen = HashSet::new();
    let mut left = vec![(folder, Depth::Flat)];
    while let Some((folder, depth)) = left.pop() {
        if !seen.insert(folder.real().to_path_buf()) {
            continue;
        }
        let Some(level) = enter(&folder, &mut unused)? else { continue };
        if level.images.iter().any(|path| !folder.tree().is_marked_picture(path)) {
            return Ok(Some(depth));
        }
        left.extend(level.folders.into_iter().map(|folder| (folder, Depth::Nested)));
    }
    Ok(None)
}
