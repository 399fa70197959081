//! Reading and writing of model files.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use nn::Parameter;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{ModelError, altered, unknown_format};
use crate::format_1;
use crate::header::{FORMAT, Format, Header};
use crate::seal::{seal, seal_of_format_1};
use crate::tensors::{Tensor, Tensors};

const METADATA_KEY: &str = "ganymede";
/// Largest file that is read, in bytes: far above any network that this engine trains.
const MAX_BYTES: u64 = 16 << 30;

/// The metadata of either format.
#[derive(Serialize, Deserialize)]
struct Sealed {
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    training: Option<Box<RawValue>>,
    /// Of format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// Writes a model file. If this fails, an earlier file at `path` is unchanged. `training` is a JSON text.
///
/// # Errors
/// [`ModelError::Data`] if the file cannot be written, [`ModelError::File`] if `training` is no JSON.
pub fn write(
    path: &Path,
    header: &Header,
    training: Option<String>,
    tensors: &Tensors,
) -> Result<(), ModelError> {
    let refuse = |e: serde_json::Error| ModelError::file(path, format!("cannot describe the model: {e}"));
    let header = serde_json::value::to_raw_value(header).map_err(refuse)?;
    let training = training.map(RawValue::from_string).transpose().map_err(refuse)?;
    let file = sealed(header, training, tensors).map_err(|e| ModelError::file(path, e))?;
    data::write_atomic(path, |out| out.write_all(&file).map_err(|e| data::DataError::io(path, "write", e)))?;
    Ok(())
}

/// The bytes of a file.
fn sealed(
    header: Box<RawValue>,
    training: Option<Box<RawValue>>,
    tensors: &Tensors,
) -> Result<Vec<u8>, String> {
    let of_training = training.as_ref().map_or("", |training| training.get());
    let sha256 = seal(header.get(), of_training, tensors.iter().collect(), Tensor::bytes);
    let sealed = Sealed { sha256, header: Some(header), training, body: None };
    let sealed = serde_json::to_string(&sealed).map_err(|e| e.to_string())?;
    // One key only: several would be written in an order that differs from process to process.
    let metadata = HashMap::from([(METADATA_KEY.to_string(), sealed)]);
    safetensors::serialize(tensors.iter(), Some(metadata)).map_err(|e| e.to_string())
}

/// A model file, read and verified: a `.safetensors` file.
///
/// | tensor | content |
/// |---|---|
/// | `generator/NAME` | weights as trained, and running statistics, `NAME` as in [`nn::Parameter`] |
/// | `generator.average/NAME` | the weights' moving average, and running statistics of it |
/// | `discriminator/NAME` | the discriminator's weights and running statistics |
/// | others | training state |
///
/// The metadata key `ganymede` is a JSON object. `header` is the [`Header`]. `training` is the state of the
/// training besides tensors. A file of a generator alone has none, and this crate does not parse it. `sha256` is a seal over both and over every
/// tensor: of header, training and then name and bytes of each tensor in the order of their names, each part after its length in 8
/// bytes, low byte first. A file of format 1 has `body` instead of both, which holds the config of its training.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    bytes: Vec<u8>,
    header: Header,
    training: Option<String>,
}

impl ModelFile {
    /// Reads and verifies a file.
    ///
    /// # Errors
    /// [`ModelError::Data`] or [`ModelError::Read`] if it cannot be read, [`ModelError::File`] if it is truncated, altered, of a
    /// newer format, or no model.
    pub fn read(path: &Path) -> Result<ModelFile, ModelError> {
        let refuse = |message: String| ModelError::File { path: path.to_path_buf(), message };
        let (mut opened, metadata) = data::open_regular(path)?;
        let size = metadata.len();
        if size > MAX_BYTES {
            return Err(refuse(format!("{size} bytes is more than any checkpoint has ({MAX_BYTES})")));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        opened
            .read_to_end(&mut bytes)
            .map_err(|cause| ModelError::Read { path: path.to_path_buf(), cause })?;
        let (header, training) = opened_header(&bytes).map_err(refuse)?;
        Ok(ModelFile { path: path.to_path_buf(), bytes, header, training })
    }

    /// The description of its networks.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The state of its training, as JSON; none in a file of a generator alone.
    pub fn training(&self) -> Option<&str> {
        self.training.as_deref()
    }

    /// The file that it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A refusal of this file.
    pub fn refuse(&self, message: impl Into<String>) -> ModelError {
        ModelError::file(&self.path, message)
    }

    fn tensors(&self) -> Result<SafeTensors<'_>, ModelError> {
        SafeTensors::deserialize(&self.bytes).map_err(|e| self.refuse(e.to_string()))
    }

