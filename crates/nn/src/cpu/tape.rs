//! The buffers of one pass through a network, made once.

use std::ops::Range;

use crate::plan::Plan;

/// Which buffers a tape has beside the outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TapeParts {
    /// Cotangents of every layer: for [`crate::Network::vjp`] and [`crate::Network::weight_grad`].
    pub cotangents: bool,
    /// The cotangent of the input, for up to so many rows.
    pub input_cotangents: bool,
    /// Tangents of every layer: for [`crate::Network::jvp`].
    pub tangents: bool,
    /// A cotangent of the features: for [`Tape::features_cotangent_mut`].
    pub features_cotangent: bool,
}

/// `[capacity, width]` values: an activation, its tangent, or the cotangent of the input of the function that wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    /// Values of one image.
    pub(crate) width: usize,
    values: Vec<f32>,
}

impl Buffer {
    fn new(capacity: usize, width: usize, wanted: bool) -> Buffer {
        Buffer { width, values: vec![0.0; if wanted { capacity * width } else { 0 }] }
    }

    pub(crate) fn rows(&self, rows: &Range<usize>) -> &[f32] {
        &self.values[rows.start * self.width..rows.end * self.width]
    }

    pub(crate) fn rows_mut(&mut self, rows: &Range<usize>) -> &mut [f32] {
        &mut self.values[rows.start * self.width..rows.end * self.width]
    }
}

/// Outputs, cotangents and tangents of every layer for a batch of up to `capacity` images.
///
/// Filled by the directions of the [`crate::Network`] that made it, in order: `input_mut`, `forward`, a seed,
/// `vjp`, `input_tangent_mut`, `jvp`, `weight_grad`.
#[derive(Clone, Debug)]
pub struct Tape {
    pub(crate) capacity: usize,
    pub(crate) batch: usize,
    /// One for each image.
    pub(crate) labels: Vec<u32>,
    /// The plan's activations: the input, then every layer's output.
    pub(crate) activations: Vec<Buffer>,
    /// Their cotangents.
    pub(crate) deltas: Vec<Buffer>,
    /// Their tangents.
    pub(crate) tangents: Vec<Buffer>,
    /// What each layer keeps between directions.
    pub(crate) kept: Vec<Vec<f32>>,
    /// A part of a cotangent that several layers contribute to.
    pub(crate) scratch: Vec<f32>,
    /// The activation that the last layer reads.
    features: usize,
    pub(crate) features_cotangent: Vec<f32>,
    pub(crate) features_seeded: bool,
}

impl Tape {
    /// Buffers of `plan` for up to `capacity` images, `kept` values of each layer.
    pub(crate) fn new(plan: &Plan, capacity: usize, kept: Vec<usize>, parts: TapeParts) -> Tape {
        let operations = plan.operations();
        let width = |activation: usize| plan.shape_of(activation).values();
        let buffers = |input: bool, others: bool| {
            let wanted = |activation: usize| if activation == 0 { input } else { others };
            (0..=operations.len()).map(|a| Buffer::new(capacity, width(a), wanted(a))).collect()
        };
        let sized = |wanted: bool, width: usize| vec![0.0; if wanted { capacity * width } else { 0 }];
        // Cotangents that are added to another operation's.
        let added = operations.iter().filter(|o| o.reads().any(|read| !read.first));
        let scratch = added.map(|o| o.input.values()).max().unwrap_or(0);
        Tape {
            capacity,
            batch: capacity,
            labels: vec![0; capacity],
            activations: buffers(true, true),
            deltas: buffers(parts.input_cotangents, parts.cotangents),
            tangents: buffers(parts.tangents, parts.tangents),
            kept: kept.into_iter().map(|values| vec![0.0; values]).collect(),
            scratch: sized(parts.cotangents, scratch),
            features: plan.features_activation(),
            features_cotangent: sized(parts.features_cotangent, plan.features().values()),
            features_seeded: false,
        }
    }

    /// Images of the current pass.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Sets how many images the next pass has.
    ///
    /// # Panics
    /// If it is zero or more than the tape's capacity.
    pub fn set_batch(&mut self, batch: usize) {
        assert!(batch > 0 && batch <= self.capacity, "batch {batch} of a tape for {}", self.capacity);
        self.batch = batch;
    }

    /// The network's input, `[batch, in]`: write it, then call `forward`.
    pub fn input_mut(&mut self) -> &mut [f32] {
        self.activations[0].rows_mut(&(0..self.batch))
    }

    /// The network's input, `[batch, in]`.
    pub fn input(&self) -> &[f32] {
        self.activations[0].rows(&(0..self.batch))
    }

    /// The images' labels, `[batch]`, for a network of several classes: write them before `forward`.
    pub fn labels_mut(&mut self) -> &mut [u32] {
        &mut self.labels[..self.batch]
    }

    /// The images' labels, `[batch]`.
    pub fn labels(&self) -> &[u32] {
        &self.labels[..self.batch]
    }

    /// The network's output, `[batch, out]`, after `forward`.
    pub fn output(&self) -> &[f32] {
        self.activations[self.activations.len() - 1].rows(&(0..self.batch))
    }

    /// What the last layer reads, `[batch, features]`, after `forward`.
    pub fn features(&self) -> &[f32] {
        self.activations[self.features].rows(&(0..self.batch))
    }

    /// A cotangent of the features, `[batch, features]`, zero before the first call: the next `vjp` adds it to the one that
    /// comes from the output.
    pub fn features_cotangent_mut(&mut self) -> &mut [f32] {
        self.features_seeded = true;
        let features = self.features_cotangent.len() / self.capacity;
        &mut self.features_cotangent[..self.batch * features]
    }

    /// Cotangent of the input for some rows, after a `vjp` for these rows: `[rows, in]`.
    pub fn input_cotangent(&self, rows: Range<usize>) -> &[f32] {
        self.deltas[0].rows(&rows)
    }

    /// Tangent of the input for some rows, `[rows, in]`, beside their cotangent: write it, then call `jvp`.
    pub fn input_tangent_mut(&mut self, rows: Range<usize>) -> (&mut [f32], &[f32]) {
        (self.tangents[0].rows_mut(&rows), self.deltas[0].rows(&rows))
    }

    /// Tangent of the output for some rows, after `jvp`.
    pub fn output_tangent(&self, rows: Range<usize>) -> &[f32] {
        self.tangents[self.tangents.len() - 1].rows(&rows)
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        let buffers = self.activations.iter().chain(&self.deltas).chain(&self.tangents);
        let kept: usize = self.kept.iter().map(Vec::len).sum();
        let values = buffers.map(|b| b.values.len()).sum::<usize>() + kept + self.scratch.len();
        4 * (values + self.features_cotangent.len() + self.labels.len())
    }
}
