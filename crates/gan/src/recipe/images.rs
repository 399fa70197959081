//! What a recipe depends on.

use crate::presets::ImageSize;

/// A set of images, as far as a recipe depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// The data set's name, or its path.
    pub source: String,
    /// The size to train at.
    pub size: ImageSize,
    /// Why this size.
    pub size_reason: String,
    /// Whether images are brought to this size. If not, they have it.
    pub resized: bool,
    /// Training images.
    pub count: usize,
    /// Their classes; 0: they have none.
    pub classes: usize,
}

impl Images {
    /// Whether the generator makes images of a given class. One class has nothing to choose from.
    pub fn is_conditional(&self) -> bool {
        self.classes > 1
    }

    /// A word for lists and folders: the letters and digits of the source's name.
    pub fn name(&self) -> String {
        let stem = std::path::Path::new(&self.source).file_stem();
        let stem = stem.map_or_else(|| self.source.clone(), |stem| stem.to_string_lossy().into_owned());
        let words: Vec<&str> =
            stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        if words.is_empty() { "images".to_owned() } else { words.join("-") }
    }
}
