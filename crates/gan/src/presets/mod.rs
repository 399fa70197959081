//! The experiments that come with the program.

mod sized;

use std::fmt;

pub use sized::{ImageSize, Networks, UnfitSize, compact_networks, fits_stages, networks};

/// A commented config under a name. It states what differs from the defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name that commands take.
    pub name: &'static str,
    /// Its TOML text.
    pub text: &'static str,
}

/// Every preset: the default, then the simplest first.
pub const PRESETS: &[Preset] = &[
    Preset { name: "mnist", text: include_str!("../../../../presets/mnist.toml") },
    Preset { name: "fashion", text: include_str!("../../../../presets/fashion.toml") },
    Preset { name: "tutorial", text: include_str!("../../../../presets/tutorial.toml") },
    Preset { name: "dense", text: include_str!("../../../../presets/dense.toml") },
    Preset { name: "dcgan", text: include_str!("../../../../presets/dcgan.toml") },
    Preset { name: "lsgan", text: include_str!("../../../../presets/lsgan.toml") },
    Preset { name: "wgan", text: include_str!("../../../../presets/wgan.toml") },
    Preset { name: "wgan-gp", text: include_str!("../../../../presets/wgan-gp.toml") },
    Preset { name: "hinge-sn", text: include_str!("../../../../presets/hinge-sn.toml") },
    Preset { name: "cgan", text: include_str!("../../../../presets/cgan.toml") },
    Preset { name: "acgan", text: include_str!("../../../../presets/acgan.toml") },
    Preset { name: "projection", text: include_str!("../../../../presets/projection.toml") },
    Preset { name: "r3gan", text: include_str!("../../../../presets/r3gan.toml") },
    Preset { name: "mnist-long-tail", text: include_str!("../../../../presets/mnist-long-tail.toml") },
    Preset { name: "stacked-mnist", text: include_str!("../../../../presets/stacked-mnist.toml") },
];

/// No preset has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPreset {
    /// What was asked for.
    pub name: String,
    /// The closest name, where one is close.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no preset is called `{}`", self.name)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => {
                let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
                write!(f, "; there are {}", names.join(", "))
            }
        }
    }
}

impl std::error::Error for UnknownPreset {}

/// The preset called `name`.
///
/// # Errors
/// [`UnknownPreset`], with the nearest name where at most a third of it would have to change.
pub fn find(name: &str) -> Result<&'static Preset, UnknownPreset> {
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let nearest = PRESETS
            .iter()
            .map(|preset| (strsim::osa_distance(name, preset.name), preset.name))
            .min()
            .filter(|(edits, nearest)| 3 * edits <= nearest.len().max(3))
            .map(|(_, nearest)| nearest);
        UnknownPreset { name: name.to_owned(), nearest }
    })
}

#[cfg(test)]
mod tests {
    use nn::LayerSpec;

    use super::*;
    use crate::config::{Experiment, Facts, Kind, Source, Written, keys};

    fn written(name: &str) -> (Source, Written) {
        let preset = find(name).unwrap();
        let source = Source::new(preset.text, format!("preset `{name}`"));
        let written = Written::parse(&source).unwrap();
        (source, written)
    }

    fn experiment(name: &str) -> Experiment {
        let (source, written) = written(name);
        written.check(&source, &Facts { image_shape: shape(name), images: 60_000, classes: 10 }).unwrap()
    }

    /// Of the preset's own images.
    fn shape(name: &str) -> (usize, usize, usize) {
        (28, 28, if name == "stacked-mnist" { 3 } else { 1 })
    }

    fn parameters(inputs: usize, layers: &[LayerSpec]) -> usize {
        let mut width = inputs;
        let mut sum = 0;
        for layer in layers {
            if let LayerSpec::Dense { units, bias, .. } = *layer {
                sum += width * units + if bias { units } else { 0 };
                width = units;
            }
        }
        sum
    }

    #[test]
    fn every_preset_trains_without_a_warning() {
        for preset in PRESETS {
            let experiment = experiment(preset.name);
            assert_eq!(experiment.name, preset.name);
            assert!(!experiment.description.is_empty());
            assert_eq!(experiment.warnings, Vec::<String>::new());
        }
    }

    /// What a preset says is what makes it different; `docs/config.md` and `presets show` have the rest.
    #[test]
    fn presets_state_no_default() {
        let always = ["name", "description", "data.source", "generator.layers", "discriminator.layers"];
        for preset in PRESETS {
            let stated: toml::Table = toml::from_str(preset.text).unwrap();
            let mut count = 0;
            for key in keys().iter().filter(|key| key.kind != Kind::Section) {
                let Some(value) = value_at(&stated, &key.path) else { continue };
                count += 1;
                let section = value_at(&stated, key.section()).and_then(|section| section.get("kind"));
                let kind = section.and_then(toml::Value::as_str).unwrap_or("adam");
                let belongs = key.kinds.is_empty() || key.kinds.contains(&kind);
                let default: Option<toml::Value> = key.default.as_ref().map(|text| text.parse().unwrap());
                let is_default = belongs && default.as_ref() == Some(value);
                assert!(
                    always.contains(&key.path.as_str()) || !is_default,
                    "{}: {} = {value} is the default",
                    preset.name,
                    key.path
                );
            }
            assert!(count >= 10, "{}: {count}", preset.name);
        }
    }

