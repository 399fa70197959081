//! What lies in one folder: each entry is an image, a folder to enter, or passed over for a reason.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::kinds::{self, Kind};
use super::tree::{EntryKind, Tree};
use super::{formats, parallel};
use crate::passed_over::{PassedOver, Reason};
use crate::{DataError, own};

/// A folder as it was listed.
pub(super) struct Folder {
    tree: Tree,
    path: PathBuf,
    /// The path without links, to compare with the targets of links.
    real: PathBuf,
    /// The path without links of the folder at which the walk began.
    root: PathBuf,
    pub(super) is_link: bool,
}

/// What lies in a folder itself.
#[derive(Default)]
pub(super) struct Level {
    pub(super) images: Vec<PathBuf>,
    pub(super) folders: Vec<Folder>,
}

impl Folder {
    /// The folder to begin at.
    pub(super) fn root(tree: &Tree, path: &Path) -> Result<Folder, DataError> {
        let real = tree.real(path).map_err(|e| DataError::io(path, "list", e))?;
        Ok(Folder { tree: tree.clone(), path: path.to_path_buf(), root: real.clone(), real, is_link: false })
    }

    fn below(&self, path: PathBuf, real: PathBuf, is_link: bool) -> Folder {
        Folder { tree: self.tree.clone(), path, real, root: self.root.clone(), is_link }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path without links.
    pub(super) fn real(&self) -> &Path {
        &self.real
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The names of its entries, in their order, so that of two links to a folder the same one is followed everywhere.
    pub(super) fn entries(&self) -> Result<Vec<(OsString, EntryKind)>, DataError> {
        self.tree.entries(&self.path)
    }

    /// What lies in it. What is not read goes to `passed_over`.
    pub(super) fn level(
        &self,
        entries: Vec<(OsString, EntryKind)>,
        passed_over: &mut PassedOver,
    ) -> Result<Level, DataError> {
        let mut level = Level::default();
        let mut linked = Vec::new();
        for (name, kind) in entries {
            let path = self.path.join(&name);
            let is_link = kind == EntryKind::Link;
            let Ok(target) = (if is_link { self.tree.target(&path) } else { Ok(kind) }) else {
                broken_link(path, &mut level, passed_over);
                continue;
            };
            let is_folder = target == EntryKind::Folder;
            let system =
                if is_folder { kinds::is_system_folder(&name) } else { kinds::is_system_file(&name) };
            if system {
                passed_over.add(Reason::System, path);
            } else if name == own::MARKER_FILE {
                // It marks the folder and is not counted.
            } else if kinds::is_hidden(&name) && own::is_own_name(&path) {
                passed_over.add(Reason::Own, path);
            } else if kinds::is_hidden(&name) {
                passed_over.add(Reason::Hidden, path);
            } else if is_folder && is_link {
                linked.push(path);
            } else if is_folder {
                level.folders.push(self.below(path, self.real.join(&name), false));
            } else if kinds::is_image_name(&path) {
                // Pipes and devices too: decoding refuses them with an error.
                level.images.push(path);
            } else if target != EntryKind::File {
                passed_over.add(Reason::NotAFile, path);
            } else {
                self.other_file(path, &mut level, passed_over);
            }
        }
        for path in linked {
            match self.tree.real(&path) {
                // The target is this folder or the root, or one that it lies in.
                Ok(real) if self.real.starts_with(&real) || self.root.starts_with(&real) => {
                    passed_over.add(Reason::Circle, path);
                }
                Ok(real) => level.folders.push(self.below(path, real, true)),
                Err(_) => broken_link(path, &mut level, passed_over),
            }
        }
        Ok(level)
    }

    /// A regular file that is no image by its name.
    fn other_file(&self, path: PathBuf, level: &mut Level, passed_over: &mut PassedOver) {
        let kind = kinds::kind(&path);
        let looked_at = matches!(kind, Kind::Nameless | Kind::Other) && !own::is_own_name(&path);
        let is_image =
            looked_at && self.tree.start(&path, 16).is_some_and(|start| formats::of(&start).is_some());
        match kind {
            Kind::Nameless if is_image => level.images.push(path),
            _ if own::is_own_name(&path) => passed_over.add(Reason::Own, path),
            _ if is_image => passed_over.add(Reason::Misnamed, path),
            Kind::UnreadImage => passed_over.add(Reason::UnreadFormat, path),
            _ => passed_over.add(Reason::NoImage, path),
        }
    }
}

/// A link to nothing. If it has the name of an image, it is an image that cannot be read.
fn broken_link(path: PathBuf, level: &mut Level, passed_over: &mut PassedOver) {
    match kinds::is_image_name(&path) {
        true => level.images.push(path),
        false => passed_over.add(Reason::BrokenLink, path),
    }
}

/// What lies in a folder below the root; none for one that this program wrote.
pub(super) fn enter(folder: &Folder, passed_over: &mut PassedOver) -> Result<Option<Level>, DataError> {
    let entries = folder.entries()?;
    let names: Vec<OsString> = entries.iter().map(|(name, _)| name.clone()).collect();
    let own_name = folder.path.file_name().unwrap_or_default();
    if own::is_run(own_name, &names) || own::is_generated(&names) {
        passed_over.add(Reason::Own, folder.path.clone());
        return Ok(None);
    }
    folder.level(entries, passed_over).map(Some)
}

/// The images without the pictures that this program made to be looked at.
pub(super) fn without_marked(
    tree: &Tree,
    images: Vec<PathBuf>,
    passed_over: &mut PassedOver,
) -> Vec<PathBuf> {
    let marked = parallel::map(&images, |path| tree.is_marked_picture(path));
    let (mut kept, mut marked) = (Vec::with_capacity(images.len()), marked.into_iter());
    for path in images {
        match marked.next() {
            Some(true) => passed_over.add(Reason::Own, path),
            _ => kept.push(path),
        }
    }
    kept
}
