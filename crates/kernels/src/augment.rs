//! Random changes of images that keep them differentiable (Zhao et al. 2020, DiffAugment): each is affine in
//! the image.
//!
//! An image's changes are fixed by [`DRAWS`] numbers of its own.

use multiversion::multiversion;

use crate::grid::Grid;
use crate::noise::{NoiseKey, fill_uniform};
use crate::threads::{Rows, RowsMut, Threads, split};

/// One change, with the paper's strengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Augmentation {
    /// `x + U(-1/2, 1/2)`.
    Brightness,
    /// `m + U(0, 2) (x - m)`, `m` each pixel's mean over its channels.
    Saturation,
    /// `m + U(1/2, 3/2) (x - m)`, `m` the image's mean.
    Contrast,
    /// A shift by up to an eighth of the sides; zeros come in.
    Translation,
    /// A square of half the sides, anywhere over the image, becomes zero.
    Cutout,
}

impl Augmentation {
    /// All, in the order of their definition.
    pub const ALL: [Augmentation; 5] = [
        Augmentation::Brightness,
        Augmentation::Saturation,
        Augmentation::Contrast,
        Augmentation::Translation,
        Augmentation::Cutout,
    ];

    /// Its name in a config file.
    pub fn name(self) -> &'static str {
        match self {
            Augmentation::Brightness => "brightness",
            Augmentation::Saturation => "saturation",
            Augmentation::Contrast => "contrast",
            Augmentation::Translation => "translation",
            Augmentation::Cutout => "cutout",
        }
    }
}

/// Numbers that fix an image's changes: what is added, the factors of saturation and of contrast, by how many
/// pixels the image's content moves up and left, the first row and column of the square (which may lie
/// outside), and a uniform number that [`keep_some`] compares.
pub const DRAWS: usize = 8;

/// Which map [`apply`] computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The changes themselves.
    Affine,
    /// Their linear part: what they do to a tangent.
    Linear,
    /// Its transpose: what they do to a cotangent.
    Transposed,
}

/// Numbers of each image from `key`, `[images, DRAWS]`: image `i`'s do not depend on how many there are.
pub fn fill_draws(key: NoiseKey, grid: Grid, draws: &mut [f32]) {
    fill_uniform(key, 0, draws);
    // A whole number below `n`; the largest uniform may round to 1.
    let below = |n: usize, u: f32| (u * n as f32).floor().min(n as f32 - 1.0);
    for image in draws.chunks_exact_mut(DRAWS) {
        image[0] -= 0.5;
        image[1] *= 2.0;
        image[2] += 0.5;
        for (axis, size) in [grid.height, grid.width].into_iter().enumerate() {
            let most = (size + 4) / 8;
            image[3 + axis] = below(2 * most + 1, image[3 + axis]) - most as f32;
            let side = size.div_ceil(2);
            image[5 + axis] = below(size + 1 - side % 2, image[5 + axis]) - (side / 2) as f32;
        }
    }
}

/// Numbers that change nothing.
pub fn fill_identity(grid: Grid, draws: &mut [f32]) {
    let outside = [grid.height as f32, grid.width as f32];
    for image in draws.chunks_exact_mut(DRAWS) {
        image.copy_from_slice(&[0.0, 1.0, 1.0, 0.0, 0.0, outside[0], outside[1], 0.0]);
    }
}

/// Of numbers from [`fill_draws`]: keeps image `i`'s with probability `probabilities[i]`, and makes the others
/// change nothing.
pub fn keep_some(grid: Grid, probabilities: impl Iterator<Item = f32>, draws: &mut [f32]) {
    for (image, probability) in draws.chunks_exact_mut(DRAWS).zip(probabilities) {
        // The largest uniform may round to 1, which is changed always.
        if image[7] >= probability && probability < 1.0 {
            fill_identity(grid, image);
        }
    }
}

/// `out`: the changes `list`, one after the other, of the images `x`; or what `part` says of them.
///
/// # Panics
/// If `x` and `out` are not as many whole images as `draws` has numbers for.
pub fn apply(
    threads: Threads,
    list: &[Augmentation],
    part: Part,
    grid: Grid,
    draws: &[f32],
    x: &[f32],
    out: &mut [f32],
) {
    let images = draws.len() / DRAWS;
    assert!(x.len() == images * grid.values() && out.len() == x.len(), "{images} images of {grid:?}");
    let n = out.len();
    let work = (RowsMut(out, grid.values()), Rows(x, grid.values()), Rows(draws, DRAWS));
    split(threads, images, n, 1, work, &|_, (out, x, draws)| {
        out.0.copy_from_slice(x.0);
        for (image, draws) in out.0.chunks_exact_mut(grid.values()).zip(draws.0.chunks_exact(DRAWS)) {
            match part {
                Part::Transposed => list.iter().rev().for_each(|&a| change(a, part, grid, draws, image)),
                _ => list.iter().for_each(|&a| change(a, part, grid, draws, image)),
            }
        }
    });
}

