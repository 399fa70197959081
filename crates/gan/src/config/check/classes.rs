//! Rules about labels: what needs them, and what cannot have them.

use nn::Network;

use super::super::choices::ClassWeight;
use super::super::error::ConfigError;
use super::super::facts::Facts;
use super::super::written::Written;
use super::rules::Rules;

/// How a D ends that has an auxiliary classifier.
pub(super) const CLASSIFIER_HEAD: &str = "classifier-head";

pub(super) fn check(
    rules: &Rules<'_>,
    written: &Written,
    facts: &Facts,
    generator: &Network,
    discriminator: &Network,
) -> Result<(), ConfigError> {
    labels_exist(rules, written, facts)?;
    auxiliary(rules, written, generator)?;
    packing(rules, written, discriminator)?;
    if let (Some(layer), None) = (discriminator.labelled_layer(), generator.labelled_layer()) {
        rules.ensure(
            false,
            "generator.layers",
            format!(
                "no layer reads the label that `discriminator.layers` reads ({layer}): D would know generated images by \
                 labels that G does not have"
            ),
            "begin with { class-embedding = 50 }, or a D without labels",
        )?;
    }
    Ok(())
}

/// Cures of imbalance need the classes.
fn labels_exist(rules: &Rules<'_>, written: &Written, facts: &Facts) -> Result<(), ConfigError> {
    let weighted = written.objective.class_weight != ClassWeight::None;
    let wants = [
        ("data.balanced_classes", written.data.balanced_classes, "balanced_classes = false"),
        ("objective.class_weight", weighted, "class_weight = \"none\""),
        ("objective.auxiliary", written.objective.auxiliary.is_some(), "auxiliary = 0.0"),
    ];
    for (key, wanted, without) in wants {
        rules.ensure(
            !wanted || facts.classes > 0,
            key,
            format!("needs labels, and `data.source` (\"{}\") has none", written.data.source),
            format!("labelled data, or {without}"),
        )?;
    }
    rules.ensure(
        !(weighted && written.data.balanced_classes),
        "objective.class_weight",
        "makes up for rare classes, and so does `data.balanced_classes`: both together would favour them",
        "one of the two",
    )
}

/// The classifier and its loss come together.
fn auxiliary(rules: &Rules<'_>, written: &Written, generator: &Network) -> Result<(), ConfigError> {
    let trained = written.objective.auxiliary.is_some();
    let layers = &written.discriminator.layers;
    let end = layers.len().saturating_sub(1);
    let has_head = layers.last().is_some_and(|layer| layer.kind() == CLASSIFIER_HEAD);
    rules.ensure(
        !trained || has_head,
        "objective.auxiliary",
        format!("needs a classifier, and `discriminator.layers` does not end with \"{CLASSIFIER_HEAD}\""),
        format!("end discriminator.layers with \"{CLASSIFIER_HEAD}\", or auxiliary = 0.0"),
    )?;
    rules.ensure(
        trained || !has_head,
        &format!("discriminator.layers[{end}]"),
        format!("nothing trains the classes of \"{CLASSIFIER_HEAD}\": `objective.auxiliary` is 0"),
        "objective.auxiliary = 1.0, or end with { dense = 1 }",
    )?;
    rules.ensure(
        !trained || generator.labelled_layer().is_some(),
        "objective.auxiliary",
        "needs a generator that makes images of a class, and no layer of `generator.layers` reads it",
        "begin generator.layers with { class-embedding = 50 }, or auxiliary = 0.0",
    )
}

/// A pack of images has no label.
fn packing(rules: &Rules<'_>, written: &Written, discriminator: &Network) -> Result<(), ConfigError> {
    let packing = written.train.packing;
    if packing == 1 {
        return Ok(());
    }
    let reader = discriminator.labelled_layer().map(|layer| format!("`discriminator.layers` ({layer})"));
    let reader = reader
        .or_else(|| written.objective.auxiliary.is_some().then(|| "`objective.auxiliary`".to_owned()))
        .or_else(|| {
            (written.objective.class_weight != ClassWeight::None)
                .then(|| "`objective.class_weight`".to_owned())
        });
    rules.ensure(
        reader.is_none(),
        "train.packing",
        format!(
            "a pack of {packing} images has no label, and {} needs one for each of D's inputs",
            reader.unwrap_or_default()
        ),
        "packing = 1, or a D without labels",
    )
}
