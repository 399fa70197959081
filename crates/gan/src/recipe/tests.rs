use super::*;
use crate::config::{Experiment, Facts, Source, Written};
use crate::presets::ImageSize;

fn images(size: &str, count: usize, classes: usize) -> Images {
    Images {
        source: "my photos/2024".into(),
        size: size.parse().unwrap(),
        size_reason: "the images' own".into(),
        resized: true,
        count,
        classes,
    }
}

fn checked(images: &Images, recipe: &Recipe) -> Experiment {
    let source = Source::new(&recipe.text, "recipe");
    let ImageSize { height, width, channels } = images.size;
    let facts =
        Facts { image_shape: (height, width, channels), images: images.count, classes: images.classes };
    Written::parse(&source).unwrap_or_else(|e| panic!("{e}\n{}", recipe.text)).check(&source, &facts).unwrap()
}

fn experiment(images: &Images, seconds: f64) -> Experiment {
    checked(images, &Recipe::new(images, seconds, 2).unwrap())
}

#[test]
fn every_recipe_passes_the_rules() {
    for size in ["28x28x1", "32x32x3", "48x64x3", "64x64x3", "96x96x1", "128x128x3", "8x8x3"] {
        for count in [1, 2, 40, 3_000, 60_000] {
            for classes in [0, 1, 2, 300] {
                let images = images(size, count, classes);
                let made = experiment(&images, 1800.0);
                assert_eq!(made.name, "2024");
                assert!(made.train.batch_size <= count.min(64), "{size} {count}");
                let conditional = matches!(made.generator.layers[0], nn::LayerSpec::ClassEmbedding { .. });
                assert_eq!(conditional, classes > 1, "{size} {count} {classes}");
            }
        }
    }
}

/// With the digits' size, number and time it is the preset for digits.
#[test]
fn digits_get_the_numbers_of_their_preset() {
    let preset = Source::new(crate::presets::find("mnist").unwrap().text, "mnist");
    let facts = Facts { image_shape: (28, 28, 1), images: 60_000, classes: 10 };
    let preset = Written::parse(&preset).unwrap().check(&preset, &facts).unwrap();
    let own = experiment(&images("28x28x1", 60_000, 10), 60.0);
    assert_eq!(own.generator.layers, preset.generator.layers);
    assert_eq!(own.discriminator.layers, preset.discriminator.layers);
    assert_eq!(own.objective, preset.objective);
    assert_eq!(own.optimizer, preset.optimizer);
}

#[test]
fn numbers_follow_from_size_time_and_number() {
    let colour = images("64x64x3", 3_000, 9);
    let short = experiment(&colour, 300.0);
    let long = experiment(&colour, 12.0 * 3600.0);
    assert_eq!(short.objective.r1, 0.78);
    assert_eq!(long.objective.r1, 0.78);
    let rate = |made: &Experiment| match made.optimizer.generator {
        nn::Rule::Adam { lr, .. } => lr,
        other => panic!("{other:?}"),
    };
    assert!((rate(&short) / rate(&long) - 3.0).abs() < 0.05, "{} {}", rate(&short), rate(&long));
    let augmented =
        |n| Recipe::new(&images("32x32x3", n, 0), 1800.0, 2).unwrap().text.contains("diff-augment");
    assert!(augmented(19_999) && !augmented(20_000));
}

#[test]
fn choices_are_six_lines() {
    let one = Recipe::new(&images("64x64x3", 1, 0), 1800.0, 2).unwrap();
    assert_eq!(one.choices.len(), 6);
    assert_eq!(one.choices[0].why, "1 image without classes: the generator is unconditional");
    assert!(one.choices[5].why.contains("variations"), "{:?}", one.choices[5]);
    assert!(one.choices.iter().all(|choice| choice.why.len() < 130), "{:?}", one.choices);
}

#[test]
fn sizes_that_no_stages_make_get_dense_networks_or_are_refused() {
    let unfit = images("30x30x3", 100, 0);
    assert!(matches!(Recipe::new(&unfit, 60.0, 2), Err(RecipeError::Size(_))));
    for classes in [0, 3] {
        let own = experiment(&Images { resized: false, classes, ..unfit.clone() }, 60.0);
        assert!(matches!(own.discriminator.layers.last(), Some(nn::LayerSpec::Dense { .. })), "{own:?}");
    }
}
