//! Arguments that several commands take.

use anyhow::bail;
use clap::{Args, ValueEnum};
use data::alpha::ALPHA_CHANNELS;
use data::{Background, DataError, Size};
use gan::config::Overlay;
use gan::presets::{self, ImageSize, Networks, UnfitSize};

/// Most images in one command.
const MAX_IMAGES: u64 = 1_000_000;

/// Threads of the commands that compute.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ThreadsArg {
    /// Number of threads [default: the number of cores]. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl ThreadsArg {
    pub(crate) fn get(self) -> Option<usize> {
        self.threads.map(usize::from)
    }
}

/// Config values, for every command that reads a config.
#[derive(Args, Clone, Debug)]
pub(crate) struct SetArg {
    /// Set one value of the config. It may be repeated; a later value replaces an earlier one.
    ///
    /// KEY is the path in the TOML file, joined by dots: train.batch_size=128, optimizer.generator.lr=1e-4,
    /// data.source=kmnist, generator.layers.0.dense=64 (list items are numbered from 0). VALUE is read by the type of its key, so
    /// data.source=2024 is a text.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl SetArg {
    pub(crate) fn overlays(&self) -> impl Iterator<Item = Overlay> {
        self.set.iter().map(|text| {
            let overlay = Overlay::set(text);
            Overlay { origin: format!("--set {}", overlay.origin), ..overlay }
        })
    }

    /// As typed.
    pub(crate) fn texts(&self) -> &[String] {
        &self.set
    }
}

/// Changes to a preset.
#[derive(Args, Clone, Debug)]
pub(crate) struct PresetOverArgs {
    #[command(flatten)]
    set: SetArg,
    /// Fit the preset's networks to images of this size, such as 32x32x3 or 64x64x3. It also sets data.size and data.channels,
    /// so that a folder of images is cropped and scaled to this size. Four channels, as in 64x64x4, keep transparency.
    #[arg(long, value_name = "HxWxC")]
    pub(crate) image: Option<ImageSize>,
}

impl PresetOverArgs {
    /// All that is laid over the config of `preset`: networks of another size first, so that `--set` has the last word.
    pub(crate) fn overlays(&self, preset: &str) -> anyhow::Result<Vec<Overlay>> {
        self.overlays_for(preset, self.image)
    }

    /// [`overlays`](Self::overlays) with another size of images.
    pub(crate) fn overlays_for(
        &self,
        preset: &str,
        image: Option<ImageSize>,
    ) -> anyhow::Result<Vec<Overlay>> {
        let mut overlays = Vec::new();
        if let Some(image) = image {
            match presets::find(preset) {
                Ok(found) => overlays.extend(sized(found.name, image)?),
                Err(_) if std::path::Path::new(preset).is_file() => {
                    bail!(
                        "--image {image}: makes networks of a preset; {preset} is a file with networks of its own"
                    )
                }
                Err(unknown) => return Err(unknown.into()),
            }
        }
        overlays.extend(self.set.overlays());
        Ok(overlays)
    }
}

/// What `--image` is short for.
pub(crate) fn sized(preset: &str, image: ImageSize) -> Result<Vec<Overlay>, UnfitSize> {
    let Networks { generator, discriminator } = presets::networks(preset, image)?;
    let texts = [
        format!("data.alpha={}", image.channels == ALPHA_CHANNELS),
        format!("generator.layers={generator}"),
        format!("discriminator.layers={discriminator}"),
        format!("data.size={}x{}", image.height, image.width),
        format!("data.channels={}", image.channels),
    ];
    Ok(texts.into_iter().map(|text| Overlay::short(format!("--image {image}"), text)).collect())
}

/// What a training run prints while it runs.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ConsoleArgs {
    /// Show no progress; print only the run's folder.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print events as JSON lines, as in the run's events.jsonl.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How to read a folder of images.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ImagesArgs {
    /// Height and width of all images, such as 64x64. Each image is cropped to this shape around its centre, then scaled
    /// [default: all images must have one size].
    #[arg(long, value_name = "HxW", value_parser = parse_size)]
    size: Option<Size>,
    /// 1 for grey, 3 for RGB, 4 with --alpha [default: 3 if any image has colours].
    #[arg(long, value_name = "1|3|4", value_parser = clap::value_parser!(u8).range(1..=4))]
    channels: Option<u8>,
    /// Leave out files that cannot be used. Without this flag they are an error.
    #[arg(long)]
    skip_broken: bool,
    /// Colour behind transparent images: white, black, #rrggbb, or a grey level from 0 to 255.
    #[arg(long, value_name = "COLOUR", default_value_t, value_parser = parse_background)]
    background: Background,
    /// Keep transparency as a fourth channel, instead of putting a colour behind it.
    #[arg(long)]
    alpha: bool,
}

fn parse_background(text: &str) -> Result<Background, String> {
    text.parse().map_err(|error: DataError| error.to_string())
}

impl From<ImagesArgs> for data::Options {
    fn from(args: ImagesArgs) -> data::Options {
        let ImagesArgs { size, channels, skip_broken, background, alpha } = args;
        data::Options { size, channels: channels.map(usize::from), skip_broken, background, alpha }
    }
}

/// A split of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    Train,
    Test,
}

impl From<SplitArg> for data::Split {
    fn from(split: SplitArg) -> data::Split {
        match split {
            SplitArg::Train => data::Split::Train,
            SplitArg::Test => data::Split::Test,
        }
    }
}

pub(super) fn parse_count(text: &str) -> Result<usize, String> {
    let n: u64 = text.parse().map_err(|_| "expected a number of images, such as 64".to_owned())?;
    match n {
        0 => Err("no images would be made; 1 to 1000000 fit".into()),
        1..=MAX_IMAGES => Ok(n as usize),
        _ => Err("more than 1000000 images; make several files, each with a --seed of its own".into()),
    }
}

pub(super) fn parse_size(text: &str) -> Result<Size, String> {
    text.parse().map_err(|error: DataError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_limits() {
        assert_eq!(parse_count("1000000"), Ok(1_000_000));
        for text in ["0", "1000001", "-1", "many"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }
}
