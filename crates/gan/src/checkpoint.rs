//! Checkpoints: one `.safetensors` file that holds all a run needs to go on exactly, and to sample.
//!
//! | tensor | content |
//! |---|---|
//! | `generator/NAME`, `discriminator/NAME` | weights and running statistics, `NAME` as in [`nn::Parameter`] |
//! | `generator.average/NAME` | the average's weights, and running statistics recomputed for them |
//! | `generator.optimizer.MOMENT/NAME`, `discriminator.optimizer.MOMENT/NAME` | the optimisers' moments |
//!
//! The metadata key `ganymede` is a JSON text: the format's version, the config, the counters, and a SHA-256 of these
//! and of every tensor, so that an altered file is known as such.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use data::classes::Classes;
use nn::{Network, Optimizer, Parameter};
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::BACKGROUND_BEFORE_THE_KEY;
use crate::config::{ConfigError, Facts, Source};
use crate::error::GanError;
use crate::progress::Progress;

/// Version of the layout above. A newer one is refused.
pub const FORMAT: u32 = 1;
const METADATA_KEY: &str = "ganymede";
/// Most steps or images that a counter may have: 900 years at 10,000 a second.
pub const MAX_COUNT: u64 = 1 << 48;
/// Largest file read: far above any network this engine trains.
const MAX_BYTES: u64 = 16 << 30;

/// What a checkpoint says beside its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Layout version.
    pub format: u32,
    /// The run's config, complete, as TOML.
    pub config: String,
    /// Height, width and channels of an image.
    pub image_shape: (usize, usize, usize),
    /// Images in the training set.
    pub images: usize,
    /// Labels of the training set are below this; 0: there are none.
    #[serde(default)]
    pub classes: usize,
    /// Their names, where the data gave them any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// What the images and labels were, as hashes; none in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_hash: Option<data::ContentHash>,
    /// How far the run was.
    pub progress: Progress,
    /// Updates made by the generator's and the discriminator's optimiser.
    pub optimizer_steps: [u64; 2],
}

impl Description {
    /// What the run's data was.
    pub fn facts(&self) -> Facts {
        Facts { image_shape: self.image_shape, images: self.images, classes: self.classes }
    }

    /// The classes of the training set, with their names where it had names.
    pub fn label_classes(&self) -> Classes<'_> {
        Classes::new(self.classes, &self.class_names)
    }

    /// The run's config, called `origin` in errors. A run from before `data.background` was there took transparent
    /// images on black, and goes on so.
    ///
    /// # Errors
    /// None for a config that a run wrote.
    pub fn source(&self, origin: impl Into<String>) -> Result<Source, ConfigError> {
        let source = Source::new(self.config.clone(), origin);
        if self.config.lines().any(|line| line.trim_start().starts_with("background")) {
            return Ok(source);
        }
        let before = format!("data.background={BACKGROUND_BEFORE_THE_KEY}");
        source.with_overrides(&[before])
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    sha256: String,
    body: String,
}

/// Named tensors to be written, in order. Those whose arena holds them in another order than a file are translated one by one,
/// so that no second arena is ever held.
#[derive(Default)]
pub(crate) struct Tensors<'a>(Vec<(String, Tensor<'a>)>);

/// A view of an arena.
#[derive(Clone, Copy)]
struct Tensor<'a> {
    parameter: &'a Parameter,
    arena: &'a [f32],
}

impl<'a> Tensor<'a> {
    fn bytes(self) -> Cow<'a, [u8]> {
        match self.parameter.values(self.arena) {
            Cow::Borrowed(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
            Cow::Owned(values) => Cow::Owned(bytemuck::cast_slice(&values).to_vec()),
        }
    }
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.parameter.dimensions
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes()
    }

    fn data_len(&self) -> usize {
        4 * self.parameter.range.len()
    }
}

impl<'a> Tensors<'a> {
    /// Adds the views `parameters` of `arena` under `prefix/`.
    pub(crate) fn add(&mut self, prefix: &str, parameters: &'a [Parameter], arena: &'a [f32]) {
        let named = |p: &'a Parameter| (format!("{prefix}/{}", p.name), Tensor { parameter: p, arena });
        self.0.extend(parameters.iter().map(named));
    }

