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
