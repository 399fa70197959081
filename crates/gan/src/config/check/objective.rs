//! Rules of `[objective]`.

use nn::Network;
use nn::plan::Operation;

use super::super::error::ConfigError;
use super::super::facts::Facts;
use super::super::written::Written;
use super::networks;
use super::rules::Rules;
use crate::losses::Loss;

pub(super) fn check(
    rules: &mut Rules<'_>,
    written: &Written,
    facts: &Facts,
    discriminator: &Network,
) -> Result<(), ConfigError> {
    let section = &written.objective;
    label_smoothing(rules, written)?;
    rules.ensure(
        section.instance_noise_images.is_none() || section.instance_noise > 0.0,
        "objective.instance_noise_images",
        "there is no noise to fall: `objective.instance_noise` is 0",
        "objective.instance_noise = 0.1, or instance_noise_images = 0",
    )?;
    penalties(rules, written, facts)?;
    feature_matching(rules, written, discriminator)?;
    wasserstein(rules, written)?;
    constrained(rules, written, facts)
}

fn label_smoothing(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let (loss, smoothing) = (written.objective.loss, written.objective.label_smoothing);
    let smooth: Vec<_> = Loss::ALL.into_iter().filter(|l| l.supports_smoothing()).map(Loss::name).collect();
    rules.ensure(
        smoothing == 0.0 || loss.supports_smoothing(),
        "objective.label_smoothing",
        format!("`objective.loss` is \"{loss}\", which has no target to smooth"),
        format!("label_smoothing = 0.0, or a loss of {}", smooth.join(", ")),
    )
}

fn penalties(rules: &Rules<'_>, written: &Written, facts: &Facts) -> Result<(), ConfigError> {
    let section = &written.objective;
    let penalties = [
        ("objective.r1", section.r1),
        ("objective.r2", section.r2),
        ("objective.gradient_penalty", section.gradient_penalty),
        ("objective.dragan", section.dragan),
    ];
    for (key, weight) in penalties {
        if weight > 0.0 {
            networks::allows_penalty(rules, written, facts, key)?;
        }
    }
    rules.ensure(
        section.dragan == 0.0 || section.gradient_penalty == 0.0,
        "objective.dragan",
        "is the penalty of `objective.gradient_penalty` at other images, and one step has one of them",
        "dragan = 0.0, or gradient_penalty = 0.0",
    )
}

/// The features are what D's last layer reads.
fn feature_matching(
    rules: &Rules<'_>,
    written: &Written,
    discriminator: &Network,
) -> Result<(), ConfigError> {
    let layers = discriminator.plan().operations();
    let learnt: usize = layers[..layers.len() - 1].iter().map(Operation::parameter_count).sum();
    rules.ensure(
        written.objective.feature_matching.is_none() || learnt > 0,
        "objective.feature_matching",
        "no layer of `discriminator.layers` before the last has weights: its features would be the image itself",
        "hidden layers in D, or feature_matching = 0.0",
    )
}

fn wasserstein(rules: &mut Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let section = &written.objective;
    rules.ensure(
        section.weight_clip.is_none() || section.loss == Loss::Wasserstein,
        "objective.weight_clip",
        format!("belongs to the wasserstein loss, and `objective.loss` is \"{}\"", section.loss),
        "weight_clip = 0.0, or loss = \"wasserstein\"",
    )?;
    let bounded = section.weight_clip.is_some() || section.has_penalty();
    if section.loss == Loss::Wasserstein && !bounded {
        rules.warn(
            "objective.loss",
            "nothing bounds the wasserstein critic, so its loss falls without end; set weight_clip = 0.01 or \
             gradient_penalty = 10",
        );
    }
    Ok(())
}

/// The constrained loss feeds G with a Gaussian over images for half of each batch.
fn constrained(rules: &Rules<'_>, written: &Written, facts: &Facts) -> Result<(), ConfigError> {
    if written.objective.loss != Loss::Constrained {
        return Ok(());
    }
    let (latent, batch, pixels) = (written.generator.latent, written.train.batch_size, facts.pixels());
    rules.ensure(
        latent == pixels,
        "generator.latent",
        format!(
            "`objective.loss` is \"constrained\", whose p_data is a Gaussian over images: G(x) takes a latent of the \
             data's {facts}, not of {latent}"
        ),
        format!("a latent of {pixels}"),
    )?;
    rules.ensure(
        written.train.packing == 1,
        "train.packing",
        "a pack would mix images of fitted latents with others, and `objective.loss` is \"constrained\"",
        "packing = 1, or another loss",
    )?;
    rules.ensure(
        batch % 2 == 0,
        "train.batch_size",
        format!("{batch} is odd, and `objective.loss` is \"constrained\": half of a batch is fitted, half is noise"),
        format!("{}", batch + 1),
    )
}