    /// Adds an optimiser's moments.
    pub(crate) fn add_optimizer(&mut self, player: &str, network: &'a Network, optimizer: &'a Optimizer) {
        for (moment, arena) in optimizer.moments() {
            self.add(&format!("{player}.optimizer.{moment}"), network.parameters(), arena);
        }
    }
}

/// A hash of the description and of all tensors by their names, `bytes` of one at a time.
fn seal<'a, T: Copy>(
    body: &str,
    mut tensors: Vec<(&'a str, T)>,
    bytes: impl Fn(T) -> Cow<'a, [u8]>,
) -> String {
    tensors.sort_unstable_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    hash.update(body);
    for (name, tensor) in tensors {
        hash.update(name);
        hash.update(bytes(tensor));
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes a checkpoint: whole, or not at all.
pub(crate) fn write(path: &Path, description: &Description, tensors: &Tensors) -> Result<(), GanError> {
    let refuse = |message: String| GanError::Checkpoint { path: path.to_path_buf(), message };
    let body =
        serde_json::to_string(description).map_err(|e| refuse(format!("cannot describe the run: {e}")))?;
    let named = || tensors.0.iter().map(|(name, tensor)| (name.as_str(), *tensor));
    let sha256 = seal(&body, named().collect(), Tensor::bytes);
    let sealed = serde_json::to_string(&Sealed { sha256, body }).map_err(|e| refuse(e.to_string()))?;
    // One key only: the order of several would follow the map's own whim, and the bytes with it.
    let metadata = HashMap::from([(METADATA_KEY.to_string(), sealed)]);
    let file = safetensors::serialize(named(), Some(metadata)).map_err(|e| refuse(e.to_string()))?;
    data::write_atomic(path, |out| out.write_all(&file).map_err(|e| data::DataError::io(path, "write", e)))?;
    Ok(())
}

/// A checkpoint that was read whole and is what it was when written.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    bytes: Vec<u8>,
    description: Description,
}

impl Checkpoint {
    /// Reads and verifies a file.
    ///
    /// # Errors
    /// [`GanError::Io`] if it cannot be read, [`GanError::Checkpoint`] if it is truncated, altered, of a newer format, or
    /// no checkpoint.
    pub fn read(path: &Path) -> Result<Checkpoint, GanError> {
        let refuse = |message: String| GanError::Checkpoint { path: path.to_path_buf(), message };
        let (mut opened, metadata) = data::open_regular(path)?;
        let size = metadata.len();
        if size > MAX_BYTES {
            return Err(refuse(format!("{size} bytes is more than any checkpoint has ({MAX_BYTES})")));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        opened.read_to_end(&mut bytes).map_err(|e| GanError::io(path, "read", e))?;
        let damaged = |e: safetensors::SafeTensorError| refuse(format!("truncated or no checkpoint: {e}"));
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(damaged)?;
        let sealed = header.metadata().as_ref().and_then(|m| m.get(METADATA_KEY));
        let sealed = sealed.ok_or_else(|| {
            refuse(
                "a safetensors file, but not a checkpoint of Ganymede: it has no `ganymede` metadata".into(),
            )
        })?;
        let altered = |what: &str| refuse(format!("altered since it was written: {what}"));
        let sealed: Sealed =
            serde_json::from_str(sealed).map_err(|_| altered("its description does not parse"))?;
        // The version first: a newer format may describe itself in other words.
        let version: serde_json::Value =
            serde_json::from_str(&sealed.body).map_err(|_| altered("its description does not parse"))?;
        match version.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => {
                return Err(refuse(format!(
                    "format {format}; this program reads format {FORMAT}: use a newer version of it"
                )));
            }
            None => return Err(altered("it names no format")),
        }
        let hash = {
            let named: Vec<(&str, &[u8])> = tensors.iter().map(|(n, v)| (n, v.data())).collect();
            seal(&sealed.body, named, Cow::Borrowed)
        };
        if hash != sealed.sha256 {
            return Err(altered("its content does not match its SHA-256"));
        }
        let description =
            serde_json::from_str(&sealed.body).map_err(|e| altered(&format!("its description: {e}")))?;
        Ok(Checkpoint { path: path.to_path_buf(), bytes, description })
    }

    /// What it says beside its tensors.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The file it came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn tensors(&self) -> Result<SafeTensors<'_>, GanError> {
        SafeTensors::deserialize(&self.bytes).map_err(|e| self.refuse(e.to_string()))
    }

    fn refuse(&self, message: String) -> GanError {
        GanError::Checkpoint { path: self.path.clone(), message }
    }

    /// Whether it holds an average of the generator's weights.
    pub fn has_average(&self) -> bool {
        self.tensors().is_ok_and(|t| t.names().iter().any(|n| n.starts_with("generator.average/")))
    }

    /// Fills the views `parameters` of `arena` from the tensors under `prefix/`.
    ///
    /// # Errors
    /// [`GanError::Checkpoint`] naming the first tensor that is missing, has other dimensions, or is not finite.
    pub fn load(&self, prefix: &str, parameters: &[Parameter], arena: &mut [f32]) -> Result<(), GanError> {
        let tensors = self.tensors()?;
        for p in parameters {
            let name = format!("{prefix}/{}", p.name);
            let other = |what: String| self.refuse(format!("of another network: {what}"));
            let tensor = tensors.tensor(&name).map_err(|_| other(format!("it has no tensor `{name}`")))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != p.dimensions {
                return Err(other(format!("`{name}` is {:?}, expected {:?}", tensor.shape(), p.dimensions)));
            }
            let four = tensor.data().chunks_exact(4);
            let values: Vec<f32> = four.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            // No file of ours has them, and none is of use: whatever they touch becomes like them.
            if !kernels::sums::all_finite(&values) {
                return Err(self.refuse(format!("`{name}` holds numbers that are not finite")));
            }
            if p.name.ends_with("running_variance") && values.iter().any(|&value| value < 0.0) {
                return Err(self.refuse(format!("`{name}` holds variances below 0")));
            }
            p.set(&values, arena);
        }
        Ok(())
    }

    /// Refuses counters that no run can have reached: sums and products of them would overflow.
    pub(crate) fn check_counters(&self) -> Result<(), GanError> {
        let Description { progress, optimizer_steps: [generator, discriminator], .. } = &self.description;
        let counters = [
            ("progress.images", progress.images),
            ("progress.steps", progress.steps),
            ("the generator's optimizer_steps", *generator),
            ("the discriminator's optimizer_steps", *discriminator),
        ];
        match counters.into_iter().find(|(_, count)| *count > MAX_COUNT) {
            Some((name, count)) => {
                Err(self.refuse(format!("{name} is {count}: no run comes further than {MAX_COUNT}")))
            }
            None => Ok(()),
        }
    }

    /// Fills an optimiser's moments.
    ///
    /// # Errors
    /// As [`Checkpoint::load`].
    pub fn load_optimizer(
        &self,
        player: &str,
        network: &Network,
        optimizer: &mut Optimizer,
    ) -> Result<(), GanError> {
        for (moment, arena) in optimizer.moments_mut() {
            self.load(&format!("{player}.optimizer.{moment}"), network.parameters(), arena)?;
        }
        let [generator, discriminator] = self.description.optimizer_steps;
        optimizer.set_steps(if player == "generator" { generator } else { discriminator });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Written;

    #[test]
    fn a_run_from_before_the_background_goes_on_on_black() {
        let described = |config: String| Description {
            format: FORMAT,
            config,
            image_shape: (2, 2, 1),
            images: 8,
            classes: 0,
            class_names: Vec::new(),
            data_hash: None,
            progress: Progress::default(),
            optimizer_steps: [0; 2],
        };
        let background = |config: String, set: &[String]| {
            let source = described(config).source("x").unwrap().with_overrides(set).unwrap();
            Written::parse(&source).unwrap().data.background.0
        };
        let now = Written::default().to_toml().unwrap();
        let before = now.replace("background = \"white\"\n", "");
        assert_ne!(now, before);
        assert_eq!(background(now, &[]), "white");
        assert_eq!(background(before.clone(), &[]), "black");
        assert_eq!(background(before, &["data.background=white".to_owned()]), "white");
    }
}
