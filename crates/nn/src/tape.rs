//! The buffers of one pass through a network, planned once.

use std::ops::Range;

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

/// `[capacity, width]` values of one layer's output, or of the network's input.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Values of one image.
    pub(crate) width: usize,
    values: Vec<f32>,
}

/// Of the same layout: cotangents of the inputs of the activations that wrote the records, or tangents of the records.
pub(crate) type Cotangent = Record;

impl Record {
    fn new(capacity: usize, width: usize, wanted: bool) -> Record {
        Record { width, values: vec![0.0; if wanted { capacity * width } else { 0 }] }
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
/// Filled by the directions of the [`crate::Network`] that planned it, in order: `input_mut`, `forward`, a seed,
/// `vjp`, `input_tangent_mut`, `jvp`, `weight_grad`.
#[derive(Clone, Debug)]
pub struct Tape {
    pub(crate) capacity: usize,
    pub(crate) batch: usize,
    /// One for each image.
    pub(crate) labels: Vec<u32>,
    /// The input, then every layer's output.
    pub(crate) records: Vec<Record>,
    /// Cotangents of the same.
    pub(crate) deltas: Vec<Cotangent>,
    /// Tangents of the same.
    pub(crate) tangents: Vec<Cotangent>,
    /// What each layer keeps between directions.
    pub(crate) kept: Vec<Vec<f32>>,
    /// A part of a cotangent that several layers contribute to.
    pub(crate) scratch: Vec<f32>,
    pub(crate) features_cotangent: Vec<f32>,
    pub(crate) features_seeded: bool,
}

impl Tape {
    /// `widths` of the records, `kept` of the layers; `scratch` and `features` for one image.
    pub(crate) fn new(
        capacity: usize,
        widths: Vec<usize>,
        kept: Vec<usize>,
        scratch: usize,
        features: usize,
        parts: TapeParts,
    ) -> Tape {
        let records = |input: bool, others: bool| {
            let wanted = |record: usize| if record == 0 { input } else { others };
            widths.iter().enumerate().map(|(r, &width)| Record::new(capacity, width, wanted(r))).collect()
        };
        let sized = |wanted: bool, width: usize| vec![0.0; if wanted { capacity * width } else { 0 }];
        Tape {
            capacity,
            batch: capacity,
            labels: vec![0; capacity],
            records: records(true, true),
            deltas: records(parts.input_cotangents, parts.cotangents),
            tangents: records(parts.tangents, parts.tangents),
            kept: kept.into_iter().map(|values| vec![0.0; values]).collect(),
            scratch: sized(parts.cotangents, scratch),
            features_cotangent: sized(parts.features_cotangent, features),
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
    /// If it is zero or more than the tape was planned for.
    pub fn set_batch(&mut self, batch: usize) {
        assert!(batch > 0 && batch <= self.capacity, "batch {batch} of a tape for {}", self.capacity);
        self.batch = batch;
    }

    /// The network's input, `[batch, in]`: write it, then call `forward`.
    pub fn input_mut(&mut self) -> &mut [f32] {
        self.records[0].rows_mut(&(0..self.batch))
    }

    /// The network's input, `[batch, in]`.
    pub fn input(&self) -> &[f32] {
        self.records[0].rows(&(0..self.batch))
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
        self.records[self.records.len() - 1].rows(&(0..self.batch))
    }

    /// What the last layer reads, `[batch, features]`, after `forward`.
    pub fn features(&self, network: &crate::Network) -> &[f32] {
        self.records[network.features_record()].rows(&(0..self.batch))
    }

    /// A cotangent of the features, `[batch, features]`, zero before the first call: the next `vjp` adds it to the one that
    /// comes from the output.
    pub fn features_cotangent_mut(&mut self) -> &mut [f32] {
        self.features_seeded = true;
        let features = self.features_cotangent.len() / self.capacity;
        &mut self.features_cotangent[..self.batch * features]
    }

    /// Cotangent of the input for some rows, after `vjp` was asked for them: `[rows, in]`.
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
        let records = self.records.iter().chain(&self.deltas).chain(&self.tangents);
        let kept: usize = self.kept.iter().map(Vec::len).sum();
        let values = records.map(|r| r.values.len()).sum::<usize>() + kept + self.scratch.len();
        4 * (values + self.features_cotangent.len() + self.labels.len())
    }
}