fn change(augmentation: Augmentation, part: Part, grid: Grid, draws: &[f32], image: &mut [f32]) {
    match augmentation {
        Augmentation::Brightness if part == Part::Affine => add_to_all(draws[0], image),
        Augmentation::Brightness => {}
        // Both of these matrices are symmetric.
        Augmentation::Saturation => {
            image.chunks_exact_mut(grid.channels).for_each(|pixel| around_mean(draws[1], pixel));
        }
        Augmentation::Contrast => around_mean(draws[2], image),
        Augmentation::Translation => {
            let by = (draws[3] as isize, draws[4] as isize);
            translate(grid, if part == Part::Transposed { (-by.0, -by.1) } else { by }, image);
        }
        Augmentation::Cutout => cut_out(grid, (draws[5] as isize, draws[6] as isize), image),
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add_to_all(c: f32, image: &mut [f32]) {
    image.iter_mut().for_each(|x| *x += c);
}

/// `m + c (x - m)`.
#[multiversion(targets("x86_64+avx2"))]
fn around_mean(c: f32, values: &mut [f32]) {
    let mut lanes = [0.0f32; 16];
    let chunks = values.chunks_exact(16);
    let mut sum: f64 = chunks.remainder().iter().map(|&v| f64::from(v)).sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(l, v)| *l += v);
    }
    sum += lanes.iter().map(|&v| f64::from(v)).sum::<f64>();
    let mean = (sum / values.len() as f64) as f32;
    values.iter_mut().for_each(|x| *x = mean + c * (*x - mean));
}

/// Pixel `(r, c)` becomes what `(r + down, c + right)` was; zero where that is outside.
fn translate(grid: Grid, (down, right): (isize, isize), image: &mut [f32]) {
    let row = grid.row();
    let shift = right.unsigned_abs().min(grid.width) * grid.channels;
    let mut fill_row = |r: usize| {
        let source = r.checked_add_signed(down).filter(|&s| s < grid.height);
        let start = r * row;
        let Some(source) = source else { return image[start..start + row].fill(0.0) };
        let source = source * row;
        if right >= 0 {
            image.copy_within(source + shift..source + row, start);
            image[start + row - shift..start + row].fill(0.0);
        } else {
            image.copy_within(source..source + row - shift, start + shift);
            image[start..start + shift].fill(0.0);
        }
    };
    // In the order that reads a row before it is written.
    if down >= 0 {
        (0..grid.height).for_each(fill_row)
    } else {
        (0..grid.height).rev().for_each(&mut fill_row)
    }
}

