//! A generator with its weights, which samplers share.

use std::path::Path;

use nn::Network;

use crate::error::ModelError;
use crate::file::{ModelFile, write};
use crate::header::{DiscriminatorSpec, FORMAT, Header};
use crate::tensors::Tensors;
use crate::tensors::prefix::{AVERAGE, GENERATOR};
use crate::{memory, network};

/// Images generated at a time.
pub(crate) const BATCH: usize = 64;

/// The choice of weights in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// The moving average if there is one, otherwise the weights as trained.
    #[default]
    Average,
    /// The weights as trained.
    Raw,
}

/// A planned generator and its weights. Samplers share it, so it does not change.
#[derive(Debug)]
pub struct Generator {
    header: Header,
    network: Network,
    parameters: Vec<f32>,
    state: Vec<f32>,
    /// The prefix of its tensors in a file.
    prefix: &'static str,
}

impl Generator {
    /// The generator of a header with these weights and running statistics, in the layout of its network's arenas. `weights`
    /// names their kind.
    ///
    /// # Errors
    /// [`ModelError::Network`] if the header's layers are no network.
    ///
    /// # Panics
    /// If there are not as many weights as the network has.
    pub fn new(
        header: Header,
        parameters: Vec<f32>,
        state: Vec<f32>,
        weights: Weights,
    ) -> Result<Generator, ModelError> {
        let network = network::generator(&header)?;
        assert_eq!(
            (parameters.len(), state.len()),
            (network.parameter_count(), network.state_count()),
            "the arenas of one network"
        );
        let prefix = if weights == Weights::Average { AVERAGE } else { GENERATOR };
        Ok(Generator { header, network, parameters, state, prefix })
    }

    /// The generator of a file.
    ///
    /// # Errors
    /// [`ModelError`] if the file's header and tensors do not agree, if it lacks these weights, or if this machine has too little
    /// memory.
    pub fn from_file(file: &ModelFile, weights: Weights) -> Result<Generator, ModelError> {
        let header = file.header().clone();
        let network = network::generator(&header).map_err(|e| file.refuse(e.to_string()))?;
        if let Some(most) = memory::lacking(memory::of_sampling(&network, BATCH)) {
            let most = memory::in_words(most);
            return Err(file.refuse(format!("its generator takes more memory than this machine has, {most}")));
        }
        let prefix = match weights {
            Weights::Average if file.holds(AVERAGE) => AVERAGE,
            Weights::Raw if !file.holds(GENERATOR) && file.holds(AVERAGE) => {
                return Err(file.refuse("holds the average of the weights alone, not the weights as trained"));
            }
            _ => GENERATOR,
        };
        let mut parameters = vec![0.0; network.parameter_count()];
        file.load(prefix, network.parameters(), &mut parameters)?;
        let mut state = network.initial_state();
        file.load(prefix, network.state(), &mut state)?;
        Ok(Generator { header, network, parameters, state, prefix })
    }

    /// Writes the generator alone, without discriminator and training state. If this fails, an earlier file at `path` is unchanged.
    /// `header` replaces its own, and may differ in provenance and metrics.
    ///
    /// # Errors
    /// [`ModelError::Data`] if the file cannot be written.
    pub fn save(&self, path: &Path, header: Header) -> Result<(), ModelError> {
        let header = Header { format: FORMAT, discriminator: None::<DiscriminatorSpec>, ..header };
        let mut tensors = Tensors::default();
        tensors.add(self.prefix, self.network.parameters(), &self.parameters);
        tensors.add(self.prefix, self.network.state(), &self.state);
        write(path, &header, None, &tensors)
    }

    /// Its description, from its file.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The planned layers.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its weights, in the layout of the network's arena.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Its running statistics, in the layout of the network's arena of state.
    pub fn state(&self) -> &[f32] {
        &self.state
    }

    /// Whether a layer of it reads labels.
    pub fn reads_labels(&self) -> bool {
        self.network.labelled_layer().is_some()
    }

    /// The number of classes to choose from; 0 for a generator that takes no labels.
    pub fn classes(&self) -> usize {
        if self.reads_labels() { self.network.classes() } else { 0 }
    }

    /// The classes' names by label; empty if there are none, or for a generator that takes no labels.
    pub fn class_names(&self) -> &[String] {
        let names = &self.header.class_names;
        if names.len() == self.classes() { names } else { &[] }
    }

    /// The label of a class given by its name, or by its number where no name is a number.
    ///
    /// # Errors
    /// [`ModelError::Unconditional`], [`ModelError::UnknownClass`] or [`ModelError::UnknownLabel`] if there is no such class.
    pub fn class(&self, asked: &str) -> Result<u32, ModelError> {
        self.check_conditional()?;
        let names = self.class_names();
        if let Some(label) = names.iter().position(|name| name == asked) {
            return Ok(label as u32);
        }
        let numbered = !names.iter().any(|name| name.parse::<u32>().is_ok());
        if let Some(label) = asked.parse().ok().filter(|_| numbered) {
            return self.check_classes(&[label]).map(|()| label);
        }
        let classes = match names.is_empty() {
            true => format!("0 to {}", self.network.classes() - 1),
            false => names.iter().map(|name| data::shown(name)).collect::<Vec<_>>().join(", "),
        };
        Err(ModelError::UnknownClass { asked: asked.to_owned(), classes })
    }

    pub(crate) fn check_conditional(&self) -> Result<(), ModelError> {
        if self.reads_labels() { Ok(()) } else { Err(ModelError::Unconditional) }
    }

    pub(crate) fn check_classes(&self, labels: &[u32]) -> Result<(), ModelError> {
        let classes = self.network.classes();
        match labels.iter().find(|&&label| label as usize >= classes) {
            None => Ok(()),
            Some(&label) => Err(ModelError::UnknownLabel { label, classes }),
        }
    }
}
