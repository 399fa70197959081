//! `[data]` as written.

use serde::{Deserialize, Serialize};

use super::super::choices::Split;
use super::super::defaults;

/// What is learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSection {
    /// A data set's name, or a path.
    pub source: String,
    /// Which of its parts.
    pub split: Split,
    /// Height and width that a folder's images are brought to, as "64x64"; "": they are taken as they are.
    pub size: String,
    /// Channels that a folder's images are brought to, 1 or 3; 0: as they are.
    pub channels: usize,
    /// Pass over files of a folder that cannot be used, rather than refuse the folder.
    pub skip_broken: bool,
    /// As many images of each class in an epoch, whatever the data has.
    pub balanced_classes: bool,
}

impl Default for DataSection {
    fn default() -> Self {
        DataSection {
            source: defaults::DATA_SOURCE.to_owned(),
            split: Split::default(),
            size: defaults::DATA_SIZE.to_owned(),
            channels: defaults::DATA_CHANNELS,
            skip_broken: defaults::DATA_SKIP_BROKEN,
            balanced_classes: defaults::DATA_BALANCED_CLASSES,
        }
    }
}
