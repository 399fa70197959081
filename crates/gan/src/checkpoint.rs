//! Checkpoints: a [model file](model::ModelFile) with the state of its training, so that a run continues exactly where it stopped.
//!
//! | tensor | content |
//! |---|---|
//! | `generator/NAME`, `discriminator/NAME`, `generator.average/NAME` | the model |
//! | `generator.optimizer.MOMENT/NAME`, `discriminator.optimizer.MOMENT/NAME` | the optimisers' moments |
//!
//! The header is read leniently, the training state strictly: a field that this version does not know would be lost.

use std::path::Path;

use data::ImageSet;
use model::header::{
    DiscriminatorSpec, Distribution, FORMAT, GeneratorSpec, Header, Latent, PixelRange, Provenance,
    TrainingData,
};
use model::{ModelError, ModelFile};
use nn::{Network, Optimizer};
use serde::{Deserialize, Serialize};

use crate::config::{BACKGROUND_BEFORE_THE_KEY, ConfigError, Experiment, Facts, Source};
use crate::error::GanError;
use crate::losses::Loss;
use crate::progress::Progress;

/// Most steps or images that a counter may have: 900 years at 10,000 a second.
pub const MAX_COUNT: u64 = 1 << 48;

/// The state of a run's training besides tensors and header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingState {
    /// The run's config, complete, as TOML.
    pub config: String,
    /// How far the run is.
    pub progress: Progress,
    /// Updates made by the generator's and the discriminator's optimiser.
    pub optimizer_steps: [u64; 2],
}

/// A model file whose training state was read.
#[derive(Debug)]
pub struct Checkpoint {
    file: ModelFile,
    state: TrainingState,
}

impl Checkpoint {
    /// Reads and verifies a file.
    ///
    /// # Errors
    /// [`GanError::Model`] if it cannot be read, or is truncated, altered, of a newer format, or no checkpoint; those of
    /// [`Checkpoint::from_file`].
    pub fn read(path: &Path) -> Result<Checkpoint, GanError> {
        Checkpoint::from_file(ModelFile::read(path)?)
    }

    /// Reads the training state of a file.
    ///
    /// # Errors
    /// [`GanError::NoTraining`] for a generator alone, [`GanError::Checkpoint`] if this version does not know the state.
    pub fn from_file(file: ModelFile) -> Result<Checkpoint, GanError> {
        let path = file.path();
        let training = file.training().ok_or_else(|| GanError::NoTraining { path: path.to_path_buf() })?;
        let state: TrainingState = serde_json::from_str(training)
            .map_err(|e| GanError::checkpoint(path, format!("its training state: {e}")))?;
        let (shown, header) = (state.progress.images, file.header().provenance.images);
        if shown != header {
            let message = format!("its header says {header} images, and its training state {shown}");
            return Err(GanError::checkpoint(path, message));
        }
        Ok(Checkpoint { file, state })
    }

    /// The model.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// The description of the model.
    pub fn header(&self) -> &Header {
        self.file.header()
    }

    /// The state of the training.
    pub fn state(&self) -> &TrainingState {
        &self.state
    }

    /// The file that it was read from.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The facts about the run's data.
    pub fn facts(&self) -> Facts {
        let Header { image_shape, classes, provenance, .. } = self.header();
        Facts { image_shape: *image_shape, images: provenance.data.images, classes: *classes }
    }

    /// The run's config, called `origin` in errors. A run from before the key `data.background` had transparent images on black, and
    /// continues so.
    ///
    /// # Errors
    /// None for a config that a run wrote.
    pub fn source(&self, origin: impl Into<String>) -> Result<Source, ConfigError> {
        source(&self.state.config, origin)
    }

