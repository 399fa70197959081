//! What needs labels, and what cannot have them.

use super::{ConfigError, Experiment, Facts, GOOD, Written, source};

/// With labels of three classes.
fn labelled(sets: &[&str]) -> Result<Experiment, ConfigError> {
    let source = source(GOOD, sets)?;
    Written::parse(&source)?.check(&source, &Facts { image_shape: (2, 2, 1), images: 10, classes: 3 })
}

const EMBEDDING: &str = "generator.layers=[{ class-embedding = 2 }, { dense = 4 }, 'tanh']";
const PROJECTION: &str = "discriminator.layers=[{ dense = 8 }, 'relu', 'projection-head']";
const CLASSIFIER: &str = "discriminator.layers=[{ dense = 8 }, 'relu', 'classifier-head']";

#[test]
fn what_goes_by_labels_has_all_that_it_needs() {
    for sets in [
        &[][..],
        &[EMBEDDING],
        &[EMBEDDING, PROJECTION, "objective.r1=1"],
        &[EMBEDDING, CLASSIFIER, "objective.auxiliary=1", "objective.class_weight=inverse-frequency"],
        &["data.balanced_classes=true"],
        &[EMBEDDING, "train.packing=2"],
    ] {
        labelled(sets).unwrap();
    }
    for (sets, key, says, hint) in [
        (
            &[EMBEDDING, "objective.auxiliary=1"][..],
            "objective.auxiliary",
            "`discriminator.layers`",
            "classifier-head",
        ),
        (
            &[EMBEDDING, CLASSIFIER],
            "discriminator.layers[2]",
            "`objective.auxiliary` is 0",
            "auxiliary = 1.0",
        ),
        (
            &[CLASSIFIER, "objective.auxiliary=1"],
            "objective.auxiliary",
            "`generator.layers`",
            "class-embedding",
        ),
        (
            &[PROJECTION],
            "generator.layers",
            "`discriminator.layers` reads (projection-head)",
            "class-embedding",
        ),
        (
            &[EMBEDDING, PROJECTION, "train.packing=2"],
            "train.packing",
            "`discriminator.layers` (projection-head)",
            "packing = 1",
        ),
        (
            &[EMBEDDING, CLASSIFIER, "objective.auxiliary=1", "train.packing=2"],
            "train.packing",
            "`objective.auxiliary`",
            "packing = 1",
        ),
        (
            &["objective.class_weight=inverse-frequency", "train.packing=2"],
            "train.packing",
            "`objective.class_weight`",
            "packing = 1",
        ),
        (
            &["objective.class_weight=inverse-frequency", "data.balanced_classes=true"],
            "objective.class_weight",
            "`data.balanced_classes`",
            "one of the two",
        ),
    ] {
        let error = labelled(sets).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.key(), Some(key), "{text}");
        assert!(text.contains(says) && error.hint().unwrap().contains(hint), "{text}");
    }
}
