use nn::Rule;

use super::super::{Action, Facts, Overlay, Source, Written};
use super::{GOOD, experiment, source};

#[test]
fn values_are_read_by_their_keys() {
    let sets = [
        "data.source=2024",
        "data.size=32",
        "name=\"7\"",
        "train.seed = 5",
        "optimizer.generator.lr=1e-3",
        "health.non_finite=roll-back",
        "discriminator.layers=[{ dense = 1 }]",
    ];
    let written = Written::parse(&source(GOOD, &sets).unwrap()).unwrap();
    assert_eq!((written.data.source.as_str(), written.data.size.as_str()), ("2024", "32"));
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
        assert!(error.starts_with("optimizer.discriminator.alpha=0.5: "), "{error}");
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
        ("train.epochs=many", "`train.epochs` takes a whole number from 0 up, not `many`"),
        ("train.batch_size=-1", "`train.batch_size` takes a whole number from 0 up, not `-1`"),
        ("train.max_seconds=soon", "`train.max_seconds` takes a number, not `soon`"),
        ("data.skip_broken=yes", "`data.skip_broken` takes true or false, not `yes`"),
        ("objective.loss=hing", "unknown variant `hing`, expected one of `non-saturating`"),
        ("name.x=1", "`name` is a value, not a section"),
        ("generator.layers.9=relu", "`generator.layers` is a list of 4 items, numbered from 0"),
        ("generator.layers.x=relu", "`generator.layers` is a list of 4 items, numbered from 0"),
        ("generator.layers.1.slope=1", "`generator.layers.1` is a value, not a table"),
        ("generator.layers.0.dense.x=1", "nothing in `generator.layers` lies that deep"),
        ("generator.layers.1=rleu", "unknown layer `rleu`"),
        ("train.batch_size=0", "`train.batch_size`: 0 is not a whole number from 1 up"),
        ("generator.layers=[{ dense = 5 }]", "layers end at 5 outputs"),
    ];
    for (set, expected) in cases {
        let error = experiment(GOOD, &[set]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{set}: ")), "{error}");
        assert!(error.contains(expected), "{set}: {error}");
    }
}

#[test]
fn errors_name_what_was_typed_for_the_value() {
    let short = Overlay::short("--image 5x5", "generator.layers=[{ dense = 5 }]");
    let source = Source::new(GOOD, "good.toml").with_overlays(&[short]).unwrap();
    let facts = Facts { image_shape: (4, 4, 1), images: 1000, classes: 0 };
    let error = Written::parse(&source).unwrap().check(&source, &facts).unwrap_err().to_string();
    assert!(error.starts_with("--image 5x5: `generator.layers"), "{error}");
}

#[test]
fn a_value_of_another_type_in_a_file_is_answered_with_what_fits() {
    for (line, hint) in [
        ("[data]\nsource = 2024", "a text has quotes: source = \"2024\""),
        ("[data]\nsize = 32", "a text has quotes: size = \"32\""),
        ("[data]\nsource = 2024-01-01", "a text has quotes: source = \"2024-01-01\""),
        ("[data]\nsource = true", "a text has quotes: source = \"true\""),
        ("[train]\nbatch_size = 1e2", "a whole number has no point and no exponent: batch_size = 100"),
        ("[train]\nbatch_size = \"64\"", "without quotes: batch_size = 64"),
        ("[train]\nmax_seconds = \"9\"", "without quotes: max_seconds = 9"),
        ("[data]\nskip_broken = \"true\"", "without quotes: skip_broken = true"),
    ] {
        let error = Written::parse(&Source::new(line, "a.toml")).unwrap_err().to_string();
        assert!(error.ends_with(&format!("\n  hint: {hint}")), "{line}: {error}");
        // The line that the hint says does.
        let mended = format!("{}\n{}", line.lines().next().unwrap(), hint.split_once(": ").unwrap().1);
        assert!(Written::parse(&Source::new(&mended, "a.toml")).is_ok(), "{mended}");
    }
}