    /// Refuses counters that no run can have reached: sums and products of them would overflow.
    pub(crate) fn check_counters(&self) -> Result<(), GanError> {
        let TrainingState { progress, optimizer_steps: [generator, discriminator], .. } = &self.state;
        let counters = [
            ("progress.images", progress.images),
            ("progress.steps", progress.steps),
            ("the generator's optimizer_steps", *generator),
            ("the discriminator's optimizer_steps", *discriminator),
        ];
        match counters.into_iter().find(|(_, count)| *count > MAX_COUNT) {
            Some((name, count)) => {
                let message = format!("{name} is {count}: no run comes further than {MAX_COUNT}");
                Err(GanError::checkpoint(self.path(), message))
            }
            None => Ok(()),
        }
    }

    /// Fills the moments of both optimisers, and sets their steps.
    ///
    /// # Errors
    /// As [`ModelFile::load`].
    pub(crate) fn load_optimizer(
        &self,
        player: &str,
        network: &Network,
        optimizer: &mut Optimizer,
    ) -> Result<(), ModelError> {
        for (moment, arena) in optimizer.moments_mut() {
            self.file.load(&moment_prefix(player, moment), network.parameters(), arena)?;
        }
        let [generator, discriminator] = self.state.optimizer_steps;
        optimizer.set_steps(if player == model::prefix::GENERATOR { generator } else { discriminator });
        Ok(())
    }
}

/// The prefix of the names of an optimiser's moments.
pub(crate) fn moment_prefix(player: &str, moment: &str) -> String {
    format!("{player}.optimizer.{moment}")
}

fn source(config: &str, origin: impl Into<String>) -> Result<Source, ConfigError> {
    let source = Source::new(config, origin);
    if config.lines().any(|line| line.trim_start().starts_with("background")) {
        return Ok(source);
    }
    let before = format!("data.background={BACKGROUND_BEFORE_THE_KEY}");
    source.with_overrides(&[before])
}

/// The model header of an experiment on these images, after `shown` images.
pub(crate) fn header(experiment: &Experiment, images: &ImageSet, shown: u64) -> Header {
    let Experiment { data, generator, discriminator, objective, train, eval, .. } = experiment;
    let training = TrainingData::of(&data.source, data.split.into(), &data.options);
    Header {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        image_shape: data.image_shape,
        pixels: PixelRange::default(),
        latent: Latent {
            size: generator.latent,
            distribution: Distribution::Normal,
            half_fitted: objective.loss == Loss::Constrained,
        },
        generator: GeneratorSpec { init: generator.init, layers: generator.layers.clone() },
        discriminator: Some(DiscriminatorSpec {
            init: discriminator.init,
            layers: discriminator.layers.clone(),
            packing: train.packing,
            loss: objective.loss.name().to_owned(),
        }),
        classes: data.classes,
        class_names: images.class_names().map(<[String]>::to_vec).unwrap_or_default(),
        provenance: Provenance {
            name: experiment.name.clone(),
            description: experiment.description.clone(),
            data: TrainingData { images: data.images, hash: Some(images.content_hash()), ..training },
            images: shown,
            seed: train.seed,
            judge: eval.judge.clone().unwrap_or_default(),
        },
        metrics: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Written;

    #[test]
    fn a_run_from_before_the_background_goes_on_on_black() {
        let background = |config: &str, set: &[String]| {
            let source = source(config, "x").unwrap().with_overrides(set).unwrap();
            Written::parse(&source).unwrap().data.background.0
        };
        let now = Written::default().to_toml().unwrap();
        let before = now.replace("background = \"white\"\n", "");
        assert_ne!(now, before);
        assert_eq!(background(&now, &[]), "white");
        assert_eq!(background(&before, &[]), "black");
        assert_eq!(background(&before, &["data.background=white".to_owned()]), "white");
    }

    #[test]
    fn a_training_state_of_a_later_version_is_refused() {
        let state =
            TrainingState { config: String::new(), progress: Progress::default(), optimizer_steps: [1, 2] };
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<TrainingState>(&text).unwrap(), state);
        let later = text.replacen('{', "{\"momentum\":1,", 1);
        assert!(serde_json::from_str::<TrainingState>(&later).unwrap_err().to_string().contains("momentum"));
    }
}
