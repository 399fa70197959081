//! The trainer in memory: resuming is exact, and what would not be the same run is refused.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

use gan::Trainer;
use gan::checkpoint::Checkpoint;
use gan::config::{Source, Written};
use nn::Threads;

const TEXT: &str = r#"
[generator]
latent = 6
layers = [{ dense = 12 }, "batch-norm", { leaky-relu = 0.2 }, { dense = 16 }, "tanh"]
[discriminator]
layers = [{ dense = 12 }, { leaky-relu = 0.2 }, { dropout = 0.3 }, { dense = 1 }]
[objective]
loss = "relativistic"
r1 = 0.1
r2 = 0.1
instance_noise = 0.1
[train]
batch_size = 10
epochs = 4
update = "alternating"
d_steps = 2
ema_half_life_images = 100.0
"#;

fn trainer(overrides: &[&str]) -> Trainer {
    let pixels = (0..50 * 16).map(|i| (i * 37 % 256) as u8).collect();
    let images = data::ImageSet::new("test", 4, 4, 1, pixels, None).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    let source = Source::new(TEXT, "test").with_overrides(&overrides).unwrap();
    Trainer::new(&Written::parse(&source).unwrap(), &source, images, Threads::ONE).unwrap()
}

fn train(trainer: &mut Trainer, steps: usize) {
    for _ in 0..steps {
        trainer.step();
    }
}

#[test]
fn steps_equal_steps_stop_restore_steps() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut whole = trainer(&[]);
    train(&mut whole, 17);
    whole.save(&path("whole")).unwrap();
    // Stopped in the middle of a tick, of an epoch, and between two updates of the generator.
    let mut first = trainer(&[]);
    train(&mut first, 7);
    first.save(&path("half")).unwrap();
    let mut second = trainer(&[]);
    second.restore(&Checkpoint::read(&path("half")).unwrap()).unwrap();
    train(&mut second, 10);
    second.save(&path("resumed")).unwrap();
    assert!(std::fs::read(path("whole")).unwrap() == std::fs::read(path("resumed")).unwrap());
}

#[test]
fn another_run_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint");
    let mut first = trainer(&[]);
    first.step();
    first.save(&path).unwrap();
    let checkpoint = Checkpoint::read(&path).unwrap();
    for (overrides, reason) in [
        (&["train.batch_size=5"][..], "train.batch_size is 5 here and was 10"),
        (&["optimizer.generator.kind=rmsprop"], "an optimizer's kind"),
        (&["generator.layers.0.dense=13"], "of another network"),
    ] {
        let error = trainer(overrides).restore(&checkpoint).unwrap_err().to_string();
        assert!(error.contains(reason), "{overrides:?}: {error}");
    }
    assert!(trainer(&["train.epochs=9", "optimizer.generator.lr=1e-3"]).restore(&checkpoint).is_ok());
}

#[test]
fn nothing_that_is_not_finite_is_saved() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint");
    let mut trainer = trainer(&[]);
    trainer.step();
    trainer.players_mut().0.parameters[3] = f32::NAN;
    let error = trainer.save(&path).unwrap_err().to_string();
    assert!(error.contains("weight generator/0.dense.weight is not finite"), "{error}");
    assert!(!path.exists());
    assert!(!trainer.step().is_finite());
}

/// A step with a non-finite figure is skipped and no weights change, so the weight that causes it is the only one found.
#[test]
fn a_weight_that_is_not_finite_is_named_with_its_layer() {
    for update in ["train.update=simultaneous", "train.update=alternating"] {
        let d_steps = "train.d_steps=1";
        let mut of_g = trainer(&[update, d_steps]);
        of_g.step();
        let place = first_weight(&of_g.players().0.network, "3.dense.weight");
        of_g.players_mut().0.parameters[place + 5] = f32::NAN;
        assert!(!of_g.step().is_finite());
        assert_eq!(of_g.first_not_finite().unwrap(), "weight generator/3.dense.weight");

        let mut of_d = trainer(&[update, d_steps]);
        of_d.step();
        let place = first_weight(&of_d.players().1.network, "3.dense.weight");
        of_d.players_mut().1.parameters[place] = f32::INFINITY;
        let before = of_d.players().1.parameters[..place].to_vec();
        assert!(!of_d.step().is_finite());
        assert_eq!(of_d.first_not_finite().unwrap(), "weight discriminator/3.dense.weight");
        assert!(before == of_d.players().1.parameters[..place]);
    }
}

fn first_weight(network: &nn::Network, name: &str) -> usize {
    network.parameters().iter().find(|p| p.name == name).unwrap().range.start
}

/// Where D interacts, each player has a pass of its own.
#[test]
fn so_it_is_where_real_and_generated_images_go_apart() {
    let interacting = [
        "discriminator.layers=[{ dense = 12 }, 'batch-norm', 'relu', { dense = 1 }]",
        "objective.r1=0",
        "objective.r2=0",
        "train.update=simultaneous",
        "train.d_steps=1",
    ];
    let mut trainer = trainer(&interacting);
    trainer.step();
    let place = first_weight(&trainer.players().1.network, "0.dense.weight");
    trainer.players_mut().1.parameters[place] = f32::NAN;
    for _ in 0..2 {
        assert!(!trainer.step().is_finite());
        assert_eq!(trainer.first_not_finite().unwrap(), "weight discriminator/0.dense.weight");
    }
}

/// Weights, the average, moments and running statistics: nothing of a checkpoint.
#[test]
fn every_part_of_a_checkpoint_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |spoil: &dyn Fn(&mut Trainer), what: &str| {
        let path = dir.path().join("checkpoint");
        let mut trainer = trainer(&[]);
        train(&mut trainer, 2);
        spoil(&mut trainer);
        let error = trainer.save(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("{what} is not finite")), "{error}");
        assert!(!path.exists());
    };
    refused(
        &|t| *t.players_mut().0.state.last_mut().unwrap() = f32::NAN,
        "running statistics generator/1.batch-norm.running_variance",
    );
    refused(
        &|t| t.players_mut().1.optimizer.moments_mut().last().unwrap().1[0] = f32::INFINITY,
        "moment discriminator.optimizer.v/0.dense.weight",
    );
    refused(&|t| only_the_average(t, f32::NAN), "weight generator.average/0.dense.weight");
    // Finite weights, whose images have no finite variance.
    refused(
        &|t| only_the_average(t, 1e30),
        "running statistics generator.average/1.batch-norm.running_variance",
    );
}

/// Lets the average follow a weight of this value for a step, and puts the generator back as it was.
fn only_the_average(trainer: &mut Trainer, value: f32) {
    let generator = trainer.players().0;
    let (parameters, state) = (generator.parameters.clone(), generator.state.clone());
    let place = first_weight(&generator.network, "0.dense.weight");
    // D moves twice to one step of the generator, after which the average moves.
    for _ in 0..2 {
        trainer.players_mut().0.parameters[place] = value;
        trainer.step();
    }
    let generator = trainer.players_mut().0;
    generator.parameters = parameters;
    generator.state = state;
    generator.optimizer.moments_mut().for_each(|(_, values)| values.fill(0.0));
    let discriminator = trainer.players_mut().1;
    discriminator.optimizer.moments_mut().for_each(|(_, values)| values.fill(0.0));
}
