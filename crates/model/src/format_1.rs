//! Files of format 1. They have no model header. It is derived from single keys of their config, so that no other key or value of
//! the config matters.

use data::{Background, ContentHash, Options, Split};
use nn::{Init, LayerSpec};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use toml::Table;

use crate::error::{altered, unknown_format};
use crate::header::{
    DiscriminatorSpec, Distribution, Format, GeneratorSpec, Header, Latent, PixelRange, Provenance,
    TrainingData,
};

/// Values of a latent if a config has no such key.
const LATENT: usize = 100;

/// The description in a file of format 1.
#[derive(Deserialize)]
struct Body {
    config: String,
    image_shape: (usize, usize, usize),
    #[serde(default)]
    images: usize,
    #[serde(default)]
    classes: usize,
    #[serde(default)]
    class_names: Vec<String>,
    #[serde(default)]
    data_hash: Option<ContentHash>,
    progress: Value,
    optimizer_steps: Value,
}

/// Refuses a description of another format.
pub(crate) fn check(body: &str) -> Result<(), String> {
    let version: Value = serde_json::from_str(body).map_err(|_| altered("its description does not parse"))?;
    match version.get("format").and_then(Value::as_u64) {
        Some(1) => Ok(()),
        Some(format) => Err(unknown_format(format)),
        None => Err(altered("its description names no format")),
    }
}

/// The header, and the training state as format 2 has it.
pub(crate) fn read(body: &str) -> Result<(Header, String), String> {
    let body: Body = serde_json::from_str(body).map_err(|e| altered(&format!("its description: {e}")))?;
    let config: Table = body.config.parse().map_err(|e| altered(&format!("its config is no TOML: {e}")))?;
    let training = json!({
        "config": body.config,
        "progress": body.progress,
        "optimizer_steps": body.optimizer_steps,
    });
    Ok((header(&Config(config), body)?, training.to_string()))
}

fn header(config: &Config, body: Body) -> Result<Header, String> {
    let loss: String = config.get("objective", "loss").unwrap_or_default();
    Ok(Header {
        format: Format { major: 1, minor: 0 },
        program: String::new(),
        image_shape: body.image_shape,
        pixels: PixelRange::default(),
        latent: Latent {
            size: config.get("generator", "latent").unwrap_or(LATENT),
            distribution: Distribution::Normal,
            half_fitted: loss == "constrained",
        },
        generator: GeneratorSpec { init: config.init("generator"), layers: config.layers("generator")? },
        discriminator: Some(DiscriminatorSpec {
            init: config.init("discriminator"),
            layers: config.layers("discriminator")?,
            packing: config.get("train", "packing").unwrap_or(1),
            loss,
        }),
        classes: body.classes,
        class_names: body.class_names,
        provenance: Provenance {
            name: config.text("name"),
            description: config.text("description"),
            data: TrainingData { images: body.images, hash: body.data_hash, ..config.data() },
            images: body.progress["images"].as_u64().unwrap_or(0),
            seed: config.get("train", "seed").unwrap_or(0),
            judge: config.get("eval", "judge").unwrap_or_default(),
        },
        metrics: Vec::new(),
    })
}

/// A config, of which single keys are read. A value of another type counts as missing.
struct Config(Table);

impl Config {
    fn get<T: DeserializeOwned>(&self, section: &str, key: &str) -> Option<T> {
        self.0.get(section)?.get(key)?.clone().try_into().ok()
    }

    fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(|text| text.as_str()).unwrap_or_default().to_owned()
    }

    fn init(&self, network: &str) -> Init {
        self.get(network, "init").unwrap_or_default()
    }

    fn layers(&self, network: &str) -> Result<Vec<LayerSpec>, String> {
        let written = self.0.get(network).and_then(|section| section.get("layers"));
        let written = written.ok_or_else(|| format!("its config has no `{network}.layers`"))?;
        written.clone().try_into().map_err(|e| format!("`{network}.layers` of its config: {e}"))
    }

    fn data(&self) -> TrainingData {
        let text = |key| self.get::<String>("data", key).unwrap_or_default();
        let options = Options {
            size: text("size").parse().ok(),
            channels: self.get("data", "channels").filter(|channels| [1, 3].contains(channels)),
            skip_broken: self.get("data", "skip_broken").unwrap_or(false),
            background: self.background(),
            // Configs of that format have no alpha.
            alpha: false,
        };
        let split = if text("split") == "test" { Split::Test } else { Split::Train };
        TrainingData::of(&text("source"), split, &options)
    }

    /// A grey level may be a number. Configs without this key put transparent images on black.
    fn background(&self) -> Background {
        let written = self.0.get("data").and_then(|data| data.get("background"));
        let text = written.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        text.map_or(Background::BLACK, |text| text.parse().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
        name = "small"
        later_key = 3
        [data]
        source = "photos"
        size = "32x48"
        [generator]
        latent = 7
        layers = [{ dense = 24 }, "tanh"]
        [discriminator]
        layers = [{ dense = 1 }]
        [objective]
        loss = "a loss that is gone"
        [train]
        seed = 5
        batch_size = "a value that no program accepts"
        [eval]
        best = "a metric that is gone"
    "#;

    fn body(config: &str) -> String {
        json!({
            "format": 1, "config": config, "image_shape": [2, 3, 4], "images": 60, "classes": 2, "class_names": ["a", "b"],
            "progress": { "images": 128, "steps": u64::MAX }, "optimizer_steps": [8, 9], "later": true,
        })
        .to_string()
    }

    #[test]
    fn a_config_that_trains_no_more_gives_a_header() {
        let (header, training) = read(&body(CONFIG)).unwrap();
        assert_eq!((header.image_shape, header.latent.size, header.classes), ((2, 3, 4), 7, 2));
        assert_eq!(header.generator.layers.len(), 2);
        let Provenance { name, data, images, seed, .. } = &header.provenance;
        assert_eq!((name.as_str(), data.source.as_str(), *images, *seed), ("small", "photos", 128, 5));
        assert_eq!((data.size.as_str(), data.images, data.background.as_str()), ("32x48", 60, "black"));
        let discriminator = header.discriminator.unwrap();
        assert_eq!((discriminator.packing, discriminator.loss.as_str()), (1, "a loss that is gone"));
        let training: Value = serde_json::from_str(&training).unwrap();
        assert_eq!((&training["progress"]["steps"], &training["config"]), (&json!(u64::MAX), &json!(CONFIG)));
    }

    #[test]
    fn the_background_is_that_of_the_config() {
        for (written, expected) in [
            ("background = \"white\"", Background::WHITE),
            ("background = 128", Background { rgb: [128; 3] }),
            ("", Background::BLACK),
        ] {
            let config = Config(format!("[data]\n{written}").parse().unwrap());
            assert_eq!(config.background(), expected, "{written}");
        }
    }

    #[test]
    fn other_formats_and_missing_layers_are_refused() {
        assert!(check(&body("")).is_ok());
        assert!(check("{\"format\": 3}").unwrap_err().contains("formats 1 and 2"));
        assert!(check("{}").is_err() && check("no").is_err());
        assert!(read(&body("[generator]")).unwrap_err().contains("no `generator.layers`"));
        assert!(read(&body("not = toml = at all")).is_err());
    }
}
