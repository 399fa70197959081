//! The size to train at.

use data::{Size, Survey};

use crate::presets::{ImageSize, fits_stages};

/// Longest side that images keep. Training on a processor takes too long above it.
const MOST_OWN: usize = 128;
/// Longest sides that images are brought to.
const SIDES: [usize; 6] = [64, 48, 32, 28, 16, 8];
/// Shares of width and height that count as equal, as a difference of logarithms.
const EQUAL: f64 = 0.1;
/// Share of the images whose aspect ratio must be equal, so that it is kept.
const MOST: f64 = 0.75;

/// A size with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenSize {
    /// The size.
    pub size: ImageSize,
    /// Why.
    pub reason: String,
}

/// The size to train at: the images' own if all have one size of at most 128 pixels that a generator can make, or that cannot
/// be changed; otherwise the largest of 64, 48, 32, 28, 16 and 8 pixels that the median image has, with the aspect ratio of most
/// images if they have one. `None` if there are no images.
pub fn size_for(survey: &Survey) -> Option<ChosenSize> {
    let &(first, _) = survey.sizes.first()?;
    let with = |Size { height, width }: Size, reason: String| {
        Some(ChosenSize { size: ImageSize { height, width, channels: survey.channels }, reason })
    };
    let fits = fits_stages(first.height, first.width) && first.height.max(first.width) <= MOST_OWN;
    if !survey.resizable || (survey.sizes.len() == 1 && fits) {
        return with(first, "the images have this size".to_owned());
    }
    let side = |size: Size| size.height.min(size.width) as f64;
    let ratio = |size: Size| (size.width as f64 / size.height as f64).ln();
    let shortest = median(survey, side);
    let aspect = median(survey, ratio);
    let alike = share(survey, |size| (ratio(size) - aspect).abs() < EQUAL);
    let longest = SIDES.into_iter().find(|&side| side as f64 <= shortest).unwrap_or(SIDES[SIDES.len() - 1]);
    let square = Size { height: longest, width: longest };
    let size = if alike >= MOST { nearest(longest, aspect) } else { square };
    let own = match survey.sizes.len() {
        1 => format!("the images have {first}"),
        n => format!("the images have {n} sizes"),
    };
    let why = match size == square {
        true => "they are cropped to a square and scaled",
        false => "they are scaled, and keep their aspect ratio as nearly as possible",
    };
    with(size, format!("{own}; {why}; --image HxWxC takes another"))
}

/// The size with this longest side that a generator can make and whose aspect ratio is nearest.
fn nearest(longest: usize, aspect: f64) -> Size {
    let shorter = (1..=longest).rev().filter(|&side| fits_stages(longest, side));
    let sizes = shorter
        .flat_map(|side| [Size { height: side, width: longest }, Size { height: longest, width: side }]);
    let distance = |size: &Size| ((size.width as f64 / size.height as f64).ln() - aspect).abs();
    sizes
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(Size { height: longest, width: longest })
}

/// The median of a figure of the images' sizes.
fn median(survey: &Survey, figure: impl Fn(Size) -> f64) -> f64 {
    let mut figures: Vec<(f64, usize)> =
        survey.sizes.iter().map(|&(size, count)| (figure(size), count)).collect();
    figures.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: usize = figures.iter().map(|&(_, count)| count).sum();
    let mut seen = 0;
    for (figure, count) in figures {
        seen += count;
        if 2 * seen >= total {
            return figure;
        }
    }
    0.0
}

/// The share of images whose size has a property.
fn share(survey: &Survey, has: impl Fn(Size) -> bool) -> f64 {
    let total: usize = survey.sizes.iter().map(|&(_, count)| count).sum();
    let with: usize = survey.sizes.iter().filter(|&&(size, _)| has(size)).map(|&(_, count)| count).sum();
    with as f64 / total.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(sizes: &[(usize, usize, usize)], resizable: bool) -> String {
        let sizes = sizes.iter().map(|&(height, width, count)| (Size { height, width }, count)).collect();
        let survey = Survey { images: 9, sizes, channels: 3, classes: 0, resizable };
        size_for(&survey).map_or_else(String::new, |chosen| chosen.size.to_string())
    }

    #[test]
    fn own_sizes_are_kept_where_a_generator_can_make_them() {
        assert_eq!(size(&[(28, 28, 9)], true), "28x28x3");
        assert_eq!(size(&[(128, 96, 9)], true), "128x96x3");
        assert_eq!(size(&[(50, 50, 9)], true), "48x48x3");
        assert_eq!(size(&[(30, 30, 9)], false), "30x30x3");
        assert_eq!(size(&[], true), "");
    }

    #[test]
    fn photographs_become_small() {
        assert_eq!(size(&[(1000, 1000, 5), (2000, 1990, 4)], true), "64x64x3");
        assert_eq!(size(&[(3000, 4000, 9)], true), "48x64x3");
        assert_eq!(size(&[(4000, 3000, 9)], true), "64x48x3");
        assert_eq!(size(&[(1080, 1920, 9)], true), "40x64x3");
        // Half of them upright: a square is cropped from all.
        assert_eq!(size(&[(3000, 4000, 5), (4000, 3000, 4)], true), "64x64x3");
        assert_eq!(size(&[(40, 200, 5), (200, 40, 5)], true), "32x32x3");
        assert_eq!(size(&[(3, 3, 1)], true), "8x8x3");
    }
}
