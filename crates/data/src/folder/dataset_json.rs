//! `dataset.json`, in which the data sets of StyleGAN and EDM keep their labels: `{"labels": [["00000/img.png", 6], ...]}`,
//! or `null` for a set without labels. The folders of such a set are no classes.
//!
//! Source: `dataset_tool.py` of <https://github.com/NVlabs/edm> and of <https://github.com/NVlabs/stylegan3>.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::tree::Tree;
use crate::DataError;

/// Its name, at the root of the set.
pub(super) const NAME: &str = "dataset.json";

/// Largest file: ten million labels.
const MAX_BYTES: u64 = 512 << 20;
/// Labels are 16-bit.
const MAX_CLASSES: u64 = 1 << 16;

/// The labels that the file gives.
pub(super) struct Labels {
    /// By the path below the root, with slashes; none for a set without labels.
    by_file: Option<HashMap<String, u16>>,
    /// One more than the highest label.
    classes: usize,
}

#[derive(Deserialize)]
struct Written {
    labels: Option<Vec<(String, Value)>>,
}

impl Labels {
    /// Reads the file at the root of a set. `None` for a file of this name that does not speak of labels.
    ///
    /// # Errors
    /// [`DataError::Format`] for labels that are no whole numbers, and for a file that speaks of labels in another way;
    /// those of a file that cannot be read.
    pub(super) fn read(tree: &Tree, root: &Path) -> Result<Option<Labels>, DataError> {
        let path = root.join(NAME);
        let name = path.display().to_string();
        let bytes = tree.read_text(&path, MAX_BYTES)?;
        let refuse = |field: &str, got: String| {
            let expected =
                "null, or pairs of a file and a whole number from 0, such as [\"00000/img.png\", 6]";
            Err(DataError::format(&name, field, expected, got))
        };
        let keys = serde_json::from_slice::<HashMap<String, IgnoredAny>>(&bytes);
        if !keys.is_ok_and(|keys| keys.contains_key("labels")) {
            return Ok(None);
        }
        let written: Written = match serde_json::from_slice(&bytes) {
            Ok(written) => written,
            Err(e) => return refuse("labels", e.to_string()),
        };
        let Some(pairs) = written.labels else { return Ok(Some(Labels { by_file: None, classes: 0 })) };
        let mut by_file = HashMap::with_capacity(pairs.len());
        let mut classes = 0;
        for (file, label) in pairs {
            match label.as_u64().filter(|&label| label < MAX_CLASSES) {
                Some(label) => {
                    classes = classes.max(label as usize + 1);
                    by_file.insert(file.replace('\\', "/"), label as u16);
                }
                None => return refuse(&format!("label of {file}"), label.to_string()),
            }
        }
        Ok(Some(Labels { by_file: Some(by_file), classes }))
    }

    /// The label of a file below the root; 0 in a set without labels.
    ///
    /// # Errors
    /// [`DataError::Format`] for a file without a label in a set with labels.
    pub(super) fn of(&self, root: &Path, file: &Path) -> Result<u16, DataError> {
        let Some(by_file) = &self.by_file else { return Ok(0) };
        let below = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        by_file.get(&below).copied().ok_or_else(|| {
            let name = root.join(NAME).display().to_string();
            DataError::format(&name, "labels", "one for each image", format!("none for {below}"))
        })
    }

    /// The names of the classes: their numbers, with zeros before them, so that they are in the order of the names.
    pub(super) fn class_names(&self) -> Option<Vec<String>> {
        self.by_file.as_ref()?;
        let digits = self.classes.saturating_sub(1).to_string().len();
        Some((0..self.classes).map(|class| format!("{class:0digits$}")).collect())
    }
}
