//! The model header: a description of the networks in a file, for every use except training.
//!
//! It is read leniently, so that files of later versions open if their [major version](Format) is the same. Unknown fields are
//! ignored, optional fields have defaults, and a field that no image depends on may have any content.

mod data;
mod format;

use std::path::Path;

use ::data::classes::Classes;
use nn::{Init, LayerSpec};
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};

pub use data::TrainingData;
pub use format::{FORMAT, Format};

/// The description of the networks in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the file's layout.
    pub format: Format,
    /// Version of the program that wrote the file.
    #[serde(default, deserialize_with = "if_known")]
    pub program: String,
    /// Height, width and channels of an image.
    pub image_shape: (usize, usize, usize),
    /// The values of a pixel.
    #[serde(default)]
    pub pixels: PixelRange,
    /// The input of the generator.
    pub latent: Latent,
    /// From a latent to an image.
    pub generator: GeneratorSpec,
    /// From images to a logit; none in a file of a generator alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<DiscriminatorSpec>,
    /// Labels are below this; 0: the training images have none.
    #[serde(default)]
    pub classes: usize,
    /// The classes' names by label; empty if the training images have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// The origin of the weights.
    #[serde(default, deserialize_with = "if_known")]
    pub provenance: Provenance,
    /// Scores of the generator's images. A checkpoint of training has none, because evaluations may depend on the clock.
    #[serde(default, deserialize_with = "if_known", skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Score>,
}

impl Header {
    /// The classes, with their names where they have any.
    pub fn label_classes(&self) -> Classes<'_> {
        Classes::new(self.classes, &self.class_names)
    }

    /// The header of a file for others: of paths, which name folders of one machine, only the last part is kept.
    pub fn shared(mut self) -> Header {
        let Provenance { data, description, judge, .. } = &mut self.provenance;
        let shared = last_part(&data.source);
        if !shared.is_empty() {
            *description = description.replace(&data.source, &shared);
        }
        data.source = shared;
        *judge = last_part(judge);
        self
    }
}

fn last_part(path: &str) -> String {
    Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A value that no image depends on. If this version cannot read it, it is the default.
fn if_known<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// The values that stand for black and for full intensity: a pixel is `low + (high - low) byte / 255`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelRange {
    /// Of byte 0.
    pub low: f32,
    /// Of byte 255.
    pub high: f32,
}

impl Default for PixelRange {
    fn default() -> PixelRange {
        PixelRange { low: -1.0, high: 1.0 }
    }
}

/// The generator's input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latent {
    /// Values of one latent.
    pub size: usize,
    /// The distribution that sampling draws it from.
    #[serde(default)]
    pub distribution: Distribution,
    /// Whether training drew half of each batch from a Gaussian fitted to the training images instead. Sampling does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub half_fitted: bool,
}

/// A distribution of latents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// `N(0, I)`.
    #[default]
    Normal,
}

/// The generator's architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorSpec {
    /// The initialiser of layers without one of their own.
    #[serde(default, deserialize_with = "if_known")]
    pub init: Init,
    /// From a latent to as many values as an image has.
    pub layers: Vec<LayerSpec>,
}

/// The discriminator's architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscriminatorSpec {
    /// The initialiser of layers without one of their own.
    #[serde(default, deserialize_with = "if_known")]
    pub init: Init,
    /// From an image, or a pack of images, to a logit.
    pub layers: Vec<LayerSpec>,
    /// Images that it judges at once, side by side in its channels.
    #[serde(default = "one")]
    pub packing: usize,
    /// The name of the loss that it was trained with, as in a config. Some losses do not put the border at a logit of 0.
    #[serde(default)]
    pub loss: String,
}

fn one() -> usize {
    1
}

/// The origin of a generator's weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The experiment's name: a preset's, or that of a config.
    pub name: String,
    /// One line of text about the experiment.
    pub description: String,
    /// The training images.
    pub data: TrainingData,
    /// Training images shown to the discriminator until now.
    pub images: u64,
    /// The seed of weights, noise and order.
    pub seed: u64,
    /// The judge of the run's own evaluations, by file; empty: the built-in one of the data.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub judge: String,
}

