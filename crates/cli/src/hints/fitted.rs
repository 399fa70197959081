//! The command that trains on given images: a preset for their labels, networks for their size, a batch that they fill.

use data::{Size, Survey};
use gan::config::{Facts, Overlay, Source, Written};
use gan::presets::{self, ImageSize};

use super::Typed;

/// Images above this side are resized if possible, because training on a processor would take too long.
const MOST_SIDE: usize = 128;
/// Sides that images are brought to.
const SIDES: [usize; 4] = [64, 32, 16, 8];
/// The presets to try after the requested one: without labels, and for any size.
const OTHERS: [&str; 2] = ["hinge-sn", "dense"];

/// The training that a user wants.
pub(crate) struct Wish<'a> {
    /// The command.
    pub(crate) typed: Typed,
    /// Its preset.
    pub(crate) preset: &'a str,
    /// The values that the command sets over a preset whose networks are for images of this size.
    pub(crate) overlays: &'a dyn Fn(&str, ImageSize) -> anyhow::Result<Vec<Overlay>>,
}

/// The command that trains on these images; `None` if no preset and no size fits.
pub(crate) fn fitted(wish: &Wish<'_>, survey: &Survey) -> Option<Typed> {
    let presets = [wish.preset].into_iter().chain(OTHERS);
    let whole_batch = 1 << survey.images.max(1).ilog2();
    for preset in presets {
        for image in sizes(survey) {
            for batch in [None, Some(whole_batch)] {
                if trains(wish, preset, image, batch, survey).is_some() {
                    return Some(command(wish, preset, image, batch));
                }
            }
        }
    }
    None
}

fn command(wish: &Wish<'_>, preset: &str, image: ImageSize, batch: Option<usize>) -> Typed {
    let mut typed = wish.typed.clone();
    if preset != wish.preset {
        typed = typed.replacing(wish.preset, Some(preset));
    }
    typed = typed.with("image", &image.to_string());
    match batch {
        Some(batch) => typed.with_set(&format!("train.batch_size={batch}")),
        None => typed,
    }
}

/// Sizes to try, the nearest to the images' own first.
fn sizes(survey: &Survey) -> Vec<ImageSize> {
    let channels = survey.channels;
    let sized = |Size { height, width }| ImageSize { height, width, channels };
    let Some(&(size, _)) = survey.sizes.first() else { return Vec::new() };
    if !survey.resizable {
        return vec![sized(size)];
    }
    let own = survey.sizes.len() == 1 && size.height.max(size.width) <= MOST_SIDE;
    let side = size.height.min(size.width);
    let squares = SIDES.iter().filter(|&&square| square <= side).chain(&SIDES[3..]);
    let squares = squares.map(|&side| sized(Size { height: side, width: side }));
    own.then_some(sized(size)).into_iter().chain(squares).collect()
}

/// Whether a preset passes every rule with these values.
fn trains(
    wish: &Wish<'_>,
    preset: &str,
    image: ImageSize,
    batch: Option<usize>,
    survey: &Survey,
) -> Option<()> {
    let text = presets::find(preset).ok()?.text;
    let mut overlays = (wish.overlays)(preset, image).ok()?;
    overlays.extend(batch.map(|batch| Overlay::set(format!("train.batch_size={batch}"))));
    let source = Source::new(text, preset).with_overlays(&overlays).ok()?;
    let facts = Facts {
        image_shape: (image.height, image.width, image.channels),
        images: survey.images,
        classes: survey.classes,
    };
    Written::parse(&source).ok()?.check(&source, &facts).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command_for(
        sizes: &[(usize, usize, usize)],
        channels: usize,
        classes: usize,
        resizable: bool,
    ) -> String {
        let overlays = |preset: &str, image: ImageSize| Ok(crate::args::sized(preset, image)?);
        let survey = Survey {
            images: sizes.iter().map(|(_, _, n)| n).sum(),
            sizes: sizes.iter().map(|&(height, width, n)| (Size { height, width }, n)).collect(),
            channels,
            classes,
            resizable,
        };
        let wish = Wish {
            typed: Typed::of(["train", "mnist", "--set", "data.source=photos"]),
            preset: "mnist",
            overlays: &overlays,
        };
        fitted(&wish, &survey).map_or_else(String::new, |typed| typed.to_string())
    }

    #[test]
    fn the_command_suits_labels_size_and_number() {
        let on = |preset: &str, more: &str| {
            format!("ganymede train {preset} --set data.source=photos --image {more}")
        };
        let cases = [
            (command_for(&[(64, 64, 900)], 3, 2, true), on("mnist", "64x64x3")),
            (command_for(&[(28, 28, 900)], 1, 10, true), on("mnist", "28x28x1")),
            (command_for(&[(64, 48, 900)], 3, 2, true), on("mnist", "64x48x3")),
            (command_for(&[(1000, 750, 900)], 3, 2, true), on("mnist", "64x64x3")),
            (command_for(&[(50, 50, 900)], 3, 2, true), on("mnist", "32x32x3")),
            (
                command_for(&[(64, 64, 5), (40, 40, 4)], 3, 2, true),
                on("mnist", "64x64x3 --set train.batch_size=8"),
            ),
            (command_for(&[(64, 64, 900)], 3, 0, true), on("hinge-sn", "64x64x3")),
            (command_for(&[(30, 30, 900)], 1, 0, false), on("dense", "30x30x1")),
        ];
        for (got, expected) in cases {
            assert_eq!(got, expected);
        }
    }
}
