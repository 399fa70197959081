//! Rules of `[generator]` and `[discriminator]`.

use kernels::Activation;
use nn::LayerSpec;
use nn::spec::{DEFAULT_BATCH_NORM_EPS, DEFAULT_BATCH_NORM_MOMENTUM};

use super::super::checked::{Discriminator, Generator};
use super::super::error::ConfigError;
use super::super::written::Written;
use super::{Image, Rules};

/// Most weights that one layer may have (1 GiB of them): a slip of the keyboard is told so before memory is asked
/// for.
const MAX_LAYER_WEIGHTS: usize = 1 << 28;

pub(super) fn generator_of(written: &Written) -> Generator {
    let section = &written.generator;
    Generator { latent: section.latent, init: section.init, layers: section.layers.clone() }
}

pub(super) fn discriminator_of(written: &Written) -> Discriminator {
    let section = &written.discriminator;
    Discriminator { init: section.init, layers: section.layers.clone() }
}

pub(super) fn generator(rules: &mut Rules<'_>, written: &Written, image: Image) -> Result<(), ConfigError> {
    let section = &written.generator;
    let pixels = image.pixels();
    rules.ensure(
        section.latent >= 1,
        "generator.latent",
        "a latent needs at least one number",
        "100 is usual",
    )?;
    let hint = format!(
        "from {} latents to the data's {image}, as [{{ dense = 128 }}, \"relu\", {{ dense = {pixels} }}, \"tanh\"]",
        section.latent
    );
    has_layers(rules, "generator", &section.layers, &hint)?;
    let outputs = layers(rules, "generator", &section.layers, section.latent, written.train.batch_size)?;
    rules.ensure(
        outputs == pixels,
        &last_dense(&section.layers, "generator"),
        format!("layers end at {outputs} outputs; the data has {image}"),
        format!("end with {{ dense = {pixels} }}, \"tanh\""),
    )?;
    if !matches!(section.layers.last(), Some(LayerSpec::Activation(Activation::Tanh))) {
        rules.warn(
            "generator.layers",
            "pixels are in [-1, 1]; a last layer other than \"tanh\" can leave that range",
        );
    }
    Ok(())
}

pub(super) fn discriminator(rules: &Rules<'_>, written: &Written, image: Image) -> Result<(), ConfigError> {
    let section = &written.discriminator;
    let hint =
        format!("from the data's {image} to one logit, as [{{ dense = 128 }}, \"relu\", {{ dense = 1 }}]");
    has_layers(rules, "discriminator", &section.layers, &hint)?;
    let outputs = layers(rules, "discriminator", &section.layers, image.pixels(), written.train.batch_size)?;
    let end = section.layers.len() - 1;
    let key = format!("discriminator.layers[{end}]");
    match &section.layers[end] {
        LayerSpec::Dense { .. } => rules.ensure(
            outputs == 1,
            &key,
            format!("layers end at {outputs} outputs; an image has one logit"),
            "end with { dense = 1 }",
        ),
        LayerSpec::Activation(Activation::Sigmoid) => rules.ensure(
            false,
            &key,
            "ends with \"sigmoid\"; losses take logits",
            "leave it out: end with { dense = 1 }; probabilities are shown for you",
        ),
        other => rules.ensure(
            false,
            &key,
            format!("ends with {}; losses take the logit of a dense layer as it is", describe(other)),
            "end with { dense = 1 }",
        ),
    }
}

/// The rule of a penalty on D's input gradient: `penalty` is the key that asks for it.
///
/// Its exact gradient is one more forward pass only where each image's logit depends on that image alone and its
/// input gradient is piecewise constant.
pub(super) fn allows_penalty(rules: &Rules<'_>, written: &Written, penalty: &str) -> Result<(), ConfigError> {
    for (i, layer) in written.discriminator.layers.iter().enumerate() {
        let (fits, reason) = match layer {
            LayerSpec::Dense { .. } | LayerSpec::Dropout { .. } => (true, ""),
            LayerSpec::Activation(activation) => {
                (activation.is_piecewise_linear(), "is not piecewise linear")
            }
            LayerSpec::BatchNorm { .. } => (false, "makes one image's logit depend on the others"),
        };
        rules.ensure(
            fits,
            &format!("discriminator.layers[{i}]"),
            format!("{} {reason}, and `{penalty}` needs each image's own gradient", describe(layer)),
            format!("dense, \"relu\", \"leaky-relu\" and dropout only, or {penalty} = 0"),
        )?;
    }
    Ok(())
}

