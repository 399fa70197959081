use nn::{Init, LayerSpec};
use proptest::prelude::*;

use metrics::registry::FD;
use nn::Rule;

use super::super::{Facts, Source, Written};
use super::{GOOD, experiment, experiment_of, source};

#[test]
fn zero_means_off_only_in_text() {
    let off = experiment(GOOD, &[]).unwrap();
    assert_eq!(off.train.total_images, Some(16), "two epochs of two whole batches");
    assert_eq!(off.train.tick_images, 8, "a tick is an epoch");
    assert_eq!((off.train.max_seconds, off.train.checkpoint_images), (None, None));
    assert_eq!((off.train.keep_checkpoints, off.train.stop_plateau_ticks), (None, None));
    assert_eq!((off.objective.weight_clip, off.objective.gradient_clip), (None, None));
    let sets = ["train.total_images=12", "train.max_seconds=1.5", "objective.gradient_clip=1"];
    let on = experiment(GOOD, &sets).unwrap();
    assert_eq!(on.train.total_images, Some(12), "the lower of the two limits");
    assert_eq!((on.train.max_seconds, on.objective.gradient_clip), (Some(1.5), Some(1.0)));
}

#[test]
fn images_are_grey_or_colour() {
    assert!(experiment_of((2, 2, 1), GOOD, &[]).is_ok());
    let error = experiment_of((2, 1, 2), GOOD, &[]).unwrap_err().to_string();
    assert!(error.contains("`data.source`") && error.contains("2 channels"), "{error}");
}

#[test]
fn a_round_is_an_epoch_or_ten_thousand_images() {
    let by_epochs = experiment(GOOD, &[]).unwrap();
    assert_eq!((by_epochs.train.round_images, by_epochs.health.look_images), (8, 4));
    let by_time = experiment(GOOD, &["train.epochs=0", "train.max_seconds=9"]).unwrap();
    assert_eq!((by_time.train.epoch_images, by_time.train.round_images), (8, 10_000));
    assert_eq!((by_time.train.tick_images, by_time.train.checkpoint_epochs), (10_000, Some(1)));
    assert_eq!((by_time.health.look_images, by_time.health.grace_images), (5_000, 10_000));
    let written = ["train.epochs=0", "train.max_seconds=9", "train.tick_images=4", "health.look_images=8"];
    let written = experiment(GOOD, &written).unwrap();
    assert_eq!((written.train.tick_images, written.health.look_images), (4, 8));
}

#[test]
fn optimizers_are_the_written_ones() {
    let sets = [
        "optimizer.generator.kind=sgd",
        "optimizer.generator.momentum=0.5",
        "optimizer.generator.nesterov=true",
        "optimizer.discriminator.kind=rmsprop",
        "optimizer.discriminator.lr=1e-3",
    ];
    let optimizer = experiment(GOOD, &sets).unwrap().optimizer;
    assert_eq!(optimizer.generator, Rule::Sgd { lr: 2e-4, momentum: 0.5, nesterov: true });
    let expected = Rule::RmsProp { lr: 1e-3, alpha: 0.99, eps: 1e-8, momentum: 0.0, centered: false };
    assert_eq!(optimizer.discriminator, expected);
}

#[test]
fn what_is_likely_not_meant_is_said() {
    let warnings = |sets: &[&str]| experiment(GOOD, sets).unwrap().warnings.join("\n");
    assert_eq!(warnings(&[]), "");
    assert!(warnings(&["generator.layers.3=sigmoid"]).contains("`generator.layers`"));
    assert!(warnings(&["objective.loss=wasserstein"]).contains("`objective.loss`"));
    assert_eq!(warnings(&["objective.loss=wasserstein", "objective.gradient_penalty=10"]), "");
    assert_eq!(warnings(&["objective.loss=wasserstein", "objective.weight_clip=0.01"]), "");
    let fixed = ["train.players=discriminator", "train.ema_half_life_images=5"];
    assert!(warnings(&fixed).contains("`train.ema_half_life_images`"));
}

#[test]
fn earlier_names_of_metrics_are_read_with_one_note_and_kept_in_the_text() {
    let sets = ["eval.best=fjd", "eval.every_images=100", "eval.until=fjd<5"];
    let experiment = experiment(GOOD, &sets).unwrap();
    assert_eq!(experiment.warnings, ["`eval.best`: `fjd` is now called `fd`"]);
    assert_eq!(experiment.eval.best, Some(FD));
    assert_eq!(experiment.eval.until.unwrap().to_string(), "fd<5");
    let source = source(GOOD, &sets).unwrap();
    let text = Written::parse(&source).unwrap().to_toml().unwrap();
    assert!(text.contains("best = \"fjd\"\n") && text.contains("until = \"fjd<5\"\n"), "{text}");
}

#[test]
fn penalties_take_dense_relu_and_dropout() {
    let sets = ["objective.r1=1", "objective.r2=1", "discriminator.layers.1={ dropout = 0.3 }"];
    assert!(experiment(GOOD, &sets).unwrap().objective.has_penalty());
    assert!(!experiment(GOOD, &[]).unwrap().objective.has_penalty());
}

