//! Numbers at their limits: whatever a config says, it is refused by name or it trains, and nothing overflows.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kernels::Threads;
use toml::Value;

use super::{Facts, GOOD, Source, Written};
use crate::{GanError, Trainer, presets};

/// As TOML has them.
const RIMS: [&str; 20] = [
    "0",
    "1",
    "-1",
    "2147483647",
    "2147483648",
    "4294967296",
    "1000000000000",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "nan",
    "inf",
    "-inf",
    "-0.0",
    "5e-324",
    "1e-45",
    "1e-30",
    "1e38",
    "1.7976931348623157e308",
    "-1e308",
];
/// What only an override can say.
const BEYOND: [&str; 4] =
    ["9223372036854775808", "18446744073709551615", "1000000000000000000000000000000", "1e400"];
/// Keys that a complete config may leave out.
const OPTIONAL: &str = "
[burn_in]
images = 100
lr_factor = 0.5
r1 = 0.1
r2 = 0.1
beta2 = 0.9
ema_half_life_images = 10.0
[optimizer.generator]
kind = \"adamw\"
lr = 1e-3
beta1 = 0.5
beta2 = 0.9
eps = 1e-8
weight_decay = 0.1
[optimizer.discriminator]
kind = \"adam\"
lr = 1e-3
[objective]
r1 = 0.1
r2 = 0.1
instance_noise = 0.1
[train]
batch_size = 4
epochs = 2
ema_half_life_images = 20.0
";

/// The places of all numbers in a table, each a way of keys and positions.
fn places(value: &Value, way: &[String], found: &mut Vec<Vec<String>>) {
    let below = |step: String| [way, &[step]].concat();
    match value {
        Value::Integer(_) | Value::Float(_) => found.push(way.to_vec()),
        Value::Table(table) => table.iter().for_each(|(key, v)| places(v, &below(key.clone()), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, v)| places(v, &below(i.to_string()), found));
        }
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, way: &[String]) -> &'a mut Value {
    let Some((step, rest)) = way.split_first() else { return value };
    match value {
        Value::Array(items) => at(&mut items[step.parse::<usize>().unwrap()], rest),
        value => at(value.get_mut(step.as_str()).unwrap(), rest),
    }
}

/// Checks a config against small data, goes through what follows from it, and where it is small takes steps.
fn try_out(text: &str, sets: &[String], facts: &Facts, steps: u64) -> Result<(), GanError> {
    let source = Source::new(text, "rims").with_overrides(sets)?;
    let written = Written::parse(&source)?;
    written.data_options(&source)?;
    let experiment = written.check(&source, facts)?;
    for images in [0, 1, experiment.train.epoch_images, 1 << 48] {
        let end = experiment.end(images, images, 1e-3, 1e9);
        let figures = [experiment.lr_factor(images, end), experiment.instance_noise(images)];
        assert!(figures.iter().all(|figure| figure.is_finite()), "{figures:?}");
        assert!(experiment.gammas(images).iter().all(|gamma| gamma.is_finite()));
        let _ = (experiment.beta2s(images), experiment.ema_decay(images, 4));
    }
    let (g, d) = crate::networks(&experiment)?;
    let values = g.values_per_image() + d.values_per_image();
    let size =
        values * experiment.train.batch_size as u64 + (g.parameter_count() + d.parameter_count()) as u64;
    if size > 100_000 {
        // More memory than any machine has is refused before it is allocated.
        let _ = crate::memory::check(&experiment, &g, &d);
        return Ok(());
    }
    let (height, width, channels) = facts.image_shape;
    let pixels = (0..facts.images * height * width * channels).map(|i| (i * 37 % 256) as u8).collect();
    let labels = (facts.classes > 0).then(|| (0..facts.images).map(|i| (i % facts.classes) as u16).collect());
    let images = data::ImageSet::new("rims", height, width, channels, pixels, labels).unwrap();
    let mut trainer = Trainer::new(&written, &source, images, Threads::ONE)?;
    (0..steps).for_each(|_| _ = trainer.step());
    let players = trainer.experiment().train.players;
    let remember = trainer.experiment().train.stop_plateau_ticks.map_or(1, |n| n.saturating_add(1) as usize);
    trainer.progress_mut().end_tick(remember, players);
    Ok(())
}

