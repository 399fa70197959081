//! Model files taken apart, changed and sealed anew, as an attacker or another version can.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The parts of a model file.
pub struct Parts {
    /// The safetensors header.
    header: Value,
    data: Vec<u8>,
}

impl Parts {
    pub fn read(path: &Path) -> Parts {
        let mut file = fs::read(path).unwrap();
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let header = serde_json::from_slice(&file[8..8 + length]).unwrap();
        Parts { header, data: file.split_off(8 + length) }
    }

    /// The metadata: `header` and `training`, or `body` of format 1.
    pub fn sealed(&self) -> Value {
        serde_json::from_str(self.header["__metadata__"]["ganymede"].as_str().unwrap()).unwrap()
    }

    fn range(&self, tensor: &str) -> Range<usize> {
        let offset = |i: usize| self.header[tensor]["data_offsets"][i].as_u64().unwrap() as usize;
        offset(0)..offset(1)
    }

    /// All tensors by name.
    pub fn tensors(&self) -> Vec<(&str, &[u8])> {
        let names = self.header.as_object().unwrap().keys().filter(|name| *name != "__metadata__");
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter().map(|name| (name, &self.data[self.range(name)])).collect()
    }

    /// SHA-256 of names and bytes of all tensors.
    pub fn tensors_sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (name, bytes) in self.tensors() {
            hash.update(name);
            hash.update(bytes);
        }
        hex(hash)
    }

    fn write(mut self, path: &Path, sealed: &Value) {
        self.header["__metadata__"]["ganymede"] = json!(sealed.to_string());
        let header = self.header.to_string();
        let mut out = (header.len() as u64).to_le_bytes().to_vec();
        out.extend(header.as_bytes());
        out.extend(self.data);
        fs::write(path, out).unwrap();
    }
}

/// Changes what a model file says (an object of `header` and `training`) and the bytes of a tensor, and seals it anew.
pub fn reseal(path: &Path, tensor: &str, change: impl FnOnce(&mut Value, &mut [u8])) {
    let mut parts = Parts::read(path);
    let mut said = parts.sealed();
    let range = parts.range(tensor);
    change(&mut said, &mut parts.data[range]);
    let mut hash = Sha256::new();
    let mut part = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    part(said["header"].to_string().as_bytes());
    part(if said["training"].is_null() { String::new() } else { said["training"].to_string() }.as_bytes());
    for (name, bytes) in parts.tensors() {
        part(name.as_bytes());
        part(bytes);
    }
    said["sha256"] = json!(hex(hash));
    parts.write(path, &said);
}

/// The same of a file of format 1, whose description is one text.
pub fn reseal_format_1(path: &Path, change: impl FnOnce(&mut Value)) {
    let parts = Parts::read(path);
    let mut said = parts.sealed();
    let mut body: Value = serde_json::from_str(said["body"].as_str().unwrap()).unwrap();
    change(&mut body);
    let body = body.to_string();
    let mut hash = Sha256::new();
    hash.update(&body);
    for (name, bytes) in parts.tensors() {
        hash.update(name);
        hash.update(bytes);
    }
    said = json!({ "sha256": hex(hash), "body": body });
    parts.write(path, &said);
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