    /// Whether it holds tensors under `prefix/`.
    pub fn holds(&self, prefix: &str) -> bool {
        let under = |name: &&str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        self.tensors().is_ok_and(|tensors| tensors.names().iter().any(under))
    }

    /// Fills the views `parameters` of `arena` from the tensors under `prefix/`.
    ///
    /// # Errors
    /// [`ModelError::File`] naming the first tensor that is missing, has other dimensions, or is not finite.
    pub fn load(&self, prefix: &str, parameters: &[Parameter], arena: &mut [f32]) -> Result<(), ModelError> {
        let tensors = self.tensors()?;
        for p in parameters {
            let name = format!("{prefix}/{}", p.name);
            let other = |what: String| self.refuse(format!("of another network: {what}"));
            let tensor = tensors.tensor(&name).map_err(|_| other(format!("it has no tensor `{name}`")))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != p.dimensions {
                return Err(other(format!("`{name}` is {:?}, expected {:?}", tensor.shape(), p.dimensions)));
            }
            let four = tensor.data().chunks_exact(4);
            let values: Vec<f32> = four.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            // A value that is not finite spreads to everything that is computed from it.
            if !kernels::sums::all_finite(&values) {
                return Err(self.refuse(format!("`{name}` holds numbers that are not finite")));
            }
            if p.name.ends_with("running_variance") && values.iter().any(|&value| value < 0.0) {
                return Err(self.refuse(format!("`{name}` holds variances below 0")));
            }
            p.set(&values, arena);
        }
        Ok(())
    }
}

/// Header and training state of a file's bytes, if its seal is whole.
fn opened_header(bytes: &[u8]) -> Result<(Header, Option<String>), String> {
    let damaged = |e: safetensors::SafeTensorError| format!("truncated or no checkpoint: {e}");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let sealed = header.metadata().as_ref().and_then(|m| m.get(METADATA_KEY));
    let sealed = sealed
        .ok_or("a safetensors file, but not a checkpoint of Ganymede: it has no `ganymede` metadata")?;
    let Sealed { sha256, header, training, body } =
        serde_json::from_str(sealed).map_err(|_| altered("its description does not parse"))?;
    let named: Vec<(&str, &[u8])> = tensors.iter().map(|(name, view)| (name, view.data())).collect();
    let broken = || altered("its content does not match its SHA-256");
    if let Some(body) = body {
        format_1::check(&body)?;
        if seal_of_format_1(&body, named) != sha256 {
            return Err(broken());
        }
        let (header, training) = format_1::read(&body)?;
        return Ok((header, Some(training)));
    }
    let header = header.ok_or_else(|| altered("it has no header"))?;
    // The version first: the other fields of a newer format may differ.
    check_format(header.get())?;
    let training = training.map(|training| training.get().to_owned());
    if seal(header.get(), training.as_deref().unwrap_or_default(), named, Cow::Borrowed) != sha256 {
        return Err(broken());
    }
    let header = serde_json::from_str(header.get()).map_err(|e| format!("its header: {e}"))?;
    Ok((header, training))
}

