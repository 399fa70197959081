//! How a source is read.

use std::str::FromStr;

use crate::{Background, DataError, Size};

/// The longest side that images are read at, or made.
pub const MAX_SIDE: usize = 16_384;

impl FromStr for Size {
    type Err = DataError;

    /// # Errors
    /// [`DataError::Argument`] for anything but `HxW` or `N`, of sides from 1 to [`MAX_SIDE`].
    fn from_str(text: &str) -> Result<Self, DataError> {
        let (height, width) = text.split_once(['x', 'X']).unwrap_or((text, text));
        let side = |text: &str| text.parse().ok().filter(|side| (1..=MAX_SIDE).contains(side));
        match (side(height), side(width)) {
            (Some(height), Some(width)) => Ok(Self { height, width }),
            _ => {
                let expected = format!("height x width in pixels, such as 64x64, each from 1 to {MAX_SIDE}");
                Err(DataError::argument("size", expected, format!("`{text}`")))
            }
        }
    }
}

/// How a source is read. The default keeps its images as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The size to bring every image of a folder to: the largest centred part of that aspect ratio,
    /// scaled by a Lanczos filter. Without it, all must have one size. A source that is no folder of
    /// images must have this size already.
    pub size: Option<Size>,
    /// Channels of a pixel, 1 (grey) or 3 (RGB). Without it, a folder with any colour image is RGB. A
    /// source that is no folder of images must have so many already.
    pub channels: Option<usize>,
    /// Leave out what cannot be used, instead of refusing the folder: files that do not decode, and,
    /// without `size`, those of another size than most.
    pub skip_broken: bool,
    /// The background of transparent images in a folder.
    pub background: Background,
}

impl Options {
    /// Refuses sides and channels that no image can have.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if let Some(size) = self.size {
            size.to_string().parse::<Size>()?;
        }
        match self.channels {
            None | Some(1 | 3) => Ok(()),
            Some(other) => Err(DataError::argument("channels", "1 (grey) or 3 (RGB)", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed() {
        assert_eq!("48x64".parse::<Size>().unwrap(), Size { height: 48, width: 64 });
        assert_eq!("32".parse::<Size>().unwrap().to_string(), "32x32");
        for text in ["", "x", "0x4", "4x", "64x64x3", "16385", "-1x4", "4 x 4", "99999999999999999999"] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(error.contains("64x64") && error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn options_are_checked() {
        let with = |side, channels| Options {
            size: Some(Size { height: side, width: 8 }),
            channels,
            ..Options::default()
        };
        assert!(with(8, Some(3)).check().is_ok() && Options::default().check().is_ok());
        assert!(with(0, None).check().is_err() && with(8, Some(2)).check().is_err());
    }
}
