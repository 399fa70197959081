//! The recipe for a set of images: a config whose numbers follow from the images and the time.
//!
//! | what | rule |
//! |---|---|
//! | networks | transposed 4x4 convolutions up and 4x4 convolutions down, as in the preset `mnist`; conditional if there are classes; the widest that the time has [`ENOUGH_IMAGES`] images for |
//! | learning rates | 2e-3 (G) and 4e-3 (D) for 16 channels at the large end; in inverse proportion to the channels |
//! | R1 and R2 | gamma 0.05 for 28x28x1; in proportion to the numbers in an image |
//! | augmentation | DiffAugment (Zhao et al. 2020) below [`MANY_IMAGES`] images |
//! | batch | 64, or the largest power of two that the images fill |
//!
//! The numbers for 28x28x1 are those of the preset `mnist`. docs/experiments.md says which of the rules are measured.

mod choice;
mod chosen;
mod cost;
mod error;
mod images;
mod size;
mod text;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use chosen::{ENOUGH_IMAGES, FEW_IMAGES, MANY_IMAGES};
pub use error::RecipeError;
pub use images::Images;
pub use size::{ChosenSize, size_for};

use chosen::Chosen;

/// A config for a set of images, and the reasons for it.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The config as TOML, with the reasons as comments. It states what differs from the defaults.
    pub text: String,
    /// What was chosen, and why.
    pub choices: Vec<Choice>,
}

impl Recipe {
    /// The recipe for `images`, trained for `seconds` on `threads` threads.
    ///
    /// # Errors
    /// [`RecipeError::Size`] for a size that no number of stages makes.
    pub fn new(images: &Images, seconds: f64, threads: usize) -> Result<Recipe, RecipeError> {
        let chosen = Chosen::of(images, seconds, threads)?;
        Ok(Recipe { text: text::text(images, &chosen), choices: choice::choices(images, &chosen) })
    }
}
