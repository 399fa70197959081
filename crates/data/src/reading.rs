//! What reading a folder of images left out or changed.

use crate::{Background, PassedOver};

/// What reading a folder of images left out or changed. Other sources are read as they are; a packed file keeps the
/// background of its images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Images with a pixel that is not opaque.
    pub transparent: usize,
    /// Whether alpha was kept as a fourth channel.
    pub alpha: bool,
    /// The background of transparent images, where alpha was not kept.
    pub background: Background,
    /// Images with colours that were read as grey.
    pub made_grey: usize,
    /// What is not read.
    pub passed_over: PassedOver,
    /// Names of classes that are like those of splits.
    pub doubtful: Vec<String>,
}