/// Every number of a config at every limit. Returns how many were refused, and how many were not.
fn throw(name: &str, text: &str, facts: &Facts, steps: u64) -> (usize, usize) {
    let whole = Value::Table(text.parse().unwrap());
    try_out(text, &[], facts, steps).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut found = Vec::new();
    places(&whole, &[], &mut found);
    let mut counts = (0, 0);
    let mut run = |key: &str, rim: &str, text: &str, sets: &[String]| {
        let result = catch_unwind(AssertUnwindSafe(|| try_out(text, sets, facts, steps)));
        match result.unwrap_or_else(|_| panic!("{name}: {key} = {rim} panics")) {
            Ok(()) => counts.1 += 1,
            Err(error) => {
                counts.0 += 1;
                let (last, said) = (key.rsplit('.').next().unwrap(), error.to_string());
                let layer = key.contains("layers");
                assert!(
                    layer || said.contains(last) || said.contains("more memory"),
                    "{key} = {rim}: {said}"
                );
            }
        }
    };
    for way in &found {
        let key = way.join(".");
        for rim in RIMS {
            let mut changed = whole.clone();
            *at(&mut changed, way) = rim.parse().unwrap();
            run(&key, rim, &changed.as_table().unwrap().to_string(), &[]);
        }
        if way.len() <= 3 {
            for rim in BEYOND {
                run(&key, rim, text, &[format!("{key}={rim}")]);
            }
        }
    }
    counts
}

#[test]
fn every_number_of_a_small_config_at_every_limit() {
    let source = Source::new(GOOD, "tiny").with_overrides(&[]).unwrap();
    let base = Written::parse(&source).unwrap().to_toml().unwrap();
    let mut table: toml::Table = base.parse().unwrap();
    let optional: toml::Table = OPTIONAL.parse().unwrap();
    for (section, values) in optional {
        let into = table.entry(section).or_insert_with(|| Value::Table(toml::Table::new()));
        for (key, value) in values.as_table().unwrap() {
            into.as_table_mut().unwrap().insert(key.clone(), value.clone());
        }
    }
    let facts = Facts { image_shape: (2, 2, 1), images: 10, classes: 0 };
    let (refused, trained) = throw("tiny", &table.to_string(), &facts, 2);
    assert!(refused > 500 && trained > 300, "{refused} {trained}");
}

#[test]
fn every_number_of_a_presets_layers_at_every_limit() {
    for name in ["dcgan", "r3gan", "acgan", "mnist-long-tail"] {
        let text = presets::find(name).unwrap().text;
        let facts = Facts { image_shape: (28, 28, 1), images: 1000, classes: 10 };
        let written = Written::parse(&Source::new(text, name)).unwrap();
        let table: toml::Table = written.to_toml().unwrap().parse().unwrap();
        let kept = ["generator", "discriminator", "train"];
        let mut layers: toml::Table = table
            .iter()
            .filter(|(k, _)| kept.contains(&k.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        layers.insert("objective".into(), table["objective"].clone());
        let (refused, _) = throw(name, &layers.to_string(), &facts, 0);
        assert!(refused > 100, "{name}: {refused}");
    }
}

#[test]
fn facts_at_every_limit() {
    // As a checkpoint's description may have them.
    for side in [0, 1, 28, 1 << 31, usize::MAX] {
        for channels in [0, 1, 3, usize::MAX] {
            for count in [0, 10, usize::MAX] {
                for classes in [0, 10, usize::MAX] {
                    let facts = Facts { image_shape: (side, side, channels), images: count, classes };
                    for preset in presets::PRESETS {
                        let source = Source::new(preset.text, preset.name);
                        let _ = Written::parse(&source).unwrap().check(&source, &facts);
                    }
                }
            }
        }
    }
}
