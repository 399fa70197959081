//! Health is watched without touching what trains.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

use gan::Trainer;
use gan::config::{Source, Written};
use kernels::Threads;
use run::{Observer, RunFolder, Session, StopReason, train};

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

/// What watches a run reads what trains, and no more.
#[test]
fn weights_are_the_same_with_health_and_without() {
    let dir = tempfile::tempdir().unwrap();
    let watched = weights_of_a_run(dir.path(), &["health.look_images=20", "health.grace_images=1"]);
    let off = ["saturated_discriminator", "dead_gradients", "collapse", "low_diversity", "non_finite"]
        .map(|key| format!("health.{key}=off"));
    let unwatched = weights_of_a_run(dir.path(), &off.each_ref().map(String::as_str));
    assert!(watched == unwatched);
}

/// The bytes of all weights, moments and averages after a run with these settings.
fn weights_of_a_run(parent: &std::path::Path, overrides: &[&str]) -> Vec<Vec<u32>> {
    let mut trainer = trainer(overrides);
    let folder = RunFolder::create(parent, "run", trainer.config(), &serde_json::json!({})).unwrap();
    let mut observer = Unwatched;
    let session = Session::new(&mut trainer, &folder, &mut observer).unwrap();
    let reason = train(session, 1, &false.into()).unwrap();
    assert_eq!(reason, StopReason::Finished);
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<u32>>();
    let (g, d) = trainer.players();
    let players = [g, d].into_iter().flat_map(|p| {
        let moments = p.optimizer.moments().map(|(_, values)| bits(values));
        moments.chain([bits(&p.parameters), bits(&p.state)]).collect::<Vec<_>>()
    });
    let mut sampled = Vec::new();
    trainer.sampler().unwrap().generate(1, 10, &mut |images| sampled.extend(bits(images)));
    players.chain([sampled]).collect()
}

struct Unwatched;

impl Observer for Unwatched {}
