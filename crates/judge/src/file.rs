//! A judge on disk: one `.safetensors` file with a tensor for each of its parameters and running statistics, named as
//! [`nn::Parameter`] names them.
//!
//! The metadata key `ganymede-judge` is a JSON text: the description, and a SHA-256 of the description and of every tensor,
//! so that an altered file is recognised.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;

use data::DataError;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::classifier::Judge;
use crate::description::Description;
use crate::error::JudgeError;
use crate::network::{self, Refused};

/// Version of the layout above. Other versions are refused.
pub(crate) const FORMAT: u32 = 1;
const METADATA_KEY: &str = "ganymede-judge";
/// Largest file read: far above any network made here.
const MAX_BYTES: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Sealed {
    sha256: String,
    body: String,
}

fn hash<'a>(body: &str, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort_unstable_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    hash.update(body);
    for (name, bytes) in tensors {
        hash.update(name);
        hash.update(bytes);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(values: &[f32]) -> &[u8] {
    bytemuck::cast_slice(values)
}

impl Judge {
    fn body(&self) -> String {
        // Plain numbers and texts always make JSON.
        serde_json::to_string(&self.description).unwrap_or_default()
    }

    /// Computes the hash anew.
    pub(crate) fn seal(&mut self) {
        self.sha256 = hash(&self.body(), self.tensors().map(|(p, v)| (p.name.as_str(), bytes(v))));
    }

    /// Writes a file: the whole of it, or nothing.
    ///
    /// # Errors
    /// [`JudgeError::Data`] if it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), JudgeError> {
        let refuse = |e: String| JudgeError::file(path, e);
        let sealed = Sealed { sha256: self.sha256.clone(), body: self.body() };
        let sealed = serde_json::to_string(&sealed).map_err(|e| refuse(e.to_string()))?;
        let views = self
            .tensors()
            .map(|(p, values)| {
                let view = TensorView::new(Dtype::F32, p.dimensions.clone(), bytes(values));
                view.map(|view| (p.name.as_str(), view))
                    .map_err(|e| refuse(format!("tensor {}: {e}", p.name)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let metadata = HashMap::from([(METADATA_KEY.to_string(), sealed)]);
        let file = safetensors::serialize(views, Some(metadata)).map_err(|e| refuse(e.to_string()))?;
        data::write_atomic(path, |out| out.write_all(&file).map_err(|e| DataError::io(path, "write", e)))?;
        Ok(())
    }

    /// Reads and verifies a file.
    ///
    /// # Errors
    /// [`JudgeError::Io`] if it cannot be read, [`JudgeError::File`] if it is truncated, altered, of another format, or not a
    /// judge.
    pub fn load(path: &Path) -> Result<Judge, JudgeError> {
        let failed = |action| move |source| JudgeError::Io { path: path.to_path_buf(), action, source };
        let (mut opened, metadata) = data::open_regular(path)?;
        let size = metadata.len();
        if size > MAX_BYTES {
            return Err(JudgeError::file(
                path,
                format!("{size} bytes is more than a judge may have ({MAX_BYTES})"),
            ));
        }
        let mut bytes = Vec::new();
        opened.read_to_end(&mut bytes).map_err(failed("read"))?;
        Judge::from_bytes(path, &bytes)
    }

    /// From a file's bytes; `path` is for errors.
    pub(crate) fn from_bytes(path: &Path, file: &[u8]) -> Result<Judge, JudgeError> {
        let refuse = |message: String| JudgeError::file(path, message);
        let altered = |what: &str| refuse(format!("altered since it was written: {what}"));
        let damaged = |e: safetensors::SafeTensorError| refuse(format!("truncated or not a judge: {e}"));
        let (_, header) = SafeTensors::read_metadata(file).map_err(damaged)?;
        let tensors = SafeTensors::deserialize(file).map_err(damaged)?;
        let sealed = header.metadata().as_ref().and_then(|m| m.get(METADATA_KEY)).ok_or_else(|| {
            refuse(format!("a safetensors file, but not a judge: it has no `{METADATA_KEY}` metadata"))
        })?;
        let unreadable = |_| altered("its description does not parse");
        let Sealed { sha256, body } = serde_json::from_str(sealed).map_err(unreadable)?;
        // The version first: another format may have another description.
        let version: serde_json::Value = serde_json::from_str(&body).map_err(unreadable)?;
        let format = version.get("format").and_then(serde_json::Value::as_u64);
        if format != Some(FORMAT.into()) {
            let got = format.map_or_else(|| "no format".to_owned(), |format| format!("format {format}"));
            return Err(refuse(format!("{got}; this program reads format {FORMAT}")));
        }
        let named = tensors.iter().map(|(name, view)| (name, view.data()));
        if hash(&body, named) != sha256 {
            return Err(altered("its content does not match its SHA-256"));
        }
        let description: Description = serde_json::from_str(&body).map_err(|e| altered(&e.to_string()))?;
        let network = network::plan(&description.layers, description.image_shape).map_err(|e| match e {
            Refused::Text(message) => altered(&message),
            Refused::Spec(error) => altered(&error.to_string()),
        })?;
        let classes = description.class_counts.len();
        if network.output().values() != classes || !(2..=256).contains(&classes) {
            return Err(altered("its network does not have its classes"));
        }
        let mut parameters = vec![0.0; network.parameter_count()];
        let mut state = vec![0.0; network.state_count()];
        for (views, arena) in [(network.parameters(), &mut parameters), (network.state(), &mut state)] {
            for p in views {
                let tensor =
                    tensors.tensor(&p.name).map_err(|_| altered(&format!("no tensor `{}`", p.name)))?;
                if tensor.dtype() != Dtype::F32 || tensor.shape() != p.dimensions {
                    let (got, expected) = (tensor.shape(), &p.dimensions);
                    return Err(altered(&format!("`{}` is {got:?}, expected {expected:?}", p.name)));
                }
                let own = &mut arena[p.range.clone()];
                for (value, four) in own.iter_mut().zip(tensor.data().chunks_exact(4)) {
                    *value = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
                }
                if !kernels::sums::all_finite(own) {
                    return Err(refuse(format!("`{}` holds numbers that are not finite", p.name)));
                }
            }
        }
        Ok(Judge { description, sha256, network, parameters, state })
    }
}
