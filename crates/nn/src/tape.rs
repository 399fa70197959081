//! The buffers of one pass through a network, planned once.

use std::ops::Range;

use crate::shape::Shape;

/// Which buffers a tape has beside the outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TapeParts {
    /// Cotangents of every layer: for [`crate::Network::vjp`] and [`crate::Network::weight_grad`].
    pub cotangents: bool,
    /// The cotangent of the input, for up to so many rows.
    pub input_cotangents: bool,
    /// Tangents of every layer: for [`crate::Network::jvp`].
    pub tangents: bool,
}

/// One layer's part of a tape.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Values of one image's output.
    pub(crate) width: usize,
    /// Output of the activation.
    pub(crate) y: Vec<f32>,
    /// Cotangent of the activation's input.
    pub(crate) delta: Vec<f32>,
    /// Tangent of the output.
    pub(crate) tangent: Vec<f32>,
    /// What the layer keeps between directions.
    pub(crate) kept: Vec<f32>,
}

/// Outputs, cotangents and tangents of every layer for a batch of up to `capacity` images.
///
/// Filled by the directions of the [`crate::Network`] that planned it, in order: `input_mut`, `forward`, a seed,
/// `vjp`, `input_tangent_mut`, `jvp`, `weight_grad`.
#[derive(Clone, Debug)]
pub struct Tape {
    pub(crate) capacity: usize,
    pub(crate) batch: usize,
    pub(crate) input_width: usize,
    pub(crate) input: Vec<f32>,
    pub(crate) input_cotangent: Vec<f32>,
    pub(crate) input_tangent: Vec<f32>,
    pub(crate) records: Vec<Record>,
}

impl Tape {
    pub(crate) fn new(capacity: usize, input: Shape, parts: TapeParts) -> Tape {
        let width = input.values();
        let sized = |wanted: bool| vec![0.0; if wanted { capacity * width } else { 0 }];
        Tape {
            capacity,
            batch: capacity,
            input_width: width,
            input: sized(true),
            input_cotangent: sized(parts.input_cotangents),
            input_tangent: sized(parts.tangents),
            records: Vec::new(),
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
        &mut self.input[..self.batch * self.input_width]
    }

    /// The network's input, `[batch, in]`.
    pub fn input(&self) -> &[f32] {
        &self.input[..self.batch * self.input_width]
    }

    /// The network's output, `[batch, out]`, after `forward`.
    pub fn output(&self) -> &[f32] {
        self.records.last().map_or(self.input(), |r| &r.y[..self.batch * r.width])
    }

    /// Cotangent of the input for some rows, after `vjp` was asked for them: `[rows, in]`.
    pub fn input_cotangent(&self, rows: Range<usize>) -> &[f32] {
        &self.input_cotangent[rows.start * self.input_width..rows.end * self.input_width]
    }

    /// Tangent of the input for some rows, `[rows, in]`, beside their cotangent: write it, then call `jvp`.
    pub fn input_tangent_mut(&mut self, rows: Range<usize>) -> (&mut [f32], &[f32]) {
        let range = rows.start * self.input_width..rows.end * self.input_width;
        (&mut self.input_tangent[range.clone()], &self.input_cotangent[range])
    }

    /// Tangent of the output for some rows, after `jvp`.
    pub fn output_tangent(&self, rows: Range<usize>) -> &[f32] {
        match self.records.last() {
            Some(r) => &r.tangent[rows.start * r.width..rows.end * r.width],
            None => &self.input_tangent[rows.start * self.input_width..rows.end * self.input_width],
        }
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        let records: usize =
            self.records.iter().map(|r| r.y.len() + r.delta.len() + r.tangent.len() + r.kept.len()).sum();
        4 * (records + self.input.len() + self.input_cotangent.len() + self.input_tangent.len())
    }
}
