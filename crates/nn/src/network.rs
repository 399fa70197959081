//! A network: layers planned from a spec. `passes` runs them in four directions over a [`Tape`].

use kernels::{Activation, Threads};

use crate::layer::{Layer, Mode, Pass};
use crate::parameter::{Parameter, start};
use crate::shape::Shape;
use crate::tape::{Tape, TapeParts};

mod passes;
mod plan;

pub use passes::WeightGrad;
pub(crate) use passes::{Input, Way, layer_weight_update};

/// Layers and the layout of their arenas. The weights themselves are the caller's: `&[f32]` of
/// [`Network::parameter_count`] values.
#[derive(Debug)]
pub struct Network {
    input: Shape,
    /// Images have labels below this; 0: they have none.
    classes: usize,
    /// Layers in an order in which each comes after what it reads.
    pub(crate) nodes: Vec<Node>,
    parameters: Vec<Parameter>,
    state: Vec<Parameter>,
}

/// A layer in its place: it reads record `source` of the tape and writes the record after its own position.
/// Record 0 is the network's input.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) layer: Box<dyn Layer>,
    pub(crate) source: usize,
    /// The second summand of a residual block.
    pub(crate) skip: Option<usize>,
    /// On the way back, when the cotangents of `source` and of `skip` are visited.
    visits: [Visit; 2],
}

/// Which of the layers that read a record a layer is, on the way back. The first writes the record's
/// cotangent, later ones add to it, the last applies the derivative of the record's activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Visit {
    first: bool,
    last: bool,
}

impl Node {
    fn new(layer: Box<dyn Layer>, source: usize, skip: Option<usize>) -> Node {
        Node { layer, source, skip, visits: Default::default() }
    }

    /// The records it reads, and when.
    fn edges(&self) -> impl Iterator<Item = (usize, Visit)> {
        [(Some(self.source), self.visits[0]), (self.skip, self.visits[1])]
            .into_iter()
            .filter_map(|(record, visit)| Some((record?, visit)))
    }
}

impl Network {
    /// Shape of one input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of one output.
    pub fn output(&self) -> Shape {
        self.shape_of(self.nodes.len())
    }

    /// The last layer's activation.
    pub fn output_activation(&self) -> Activation {
        self.activation_of(self.nodes.len())
    }

    /// Named views into the arena of weights.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Named views into the arena of state: running statistics and the directions of spectral normalisation.
    pub fn state(&self) -> &[Parameter] {
        &self.state
    }

    /// Values in the arena of weights.
    pub fn parameter_count(&self) -> usize {
        self.parameters.last().map_or(0, |p| p.range.end)
    }

    /// Values that the input and all layers make of one image: what a batch needs so many times.
    pub fn values_per_image(&self) -> u64 {
        (0..=self.nodes.len()).map(|record| self.shape_of(record).values() as u64).sum()
    }

    /// Values in the arena of state.
    pub fn state_count(&self) -> usize {
        self.state.last().map_or(0, |p| p.range.end)
    }

    /// Kind, output shape, number of parameters and product operations of one image for every planned layer.
    pub fn summary(&self) -> impl Iterator<Item = (String, Shape, usize, u64)> {
        self.layers().map(|l| {
            let kind = match l.activation() {
                Activation::Identity => l.kind().to_string(),
                f if f.name() == l.kind() => l.kind().to_string(),
                f => format!("{} + {}", l.kind(), f.name()),
            };
            (kind, l.output(), l.parameters().iter().map(|p| p.range.len()).sum(), l.product_flops())
        })
    }

    /// Operations in the products of one direction for one image (a multiply-add counts as two).
    pub fn product_flops(&self) -> u64 {
        self.layers().map(|l| l.product_flops()).sum()
    }

    /// Operations in the first layer's product: what a pass that needs no input cotangent does without.
    pub fn first_product_flops(&self) -> u64 {
        self.nodes.iter().filter(|n| n.source == 0).map(|n| n.layer.product_flops()).sum()
    }

