//! `[data]` as written.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

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
    /// What is laid under a folder's images where they are transparent: "white", "black", "#rrggbb", or a grey level
    /// from 0 to 255.
    #[serde(deserialize_with = "colour")]
    pub background: String,
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
            background: defaults::DATA_BACKGROUND.to_owned(),
            balanced_classes: defaults::DATA_BALANCED_CLASSES,
        }
    }
}

/// A colour's text; a grey level may be a number.
fn colour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Colour;

    impl Visitor<'_> for Colour {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a colour as text, or a grey level")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_i64<E: Error>(self, level: i64) -> Result<String, E> {
            Ok(level.to_string())
        }
    }

    deserializer.deserialize_any(Colour)
}
