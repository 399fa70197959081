//! Saving and restoring: checkpoints, weights alone, and a sampler of the generator.

use std::mem::discriminant;
use std::path::Path;
use std::sync::Arc;

use model::header::Header;
use model::prefix::{AVERAGE, DISCRIMINATOR, GENERATOR};
use model::{Generator, ModelFile, Sampler, Tensors, Weights, identity};
use nn::Rule;

use super::Trainer;
use crate::checkpoint::{Checkpoint, TrainingState, header, moment_prefix};
use crate::config::{Experiment, Written};
use crate::error::GanError;
use crate::not_finite::view_not_finite;

impl Trainer {
    /// Takes the weights of both networks from a file, but neither optimisers nor counters. So one player can be trained against an
    /// earlier state of the other.
    ///
    /// # Errors
    /// [`GanError::Model`] if it holds other networks, or a generator alone.
    pub fn take_weights(&mut self, file: &ModelFile) -> Result<(), GanError> {
        if !file.holds(GENERATOR) || !file.holds(DISCRIMINATOR) {
            return Err(file.refuse("holds a generator alone: training needs both networks").into());
        }
        for (name, player) in [(GENERATOR, &mut self.generator), (DISCRIMINATOR, &mut self.discriminator)] {
            file.load(name, player.network.parameters(), &mut player.parameters)?;
            file.load(name, player.network.state(), &mut player.state)?;
        }
        if let Some(average) = &mut self.average {
            average.copy_from_slice(&self.generator.parameters);
        }
        Ok(())
    }

    /// Lets [`Trainer::restore`] go on from checkpoints that were trained on as many other images. The run is then no longer
    /// the one that its seed gives.
    pub fn accept_other_data(&mut self) {
        self.accepts_other_data = true;
    }

    /// Takes everything from a checkpoint of this run: the next step is the one that would have followed.
    ///
    /// # Errors
    /// [`GanError::Model`] or [`GanError::Checkpoint`] if it holds other networks or optimisers, [`GanError::OtherData`] if it was
    /// trained on other images, labels or classes, unless these are accepted.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), GanError> {
        checkpoint.check_counters()?;
        self.check_continues(checkpoint)?;
        if !self.accepts_other_data
            && let Some(what) = identity::difference(&self.images, checkpoint.header())
        {
            let classes = identity::lists(&self.images, checkpoint.header());
            return Err(GanError::OtherData { path: checkpoint.path().to_path_buf(), what, classes });
        }
        self.take_weights(checkpoint.file())?;
        for (name, player) in [(GENERATOR, &mut self.generator), (DISCRIMINATOR, &mut self.discriminator)] {
            checkpoint.load_optimizer(name, &player.network, &mut player.optimizer)?;
        }
        if let Some(average) = &mut self.average {
            checkpoint.file().load(AVERAGE, self.generator.network.parameters(), average)?;
        }
        self.progress = checkpoint.state().progress.clone();
        // Every checkpoint that is restored later is of the same run, even if it is from before its data changed.
        self.accepts_other_data = true;
        Ok(())
    }

    /// What the counters and moments of a checkpoint mean depends on the batch size, the data and the rules:
    /// another choice of them is another run.
    fn check_continues(&self, checkpoint: &Checkpoint) -> Result<(), GanError> {
        let (now, before) = (&self.experiment, experiment_of(checkpoint)?);
        let kind = |rule: Rule| discriminant(&rule);
        let what = if before.train.batch_size != now.train.batch_size {
            format!("train.batch_size is {} here and was {}", now.train.batch_size, before.train.batch_size)
        } else if (before.data.images, before.data.image_shape) != (now.data.images, now.data.image_shape) {
            format!("the data has {} images here and had {}", now.data.images, before.data.images)
        } else if before.data.balanced_classes != now.data.balanced_classes {
            "data.balanced_classes, which orders the data, is another".to_string()
        } else if kind(before.optimizer.generator) != kind(now.optimizer.generator)
            || kind(before.optimizer.discriminator) != kind(now.optimizer.discriminator)
        {
            "an optimizer's kind is another".to_string()
        } else {
            return Ok(());
        };
        let message = format!("of another run: {what}; its weights alone can begin a new one");
        Err(GanError::checkpoint(checkpoint.path(), message))
    }

    /// Writes a checkpoint. If this fails, an earlier file at `path` is unchanged.
    ///
    /// # Errors
    /// [`GanError`] if the file cannot be written, or if anything that it would hold is not finite: such a checkpoint is
    /// never saved.
    pub fn save(&mut self, path: &Path) -> Result<(), GanError> {
        if let Some(what) = self.first_not_finite() {
            return Err(self.diverged(what));
        }
        let average_state = self.average_state();
        let statistics = self.generator.network.state();
        if let Some(what) = view_not_finite("running statistics", AVERAGE, statistics, &average_state) {
            return Err(self.diverged(what));
        }
        let mut tensors = Tensors::default();
        for (name, player) in [(GENERATOR, &self.generator), (DISCRIMINATOR, &self.discriminator)] {
            let views = player.network.parameters();
            tensors.add(name, views, &player.parameters);
            tensors.add(name, player.network.state(), &player.state);
            for (moment, arena) in player.optimizer.moments() {
                tensors.add(&moment_prefix(name, moment), views, arena);
            }
        }
        if let Some(average) = &self.average {
            tensors.add(AVERAGE, self.generator.network.parameters(), average);
            tensors.add(AVERAGE, self.generator.network.state(), &average_state);
        }
        let state = TrainingState {
            config: self.config.clone(),
            progress: self.progress.clone(),
            optimizer_steps: [self.generator.optimizer.steps(), self.discriminator.optimizer.steps()],
        };
        let state = serde_json::to_string(&state)
            .map_err(|e| GanError::checkpoint(path, format!("cannot describe the run: {e}")))?;
        Ok(model::write(path, &self.header(), Some(state), &tensors)?)
    }

    /// A sampler of the generator as it is now: the average where there is one.
    ///
    /// # Errors
    /// [`GanError::Model`] never in practice: the networks were planned before.
    pub fn sampler(&self) -> Result<Sampler, GanError> {
        let (parameters, state, weights) = match &self.average {
            Some(average) => (average.clone(), self.average_state(), Weights::Average),
            None => (self.generator.parameters.clone(), self.generator.state.clone(), Weights::Raw),
        };
        let generator = Generator::new(self.header(), parameters, state, weights)?;
        Ok(Sampler::new(Arc::new(generator), self.threads))
    }

    fn header(&self) -> Header {
        header(&self.experiment, &self.images, self.progress.images)
    }
}

/// The experiment that a checkpoint's config describes.
///
/// # Errors
/// [`GanError::Config`] if its config no longer passes the rules.
fn experiment_of(checkpoint: &Checkpoint) -> Result<Experiment, GanError> {
    let source = checkpoint.source(checkpoint.path().display().to_string())?;
    let written = Written::parse(&source)?;
    Ok(written.check(&source, &checkpoint.facts())?)
}
