//! The config of a recipe as TOML.

use data::alpha::ALPHA_CHANNELS;

use super::chosen::{Chosen, LATENT};
use super::images::Images;

pub(super) fn text(images: &Images, chosen: &Chosen) -> String {
    let size = images.size;
    let mut read = String::new();
    if images.resized {
        read = format!(
            "size = \"{}x{}\"\nchannels = {}\nskip_broken = true\n",
            size.height, size.width, size.channels
        );
    }
    if size.channels == ALPHA_CHANNELS {
        read.push_str("alpha = true\n");
    }
    let Chosen { planned, gamma, rates: [rate_g, rate_d], batch, seconds, grid, .. } = chosen;
    let every = evaluation_images(planned.affordable);
    format!(
        "# Chosen for these images and this time by `ganymede train`. Every value may be edited.
#
# Sources: Huang et al. 2024, \"The GAN is dead; long live the GAN!\" (relativistic loss with R1 and R2); Miyato and Koyama 2018
# (projection); Zhao et al. 2020 (DiffAugment); Heusel et al. 2017 (two rates); Karras et al. 2022 (average whose half life grows).

name = {name}
description = {description}

[data]
source = {source}
# {size_reason}
{read}
[generator]
latent = {LATENT}
layers = {generator}

[discriminator]
layers = {discriminator}

[objective]
loss = \"relativistic\"
# In proportion to the numbers in an image: 0.05 for 28x28x1.
r1 = {gamma:?}
r2 = {gamma:?}

# In inverse proportion to the width: 2e-3 and 4e-3 for 16 channels at full size.
[optimizer.generator]
lr = {rate_g:?}
beta1 = 0.0
beta2 = 0.99

[optimizer.discriminator]
lr = {rate_d:?}
beta1 = 0.0
beta2 = 0.99

[train]
update = \"alternating\"
batch_size = {batch}
# Time ends the run. The rates fall to zero by then, whatever the time.
max_seconds = {seconds:?}
schedule = \"linear\"
full_rate_images = 1300000
ema_half_life_images = 20000.0
ema_rampup = 0.1
keep_checkpoints = 5
grid_images = {grid}

[eval]
every_images = {every}
",
        name = toml(images.name()),
        description = toml(format!("The recipe for {size}, on the data `{}`", images.source)),
        source = toml(images.source.clone()),
        size_reason = images.size_reason,
        generator = lines(&planned.networks.generator),
        discriminator = lines(&planned.networks.discriminator),
    )
}

/// Images between two evaluations: about ten in a run, and not more often than every 20,000 images.
fn evaluation_images(affordable: f64) -> u64 {
    let tenth = (affordable / 10.0 / 10_000.0).round() as u64 * 10_000;
    tenth.clamp(20_000, 240_000)
}

/// A text as a TOML value.
fn toml(text: String) -> toml::Value {
    toml::Value::String(text)
}

/// A list of layers on lines of at most 120 columns.
fn lines(layers: &str) -> String {
    let mut text = "[\n   ".to_owned();
    let mut column = 3;
    for layer in items(layers) {
        if column + layer.len() + 2 > 120 {
            text.push_str("\n   ");
            column = 3;
        }
        text.push_str(&format!(" {layer},"));
        column += layer.len() + 2;
    }
    text.push_str("\n]");
    text
}

/// The items of a TOML array, which are separated by commas outside brackets.
fn items(array: &str) -> Vec<&str> {
    let inner = array.trim().trim_start_matches('[');
    let inner = inner.strip_suffix(']').unwrap_or(inner);
    let (mut depth, mut start, mut items) = (0i32, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(inner[start..].trim());
    items.retain(|item| !item.is_empty());
    items
}
