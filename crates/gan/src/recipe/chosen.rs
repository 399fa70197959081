//! The numbers of a recipe.

use super::cost::Cost;
use super::error::RecipeError;
use super::images::Images;
use crate::presets::{ImageSize, Networks, UnfitSize, compact_networks, fits_stages, networks};

/// Fewest images that wide networks are shown. If the time is not enough for them, narrow networks learn more.
pub const ENOUGH_IMAGES: f64 = 600_000.0;
/// Smaller sets are augmented.
pub const MANY_IMAGES: usize = 20_000;
/// A generator makes variations of a smaller set's images.
pub const FEW_IMAGES: usize = 500;
/// Numbers in a latent.
pub(super) const LATENT: usize = 64;
/// Channels at the large end, from narrow to wide.
const WIDTHS: [usize; 4] = [16, 24, 32, 48];
/// Rates of dense networks, as a share of those of 16 channels.
const DENSE_RATE: f64 = 0.1;
/// Numbers in the images that gamma is 0.05 for.
const DIGIT: f64 = 784.0;
/// Images in a step, if there are so many.
const BATCH: usize = 64;

/// Networks and what they cost.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// Channels at the large end; `None`: dense networks.
    pub(super) width: Option<usize>,
    pub(super) networks: Networks,
    pub(super) cost: Cost,
    /// Images that the time is about enough for.
    pub(super) affordable: f64,
}

/// What a recipe chooses.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) planned: Planned,
    pub(super) gamma: f64,
    /// G's and D's learning rate.
    pub(super) rates: [f64; 2],
    pub(super) batch: usize,
    pub(super) seconds: f64,
    pub(super) grid: usize,
}

impl Chosen {
    pub(super) fn of(images: &Images, seconds: f64, threads: usize) -> Result<Chosen, RecipeError> {
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