/// Zeros what lies in the image of the rectangle of half the sides that begins at `(top, left)`.
fn cut_out(grid: Grid, (top, left): (isize, isize), image: &mut [f32]) {
    let span = |first: isize, size: usize| {
        let inside = |at: isize| at.clamp(0, size as isize) as usize;
        inside(first)..inside(first + size.div_ceil(2) as isize)
    };
    let columns = span(left, grid.width);
    for r in span(top, grid.height) {
        let row = &mut image[r * grid.row()..(r + 1) * grid.row()];
        row[columns.start * grid.channels..columns.end * grid.channels].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::fill_normal;

    const KEY: NoiseKey = NoiseKey { seed: 16, stream: 1, step: 2 };

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 16, stream, step: 0 }, 0, &mut v);
        v
    }

    /// One change of one image in float64, pixel by pixel.
    fn twin(augmentation: Augmentation, grid: Grid, draws: &[f32], x: &[f64]) -> Vec<f64> {
        let Grid { height, width, channels } = grid;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let at = |r: isize, c: isize, j: usize| {
            let inside = (0..height as isize).contains(&r) && (0..width as isize).contains(&c);
            if inside { x[(r as usize * width + c as usize) * channels + j] } else { 0.0 }
        };
        let number = |i: usize| f64::from(draws[i]);
        let whole = mean(x);
        (0..x.len())
            .map(|p| {
                let (r, c, j) =
                    ((p / channels / width) as isize, (p / channels % width) as isize, p % channels);
                let pixel = mean(&x[p - j..p - j + channels]);
                let covered = |first: f32, at: isize, size: usize| {
                    (first as isize..first as isize + size.div_ceil(2) as isize).contains(&at)
                };
                match augmentation {
                    Augmentation::Brightness => x[p] + number(0),
                    Augmentation::Saturation => pixel + number(1) * (x[p] - pixel),
                    Augmentation::Contrast => whole + number(2) * (x[p] - whole),
                    Augmentation::Translation => at(r + draws[3] as isize, c + draws[4] as isize, j),
                    Augmentation::Cutout if covered(draws[5], r, height) && covered(draws[6], c, width) => {
                        0.0
                    }
                    Augmentation::Cutout => x[p],
                }
            })
            .collect()
    }

    #[test]
    fn changes_equal_their_twins_and_the_transpose_is_one() {
        let grid = |height, width, channels| Grid { height, width, channels };
        let mut lists: Vec<Vec<Augmentation>> = Augmentation::ALL.iter().map(|&a| vec![a]).collect();
        lists.push(Augmentation::ALL.to_vec());
        lists.push(Augmentation::ALL.iter().rev().copied().collect());
        for (images, grid) in [(40, grid(9, 12, 3)), (30, grid(28, 28, 1)), (20, grid(5, 4, 2))] {
            let (x, d) = (normal(1, images * grid.values()), normal(2, images * grid.values()));
            let mut draws = vec![0.0; images * DRAWS];
            fill_draws(KEY, grid, &mut draws);
            for list in &lists {
                let run = |threads: usize, part: Part, x: &[f32]| {
                    let mut out = vec![f32::NAN; x.len()];
                    apply(Threads::new(threads), list, part, grid, &draws, x, &mut out);
                    out
                };
                let changed = run(1, Part::Affine, &x);
                assert_eq!(changed, run(3, Part::Affine, &x));
                let (tangent, back) = (run(2, Part::Linear, &x), run(2, Part::Transposed, &d));
                for i in 0..images {
                    let draws = &draws[i * DRAWS..(i + 1) * DRAWS];
                    let part = i * grid.values()..(i + 1) * grid.values();
                    let twin_of = |x: Vec<f64>| list.iter().fold(x, |x, &a| twin(a, grid, draws, &x));
                    let wide = |v: &[f32]| v[part.clone()].iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
                    let (expected, zero) = (twin_of(wide(&x)), twin_of(vec![0.0; grid.values()]));
                    let (got, tangent, back) = (wide(&changed), wide(&tangent), wide(&back));
                    for p in 0..grid.values() {
                        assert!((got[p] - expected[p]).abs() < 1e-5, "{list:?}");
                        assert!((tangent[p] - (expected[p] - zero[p])).abs() < 1e-5, "{list:?}");
                    }
                    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                    assert!((dot(&tangent, &wide(&d)) - dot(&back, &wide(&x))).abs() < 1e-4, "{list:?}");
                }
            }
        }
    }

    #[test]
    fn draws_have_the_paper_s_ranges_and_the_identity_changes_nothing() {
        let grid = Grid { height: 32, width: 9, channels: 3 };
        let mut draws = vec![0.0; 4000 * DRAWS];
        fill_draws(KEY, grid, &mut draws);
        let bounds = [
            (-0.5, 0.5),
            (0.0, 2.0),
            (0.5, 1.5),
            (-4.0, 4.0),
            (-1.0, 1.0),
            (-8.0, 24.0),
            (-2.0, 6.0),
            (0.0, 1.0),
        ];
        for (k, (low, high)) in bounds.into_iter().enumerate() {
            let values: Vec<f32> = draws.iter().skip(k).step_by(DRAWS).copied().collect();
            let (min, max) = values.iter().fold((f32::MAX, f32::MIN), |(a, b), &v| (a.min(v), b.max(v)));
            assert!(min >= low && max <= high, "number {k}: {min} to {max}");
            assert!(
                min < low + 0.01 * (high - low) && max > high - 0.01 * (high - low),
                "{k}: {min} to {max}"
            );
            if (3..7).contains(&k) {
                assert!(values.iter().all(|v| v.fract() == 0.0));
            }
        }
        let x = normal(1, 7 * grid.values());
        let mut draws = vec![f32::NAN; 7 * DRAWS];
        fill_identity(grid, &mut draws);
        let mut out = vec![f32::NAN; x.len()];
        apply(Threads::ONE, &Augmentation::ALL, Part::Affine, grid, &draws, &x, &mut out);
        assert!(out.iter().zip(&x).all(|(o, x)| (o - x).abs() < 1e-5));
    }
}
