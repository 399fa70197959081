//! Rules of `[objective]`.

use nn::Network;
use nn::plan::Operation;

use super::super::checked::Objective;
use super::super::error::ConfigError;
use super::super::written::Written;
use super::{Facts, Rules, networks, unless_zero};
use crate::losses::Loss;

pub(super) fn check(
    rules: &mut Rules<'_>,
    written: &Written,
    facts: &Facts,
    discriminator: &Network,
) -> Result<Objective, ConfigError> {
    let section = &written.objective;
    label_smoothing(rules, written)?;
    rules.not_negative(
        "objective.instance_noise",
        section.instance_noise,
        "a standard deviation; 0: none",
    )?;
    rules.ensure(
        section.instance_noise_images == 0 || section.instance_noise > 0.0,
        "objective.instance_noise_images",
        "there is no noise to fall: `objective.instance_noise` is 0",
        "objective.instance_noise = 0.1, or instance_noise_images = 0",
    )?;
    penalties(rules, written, facts)?;
    rules.not_negative("objective.auxiliary", section.auxiliary, "lambda, as 1; 0: no classifier")?;
    feature_matching(rules, written, discriminator)?;
    rules.not_negative("objective.gradient_clip", section.gradient_clip, "a norm; 0: off")?;
    wasserstein(rules, written)?;
    constrained(rules, written, facts)?;
    Ok(Objective {
        loss: section.loss,
        label_smoothing: section.label_smoothing,
        instance_noise: section.instance_noise,
        instance_noise_images: unless_zero(section.instance_noise_images),
        r1: section.r1,
        r2: section.r2,
        gradient_penalty: section.gradient_penalty,
        dragan: section.dragan,
        auxiliary: unless_zero(section.auxiliary),
        feature_matching: unless_zero(section.feature_matching),
        class_weight: section.class_weight,
        weight_clip: unless_zero(section.weight_clip),
        gradient_clip: unless_zero(section.gradient_clip),
    })
}

fn label_smoothing(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let (loss, smoothing) = (written.objective.loss, written.objective.label_smoothing);
    rules.ensure(
        (0.0..0.5).contains(&smoothing),
        "objective.label_smoothing",
        format!("{smoothing} is not in [0, 0.5)"),
        "0.1 makes the real images' target 0.9; 0: none",
    )?;
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
        ("objective.r1", section.r1, "gamma, as 0.1 or 10; 0: off"),
        ("objective.r2", section.r2, "gamma, as 0.1 or 10; 0: off"),
        ("objective.gradient_penalty", section.gradient_penalty, "lambda, as 10; 0: off"),
        ("objective.dragan", section.dragan, "lambda, as 10; 0: off"),
    ];
    for (key, value, hint) in penalties {
        rules.not_negative(key, value, hint)?;
        if value > 0.0 {
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
    let weight = written.objective.feature_matching;
    rules.not_negative("objective.feature_matching", weight, "a weight, as 1; 0: off")?;
    let layers = discriminator.plan().operations();
    let learnt: usize = layers[..layers.len() - 1].iter().map(Operation::parameter_count).sum();
    rules.ensure(
        weight == 0.0 || learnt > 0,
        "objective.feature_matching",
        "no layer of `discriminator.layers` before the last has weights: its features would be the image itself",
        "hidden layers in D, or feature_matching = 0.0",
    )
}

fn wasserstein(rules: &mut Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let section = &written.objective;
    rules.not_negative(
        "objective.weight_clip",
        section.weight_clip,
        "a bound on weights, as 0.01; 0: off",
    )?;
    rules.ensure(
        section.weight_clip == 0.0 || section.loss == Loss::Wasserstein,
        "objective.weight_clip",
        format!("belongs to the wasserstein loss, and `objective.loss` is \"{}\"", section.loss),
        "weight_clip = 0.0, or loss = \"wasserstein\"",
    )?;
    let bounds = [section.weight_clip, section.gradient_penalty, section.dragan, section.r1, section.r2];
    if section.loss == Loss::Wasserstein && bounds.iter().all(|&bound| bound == 0.0) {
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
