//! What was found in one file.

use std::path::PathBuf;

use crate::Kind;

/// What was found in one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReport {
    /// The file; or a folder, if it could not be listed or has nothing to check.
    pub path: PathBuf,
    /// Its length as stored.
    pub stored_bytes: u64,
    /// Whether it is gzip-compressed; `false` if it cannot be read.
    pub compressed: bool,
    /// Whether it is a packed file, by its first bytes or its name.
    pub packed: bool,
    /// Whether it is a NumPy file, by its first bytes.
    pub numpy: bool,
    /// The sizes that its header gives, if the header is sound.
    pub dims: Option<Vec<usize>>,
    /// What the body holds, if all of it could be read.
    pub content: Option<Content>,
    /// The classes of a packed file with the number of images of each, if it has classes.
    pub classes: Option<Vec<(String, usize)>>,
    /// What makes the file unusable. Empty for a good file.
    pub problems: Vec<String>,
    /// What it is, if it is a file of another kind than any that holds a data set.
    pub foreign: Option<Kind>,
    /// NumPy's expression that makes of a sound array `x` one that can be used.
    pub remedy: Option<String>,
    /// What is unusual but usable, such as a class without images.
    pub notes: Vec<String>,
}

impl FileReport {
    /// Whether nothing is wrong with the file.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What a sound file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Images, in bytes from 0 to 255.
    Images {
        /// Number of images.
        count: usize,
        /// Rows of an image.
        height: usize,
        /// Columns of an image.
        width: usize,
        /// Channels of a pixel.
        channels: usize,
        /// The lowest value of all.
        min: u8,
        /// The highest value of all.
        max: u8,
        /// The mean value of all.
        mean: f64,
    },
    /// Labels.
    Labels {
        /// Number of labels.
        count: usize,
        /// How often each occurs, from 0 to the highest.
        class_counts: Vec<usize>,
    },
}