fn check_format(header: &str) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Version {
        format: Format,
    }
    let Version { format } =
        serde_json::from_str(header).map_err(|_| altered("its header names no format"))?;
    match format.major == FORMAT.major {
        true => Ok(()),
        false => Err(unknown_format(format)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use kernels::Threads;
    use serde_json::{Value, json};

    use super::*;
    use crate::generator::{Generator, Weights};
    use crate::network;
    use crate::sampler::Sampler;

    fn header() -> Value {
        json!({
            "format": "2.0", "image_shape": [2, 3, 1], "latent": { "size": 4 }, "classes": 2, "class_names": ["a", "b"],
            "generator": { "layers": [{ "class-embedding": 2 }, { "dense": 5 }, "batch-norm", { "dense": 6 }, "tanh"] },
        })
    }

    /// Fresh weights of a header's generator.
    fn generator(header: &Header, weights: Weights) -> Generator {
        let network = network::generator(header).unwrap();
        let (parameters, state) = (network.initial_parameters(3, 1), network.initial_state());
        Generator::new(header.clone(), parameters, state, weights).unwrap()
    }

    /// A file of `header` with weights that another header plans.
    fn file(header: &Value, training: Option<&str>) -> Vec<u8> {
        let planned = generator(&serde_json::from_value(self::header()).unwrap(), Weights::Raw);
        let mut tensors = Tensors::default();
        tensors.add("generator", planned.network().parameters(), planned.parameters());
        tensors.add("generator", planned.network().state(), planned.state());
        let raw = |text: String| RawValue::from_string(text).unwrap();
        sealed(raw(header.to_string()), training.map(|text| raw(text.to_owned())), &tensors).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<ModelFile, ModelError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.safetensors");
        fs::write(&path, bytes).unwrap();
        ModelFile::read(&path)
    }

    fn images(file: &ModelFile) -> Result<Vec<u8>, ModelError> {
        let generator = Arc::new(Generator::from_file(file, Weights::Average)?);
        Ok(Sampler::new(generator, Threads::ONE).generate_bytes(0, 5))
    }

    #[test]
    fn a_generator_alone_makes_the_same_images_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generator.safetensors");
        for weights in [Weights::Raw, Weights::Average] {
            let own = Arc::new(generator(&serde_json::from_value(header()).unwrap(), weights));
            own.save(&path, own.header().clone()).unwrap();
            let file = ModelFile::read(&path).unwrap();
            assert_eq!((file.training(), file.holds("discriminator")), (None, false));
            let again = Generator::from_file(&file, Weights::Average).unwrap();
            assert_eq!((again.header(), again.parameters()), (own.header(), own.parameters()));
            assert_eq!(images(&file).unwrap(), Sampler::new(own, Threads::ONE).generate_bytes(0, 5));
            let raw = Generator::from_file(&file, Weights::Raw);
            assert_eq!(raw.is_ok(), weights == Weights::Raw);
            assert!(raw.is_ok() || raw.unwrap_err().to_string().contains("the average of the weights alone"));
        }
    }

    #[test]
    fn unknown_fields_and_any_training_state_sample() {
        let plain = read(&file(&header(), None)).unwrap();
        let mut later = header();
        later["format"] = json!("2.7");
        later["later"] = json!({ "of": ["another", "version"] });
        later["generator"]["norm"] = json!(1);
        let later = read(&file(&later, Some("[\"no state\", 1]"))).unwrap();
        assert_eq!(later.training(), Some("[\"no state\", 1]"));
        assert_eq!(images(&later).unwrap(), images(&plain).unwrap());
    }

    #[test]
    fn altered_and_truncated_files_are_refused() {
        let whole = file(&header(), Some("{\"steps\":12}"));
        assert!(read(&whole).is_ok());
        let text = String::from_utf8_lossy(&whole).into_owned();
        for (part, changed) in [("steps", "stepz"), ("dense", "tense"), ("\\\"b\\\"", "\\\"c\\\"")] {
            let at = text.find(part).unwrap_or_else(|| panic!("{part}"));
            let mut altered = whole.clone();
            altered[at..at + part.len()].copy_from_slice(changed.as_bytes());
            assert!(read(&altered).unwrap_err().to_string().contains("altered since"), "{part}");
        }
        let mut altered = whole.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(read(&altered).unwrap_err().to_string().contains("SHA-256"));
        for length in [0, 7, 100, whole.len() - 1] {
            assert!(read(&whole[..length]).unwrap_err().to_string().contains("truncated"), "{length}");
        }
    }

    #[test]
    fn newer_formats_and_foreign_files_are_refused() {
        let mut newer = header();
        newer["format"] = json!("3.0");
        let error = read(&file(&newer, None)).unwrap_err().to_string();
        assert!(error.contains("format 3.0") && error.contains("newer version"), "{error}");
        let foreign = safetensors::serialize(Tensors::default().iter(), None).unwrap();
        assert!(read(&foreign).unwrap_err().to_string().contains("not a checkpoint of Ganymede"));
    }

    #[test]
    fn headers_that_do_not_fit_their_tensors_are_refused_without_a_panic() {
        for (key, value, said) in [
            ("image_shape", json!([u64::MAX, 2, 3]), "are no input"),
            ("image_shape", json!([0, 6, 1]), "are no input"),
            ("image_shape", json!([5, 5, 1]), "an image has 5x5x1"),
            ("latent", json!({ "size": u64::MAX }), "a latent of"),
            ("latent", json!({ "size": 5 }), "of another network"),
            ("classes", json!(u64::MAX), "classes are more"),
            ("classes", json!(0), "class-embedding"),
            ("pixels", json!({ "low": 0.0, "high": 1.0 }), "its pixels are in [0, 1]"),
            ("generator", json!({ "layers": [] }), "its layers end at"),
        ] {
            let mut header = header();
            header[key] = value.clone();
            let error = images(&read(&file(&header, None)).unwrap()).unwrap_err().to_string();
            assert!(error.contains(said), "{key} {value}: {error}");
        }
    }
}
