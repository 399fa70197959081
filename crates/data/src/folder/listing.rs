//! Which files of a folder are images, and of which class.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::dataset_json::{self, Labels};
use super::level::{Folder, without_marked};
use super::splits::{self, Layout, layout};
use super::tree::{EntryKind, Tree};
use super::walk::images_below;
use crate::classes::Classes;
use crate::passed_over::{PassedOver, Reason};
use crate::{DataError, Split, own};

/// Labels are 16-bit.
const MAX_CLASSES: usize = 1 << 16;

/// An image file and its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageFile {
    pub(crate) path: PathBuf,
    /// Position of its class among the class names; 0 without classes.
    pub(crate) label: u16,
}

/// The image files of a folder, sorted by class and path, perhaps none.
#[derive(Debug)]
pub(crate) struct Listing {
    tree: Tree,
    root: PathBuf,
    files: Vec<ImageFile>,
    class_names: Option<Vec<String>>,
    passed_over: PassedOver,
    doubtful: Vec<PathBuf>,
}

impl Listing {
    /// Lists `root`. Images in the folder itself have no labels; else each subfolder with images, at
    /// any depth, is a class, numbered in the order of their names. Links to folders are followed. Hidden files, files of a
    /// file server or an operating system, and files written by this program are passed over.
    ///
    /// # Errors
    /// [`DataError::Io`] for a folder that cannot be listed; [`DataError::Argument`] for images both in
    /// the folder and in subfolders, for more classes than 65,536, and for a class whose name is not
    /// Unicode; [`DataError::SplitsInside`] for a class that consists of splits; [`DataError::Run`] for the folder of a run.
    pub(crate) fn read(tree: &Tree, root: &Path) -> Result<Listing, DataError> {
        let folder = Folder::root(tree, root)?;
        let entries = folder.entries()?;
        let names: Vec<OsString> = entries.iter().map(|(name, _)| name.clone()).collect();
        if own::is_run(root.file_name().unwrap_or_default(), &names) {
            return Err(DataError::Run { folder: root.to_path_buf() });
        }
        let mut passed_over = PassedOver::default();
        let has_labels = entries.contains(&(dataset_json::NAME.into(), EntryKind::File));
        if has_labels && let Some(labels) = Labels::read(tree, root)? {
            let others = entries.into_iter().filter(|(name, _)| name != dataset_json::NAME).collect();
            return Listing::labelled(folder, others, &labels);
        }
        let level = folder.level(entries, &mut passed_over)?;
        let mut own = without_marked(tree, level.images, &mut passed_over);
        let mut classes = Vec::new();
        for folder in level.folders {
            let path = folder.path().to_path_buf();
            let found = images_below(folder, &mut passed_over)?;
            if !found.is_empty() {
                classes.push((path, found));
            }
        }
        let shown = root.display();
        if !own.is_empty() && !classes.is_empty() {
            let expected = "images in the folder itself, or in one subfolder for each class, but not in both";
            let got = format!("{} images beside {} subfolders with images", own.len(), classes.len());
            return Err(DataError::argument(shown.to_string(), expected, got));
        }
        let (tree, root) = (tree.clone(), root.to_path_buf());
        if classes.is_empty() {
            own.sort();
            let files: Vec<_> = own.into_iter().map(|path| ImageFile { path, label: 0 }).collect();
            return Ok(Listing { tree, root, files, class_names: None, passed_over, doubtful: Vec::new() });
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
        Ok(Listing { tree, root, files, class_names: Some(names), passed_over, doubtful: Vec::new() })
    }

    /// Lists a set whose labels are in its `dataset.json`.
    fn labelled(
        folder: Folder,
        entries: Vec<(OsString, EntryKind)>,
        labels: &Labels,
    ) -> Result<Listing, DataError> {
        let (tree, root) = (folder.tree().clone(), folder.path().to_path_buf());
        let mut passed_over = PassedOver::default();
        let level = folder.level(entries, &mut passed_over)?;
        let mut paths = without_marked(&tree, level.images, &mut passed_over);
        for folder in level.folders {
            paths.extend(images_below(folder, &mut passed_over)?);
        }
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            files.push(ImageFile { label: labels.of(&root, &path)?, path });
        }
        let class_names = labels.class_names().filter(|_| !files.is_empty());
        Ok(Listing { tree, root, files, class_names, passed_over, doubtful: Vec::new() })
    }

    /// Gives this listing of test images the classes of the training images, so that both have the
    /// same numbers.
    ///
    /// # Errors
    /// [`DataError::Argument`] if it has a class that the training images do not have.
    pub(crate) fn with_classes_of(mut self, train: &Listing) -> Result<Listing, DataError> {
        if let Some(labels) = self.labels_in(train)? {
            for file in &mut self.files {
                file.label = labels[usize::from(file.label)];
            }
        }
        self.class_names.clone_from(&train.class_names);
        Ok(self)
    }