/// One metric of a generator's images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The metric's name, without the number of images.
    pub metric: String,
    /// Images of each kind that it compares.
    pub samples: usize,
    /// Of the generated images; null in the file if it is not finite.
    pub value: Option<f64>,
    /// The same of real images.
    #[serde(default)]
    pub floor: Option<f64>,
    /// The data that the judge learned.
    #[serde(default)]
    pub judge: String,
    /// SHA-256 of the judge, in hexadecimal: scores of different judges do not compare.
    #[serde(default)]
    pub judge_sha256: String,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The fields without which there is no generator.
    fn least() -> Value {
        json!({
            "format": "2.0", "image_shape": [2, 3, 1], "latent": { "size": 4 },
            "generator": { "layers": [{ "dense": 6 }, "tanh"] },
        })
    }

    fn read(header: Value) -> Result<Header, serde_json::Error> {
        serde_json::from_value(header)
    }

    #[test]
    fn what_is_missing_has_a_default() {
        let header = read(least()).unwrap();
        assert_eq!(
            (header.latent.distribution, header.pixels),
            (Distribution::Normal, PixelRange::default())
        );
        assert_eq!((header.classes, header.discriminator.as_ref()), (0, None));
        assert_eq!((header.provenance.images, header.metrics.len()), (0, 0));
        for needed in ["format", "image_shape", "latent", "generator"] {
            let mut header = least();
            header.as_object_mut().unwrap().remove(needed);
            assert!(read(header).unwrap_err().to_string().contains(needed), "{needed}");
        }
    }

    #[test]
    fn what_a_later_version_adds_or_changes_is_passed_over() {
        let mut header = least();
        header["format"] = json!("2.9");
        header["colour_space"] = json!("linear");
        header["latent"]["prior"] = json!([1, 2]);
        header["generator"]["init"] = json!("an initialiser of later");
        header["provenance"] = json!("a text");
        header["metrics"] = json!([{ "name": "of another kind" }]);
        let read = read(header).unwrap();
        assert_eq!(read.format, Format { major: 2, minor: 9 });
        assert_eq!((read.generator.init, read.provenance, read.metrics), Default::default());
    }

    #[test]
    fn what_images_depend_on_has_to_be_known() {
        for (key, value) in [("distribution", json!("uniform")), ("size", json!("many"))] {
            let mut header = least();
            header["latent"][key] = value;
            assert!(read(header).is_err(), "{key}");
        }
        let mut header = least();
        header["generator"]["layers"][1] = json!("a layer of later");
        assert!(read(header).is_err());
    }

    #[test]
    fn a_header_is_written_as_it_is_read() {
        let mut header = read(least()).unwrap();
        header.discriminator = Some(DiscriminatorSpec {
            init: Init::HeNormal,
            layers: header.generator.layers.clone(),
            packing: 2,
            loss: "hinge".into(),
        });
        header.provenance =
            Provenance { name: "n".into(), images: 1 << 60, seed: u64::MAX, ..Provenance::default() };
        header.metrics = vec![Score {
            metric: "kid".into(),
            samples: 100,
            value: None,
            floor: Some(0.1),
            judge: "mnist".into(),
            judge_sha256: "00".into(),
        }];
        let text = serde_json::to_string(&header).unwrap();
        assert_eq!(serde_json::from_str::<Header>(&text).unwrap(), header);
    }

    #[test]
    fn no_folder_of_a_machine_is_passed_on() {
        let mut header = read(least()).unwrap();
        header.provenance.data.source = "/home/me/cats".into();
        header.provenance.description = "The preset `mnist` on the data `/home/me/cats`".into();
        header.provenance.judge = "judges/cats.safetensors".into();
        let Provenance { data, description, judge, .. } = header.shared().provenance;
        assert_eq!((data.source.as_str(), judge.as_str()), ("cats", "cats.safetensors"));
        assert_eq!(description, "The preset `mnist` on the data `cats`");
    }
}