    fn value_at<'t>(table: &'t toml::Table, path: &str) -> Option<&'t toml::Value> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let value = table.get(first)?;
        if rest.is_empty() { Some(value) } else { value_at(value.as_table()?, rest) }
    }

    fn layers(text: &str) -> Vec<LayerSpec> {
        #[derive(serde::Deserialize)]
        struct Text {
            layers: Vec<LayerSpec>,
        }
        toml::from_str::<Text>(&format!("layers = {text}")).unwrap().layers
    }

    /// The networks for a preset's own size are those it writes.
    #[test]
    fn networks_of_the_usual_size_are_the_presets_own() {
        for preset in PRESETS {
            let (height, width, channels) = shape(preset.name);
            let image = ImageSize { height, width, channels };
            let (own, sized) = (experiment(preset.name), networks(preset.name, image).unwrap());
            assert_eq!(own.generator.layers, layers(&sized.generator), "{}", preset.name);
            assert_eq!(own.discriminator.layers, layers(&sized.discriminator), "{}", preset.name);
        }
    }

    #[test]
    fn networks_of_other_sizes_pass_the_rules() {
        for (text, shape) in [
            ("32x32x3", (32, 32, 3)),
            ("64x64x3", (64, 64, 3)),
            ("48x64", (48, 64, 1)),
            ("128x96x3", (128, 96, 3)),
        ] {
            let image: ImageSize = text.parse().unwrap();
            for preset in PRESETS {
                let sized = networks(preset.name, image).unwrap();
                let overrides = [
                    format!("generator.layers={}", sized.generator),
                    format!("discriminator.layers={}", sized.discriminator),
                ];
                let source = Source::new(preset.text, preset.name).with_overrides(&overrides).unwrap();
                // Its layers say something of each class.
                let classes = if preset.name == "mnist-long-tail" { 10 } else { 4 };
                let facts = Facts { image_shape: shape, images: 1000, classes };
                let experiment = Written::parse(&source).unwrap().check(&source, &facts);
                assert!(experiment.is_ok(), "{} {text}: {}", preset.name, experiment.unwrap_err());
            }
        }
    }

    #[test]
    fn sizes_that_no_stages_make_are_refused() {
        let image: ImageSize = "30x30".parse().unwrap();
        assert!(networks("dense", image).is_ok());
        let error = networks("dcgan", image).unwrap_err().to_string();
        assert!(error.contains("makes 30x30x1") && error.contains("28, 32, 48"), "{error}");
        assert_eq!("64".parse(), Ok(ImageSize { height: 64, width: 64, channels: 1 }));
        for text in ["", "64x64x2", "0x64", "64x64x3x1", "5000x5000", "axb"] {
            assert!(text.parse::<ImageSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_tutorials_networks_have_its_parameters() {
        let tutorial = experiment("tutorial");
        assert_eq!(parameters(tutorial.generator.latent, &tutorial.generator.layers), 1_506_448);
        assert_eq!(parameters(tutorial.pixels(), &tutorial.discriminator.layers), 574_465);
        assert_eq!(tutorial.train.checkpoint_epochs, Some(15));
    }

    #[test]
    fn dense_has_the_tutorials_layer_sizes() {
        let (tutorial, dense) = (experiment("tutorial"), experiment("dense"));
        let sizes = |layers: &[LayerSpec]| {
            layers
                .iter()
                .filter_map(|l| if let LayerSpec::Dense { units, .. } = l { Some(*units) } else { None })
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(&tutorial.generator.layers), sizes(&dense.generator.layers));
        assert_eq!(sizes(&tutorial.discriminator.layers), sizes(&dense.discriminator.layers));
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        assert_eq!(
            find("dens").unwrap_err().to_string(),
            "no preset is called `dens`; did you mean `dense`?"
        );
        assert_eq!(find("tutorail").unwrap_err().nearest, Some("tutorial"));
        assert_eq!(find("mnits").unwrap_err().nearest, Some("mnist"));
        let far = find("stylegan").unwrap_err().to_string();
        assert_eq!(
            far,
            "no preset is called `stylegan`; there are mnist, fashion, tutorial, dense, dcgan, lsgan, wgan, wgan-gp, \
             hinge-sn, cgan, acgan, projection, r3gan, mnist-long-tail, stacked-mnist"
        );
        assert_eq!(find("").unwrap_err().nearest, None);
    }
}