    /// The label that each class has among the training images; none without classes.
    ///
    /// # Errors
    /// As [`Listing::with_classes_of`].
    pub(crate) fn labels_in(&self, train: &Listing) -> Result<Option<Vec<u16>>, DataError> {
        let list = |names: &[String]| Classes::new(names.len(), names).to_string();
        let refuse = |expected: String, got: String| {
            Err(DataError::argument(self.root.display().to_string(), expected, got))
        };
        let expected =
            |names: &[String]| format!("the classes of {} ({})", train.root.display(), list(names));
        match (&self.class_names, &train.class_names) {
            (None, None) => Ok(None),
            (Some(own), Some(names)) => {
                let mut labels = Vec::with_capacity(own.len());
                for name in own {
                    match names.binary_search(name) {
                        // Below the number of classes, at most 2^16.
                        Ok(label) => labels.push(label as u16),
                        Err(_) => {
                            return refuse(
                                expected(names),
                                format!("{}: `{name}` is none of them", list(own)),
                            );
                        }
                    }
                }
                Ok(Some(labels))
            }
            (Some(own), None) => {
                let expected = format!("no classes, as in the training images of {}", train.root.display());
                refuse(expected, list(own))
            }
            (None, Some(names)) => refuse(expected(names), "images without classes".to_owned()),
        }
    }

    /// Where its files lie.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The image files.
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

    /// The other files and folders, and why they are not read.
    pub(crate) fn passed_over(&self) -> &PassedOver {
        &self.passed_over
    }

    /// Folders that are taken for classes although their names are those of splits.
    pub(crate) fn doubtful(&self) -> &[PathBuf] {
        &self.doubtful
    }
}

/// Lists the images of a split: of `root` itself, which is all training images, or of its part. At least one image.
///
/// # Errors
/// As [`Listing::read`] and [`layout`]; [`DataError::NoTestSplit`], [`DataError::NoTrainSplit`],
/// [`DataError::NoImages`].
pub(crate) fn of_split(path: &Path, split: Split) -> Result<Listing, DataError> {
    let (tree, root) = &Tree::of(path)?;
    let layout = layout(tree, root)?;
    let listing = match (split, &layout) {
        (Split::Train, Layout { train: Some(train), .. }) => Listing::read(tree, train)?,
        (Split::Train, Layout { test: Some(test), .. }) => {
            return Err(DataError::NoTrainSplit { given: path.to_path_buf(), found: test.clone() });
        }
        (Split::Test, Layout { train, test: Some(test), .. }) => {
            let test = Listing::read(tree, test)?;
            match train.as_deref().map(|train| Listing::read(tree, train)).transpose()? {
                Some(train) if !train.files.is_empty() && !test.files.is_empty() => {
                    test.with_classes_of(&train)?
                }
                _ => test,
            }
        }
        (Split::Train, _) => Listing::read(tree, root)?,
        (Split::Test, _) => {
            let read = layout.train.as_deref().unwrap_or(root);
            non_empty(Listing::read(tree, read)?)?;
            let expected = "subfolders `train` and `test`";
            return Err(DataError::NoTestSplit { given: path.display().to_string(), expected });
        }
    };
    let mut listing = non_empty(listing)?;
    listing.doubtful.clone_from(&layout.doubtful);
    if layout.has_splits() {
        splits::beside(tree, root, &layout, &mut listing.passed_over)?;
    }
    add_outside(tree, &mut listing);
    Ok(listing)
}

/// Counts the names of an archive that lead out of it.
fn add_outside(tree: &Tree, listing: &mut Listing) {
    for path in tree.outside() {
        listing.passed_over.add(Reason::Outside, path);
    }
}

/// Whether a folder of images has a split of test images.
///
/// # Errors
/// As [`layout`].
pub(crate) fn has_test_split(path: &Path) -> Result<bool, DataError> {
    let (tree, root) = Tree::of(path)?;
    Ok(layout(&tree, &root)?.test.is_some())
}

/// The folders of images that a folder is, or consists of.
///
/// # Errors
/// As [`of_split`], but for folders without images.
pub(crate) fn all(path: &Path) -> Result<Vec<Listing>, DataError> {
    let (tree, root) = &Tree::of(path)?;
    let layout = layout(tree, root)?;
    if !layout.has_splits() {
        let mut listing = Listing::read(tree, root)?;
        listing.doubtful = layout.doubtful;
        add_outside(tree, &mut listing);
        return Ok(vec![listing]);
    }
    let parts = [&layout.train, &layout.test].into_iter().flatten();
    let mut listings = parts.map(|part| Listing::read(tree, part)).collect::<Result<Vec<_>, _>>()?;
    if let Some(first) = listings.first_mut() {
        splits::beside(tree, root, &layout, &mut first.passed_over)?;
        add_outside(tree, first);
    }
    if let (None, Some(found)) = (&layout.train, layout.test) {
        return Err(DataError::NoTrainSplit { given: path.to_path_buf(), found });
    }
    Ok(listings)
}

fn non_empty(listing: Listing) -> Result<Listing, DataError> {
    match listing.files.is_empty() {
        true => Err(DataError::NoImages { folder: listing.root, passed_over: listing.passed_over }),
        false => Ok(listing),
    }
}
