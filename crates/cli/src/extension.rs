//! How to continue a run beyond its limits.

use gan::Trainer;
use gan::config::{Source, Written};
use run::StopReason;

use crate::hints::Typed;

/// A flag of `resume`, and its value: `--time 90s`, `--set KEY=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Flag {
    Time(String),
    Set(String),
}

/// The command with a run's new limits. They replace what was typed for them.
pub(crate) fn extended(command: Typed, flags: &[Flag]) -> Typed {
    flags.iter().fold(command, |command, flag| match flag {
        Flag::Time(time) => command.with("time", time),
        Flag::Set(set) => command.with_set(set),
    })
}

/// The flags that let a run continue after `seconds` of training: every limit of its config that it has reached, including
/// those that would end it at once. Each is doubled, and above what the run has reached.
pub(crate) fn extension(trainer: &Trainer, reason: StopReason, seconds: f64) -> Option<Vec<Flag>> {
    let written = Written::parse(&Source::new(trainer.config(), "config")).ok()?;
    let (train, shown) = (&written.train, trainer.progress().images);
    let epoch_images = trainer.experiment().train.epoch_images;
    let mut flags = Vec::new();
    if reason == StopReason::Time || train.max_seconds.is_some_and(|limit| seconds >= limit) {
        let spent = train.max_seconds.unwrap_or(0.0).max(seconds);
        flags.push(Flag::Time(format!("{:.0}s", (2.0 * spent).ceil().max(1.0))));
    }
    let epochs_images = train.epochs.saturating_mul(epoch_images);
    let reached = |limit: u64| limit > 0 && shown >= limit;
    let limit = [train.total_images, epochs_images].into_iter().filter(|&limit| limit > 0).min();
    if reached(train.total_images) || reached(epochs_images) {
        let twice = limit.unwrap_or(0).saturating_mul(2);
        let twice = if twice > shown { twice } else { shown.saturating_mul(2) };
        // The other limit is removed.
        if train.total_images > 0 && train.total_images < twice {
            flags.push(Flag::Set(format!("train.total_images={twice}")));
        }
        if train.epochs > 0 && epochs_images < twice {
            flags.push(Flag::Set(format!("train.epochs={}", twice.div_ceil(epoch_images))));
        }
    }
    let set = |text: &str| Flag::Set(text.to_owned());
    match reason {
        StopReason::Plateau => flags.push(set("train.stop_plateau_ticks=0")),
        StopReason::Target => flags.push(set("eval.until=")),
        StopReason::MetricPlateau => flags.push(set("eval.plateau_evals=0")),
        StopReason::Unhealthy(kind) => flags.push(Flag::Set(format!("health.{}=warn", kind.key()))),
        StopReason::Time | StopReason::Finished | StopReason::Interrupted => {}
    }
    Some(flags)
}
