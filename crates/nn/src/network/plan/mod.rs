//! From a spec to layers in their places: shapes, arena offsets, and who reads whose output.

mod single;
mod window;

use kernels::Activation;

use self::single::{MAX_NETWORK_VALUES, check_slope, check_values, layer};
use super::{Network, Node};
use crate::error::{Refusal, SpecError};
use crate::init::Init;
use crate::layer::Layer;
use crate::layers::Identity;
use crate::shape::Shape;
use crate::spec::LayerSpec;

/// Most layers of a network: a pass goes through them one inside the other, each on the stack.
const MAX_LAYERS: usize = 1000;

/// Where a layer stands, and what it may use.
struct Place {
    /// What its parameters' names begin with: its position in the spec, after that of the blocks around it.
    name: String,
    /// Shape of what it reads.
    shape: Shape,
    /// Planned layers before it: a number of its own.
    ordinal: usize,
    /// Next free value of the arena of weights, and of that of the state.
    offset: usize,
    state_offset: usize,
    /// Of the images' labels; 0: they have none.
    classes: usize,
    init: Init,
    /// The activation that follows, where the layer can apply it itself.
    activation: Activation,
}

impl Network {
    /// Plans the layers of `spec` for inputs of shape `input`; layers with weights that name no initialiser take `init`.
    ///
    /// An activation directly after a layer that can apply it itself is merged into it.
    ///
    /// # Errors
    /// [`SpecError`] naming the layer whose numbers make no network.
    pub fn new(spec: &[LayerSpec], input: Shape, init: Init) -> Result<Network, SpecError> {
        Network::conditional(spec, input, 0, init)
    }

    /// [`Network::new`] for images with labels below `classes`, which passes take from [`crate::Tape::labels_mut`].
    ///
    /// # Errors
    /// As `new`; and [`SpecError`] for a layer that needs labels where `classes` is 0.
    pub fn conditional(
        spec: &[LayerSpec],
        input: Shape,
        classes: usize,
        init: Init,
    ) -> Result<Network, SpecError> {
        if let Some(first) = spec.first() {
            check_values(input).map_err(|refusal| refusal.at(0, first.kind()))?;
        }
        let (nodes, parameters, state) = (Vec::new(), Vec::new(), Vec::new());
        let mut network = Network { input, classes, nodes, parameters, state };
        network.chain(spec, 0, "", init)?;
        network.order_visits();
        Ok(network)
    }

    /// Shape of record `record`: the input, or the output of the layer before it.
    pub(super) fn shape_of(&self, record: usize) -> Shape {
        record.checked_sub(1).map_or(self.input, |l| self.nodes[l].layer.output())
    }

    /// Appends a chain of layers that begins at record `from`. Returns the record it ends at.
    fn chain(
        &mut self,
        spec: &[LayerSpec],
        mut from: usize,
        prefix: &str,
        init: Init,
    ) -> Result<usize, SpecError> {
        let mut index = 0;
        while index < spec.len() {
            let follows = match (spec.get(index + 1), spec[index].merges_activation()) {
                (Some(LayerSpec::Activation(f)), true) => Some(*f),
                _ => None,
            };
            let refused = |index: usize, refusal: Refusal| refusal.at(index, spec[index].kind());
            let place = Place {
                name: format!("{prefix}{index}"),
                shape: self.shape_of(from),
                ordinal: self.nodes.len(),
                offset: self.parameter_count(),
                state_offset: self.state_count(),
                classes: self.classes,
                init,
                activation: follows.unwrap_or_default(),
            };
            from = match &spec[index] {
                LayerSpec::Residual { body, shortcut } => {
                    self.residual(body, shortcut, from, place).map_err(|inner| refused(index, inner))?
                }
                single => {
                    let layer = layer(single, place).map_err(|refusal| refused(index, refusal))?;
                    self.push(layer, from, None)
                }
            };
            self.check_size().map_err(|refusal| refused(index, refusal))?;
            if let Some(f) = follows {
                check_slope(f).map_err(|refusal| refused(index + 1, refusal))?;
            }
            index += 1 + usize::from(follows.is_some());
        }
        Ok(from)
    }

    /// Refuses layers that are small enough each, and too large together.
    fn check_size(&self) -> Result<(), Refusal> {
        if self.nodes.len() > MAX_LAYERS {
            return Err(Refusal::new("more layers than a network may have", format!("at most {MAX_LAYERS}")));
        }
        for (values, what) in [
            (self.parameter_count() as u64, "weights of all layers up to here"),
            (self.values_per_image(), "values of one image in all layers up to here"),
        ] {
            if values > MAX_NETWORK_VALUES as u64 {
                return Err(Refusal::new(
                    format!("{values} {what} are no network"),
                    format!("at most {MAX_NETWORK_VALUES}"),
                ));
            }
        }
        Ok(())
    }

    /// Appends `y = f(body(x) + shortcut(x))`.
    fn residual(
        &mut self,
        body: &[LayerSpec],
        shortcut: &[LayerSpec],
        from: usize,
        place: Place,
    ) -> Result<usize, Refusal> {
        let Place { name, init, activation, .. } = place;
        if body.is_empty() {
            return Err(Refusal::new("a residual block without layers", "{ residual = [{ conv = 64 }] }"));
        }
        let nested = |part: &str, e: SpecError| {
            Refusal::new(format!("{part}[{}], {}: {}", e.index, e.layer, e.message), e.hint)
        };
        let end = self.chain(body, from, &format!("{name}."), init).map_err(|e| nested("residual", e))?;
        let skip = self
            .chain(shortcut, from, &format!("{name}.shortcut."), init)
            .map_err(|e| nested("shortcut", e))?;
        let (shape, other) = (self.shape_of(end), self.shape_of(skip));
        if shape != other {
            return Err(Refusal::new(
                format!("the body ends at {shape} and the shortcut at {other}, which cannot be added"),
                format!("a shortcut = [..] to {shape}, by pooling, upsampling or a convolution"),
            ));
        }
        Ok(self.push(Box::new(Identity { kind: "residual", shape, activation }), end, Some(skip)))
    }

    fn push(&mut self, layer: Box<dyn Layer>, source: usize, skip: Option<usize>) -> usize {
        self.parameters.extend_from_slice(layer.parameters());
        self.state.extend_from_slice(layer.state());
        self.nodes.push(Node::new(layer, source, skip));
        self.nodes.len()
    }
}
