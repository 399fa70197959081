//! Errors about data. Each message contains what a user needs to act.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::formats::image_formats;
use crate::sniff::Kind;
use crate::{PassedOver, Size, shown, shown_path};

/// A refusal from this crate: which file or argument, which part of it, what was expected and found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused a file operation.
    #[error("{}: cannot {action}: {cause}", shown_path(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted, as a verb: "open", "read", "create".
        action: &'static str,
        /// The system's reason. It is part of the message and therefore no `source`, which would be printed twice.
        cause: io::Error,
    },

    /// A file's content is not what its format or its own header says.
    #[error("{}: {field}: expected {expected}, got {got}", shown(file))]
    Format {
        /// The file's path, or a name for bytes that came from elsewhere.
        file: String,
        /// The part of the file: "magic", "element type", "dimension 0", "body".
        field: String,
        /// What would have been accepted.
        expected: String,
        /// What was there.
        got: String,
    },

    /// A gzip file that ends early or does not decode.
    #[error("{}: gzip data is {problem} after {unpacked_bytes} unpacked bytes", shown(file))]
    Gzip {
        /// The file's path, or a name for bytes that came from elsewhere.
        file: String,
        /// "truncated", "corrupt (reason)", or "followed by bytes that are no gzip data,".
        problem: String,
        /// How many bytes had been unpacked when it was found.
        unpacked_bytes: u64,
    },

    /// A file that is read piece by piece and has changed since it was opened.
    #[error("{}: the file changed while it was in use: {problem}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// How that was noticed.
        problem: String,
    },

    /// A file of another kind than any that holds a data set.
    #[error("{file}: expected a file of images (IDX, NumPy or packed), got {kind}")]
    Foreign {
        /// The file's path, or a name for bytes that came from elsewhere.
        file: String,
        /// What it is, by its first bytes.
        kind: Kind,
    },

    /// An array that is sound, but is not laid out as images or labels are.
    #[error("{file}: {field}: expected {expected}, got {got}")]
    Array {
        /// The file's path.
        file: String,
        /// What is unusual: "shape", "element type", "value 7".
        field: String,
        /// What would have been accepted.
        expected: String,
        /// What was there.
        got: String,
        /// NumPy's expression that makes of the array `x` one that would be accepted.
        remedy: Box<str>,
    },

    /// An argument that cannot work.
    #[error("{what}: expected {expected}, got {got}")]
    Argument {
        /// The argument.
        what: String,
        /// What would have been accepted.
        expected: String,
        /// What was given.
        got: String,
    },

    /// A source that is neither a known name nor an existing path.
    #[error("data source `{}` is neither an existing path nor one of: {known}", shown(given))]
    UnknownSource {
        /// The source as given.
        given: String,
        /// The known names, separated by commas.
        known: String,
    },

    /// A known source whose files are not on this machine.
    #[error("{what}: no file {name} (or {name}.gz) in {}", list(looked_in))]
    Missing {
        /// The data set and the part of it.
        what: String,
        /// The usual name of the file that is missing, without `.gz`.
        name: String,
        /// Every folder that was looked in.
        looked_in: Vec<PathBuf>,
    },

    /// A source that is all training images.
    #[error("{}: no test split: expected {expected}", shown(given))]
    NoTestSplit {
        /// The folder or file.
        given: String,
        /// What would have one.
        expected: &'static str,
    },

    /// A folder of splits, none of which is for training.
    #[error(
        "{}: no training images: `{}` is named like a split to judge with, and there is none to train on",
        given.display(), found.file_name().unwrap_or_default().to_string_lossy()
    )]
    NoTrainSplit {
        /// The folder.
        given: PathBuf,
        /// The folder of its test images.
        found: PathBuf,
    },

    /// Folders that may be splits or classes, or that are surely a mistake.
    #[error("{}: {problem}", folder.display())]
    Layout {
        /// The folder that holds them.
        folder: PathBuf,
        /// Which they are, and what was expected.
        problem: String,
    },

    /// A folder among classes that consists of splits.
    #[error(
        "{}: holds splits itself (train and test), so it is no class: expected classes in the folders of splits",
        folder.display()
    )]
    SplitsInside {
        /// The folder.
        folder: PathBuf,
    },

    /// A run's folder, given as data.
    #[error("{}: the folder of a run, whose pictures are no data", folder.display())]
    Run {
        /// The folder.
        folder: PathBuf,
    },

    /// Something that is not a regular file, where one is expected.
    #[error("{}: is {kind}; expected a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is: "a pipe", "a device".
        kind: &'static str,
    },

    /// A folder without data that can be read.
    #[error(
        "{}: neither IDX files under standard names nor images ({}) in this folder{}",
        shown_path(folder),
        image_formats(),
        but(passed_over)
    )]
    NoImages {
        /// The folder.
        folder: PathBuf,
        /// What is in it.
        passed_over: PassedOver,
    },

    /// A folder of images with files that cannot be used.
    #[error(
        "{}: {} of {files} image files cannot be used{}",
        shown_path(folder), problems.len(), first_lines(problems)
    )]
    Broken {
        /// The folder.
        folder: PathBuf,
        /// Number of image files in it.
        files: usize,
        /// What is wrong with each that is unusable, in the order of the paths.
        problems: Vec<DataError>,
    },

    /// A folder of images of more than one size.
    #[error(
        "{}: images of {} sizes: {}; data.size brings all to one",
        shown_path(folder), sizes.len(), list_sizes(sizes)
    )]
    Sizes {
        /// The folder.
        folder: PathBuf,
        /// Each size and how many images have it, the most frequent first.
        sizes: Vec<(Size, usize)>,
    },

    /// A download that did not succeed.
    #[error("{url}: {problem}; the file can also be placed by hand, as {name} in {}", shown_path(dir))]
    Download {
        /// The address.
        url: String,
        /// Why it failed, after how many attempts.
        problem: String,
        /// The file's name.
        name: String,
        /// The folder it belongs in.
        dir: PathBuf,
    },

    /// A complete file whose checksum is not the published one.
    #[error("{}: MD5: expected {expected}, got {got}", shown(file))]
    Checksum {
        /// The file's path.
        file: String,
        /// The published checksum, in hexadecimal.
        expected: String,
        /// The checksum of what was received.
        got: String,
    },
}

