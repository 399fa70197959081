//! Operations put into their places: shapes, views in the arenas, and the order of reads in the backward pass.

use std::collections::HashSet;

use kernels::Activation;

use super::graph::Plan;
use super::limits::{MAX_NETWORK_VALUES, MAX_OPERATIONS, check_values};
use super::operation::{Kind, Operation, Read};
use super::outline::{Blank, check_slope};
use super::view::View;
use crate::error::Refusal;
use crate::shape::Shape;

impl Plan {
    /// A plan without operations.
    pub(super) fn begin(input: Shape, classes: usize) -> Result<Plan, Refusal> {
        check_values(input)?;
        Ok(Plan { input, classes, operations: Vec::new() })
    }

    /// Appends an operation that reads the activations `source` and `skip`. Returns the one that it writes.
    pub(super) fn push(
        &mut self,
        name: String,
        kind: Kind,
        activation: Activation,
        (source, skip): (usize, Option<usize>),
    ) -> Result<usize, Refusal> {
        let input = self.shape_of(source);
        let outline = kind.outline(input, self.classes)?;
        check_slope(activation)?;
        let applied =
            activation == Activation::Identity || kind == Kind::Activation || kind.merges_activation();
        if !applied {
            let message = format!("{} cannot apply {}", kind.name(), activation.name());
            return Err(Refusal::new(message, "the activation as an operation of its own"));
        }
        if skip.is_some() != (kind == Kind::Residual) {
            return Err(Refusal::new(
                format!("{} with {} activations to read", kind.name(), 1 + usize::from(skip.is_some())),
                "two of a residual block's end, one of everything else",
            ));
        }
        if let Some(other) = skip.map(|skip| self.shape_of(skip)).filter(|other| *other != input) {
            return Err(Refusal::new(
                format!("the body ends at {input} and the shortcut at {other}, which cannot be added"),
                format!("a shortcut = [..] to {input}, by pooling, upsampling or a convolution"),
            ));
        }
        let prefix = format!("{name}.{}", kind.name());
        let parameters = placed(outline.parameters, &prefix, self.parameter_count());
        let state = placed(outline.state, &prefix, self.state_count());
        let read = |activation| Read { activation, first: false, last: false };
        let writes = self.operations.len() + 1;
        self.operations.push(Operation {
            name,
            kind,
            input,
            output: outline.output,
            activation,
            source: read(source),
            skip: skip.map(read),
            writes,
            parameters,
            state,
        });
        self.check_size()?;
        Ok(writes)
    }

    /// Refuses operations that are small enough each, and too large together.
    fn check_size(&self) -> Result<(), Refusal> {
        if self.operations.len() > MAX_OPERATIONS {
            return Err(Refusal::new(
                "more layers than a network may have",
                format!("at most {MAX_OPERATIONS}"),
            ));
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

    /// Finds, for every activation, the operation that reads it first in the backward pass and the one that reads it last.
    pub(super) fn order_reads(&mut self) {
        let mut read = HashSet::new();
        for operation in self.operations.iter_mut().rev() {
            operation.reads_mut().for_each(|r| r.first = read.insert(r.activation));
        }
        read.clear();
        for operation in &mut self.operations {
            // Of two reads by one operation the second one is the later.
            operation.reads_mut().rev().for_each(|r| r.last = read.insert(r.activation));
        }
    }
}

/// Views of the given outlines, one after the other from `offset`.
fn placed(blanks: Vec<Blank>, prefix: &str, offset: usize) -> Vec<View> {
    let mut end = offset;
    let place = |Blank { role, dimensions, start }| {
        let range = end..end + dimensions.iter().product::<usize>();
        end = range.end;
        View { name: format!("{prefix}.{role}"), range, dimensions, start }
    };
    blanks.into_iter().map(place).collect()
}
