//! `[data]`: the images.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::super::choices::Split;
use super::super::entry::Entry;
use super::super::key::Kind;
use super::super::section::section;

/// `data.background` of runs that were made before the key was there.
pub const BACKGROUND_BEFORE_THE_KEY: &str = "black";

section! {
    /// The images that both networks learn from.
    pub struct DataSection {
        /// A data set's name, or the path of a folder or a file of images.
        source: String = "mnist".to_owned();
        /// The part of the data set.
        split: Split = Split::Train;
        /// Height and width that a folder's images are resized to, as "64x64". "": they keep their size.
        size: String = String::new();
        /// Channels that a folder's images are converted to: 1 (grey), 3 (RGB), or 4 with `data.alpha`. 0: they keep their channels.
        channels: usize = 0;
        /// Skip the files of a folder that cannot be used. If false, such a file is an error.
        skip_broken: bool = false;
        /// Colour behind the transparent pixels of a folder's images: "white", "black", "#rrggbb", or a grey level from 0 to 255.
        background: Colour = Colour("white".to_owned());
        /// Keep transparency as a fourth channel. If false, transparent pixels show `data.background`.
        alpha: bool = false;
        /// Mirror each training image left to right in half of the steps that show it, at random.
        flip: bool = false;
        /// Show the same number of images of each class in an epoch. If false, an epoch shows each image once.
        balanced_classes: bool = false;
    }
}

/// The text of a colour. A config may write a grey level as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colour(pub String);

impl Entry for Colour {
    fn kind() -> Kind {
        Kind::Text
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Colour;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a colour as text, or a grey level")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Colour, E> {
                Ok(Colour(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, level: i64) -> Result<Colour, E> {
                Ok(Colour(level.to_string()))
            }
        }

        deserializer.deserialize_any(Text)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