    /// Kind of the first layer whose images interact in training (batch normalisation), if any.
    pub fn interacting_layer(&self) -> Option<&'static str> {
        self.layers().find(|l| l.interacts()).map(|l| l.kind())
    }

    /// Fresh weights: a function of the seed and `stream` alone.
    pub fn initial_parameters(&self, seed: u64, stream: u64) -> Vec<f32> {
        let mut arena = vec![0.0; self.parameter_count()];
        start(&self.parameters, seed, stream, &mut arena);
        arena
    }

    /// Fresh state: running statistics of mean 0 and variance 1, and random directions for spectral
    /// normalisation, always the same. Before weights are used with it, [`Network::settle`] it.
    pub fn initial_state(&self) -> Vec<f32> {
        let mut arena = vec![0.0; self.state_count()];
        start(&self.state, 0, 0, &mut arena);
        arena
    }

    /// Turns the directions of spectral normalisation in fresh state towards those of the weights, by 15
    /// power iterations (as PyTorch does where it wraps a layer). Running statistics stay.
    pub fn settle(&self, threads: Threads, parameters: &[f32], state: &mut [f32]) {
        for layer in self.layers() {
            layer.settle(threads, &parameters[layer.range()], state);
        }
    }

    /// Kind of the first layer that is not piecewise linear in its input for fixed masks, if any: a penalty
    /// on the input gradient then has second-order terms that no jvp gives.
    pub fn curved_layer(&self) -> Option<&'static str> {
        self.layers()
            .find(|l| !l.piecewise_linear() || !l.activation().is_piecewise_linear())
            .map(|l| if l.piecewise_linear() { l.activation().name() } else { l.kind() })
    }

    /// Images' labels are below this; 0: they have none.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Kind of the first layer that reads the images' labels, if any.
    pub fn labelled_layer(&self) -> Option<&'static str> {
        self.layers().find(|l| l.reads_labels()).map(|l| l.kind())
    }

    /// Shape of what the last layer reads: the features of a discriminator.
    pub fn features(&self) -> Shape {
        self.shape_of(self.features_record())
    }

    pub(crate) fn features_record(&self) -> usize {
        self.nodes.last().map_or(0, |n| n.source)
    }

    fn layers(&self) -> impl Iterator<Item = &dyn Layer> {
        self.nodes.iter().map(|n| n.layer.as_ref())
    }

    /// The activation that wrote record `record`.
    fn activation_of(&self, record: usize) -> Activation {
        record.checked_sub(1).map_or(Activation::Identity, |l| self.nodes[l].layer.activation())
    }

    /// The same network with the large weights of its dense layers in panels, which training reads and updates faster. Outputs,
    /// cotangents and weights keep their bits; only their places in the arenas differ, which [`Parameter::values`] and
    /// [`Parameter::set`] translate.
    pub fn in_panels(mut self) -> Network {
        self.nodes.iter_mut().for_each(|node| node.layer.store_in_panels());
        self.parameters = self.layers().flat_map(|layer| layer.parameters().to_vec()).collect();
        self
    }

    /// Plans the buffers of passes over up to `capacity` images.
    pub fn tape(&self, capacity: usize, parts: TapeParts) -> Tape {
        let widths = (0..=self.nodes.len()).map(|record| self.shape_of(record).values()).collect();
        let kept = self.layers().map(|layer| layer.kept(capacity)).collect();
        let added = |node: &Node| node.edges().any(|(_, visit)| !visit.first);
        let scratch = self.nodes.iter().filter(|n| added(n)).map(|n| self.shape_of(n.source).values()).max();
        let features = self.features().values();
        Tape::new(capacity, widths, kept, scratch.unwrap_or(0), features, parts)
    }

    pub(crate) fn pass<'a>(&self, threads: Threads, mode: Mode, batch: usize, labels: &'a [u32]) -> Pass<'a> {
        Pass { threads, batch, mode, labels: &labels[..if self.classes > 0 { batch } else { 0 }] }
    }

    /// Finds out, for every record, which layer visits its cotangent first and which last on the way back.
    fn order_visits(&mut self) {
        let mut visited = vec![false; self.nodes.len() + 1];
        let mut last = vec![None; self.nodes.len() + 1];
        for l in (0..self.nodes.len()).rev() {
            let node = &self.nodes[l];
            for (edge, record) in [Some(node.source), node.skip].into_iter().enumerate() {
                let Some(record) = record else { continue };
                let first = !std::mem::replace(&mut visited[record], true);
                self.nodes[l].visits[edge].first = first;
                last[record] = Some((l, edge));
            }
        }
        for (l, edge) in last.into_iter().flatten() {
            self.nodes[l].visits[edge].last = true;
        }
    }
}

#[cfg(test)]
mod tests;
