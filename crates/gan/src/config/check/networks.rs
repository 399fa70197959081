//! Rules of `[generator]` and `[discriminator]`. Each layer's own numbers are checked where it is planned (`nn`).

use kernels::Activation;
use nn::{LayerSpec, Network, Shape, SpecError};

use super::super::error::ConfigError;
use super::super::facts::Facts;
use super::super::written::Written;
use super::classes::CLASSIFIER_HEAD;
use super::rules::Rules;

/// The planned generator.
pub(super) fn generator(
    rules: &mut Rules<'_>,
    written: &Written,
    facts: &Facts,
) -> Result<Network, ConfigError> {
    let section = &written.generator;
    let pixels = facts.pixels();
    let hint = format!(
        "from {} latents to the data's {facts}, as [{{ dense = 128 }}, \"relu\", {{ dense = {pixels} }}, \"tanh\"]",
        section.latent
    );
    let network =
        Network::conditional(&section.layers, Shape::flat(section.latent), facts.classes, section.init);
    let network = network.map_err(|error| {
        let planned = |classes| {
            Network::conditional(&section.layers, Shape::flat(section.latent), classes, section.init)
        };
        refused(rules, written, facts, "generator", error, planned)
    })?;
    has_weights(rules, "generator", &network, &hint)?;
    let (output, image) = (network.output(), facts.shape(1));
    // A dense layer's output is in the order of an image's pixels already.
    let fits = output == image || output == Shape::flat(pixels);
    rules.ensure(
        fits,
        &last_with_weights(&section.layers, "generator"),
        format!("layers end at {output} outputs; the data has {facts}"),
        format!(
            "end with {{ dense = {pixels} }}, \"tanh\", or with {} channels of {}x{}",
            image.channels, image.height, image.width
        ),
    )?;
    batch_norm_has_a_batch(rules, "generator", &section.layers, written.train.batch_size)?;
    if network.output_activation() != Activation::Tanh {
        rules.warn(
            "generator.layers",
            "pixels are in [-1, 1]; a last layer other than \"tanh\" can leave that range",
        );
    }
    Ok(network)
}

/// Layers that end at a logit, beside a dense one of one output.
const HEADS: [&str; 2] = ["projection-head", CLASSIFIER_HEAD];
const ENDS: &str = "end with { dense = 1 }, \"projection-head\" or \"classifier-head\"";

/// The planned discriminator.
pub(super) fn discriminator(
    rules: &Rules<'_>,
    written: &Written,
    facts: &Facts,
) -> Result<Network, ConfigError> {
    let section = &written.discriminator;
    let hint =
        format!("from the data's {facts} to one logit, as [{{ dense = 128 }}, \"relu\", {{ dense = 1 }}]");
    let input = facts.shape(written.train.packing);
    let network = Network::conditional(&section.layers, input, facts.classes, section.init);
    let network = network.map_err(|error| {
        let planned = |classes| Network::conditional(&section.layers, input, classes, section.init);
        refused(rules, written, facts, "discriminator", error, planned)
    })?;
    has_weights(rules, "discriminator", &network, &hint)?;
    let end = section.layers.len() - 1;
    let key = format!("discriminator.layers[{end}]");
    match &section.layers[end] {
        LayerSpec::Activation(Activation::Sigmoid) => rules.ensure(
            false,
            &key,
            "ends with \"sigmoid\"; losses take logits",
            "leave it out: end with { dense = 1 }; probabilities are shown for you",
        )?,
        LayerSpec::Dense { .. } => rules.ensure(
            network.output() == Shape::flat(1),
            &key,
            format!("layers end at {} outputs; an image has one logit", network.output()),
            ENDS,
        )?,
        head if HEADS.contains(&head.kind().as_str()) => {}
        other => rules.ensure(
            false,
            &key,
            format!("ends with {}; losses take the logit of a dense layer as it is", describe(other)),
            ENDS,
        )?,
    }
    batch_norm_has_a_batch(rules, "discriminator", &section.layers, written.train.batch_size)?;
    groups_divide_the_batch(rules, written)?;
    Ok(network)
}