fn has_layers(rules: &Rules<'_>, network: &str, layers: &[LayerSpec], hint: &str) -> Result<(), ConfigError> {
    let has_weights = layers.iter().any(|layer| matches!(layer, LayerSpec::Dense { .. }));
    rules.ensure(has_weights, &format!("{network}.layers"), "no dense layer, so nothing to train", hint)
}

/// Checks each layer's own numbers; the width after the last.
fn layers(
    rules: &Rules<'_>,
    network: &str,
    layers: &[LayerSpec],
    inputs: usize,
    batch_size: usize,
) -> Result<usize, ConfigError> {
    let mut width = inputs;
    for (i, layer) in layers.iter().enumerate() {
        let key = format!("{network}.layers[{i}]");
        match *layer {
            LayerSpec::Dense { units, .. } => {
                rules.ensure(
                    units >= 1,
                    &key,
                    "a dense layer needs at least one output",
                    "{ dense = 1 } or more",
                )?;
                let fits = width.checked_mul(units).is_some_and(|weights| weights <= MAX_LAYER_WEIGHTS);
                let message =
                    format!("{width} inputs by {units} outputs is more than {MAX_LAYER_WEIGHTS} weights");
                rules.ensure(
                    fits,
                    &key,
                    message,
                    format!("at most {} outputs", MAX_LAYER_WEIGHTS / width.max(1)),
                )?;
                width = units;
            }
            LayerSpec::Activation(Activation::LeakyRelu(slope)) => rules.ensure(
                (0.0..=1.0).contains(&slope),
                &key,
                format!("leaky-relu's slope {slope} is not in [0, 1]"),
                "0.2 is usual",
            )?,
            LayerSpec::Activation(_) => {}
            LayerSpec::BatchNorm { eps, momentum } => {
                batch_norm(rules, &key, eps, momentum)?;
                rules.ensure(
                    batch_size >= 2,
                    "train.batch_size",
                    format!("a batch of {batch_size} has no variance for the batch-norm in `{key}`"),
                    "2 or more",
                )?;
            }
            LayerSpec::Dropout { rate } => rules.ensure(
                (0.0..1.0).contains(&rate),
                &key,
                format!("dropout's rate {rate} is not in [0, 1)"),
                "0.3 drops three values in ten",
            )?,
        }
    }
    Ok(width)
}

fn batch_norm(rules: &Rules<'_>, key: &str, eps: f32, momentum: f32) -> Result<(), ConfigError> {
    rules.ensure(
        eps.is_finite() && eps > 0.0,
        key,
        format!("batch-norm's eps {eps} is not above 0"),
        format!("{} is usual", DEFAULT_BATCH_NORM_EPS),
    )?;
    rules.ensure(
        momentum > 0.0 && momentum <= 1.0,
        key,
        format!("batch-norm's momentum {momentum} is not in (0, 1]"),
        format!("the newest batch's weight; {} is usual", DEFAULT_BATCH_NORM_MOMENTUM),
    )
}

/// The key of the last dense layer, which decides the outputs.
fn last_dense(layers: &[LayerSpec], network: &str) -> String {
    match layers.iter().rposition(|layer| matches!(layer, LayerSpec::Dense { .. })) {
        Some(i) => format!("{network}.layers[{i}]"),
        None => format!("{network}.layers"),
    }
}

fn describe(layer: &LayerSpec) -> String {
    match layer {
        LayerSpec::Dense { units, .. } => format!("{{ dense = {units} }}"),
        LayerSpec::Activation(activation) => format!("\"{}\"", activation.name()),
        LayerSpec::BatchNorm { .. } => "\"batch-norm\"".to_owned(),
        LayerSpec::Dropout { rate } => format!("{{ dropout = {rate} }}"),
    }
}
