//! Why there is no recipe.

use nn::SpecError;

use crate::presets::UnfitSize;

/// Why there is no recipe.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// No number of stages makes the size.
    #[error(transparent)]
    Size(#[from] UnfitSize),
    /// Networks that cannot be planned.
    #[error(transparent)]
    Network(#[from] SpecError),
}
