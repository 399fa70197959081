//! Which files of a folder are images, and of which class.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{DataError, Split};

/// Folders inside a class's folder are entered to this depth.
const MAX_DEPTH: usize = 8;

/// Labels are 16-bit.
const MAX_CLASSES: usize = 1 << 16;

/// Name endings of images, read here or not: what is not read shall be reported, not passed over.
const IMAGE_EXTENSIONS: [&str; 18] = [
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif",
    "jxl", "jp2", "tga", "ico",
];

/// An image file and its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageFile {
    pub(crate) path: PathBuf,
    /// Position of its class among the class names; 0 without classes.
    pub(crate) label: u16,
}

/// The image files of a folder, sorted by class and path.
#[derive(Debug)]
pub(crate) struct Listing {
    root: PathBuf,
    files: Vec<ImageFile>,
    class_names: Option<Vec<String>>,
    ignored: usize,
}

impl Listing {
    /// Lists `root`. Images in the folder itself have no labels; else each subfolder with images, at
    /// any depth, is a class, numbered in the order of their names. Hidden files and folders are
    /// passed over. `None` if there is no image.
    ///
    /// # Errors
    /// [`DataError::Io`] for a folder that cannot be listed; [`DataError::Argument`] for images both in
    /// the folder and in subfolders, for more classes than 65,536, and for a class whose name is not
    /// Unicode.
    pub(crate) fn read(root: &Path) -> Result<Option<Listing>, DataError> {
        let (mut own, mut folders, mut ignored) = (Vec::new(), Vec::new(), 0);
        for path in entries(root)? {
            // A class may be a link to a folder elsewhere; further in, links to folders are not followed,
            // so that none leads round in a circle.
            if path.is_dir() {
                folders.push(path);
            } else {
                sort_in(path, &mut own, &mut ignored);
            }
        }
        let mut classes = Vec::new();
        for folder in folders {
            let mut found = Vec::new();
            walk(&folder, MAX_DEPTH, &mut found, &mut ignored)?;
            if !found.is_empty() {
                found.sort();
                classes.push((folder, found));
            }
        }
        let shown = root.display();
        if !own.is_empty() && !classes.is_empty() {
            let expected = "images in the folder itself, or in one subfolder for each class, but not in both";
            let got = format!("{} images beside {} subfolders with images", own.len(), classes.len());
            return Err(DataError::argument(shown.to_string(), expected, got));
        }
        if classes.is_empty() {
            own.sort();
            let files: Vec<_> = own.into_iter().map(|path| ImageFile { path, label: 0 }).collect();
            let root = root.to_path_buf();
            return Ok((!files.is_empty()).then_some(Listing { root, files, class_names: None, ignored }));
        }
        if classes.len() > MAX_CLASSES {
            let what = format!("{shown}: classes");
            return Err(DataError::argument(what, format!("at most {MAX_CLASSES}"), classes.len()));
        }
        let mut named = Vec::with_capacity(classes.len());
        for (folder, found) in classes {
            match folder.file_name().and_then(OsStr::to_str) {
                Some(name) => named.push((name.to_owned(), found)),
                None => {
                    let what = format!("{shown}: name of a class");
                    return Err(DataError::argument(what, "Unicode", folder.display()));
                }
            }
        }
        named.sort();
        let (mut files, mut names) = (Vec::new(), Vec::with_capacity(named.len()));
        for (label, (name, found)) in (0_u16..=u16::MAX).zip(named) {
            names.push(name);
            files.extend(found.into_iter().map(|path| ImageFile { path, label }));
        }
        Ok(Some(Listing { root: root.to_path_buf(), files, class_names: Some(names), ignored }))
    }

