//! Rules of `[data]`, beside those about classes.

use data::alpha::ALPHA_CHANNELS;
use data::{Options, Size};

use super::super::error::ConfigError;
use super::super::source::Source;
use super::super::written::Written;
use super::rules::Rules;

const BACKGROUNDS: &str = "\"white\", \"black\", \"#rrggbb\", or a grey level from 0 to 255";

impl Written {
    /// How `data.source` is read. `source` is what `self` was parsed from.
    ///
    /// # Errors
    /// [`ConfigError::Rule`] for a size or a number of channels that no image has, and for text that is no colour.
    pub fn data_options(&self, source: &Source) -> Result<Options, ConfigError> {
        let section = &self.data;
        let size = match section.size.as_str() {
            "" => None,
            text => Some(text.parse::<Size>().map_err(|_| {
                let message = format!("\"{text}\" is not height x width in pixels");
                source.refuse("data.size", message, "\"64x64\", or \"\" for images as they are".into())
            })?),
        };
        let channels = match (section.channels, section.alpha) {
            (0, _) => None,
            (channels @ (1 | 3), false) | (channels @ ALPHA_CHANNELS, true) => Some(channels),
            (other, true) => {
                let message = format!("{other} channels have no room for `data.alpha = true`, which makes 4");
                let hint = "4, or 0; or data.alpha = false, which shows data.background instead";
                return Err(source.refuse("data.channels", message, hint.into()));
            }
            (ALPHA_CHANNELS, false) => {
                let message = "4 channels are red, green, blue and alpha".into();
                return Err(source.refuse(
                    "data.channels",
                    message,
                    "data.alpha = true as well, or 3".into(),
                ));
            }
            (other, false) => {
                let message = format!("{other} is not 1 (grey) or 3 (RGB)");
                return Err(source.refuse("data.channels", message, "0 for images as they are".into()));
            }
        };
        let background = section.background.0.parse().map_err(|_| {
            let message = format!("\"{}\" is no colour", section.background.0);
            source.refuse("data.background", message, BACKGROUNDS.into())
        })?;
        Ok(Options { size, channels, skip_broken: section.skip_broken, background, alpha: section.alpha })
    }
}

pub(super) fn check(rules: &Rules<'_>, written: &Written, channels: usize) -> Result<Options, ConfigError> {
    rules.ensure(
        matches!(channels, 1 | 3 | ALPHA_CHANNELS),
        "data.source",
        format!("its images have {channels} channels"),
        "grey images (1), RGB (3), or RGB with alpha (4)",
    )?;
    rules.ensure(
        !written.data.source.is_empty(),
        "data.source",
        "names no data",
        "a data set's name, as \"mnist\", or a path",
    )?;
    written.data_options(rules.source)
}