impl DataError {
    /// The system's refusal `cause` to do `action` (a verb) with `path`.
    pub fn io(path: &Path, action: &'static str, cause: io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), action, cause }
    }

    pub(crate) fn format(
        file: &str,
        field: impl Into<String>,
        expected: impl ToString,
        got: impl ToString,
    ) -> Self {
        Self::Format {
            file: file.to_owned(),
            field: field.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }

    pub(crate) fn argument(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
        Self::Argument { what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }
}

/// What a folder holds that is not read.
fn but(passed_over: &PassedOver) -> String {
    if passed_over.is_empty() { String::new() } else { format!("; passed over: {passed_over}") }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| shown_path(path)).collect::<Vec<_>>().join(" or ")
}

/// Most files, or sizes, that an error names.
const MAX_NAMED: usize = 5;

/// The first few problems, one a line, and how many more there are.
fn first_lines(problems: &[DataError]) -> String {
    let mut text: String = problems.iter().take(MAX_NAMED).map(|problem| format!("\n  {problem}")).collect();
    if problems.len() > MAX_NAMED {
        text += &format!("\n  and {} more", problems.len() - MAX_NAMED);
    }
    text
}

/// "90 of 64x64, 3 of 32x32 and 4 others".
pub(crate) fn list_sizes(sizes: &[(Size, usize)]) -> String {
    let named: Vec<_> =
        sizes.iter().take(MAX_NAMED).map(|(size, count)| format!("{count} of {size}")).collect();
    let others: usize = sizes.iter().skip(MAX_NAMED).map(|(_, count)| count).sum();
    let others = if others > 0 { format!(" and {others} of others") } else { String::new() };
    format!("{}{others}", named.join(", "))
}
