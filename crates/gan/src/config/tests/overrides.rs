use nn::Rule;

use super::super::{Action, Written};
use super::{GOOD, experiment, source};

#[test]
fn values_are_toml_or_else_text() {
    let sets = [
        "data.source=/home/me/my digits",
        "name=\"7\"",
        "train.seed = 5",
        "optimizer.generator.lr=1e-3",
        "health.non_finite=roll-back",
        "discriminator.layers=[{ dense = 1 }]",
    ];
    let written = Written::parse(&source(GOOD, &sets).unwrap()).unwrap();
    assert_eq!(written.data.source, "/home/me/my digits");
    assert_eq!(written.name, "7");
    assert_eq!(written.train.seed, 5);
    assert_eq!(written.optimizer.generator.lr, 1e-3);
    assert_eq!(written.health.non_finite, Action::RollBack);
    assert_eq!(written.discriminator.layers.len(), 1);
}

#[test]
fn the_later_wins_and_items_have_numbers() {
    let sets =
        ["train.seed=1", "train.seed=2", "generator.layers[0].dense=16", "generator.layers.1=leaky-relu"];
    let written = Written::parse(&source(GOOD, &sets).unwrap()).unwrap();
    assert_eq!(written.train.seed, 2);
    let layers = toml::Value::try_from(&written.generator.layers).unwrap().to_string();
    assert!(layers.starts_with("[{ dense = 16 }, { leaky-relu = 0.2"), "{layers}");
}

#[test]
fn a_new_kind_drops_what_it_does_not_have_and_keeps_the_rest() {
    let text = format!(
        "{GOOD}\n[optimizer.discriminator]\nkind = \"rmsprop\"\nlr = 1e-4\nalpha = 0.9\neps = 1e-7\n"
    );
    let adam = |sets: &[&str]| experiment(&text, sets).map(|e| e.optimizer.discriminator);
    assert_eq!(
        adam(&["optimizer.discriminator.kind=adam"]),
        Ok(Rule::Adam { lr: 1e-4, beta1: 0.9, beta2: 0.999, eps: 1e-7 })
    );
    // Whatever the order, a key that was set is not dropped, so what does not fit is refused.
    for sets in [
        ["optimizer.discriminator.alpha=0.5", "optimizer.discriminator.kind=adam"],
        ["optimizer.discriminator.kind=adam", "optimizer.discriminator.alpha=0.5"],
    ] {
        let error = adam(&sets).unwrap_err().to_string();
        assert!(error.starts_with("--set optimizer.discriminator.alpha=0.5: "), "{error}");
    }
}

#[test]
fn errors_name_the_set() {
    let cases = [
        ("train.epochs", "expected KEY=VALUE"),
        ("=3", "a part of the key is empty"),
        ("train..epochs=3", "a part of the key is empty"),
        ("train.epoch=3", "unknown field `epoch`, expected one of `players`"),
        ("trian.epochs=3", "unknown field `trian`, expected one of `name`"),
        ("train.epochs=many", "invalid type: string \"many\", expected u64"),
        ("train.batch_size=-1", "invalid value: integer `-1`, expected usize"),
        ("objective.loss=hing", "unknown variant `hing`, expected one of `non-saturating`"),
        ("name.x=1", "`name` is a value, not a section"),
        ("generator.layers.9=relu", "`generator.layers` is a list of 4 items, numbered from 0"),
        ("generator.layers.x=relu", "`generator.layers` is a list of 4 items, numbered from 0"),
        ("generator.layers.1.slope=1", "`generator.layers.1` is a value, not a table"),
        ("generator.layers.0.dense.x=1", "nothing in `generator.layers` lies that deep"),
        ("generator.layers.1=rleu", "unknown layer `rleu`"),
        ("train.batch_size=0", "`train.batch_size`: a batch needs at least one image"),
        ("generator.layers=[{ dense = 5 }]", "layers end at 5 outputs"),
    ];
    for (set, expected) in cases {
        let error = experiment(GOOD, &[set]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("--set {set}: ")), "{error}");
        assert!(error.contains(expected), "{set}: {error}");
    }
}
