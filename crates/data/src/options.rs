//! How a source is read.

use std::str::FromStr;

use crate::alpha::ALPHA_CHANNELS;
use crate::{Background, DataError, MAX_SIDE, Size};

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
    /// Channels of a pixel: 1 (grey), 3 (RGB), or 4 with `alpha`. Without it, a folder with any colour image is RGB. A
    /// source that is no folder of images must have so many already.
    pub channels: Option<usize>,
    /// Leave out what cannot be used, instead of refusing the folder: files that do not decode, and,
    /// without `size`, those of another size than most.
    pub skip_broken: bool,
    /// The background of transparent images in a folder, or of an array with alpha.
    pub background: Background,
    /// Keep transparency as a fourth channel, instead of laying images on the background. See [`alpha`](crate::alpha).
    pub alpha: bool,
}

impl Options {
    /// Refuses sides and channels that no image can have.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if let Some(size) = self.size {
            let refused =
                |_| DataError::argument("data.size", format!("sides from 1 to {MAX_SIDE}"), size.to_string());
            size.to_string().parse::<Size>().map_err(refused)?;
        }
        match (self.channels, self.alpha) {
            (None, _) | (Some(1 | 3), false) | (Some(ALPHA_CHANNELS), true) => Ok(()),
            (Some(other), true) => {
                Err(DataError::argument("data.channels", "4, as data.alpha = true keeps alpha", other))
            }
            (Some(ALPHA_CHANNELS), false) => Err(DataError::argument(
                "data.channels",
                "1 (grey) or 3 (RGB), or data.alpha = true beside 4",
                4,
            )),
            (Some(other), false) => Err(DataError::argument(
                "data.channels",
                "1 (grey), 3 (RGB), or 4 with data.alpha = true",
                other,
            )),
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
        let alpha = |channels| Options { alpha: true, ..with(8, channels) };
        assert!(alpha(None).check().is_ok() && alpha(Some(4)).check().is_ok());
        for refused in [alpha(Some(3)), with(8, Some(4))] {
            assert!(refused.check().unwrap_err().to_string().contains("data.alpha = true"));
        }
    }
}