#[test]
fn the_constrained_loss_takes_image_sized_latents() {
    let experiment = experiment(GOOD, &["objective.loss=constrained"]).unwrap();
    assert_eq!(experiment.generator.latent, experiment.pixels());
}

#[test]
fn numbers_are_written_back_as_they_were() {
    let sets = ["generator.layers=[{ dense = 4, bias = false, init = \"dcgan\" }, { leaky-relu = 0.2 }]"];
    let source = source(GOOD, &sets).unwrap();
    let written = Written::parse(&source).unwrap();
    let expected = [
        LayerSpec::Dense { units: 4, bias: false, init: Some(Init::Dcgan), spectral_norm: false },
        LayerSpec::Activation(kernels::Activation::LeakyRelu(0.2)),
    ];
    assert_eq!(written.generator.layers, expected);
    let text = written.to_toml().unwrap();
    assert!(text.contains("leaky-relu = 0.2 }"), "{text}");
    assert!(text.contains("lr = 0.0002\n"), "{text}");
}

fn round_trip(written: &Written) {
    let text = written.to_toml().unwrap();
    let again = Written::parse(&Source::new(text.clone(), "again")).expect(&text);
    assert_eq!(&again, written, "{text}");
    assert_eq!(again.to_toml().unwrap(), text);
}

fn layer() -> impl Strategy<Value = String> {
    prop_oneof![
        (1usize..2000, any::<bool>())
            .prop_map(|(units, bias)| format!("{{ dense = {units}, bias = {bias} }}")),
        (0.0f32..1.0).prop_map(|slope| format!("{{ leaky-relu = {slope:?} }}")),
        (0.0f32..1.0).prop_map(|rate| format!("{{ dropout = {rate:?} }}")),
        (1e-9f32..1.0).prop_map(|eps| format!("{{ batch-norm = {{ eps = {eps:?} }} }}")),
        Just("\"tanh\"".to_owned()),
        Just("\"batch-norm\"".to_owned()),
    ]
}

proptest! {
    #[test]
    fn to_toml_parses_to_the_same(
        name in "(\\PC{0,20}|layers = \\[\\])",
        layers in proptest::collection::vec(layer(), 0..6),
        kind in prop_oneof![Just("adam"), Just("adamw"), Just("rmsprop"), Just("sgd")],
        lr in 1e-9f64..10.0,
        r1 in 0.0f64..1e6,
        burnt in proptest::option::of(0.0f64..1e6),
        seed in 0..=i64::MAX as u64,
    ) {
        let text = format!(
            "name = '{name}'\ndescription = \"\"\"\nlayers = []\n\"\"\"\n\
             [discriminator]\nlayers = [{layers}]\n\
             [objective]\nr1 = {r1:?}\n[optimizer.discriminator]\nkind = \"{kind}\"\nlr = {lr:?}\n[train]\nseed = {seed}\n\
             [burn_in]\nimages = 7\n{burnt}\n",
            burnt = burnt.map_or(String::new(), |end| format!("r2 = {end:?}")),
            name = name.replace('\'', ""),
            layers = layers.join(", "),
        );
        round_trip(&Written::parse(&Source::new(text, "generated")).unwrap());
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*", set in "\\PC*") {
        let source = Source::new(text, "arbitrary");
        if let Err(error) = Written::parse(&source) {
            prop_assert!(!error.to_string().is_empty());
        }
        if let Ok(source) = source.with_overrides(&[set]) {
            let _ = Written::parse(&source).map(|written| written.check(&source, &Facts { image_shape: (2, 2, 1), images: 10, classes: 0 }));
        }
    }

    /// Text that is closer to a config than noise is.
    #[test]
    fn a_mangled_config_never_panics(
        cut in 0usize..GOOD.len(),
        length in 0usize..20,
        paste in "[\\[\\]{}=.,\"'#0-9a-z\\n -]{0,12}",
    ) {
        let end = (cut + length).min(GOOD.len());
        let text = format!("{}{paste}{}", &GOOD[..cut], &GOOD[end..]);
        let source = Source::new(text, "mangled");
        if let Ok(written) = Written::parse(&source) {
            let _ = written.check(&source, &Facts { image_shape: (2, 2, 1), images: 10, classes: 0 }).map_err(|error| error.to_string());
        }
    }

    #[test]
    fn an_arbitrary_override_never_panics(
        key in "(train|generator|optimizer|discriminator)(\\.(layers|[0-9]|dense|kind|generator|epochs)){0,4}",
        value in "(-?[0-9]{1,25}|nan|inf|1e400|\\{ dense = [0-9]{1,25} \\}|\\[\\]|sgd|true)",
    ) {
        if let Ok(source) = source(GOOD, &[&format!("{key}={value}")])
            && let Ok(written) = Written::parse(&source)
        {
            let _ = written.check(&source, &Facts { image_shape: (2, 2, 1), images: 10, classes: 0 }).map_err(|error| error.to_string());
        }
    }
}
