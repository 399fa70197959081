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
mod cost;
mod images;
mod size;
mod text;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use images::Images;
pub use size::{ChosenSize, size_for};

use cost::Cost;
use nn::SpecError;

use crate::presets::{ImageSize, Networks, UnfitSize, compact_networks, fits_stages, networks};

/// Fewest images that wide networks are shown. If the time is not enough for them, narrow networks learn more.
pub const ENOUGH_IMAGES: f64 = 600_000.0;
/// Smaller sets are augmented.
pub const MANY_IMAGES: usize = 20_000;
/// A generator makes variations of a smaller set's images.
pub const FEW_IMAGES: usize = 500;
/// Numbers in a latent.
const LATENT: usize = 64;
/// Channels at the large end, from narrow to wide.
const WIDTHS: [usize; 4] = [16, 24, 32, 48];
/// Rates of dense networks, as a share of those of 16 channels.
const DENSE_RATE: f64 = 0.1;
/// Numbers in the images that gamma is 0.05 for.
const DIGIT: f64 = 784.0;
/// Images in a step, if there are so many.
const BATCH: usize = 64;

/// A config for a set of images, and the reasons for it.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The config as TOML, with the reasons as comments. It states what differs from the defaults.
    pub text: String,
    /// What was chosen, and why.
    pub choices: Vec<Choice>,
}

/// Networks and what they cost.
#[derive(Clone, Debug)]
struct Planned {
    /// Channels at the large end; `None`: dense networks.
    width: Option<usize>,
    networks: Networks,
    cost: Cost,
    /// Images that the time is about enough for.
    affordable: f64,
}

/// What a recipe chooses.
#[derive(Clone, Debug)]
struct Chosen {
    planned: Planned,
    gamma: f64,
    /// G's and D's learning rate.
    rates: [f64; 2],
    batch: usize,
    seconds: f64,
    grid: usize,
}

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

impl Chosen {
    fn of(images: &Images, seconds: f64, threads: usize) -> Result<Chosen, RecipeError> {
        let ImageSize { height, width: columns, channels } = images.size;
        let planned = |width: Option<usize>| -> Result<Planned, RecipeError> {
            let networks = networks_of(images, width)?;
            let cost = Cost::of(&networks, images, LATENT)?;
            Ok(Planned { width, networks, cost, affordable: cost.affordable_images(seconds, threads) })
        };
        // Images that have a size of their own may have one that no stages make.
        let mut best = match images.resized || fits_stages(height, columns) {
            true => planned(Some(WIDTHS[0]))?,
            false => planned(None)?,
        };
        if best.width.is_some() {
            for width in &WIDTHS[1..] {
                let wider = planned(Some(*width))?;
                if wider.affordable >= ENOUGH_IMAGES {
                    best = wider;
                }
            }
        }
        let slower = best.width.map_or(DENSE_RATE, |width| WIDTHS[0] as f64 / width as f64);
        Ok(Chosen {
            gamma: rounded(0.05 * (height * columns * channels) as f64 / DIGIT),
            rates: [2e-3, 4e-3].map(|rate| rounded(rate * slower)),
            batch: BATCH.min(1 << images.count.max(1).ilog2()),
            seconds,
            grid: grid(images.classes),
            planned: best,
        })
    }
}

/// Networks for the images: of `width` channels at the large end, or dense ones.
fn networks_of(images: &Images, width: Option<usize>) -> Result<Networks, UnfitSize> {
    let conditional = images.is_conditional();
    match width {
        Some(width) => {
            compact_networks(images.size, width, conditional, images.count < MANY_IMAGES, images.count == 1)
        }
        None => networks(if conditional { "cgan" } else { "dense" }, images.size),
    }
}

/// Images of a grid: the same number of each class, or a square.
fn grid(classes: usize) -> usize {
    match classes {
        0 | 1 => 64,
        2..=10 => 10 * classes,
        11..=50 => 4 * classes,
        _ => classes.min(400),
    }
}

/// `x` with two significant digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.1e}").parse().unwrap_or(x)
}
