//! A plan from what was written of one.

use std::collections::HashSet;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::graph::Plan;
use super::operation::Operation;
use crate::error::PlanError;
use crate::shape::Shape;

/// A plan as read, unchecked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    input: Shape,
    classes: usize,
    operations: Vec<Operation>,
}

impl<'de> Deserialize<'de> for Plan {
    /// Refuses a plan that no spec gives.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Plan, D::Error> {
        Written::deserialize(deserializer)?.checked().map_err(D::Error::custom)
    }
}

impl Written {
    /// Makes the plan anew from the kinds of the operations, and compares.
    fn checked(self) -> Result<Plan, PlanError> {
        let Written { input, classes, operations } = self;
        let mut plan = Plan::begin(input, classes).map_err(|refusal| PlanError::at(0, refusal.message))?;
        if input.values() == 0 {
            return Err(PlanError::at(0, format!("an input of {input}")));
        }
        let mut names = HashSet::new();
        for (index, operation) in operations.iter().enumerate() {
            let refuse = |message: String| PlanError::at(index, message);
            let Operation { name, kind, activation, source, skip, .. } = operation;
            if !is_place(name) || !names.insert(name) {
                return Err(refuse(format!("the name `{name}` is no place in a spec, or not the only one")));
            }
            if let Some(read) =
                [Some(source), skip.as_ref()].into_iter().flatten().find(|r| r.activation > index)
            {
                return Err(refuse(format!(
                    "it reads activation {}, which is written later",
                    read.activation
                )));
            }
            let reads = (source.activation, skip.map(|read| read.activation));
            plan.push(name.clone(), kind.clone(), *activation, reads).map_err(|r| refuse(r.message))?;
        }
        plan.order_reads();
        let different = plan.operations.iter().zip(&operations).position(|(made, written)| made != written);
        if let Some(index) = different {
            return Err(PlanError::at(
                index,
                "its numbers do not follow from its kind and its input".to_owned(),
            ));
        }
        let read = |activation| plan.operations.iter().any(|o| o.reads().any(|r| r.activation == activation));
        match (0..operations.len()).find(|&activation| !read(activation)) {
            Some(activation) => {
                Err(PlanError::at(activation, format!("activation {activation} is read by no operation")))
            }
            None => Ok(plan),
        }
    }
}

/// Whether `name` is a position in a spec, such as `3.shortcut.0`.
fn is_place(name: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    name.split('.').all(|part| part == "shortcut" || number(part))
}
