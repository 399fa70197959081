//! Digits in generated handwriting, with the marks between them in dates and times.

mod glyph;
mod hands;

use anyhow::bail;
use model::Sampler;
use model::sampler::to_byte;

use self::hands::Hands;
use crate::args::Hand;
use crate::gate::Gate;
use crate::hints::Hint;
use crate::pictures::Canvas;

pub(crate) use glyph::Glyph;

/// Pixels between two lines, and around the sheet.
const LEADING: usize = 4;
/// Ink up to this value is noise: a column with less is empty.
const FAINT: u8 = 48;
/// Columns kept at either side of a digit's ink.
const BEARING: usize = 1;

/// `lines` lines of the glyphs, each by hands of its own: line `i` has the latents of images `i n..(i + 1) n` of the seed's
/// sequence, `n` the hands a line needs, or with a gate the next that it lets through.
///
/// # Errors
/// If the generator takes no labels, does not have all of these digits, or makes images that are neither grey nor colour; if
/// no hand passes the gate.
pub(crate) fn handwriting(
    sampler: &mut Sampler,
    glyphs: &[Glyph],
    lines: usize,
    (hand, seed): (Hand, u64),
    gate: Option<&Gate>,
) -> anyhow::Result<Canvas> {
    check(sampler)?;
    let digits = glyphs.iter().filter_map(Glyph::digit).map(|digit| class(sampler, digit));
    let digits: Vec<u32> = digits.collect::<anyhow::Result<_>>()?;
    let mut hands = Hands { hand, seed, gate, next: 0 };
    let mut rows = Vec::with_capacity(lines);
    for _ in 0..lines {
        let latents = hands.line(sampler, &digits)?;
        let images = sampler.images(&latents, &digits)?;
        let mut written =
            images.chunks_exact(images.len() / digits.len()).map(|image| trimmed(sampler, image));
        let pieces: Vec<Canvas> = glyphs
            .iter()
            .filter_map(|glyph| match glyph {
                Glyph::Digit(_) => written.next(),
                Glyph::Mark(mark) => Some(mark.draw(sampler.shape().0)),
            })
            .collect();
        rows.push(side_by_side(&pieces));
    }
    Ok(stacked(&rows))
}

fn check(sampler: &Sampler) -> anyhow::Result<()> {
    if sampler.labels().is_empty() {
        bail!("this generator takes no labels, so it cannot write chosen digits{}", Hint::TrainDigits);
    }
    if ![1, 3].contains(&sampler.shape().2) {
        bail!("images of {} channels are neither grey nor colour", sampler.shape().2);
    }
    Ok(())
}

/// The label of a digit: the digit, or the class with this name if classes have names.
fn class(sampler: &Sampler, digit: u32) -> anyhow::Result<u32> {
    let (labels, names) = (sampler.labels(), sampler.class_names());
    let named = |name: &String| *name == digit.to_string();
    match names.is_empty() {
        true if labels.contains(&digit) => Ok(digit),
        true => bail!("this generator has no class {digit}: its classes are 0 to {}", labels.len() - 1),
        false => match names.iter().position(named) {
            Some(label) => Ok(label as u32),
            None => bail!(
                "this generator has no class called `{digit}`: there are {}{}",
                names.join(", "),
                Hint::TrainDigits
            ),
        },
    }
}

/// An image in grey without the columns at its sides that have no ink.
fn trimmed(sampler: &Sampler, image: &[f32]) -> Canvas {
    let (height, width, channels) = sampler.shape();
    let grey = |pixel: &[f32]| to_byte(pixel.iter().sum::<f32>() / channels as f32);
    let canvas = Canvas { ink: image.chunks_exact(channels).map(grey).collect(), width, height };
    match canvas.inked_columns(FAINT) {
        Some((first, end)) => canvas.columns(first.saturating_sub(BEARING), (end + BEARING).min(width)),
        None => canvas,
    }
}

fn side_by_side(pieces: &[Canvas]) -> Canvas {
    let height = pieces.iter().map(|piece| piece.height).max().unwrap_or(0);
    let mut row = Canvas::new(pieces.iter().map(|piece| piece.width).sum(), height);
    let mut x = 0;
    for piece in pieces {
        row.lay(piece, x, 0);
        x += piece.width;
    }
    row
}

fn stacked(rows: &[Canvas]) -> Canvas {
    let width = rows.iter().map(|row| row.width).max().unwrap_or(0);
    let height: usize = rows.iter().map(|row| row.height + LEADING).sum();
    let mut sheet = Canvas::new(width + 2 * LEADING, height + LEADING);
    let mut y = LEADING;
    for row in rows {
        sheet.lay(row, LEADING, y);
        y += row.height + LEADING;
    }
    sheet
}