/// The rule of a penalty on D's input gradient: `penalty` is the key that asks for it.
///
/// Its exact gradient is one more forward pass only where each image's logit depends on that image alone and its
/// input gradient is piecewise constant.
pub(super) fn allows_penalty(
    rules: &Rules<'_>,
    written: &Written,
    facts: &Facts,
    penalty: &str,
) -> Result<(), ConfigError> {
    let section = &written.discriminator;
    for (i, layer) in section.layers.iter().enumerate() {
        // Planned up to here, the first network that refuses names the layer.
        let input = facts.shape(written.train.packing);
        let Ok(network) = Network::conditional(&section.layers[..=i], input, facts.classes, section.init)
        else {
            continue;
        };
        let (kind, reason) = match (network.interacting_layer(), network.curved_layer()) {
            (Some(kind), _) => (kind, "makes one image's logit depend on the others"),
            (_, Some(kind)) => (kind, "is not piecewise linear"),
            (None, None) => continue,
        };
        let within = match layer {
            LayerSpec::Residual { .. } => format!("\"{kind}\" in the residual block"),
            other => describe(other),
        };
        return rules.ensure(
            false,
            &format!("discriminator.layers[{i}]"),
            format!("{within} {reason}, and `{penalty}` needs each image's own gradient"),
            format!("linear layers, \"relu\", \"leaky-relu\" and dropout only, or {penalty} = 0"),
        );
    }
    Ok(())
}

/// The planner's refusal as the layer's. Where the same layers could be planned (or planned further) if the data had classes,
/// the data is named as well.
fn refused(
    rules: &Rules<'_>,
    written: &Written,
    facts: &Facts,
    network: &str,
    error: SpecError,
    planned: impl Fn(usize) -> Result<Network, SpecError>,
) -> ConfigError {
    let wants_labels = facts.classes == 0 && planned(2).map_or_else(|other| other != error, |_| true);
    let SpecError { index, layer, mut message, hint } = error;
    if wants_labels {
        message.push_str(&format!("; `data.source` (\"{}\") has no labels", written.data.source));
    }
    rules.source.refuse(&format!("{network}.layers[{index}]"), format!("{layer}: {message}"), hint)
}

fn has_weights(rules: &Rules<'_>, name: &str, network: &Network, hint: &str) -> Result<(), ConfigError> {
    let trains = network.parameter_count() > 0;
    rules.ensure(
        trains,
        &format!("{name}.layers"),
        "no layer has weights, so there is nothing to train",
        hint,
    )
}

fn batch_norm_has_a_batch(
    rules: &Rules<'_>,
    network: &str,
    layers: &[LayerSpec],
    batch_size: usize,
) -> Result<(), ConfigError> {
    let Some(i) = layers.iter().position(has_batch_norm) else { return Ok(()) };
    rules.ensure(
        batch_size >= 2,
        "train.batch_size",
        format!("a batch of {batch_size} has no variance for the batch-norm in `{network}.layers[{i}]`"),
        "2 or more",
    )
}

/// D sees a batch of real images at a time, and one of generated ones, or of packs of them.
fn groups_divide_the_batch(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let (batch, packing) = (written.train.batch_size, written.train.packing);
    let samples = batch / packing;
    for (i, layer) in written.discriminator.layers.iter().enumerate() {
        let Some(group) = largest_group(layer) else { continue };
        let packs =
            if packing > 1 { format!(", {samples} packs of `train.packing`,") } else { String::new() };
        rules.ensure(
            samples.is_multiple_of(group.min(samples).max(1)),
            "train.batch_size",
            format!(
                "{batch}{packs} cannot be cut into groups of {group}, as the minibatch-stddev in \
                 `discriminator.layers[{i}]` has them"
            ),
            format!("a multiple of {}, or another group", group * packing),
        )?;
    }
    Ok(())
}

fn largest_group(layer: &LayerSpec) -> Option<usize> {
    match layer {
        LayerSpec::MinibatchStddev { group } => Some(*group),
        LayerSpec::Residual { body, shortcut } => body.iter().chain(shortcut).filter_map(largest_group).max(),
        _ => None,
    }
}

fn has_batch_norm(layer: &LayerSpec) -> bool {
    match layer {
        LayerSpec::BatchNorm { .. } => true,
        LayerSpec::Residual { body, shortcut } => body.iter().chain(shortcut).any(has_batch_norm),
        _ => false,
    }
}

/// The key of the last layer that is not an activation, which decides the outputs.
fn last_with_weights(layers: &[LayerSpec], network: &str) -> String {
    match layers.iter().rposition(|layer| !matches!(layer, LayerSpec::Activation(_))) {
        Some(i) => format!("{network}.layers[{i}]"),
        None => format!("{network}.layers"),
    }
}

/// The layer as a config writes it, without its details.
fn describe(layer: &LayerSpec) -> String {
    match layer {
        LayerSpec::Dense { units, .. } => format!("{{ dense = {units} }}"),
        LayerSpec::Dropout { rate } => format!("{{ dropout = {rate} }}"),
        other => format!("\"{}\"", other.kind()),
    }
}
