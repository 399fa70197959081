//! IDX files among images. Without this check, generated images in IDX files that were written into a folder of
//! photographs would be trained on instead of the photographs.

use std::collections::HashSet;
use std::path::Path;

use super::level::{Folder, enter, without_marked};
use super::tree::Tree;
use crate::passed_over::PassedOver;
use crate::{DataError, own};

/// Refuses a folder that has IDX images under a standard name, `idx`, and images in it or below it.
///
/// # Errors
/// [`DataError::Argument`].
pub(crate) fn refuse(root: &Path, idx: &Path) -> Result<(), DataError> {
    let images = count(root);
    if images == 0 {
        return Ok(());
    }
    let name = idx.file_name().unwrap_or_default().to_string_lossy();
    let expected = format!(
        "IDX files or images, but not both: the file itself, {}, or a folder that holds the images without it",
        idx.display()
    );
    let files = if images == 1 { "image file" } else { "image files" };
    Err(DataError::argument(
        root.display().to_string(),
        expected,
        format!("`{name}` beside {images} {files}"),
    ))
}

/// How many images are in a folder and below it, without what this program wrote. Folders that cannot be listed count as
/// empty, because IDX files do not need them.
fn count(root: &Path) -> usize {
    let mut unused = PassedOver::default();
    let Ok(start) = Folder::root(&Tree::Disk, root) else { return 0 };
    let Ok(entries) = start.entries() else { return 0 };
    let names: Vec<_> = entries.iter().map(|(name, _)| name.clone()).collect();
    if own::is_run(root.file_name().unwrap_or_default(), &names) {
        return 0;
    }
    let mut seen = HashSet::from([start.real().to_path_buf()]);
    let mut levels: Vec<_> = start.level(entries, &mut unused).into_iter().collect();
    let mut images = 0;
    while let Some(level) = levels.pop() {
        images += without_marked(&Tree::Disk, level.images, &mut unused).len();
        for folder in level.folders {
            if seen.insert(folder.real().to_path_buf()) {
                levels.extend(enter(&folder, &mut unused).ok().flatten());
            }
        }
    }
    images
}

#[cfg(test)]
mod tests {
    use crate::folder::samples::{png, write};
    use crate::{Split, check, idx, load, own};

    #[test]
    fn idx_files_among_images_are_refused() {
        for file in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz"] {
            let dir = tempfile::tempdir().unwrap();
            let source = dir.path().to_str().unwrap();
            idx::write(dir.path().join(file), &[1, 1, 2], &[1, 2]).unwrap();
            let split = if file.starts_with("train") { Split::Train } else { Split::Test };
            // Neither other files nor what this program wrote are images.
            write(dir.path(), "readme.txt", b"none");
            write(dir.path(), "generated/0.png", &png(2, 2, 1, 0));
            write(dir.path(), &format!("generated/{}", own::MARKER_FILE), b"");
            load(source, split).unwrap();
            assert!(check::check(dir.path(), None).iter().all(check::Report::is_ok));

            write(dir.path(), "a/b/0.png", &png(2, 2, 1, 0));
            write(dir.path(), "0.jpg", &png(2, 2, 1, 0));
            for split in [Split::Train, Split::Test] {
                let error = load(source, split).unwrap_err().to_string();
                assert!(error.contains(&format!("`{file}` beside 2 image files")), "{error}");
            }
            assert!(!check::check(dir.path(), None).iter().all(check::Report::is_ok));
        }
    }
}