    /// Gives this listing, of test images, the classes of the training images, so that both number
    /// them alike.
    ///
    /// # Errors
    /// [`DataError::Argument`] if it has a class that they have not, or classes where they have none.
    pub(crate) fn with_classes_of(mut self, train: &Listing) -> Result<Listing, DataError> {
        let shown = self.root.display().to_string();
        let expected = || format!("the classes of {}", train.root.display());
        match (self.class_names.take(), &train.class_names) {
            (None, None) => Ok(self),
            (Some(own), Some(names)) => {
                let mut labels = Vec::with_capacity(own.len());
                for name in &own {
                    match names.binary_search(name) {
                        // Below the number of classes, at most 2^16.
                        Ok(label) => labels.push(label as u16),
                        Err(_) => return Err(DataError::argument(shown, expected(), format!("`{name}`"))),
                    }
                }
                for file in &mut self.files {
                    file.label = labels[usize::from(file.label)];
                }
                self.class_names = Some(names.clone());
                Ok(self)
            }
            (Some(_), None) => {
                Err(DataError::argument(shown, "no classes, as in the training images", "some"))
            }
            (None, Some(_)) => Err(DataError::argument(shown, expected(), "none")),
        }
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The image files, at least one.
    pub(crate) fn files(&self) -> &[ImageFile] {
        &self.files
    }

    /// The names of the classes, sorted.
    pub(crate) fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    /// The same, without a copy.
    pub(crate) fn into_class_names(self) -> Option<Vec<String>> {
        self.class_names
    }

    /// How many other files there are.
    pub(crate) fn ignored(&self) -> usize {
        self.ignored
    }
}

/// The folders of the training and of the test images, where `root` holds no classes but such parts:
/// its subfolders with anything in them are `train` and one of, or both, `test` and `val`, or `train`
/// alone.
pub(crate) fn parts(root: &Path) -> Result<Option<(PathBuf, Option<PathBuf>)>, DataError> {
    let mut folders = entries(root)?;
    folders.retain(|path| path.is_dir());
    let named = |name: &str| folders.iter().find(|path| path.file_name() == Some(OsStr::new(name))).cloned();
    let known = |path: &PathBuf| {
        ["train", "test", "val"].iter().any(|name| path.file_name() == Some(OsStr::new(name)))
    };
    match named("train") {
        Some(train) if folders.iter().all(known) => Ok(Some((train, named("test").or_else(|| named("val"))))),
        _ => Ok(None),
    }
}

/// Lists the images of a split: of `root` itself, which is all training images, or of its part.
///
/// # Errors
/// As [`Listing::read`]; [`DataError::NoTestSplit`].
pub(crate) fn of_split(root: &Path, split: Split) -> Result<Option<Listing>, DataError> {
    match (parts(root)?, split) {
        (None, Split::Train) => Listing::read(root),
        (Some((train, _)), Split::Train) => Listing::read(&train),
        (Some((train, Some(test))), Split::Test) => match (Listing::read(&train)?, Listing::read(&test)?) {
            (Some(train), Some(test)) => test.with_classes_of(&train).map(Some),
            (_, test) => Ok(test),
        },
        (_, Split::Test) => {
            if Listing::read(root)?.is_none() {
                return Ok(None);
            }
            let expected = "subfolders `train` and `test`";
            Err(DataError::NoTestSplit { given: root.display().to_string(), expected })
        }
    }
}

/// Whether a file's name says that it is an image.
pub(crate) fn is_image_name(path: &Path) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| IMAGE_EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// What is in a folder, without what is hidden and what archivers of one system leave for themselves.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, DataError> {
    let list = |e| DataError::io(dir, "list", e);
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(list)? {
        let entry = entry.map_err(list)?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") && name != "__MACOSX" {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

fn walk(dir: &Path, depth: usize, found: &mut Vec<PathBuf>, ignored: &mut usize) -> Result<(), DataError> {
    for path in entries(dir)? {
        if !path.is_dir() {
            sort_in(path, found, ignored);
        } else if depth > 1 && !path.is_symlink() {
            walk(&path, depth - 1, found, ignored)?;
        }
    }
    Ok(())
}

fn sort_in(path: PathBuf, found: &mut Vec<PathBuf>, ignored: &mut usize) {
    if is_image_name(&path) {
        found.push(path);
    } else {
        *ignored += 1;
    }
}
