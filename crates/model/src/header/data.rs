//! The training images of a model: name, reading options, and hashes of the content.

use data::alpha::ALPHA_CHANNELS;
use data::{ContentHash, Options, Split};
use serde::{Deserialize, Serialize};

/// The training images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingData {
    /// A data set's name, or a path.
    pub source: String,
    /// `train` or `test`.
    pub split: String,
    /// Height and width to which images were resized, such as `64x64`; empty: they were not resized.
    pub size: String,
    /// Channels to which images were converted; 0: they were not converted.
    pub channels: usize,
    /// Whether unreadable files were left out.
    pub skip_broken: bool,
    /// The colour under transparent images.
    pub background: String,
    /// Whether transparency was kept as a fourth channel.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alpha: bool,
    /// Number of images.
    pub images: usize,
    /// Hashes of their content; none in files of early versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<ContentHash>,
}

impl Default for TrainingData {
    fn default() -> TrainingData {
        TrainingData::of("", Split::Train, &Options::default())
    }
}

impl TrainingData {
    /// A source that is read with these options. Number and content of its images are not known yet.
    pub fn of(source: &str, split: Split, options: &Options) -> TrainingData {
        TrainingData {
            source: source.to_owned(),
            split: split.as_str().to_owned(),
            size: options.size.map_or_else(String::new, |size| size.to_string()),
            channels: options.channels.unwrap_or(0),
            skip_broken: options.skip_broken,
            background: options.background.to_string(),
            alpha: options.alpha,
            images: 0,
            hash: None,
        }
    }

    /// The part of the source. Training reads the training images unless `split` is `test`.
    pub fn split(&self) -> Split {
        if self.split == Split::Test.as_str() { Split::Test } else { Split::Train }
    }

    /// How the source is read. An unknown value counts as missing.
    pub fn options(&self) -> Options {
        Options {
            size: self.size.parse().ok(),
            channels: Some(self.channels).filter(|&channels| match self.alpha {
                true => channels == ALPHA_CHANNELS,
                false => channels == 1 || channels == 3,
            }),
            skip_broken: self.skip_broken,
            background: self.background.parse().unwrap_or_default(),
            alpha: self.alpha,
        }
    }
}

#[cfg(test)]
mod tests {
    use data::{Background, Size};

    use super::*;

    #[test]
    fn options_come_back() {
        let options = Options {
            size: Some(Size { height: 48, width: 64 }),
            channels: Some(3),
            skip_broken: true,
            background: Background { rgb: [1, 2, 3] },
            alpha: false,
        };
        let alpha = Options { channels: Some(4), alpha: true, ..options };
        for (split, options) in
            [(Split::Test, options), (Split::Train, Options::default()), (Split::Train, alpha)]
        {
            let data = TrainingData::of("photos", split, &options);
            assert_eq!((data.split(), data.options()), (split, options));
        }
    }

    #[test]
    fn what_is_not_known_counts_as_not_given() {
        let data: TrainingData = serde_json::from_str(
            r#"{ "source": "x", "split": "new", "size": "big", "channels": 7, "background": "plaid", "more": 1 }"#,
        )
        .unwrap();
        assert_eq!((data.split(), data.options()), (Split::Train, Options::default()));
    }
}
