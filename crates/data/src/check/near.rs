//! Near duplicates: images that look the same although their pixels differ, such as one saved again or scaled.
//!
//! Each image has a difference hash of 64 bits (dHash: whether each of 8 x 8 cells is darker than its right neighbour) and the
//! mean colours of 8 x 8 cells. Two images are near duplicates if at most [`MAX_BITS`] bits differ and the colours differ by
//! at most [`MAX_DIFFERENCE`] on average. The hash of a plain image says nothing, so such images are compared by their colours alone.
//!
//! Source of the hash: N. Krawetz, "Kind of Like That", 2013, <https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html>.

use std::collections::HashMap;

use crate::Size;
use crate::folder::raster::Raster;

/// Most bits of the hash that may differ. Below the number of [`BANDS`], so that two near hashes share a band.
const MAX_BITS: u32 = 3;
/// The hash in as many parts.
const BANDS: usize = 4;
/// Largest mean difference of two images' colours, in levels of 255.
const MAX_DIFFERENCE: f64 = 4.0;
/// Cells of a side.
const CELLS: usize = 8;
/// Most images that are compared with one, of those that share a part of its hash.
const MAX_COMPARED: usize = 2000;

/// What an image looks like.
#[derive(Debug, Clone)]
pub(super) struct Look {
    hash: u64,
    /// Red, green and blue of each cell.
    colours: [u8; 3 * CELLS * CELLS],
}

impl Look {
    /// The look of an image of 1 channel or 3.
    pub(super) fn of(raster: &Raster) -> Look {
        let size = |width| Size { height: CELLS, width };
        // One column more than bits in a row.
        let grid = cells(raster, size(CELLS + 1));
        let level = |y: usize, x: usize| {
            let [r, g, b] = grid[y * (CELLS + 1) + x];
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let mut hash = 0;
        for y in 0..CELLS {
            for x in 0..CELLS {
                // A difference below half a level is noise.
                hash = hash << 1 | u64::from(level(y, x) + 0.5 < level(y, x + 1));
            }
        }
        let mut colours = [0; 3 * CELLS * CELLS];
        let means = cells(raster, size(CELLS));
        colours.iter_mut().zip(means.iter().flatten()).for_each(|(byte, mean)| *byte = mean.round() as u8);
        Look { hash, colours }
    }

    fn is_near(&self, other: &Look) -> bool {
        if (self.hash ^ other.hash).count_ones() > MAX_BITS {
            return false;
        }
        let pairs = self.colours.iter().zip(&other.colours);
        let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        f64::from(sum) <= MAX_DIFFERENCE * self.colours.len() as f64
    }
}

/// The mean colours of the cells that an image is divided into.
fn cells(raster: &Raster, cells: Size) -> Vec<[f64; 3]> {
    let Size { height, width } = raster.size;
    // Of an image with fewer pixels than cells, a pixel is in several.
    let range = |cell: usize, cells: usize, pixels: usize| {
        let start = cell * pixels / cells;
        start..((cell + 1) * pixels / cells).max(start + 1)
    };
    let mut means = Vec::with_capacity(cells.height * cells.width);
    for y in 0..cells.height {
        for x in 0..cells.width {
            let (mut sums, mut count) = ([0_u64; 3], 0_u64);
            for row in range(y, cells.height, height) {
                for column in range(x, cells.width, width) {
                    let at = (row * width + column) * raster.channels;
                    let pixel = &raster.pixels[at..at + raster.channels];
                    let channel = |c: usize| pixel.get(c).copied().unwrap_or(pixel[0]);
                    (0..3).for_each(|c| sums[c] += u64::from(channel(c)));
                    count += 1;
                }
            }
            means.push(sums.map(|sum| sum as f64 / count as f64));
        }
    }
    means
}

/// For each of `own` that is near one of `others`: both indices. The first that is found, in the order of the images.
pub(super) fn near(own: &[&Look], others: &[&Look]) -> Vec<(usize, usize)> {
    let index = Index::of(others);
    let first = |look: &Look| index.candidates(look).filter(|&i| look.is_near(others[i])).min();
    own.iter().enumerate().filter_map(|(i, look)| first(look).map(|other| (i, other))).collect()
}

/// For each image that is near an earlier one: its index and the earlier one's.
pub(super) fn near_earlier(looks: &[&Look]) -> Vec<(usize, usize)> {
    let index = Index::of(looks);
    let first = |i: usize| {
        index.candidates(looks[i]).filter(|&other| other < i && looks[i].is_near(looks[other])).min()
    };
    (0..looks.len()).filter_map(|i| first(i).map(|other| (i, other))).collect()
}

/// Images by each part of their hash.
struct Index {
    bands: [HashMap<u16, Vec<usize>>; BANDS],
}

fn band(hash: u64, band: usize) -> u16 {
    (hash >> (16 * band)) as u16
}

impl Index {
    fn of(looks: &[&Look]) -> Index {
        let mut bands: [HashMap<u16, Vec<usize>>; BANDS] = Default::default();
        for (i, look) in looks.iter().enumerate() {
            for (at, index) in bands.iter_mut().enumerate() {
                index.entry(band(look.hash, at)).or_default().push(i);
            }
        }
        Index { bands }
    }

    /// The images that share a part of the hash, some of them more than once.
    fn candidates<'a>(&'a self, look: &Look) -> impl Iterator<Item = usize> + 'a {
        let hash = look.hash;
        let sharing = self.bands.iter().enumerate().filter_map(move |(at, index)| index.get(&band(hash, at)));
        sharing.flat_map(|found| found.iter().take(MAX_COMPARED).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of waves, larger or brighter.
    fn waves(side: usize, brighter: f64, phase: f64) -> Look {
        let value = |y: usize, x: usize, c: usize| {
            let (y, x) = (y as f64 / side as f64, x as f64 / side as f64);
            let wave = (7.0 * x + phase).sin() + (5.0 * y + 3.0 * x * phase).cos() + 0.3 * c as f64;
            (110.0 + 40.0 * wave + brighter).round().clamp(0.0, 255.0) as u8
        };
        let pixels = (0..side * side * 3).map(|i| value(i / 3 / side, i / 3 % side, i % 3)).collect();
        let size = Size { height: side, width: side };
        Look::of(&Raster { size, channels: 3, pixels, transparent: false })
    }

    #[test]
    fn scaled_and_brightened_images_are_near_and_others_are_not() {
        let original = waves(64, 0.0, 0.0);
        for near in [waves(48, 0.0, 0.0), waves(96, 2.0, 0.0), waves(64, 3.0, 0.01)] {
            assert!(original.is_near(&near), "{:b} {:b}", original.hash, near.hash);
        }
        for other in [waves(64, 0.0, 1.0), waves(64, 0.0, 3.0), waves(64, 60.0, 0.0)] {
            assert!(!original.is_near(&other));
        }
    }

    #[test]
    fn pairs_are_found_in_order() {
        let looks = [waves(64, 0.0, 0.0), waves(64, 0.0, 1.5), waves(32, 0.0, 0.0), waves(64, 1.0, 0.0)];
        let looks: Vec<&Look> = looks.iter().collect();
        assert_eq!(near_earlier(&looks), [(2, 0), (3, 0)]);
        assert_eq!(near(&looks[1..3], &looks[..1]), [(1, 0)]);
        assert!(near(&looks[1..2], &looks[..1]).is_empty());
        // An image of one pixel has cells as well.
        let one =
            Raster { size: Size { height: 1, width: 1 }, channels: 1, pixels: vec![7], transparent: false };
        assert_eq!(Look::of(&one).hash, 0);
    }
}
