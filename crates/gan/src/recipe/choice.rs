//! What a recipe chose, in words.

use super::chosen::{Chosen, FEW_IMAGES, MANY_IMAGES};
use super::images::Images;

/// One choice with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What was chosen.
    pub what: &'static str,
    /// The choice and its reason.
    pub why: String,
}

pub(super) fn choices(images: &Images, chosen: &Chosen) -> Vec<Choice> {
    let size = images.size;
    let count = thousands(images.count);
    let planned = &chosen.planned;
    let [g, d] = planned.cost.parameters.map(thousands);
    let one = if images.count == 1 { "image" } else { "images" };
    let classes = match images.classes {
        0 => "without classes: the generator is unconditional".to_owned(),
        1 => "of one class: the generator is unconditional".to_owned(),
        n => format!("of {n} classes: the generator makes any class on demand"),
    };
    let augmentation = match images.count {
        n if n >= MANY_IMAGES => {
            format!("none: from {} images on, it costs more than it gains", thousands(MANY_IMAGES))
        }
        n if n < FEW_IMAGES => {
            format!("DiffAugment; with {count} {one} expect variations of these pictures, not new ones")
        }
        _ => format!(
            "DiffAugment: with less than {} images, D would learn them by heart",
            thousands(MANY_IMAGES)
        ),
    };
    let width = match planned.width {
        Some(width) => format!("{width} channels at full size"),
        None => "dense, because no convolutions make this size".to_owned(),
    };
    let of_time = thousands((planned.affordable / 1000.0).round() as usize * 1000);
    let (gamma, [rate_g, rate_d]) = (chosen.gamma, chosen.rates);
    [
        ("images", format!("{count} {one} {classes}")),
        ("size", format!("{size}: {}", images.size_reason)),
        ("networks", format!("{width}, {g} weights (G) and {d} (D): about {of_time} images in this time")),
        (
            "objective",
            format!(
                "relativistic, R1 = R2 = {gamma}, by the {} numbers in an image",
                thousands(size.height * size.width * size.channels)
            ),
        ),
        (
            "rates",
            format!(
                "{rate_g} (G), {rate_d} (D) by the channels, falling to 0 at the end; batches of {}",
                chosen.batch
            ),
        ),
        ("augmentation", augmentation),
    ]
    .map(|(what, why)| Choice { what, why })
    .into()
}

/// `1,234,567`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
