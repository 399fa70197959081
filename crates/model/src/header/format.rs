//! Versions of the file's layout.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// The version that this program writes.
pub const FORMAT: Format = Format { major: 2, minor: 0 };

/// `MAJOR.MINOR`. A minor version only adds fields, so a reader of a major version reads all its minor versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Format {
    /// It increases if an earlier reader would misread the file.
    pub major: u32,
    /// It increases if fields are added.
    pub minor: u32,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        match (major.parse(), minor.parse()) {
            (Ok(major), Ok(minor)) => Ok(Format { major, minor }),
            _ => Err(format!("`{text}` is no format version, such as `{FORMAT}`")),
        }
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Format, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_texts() {
        for (text, format) in [("2.0", FORMAT), ("2.17", Format { major: 2, minor: 17 })] {
            assert_eq!(text.parse(), Ok(format));
            assert_eq!(format.to_string(), text);
        }
        assert_eq!("3".parse(), Ok(Format { major: 3, minor: 0 }));
        for text in ["", "2.x", "-1.0", "2.0.1"] {
            assert!(text.parse::<Format>().is_err(), "{text}");
        }
    }
}
