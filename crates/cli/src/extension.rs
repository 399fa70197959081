//! How a run goes on beyond what ended it.

use gan::Trainer;
use gan::config::{Source, Written};
use gan::run::StopReason;

/// The flags that let a run, which has trained for so many seconds in all, go on beyond the limit of its config that ended it.
pub(crate) fn extension(trainer: &Trainer, reason: StopReason, seconds: f64) -> Option<String> {
    let written = Written::parse(&Source::new(trainer.config(), "config")).ok()?;
    let (train, epoch_images) = (&written.train, trainer.experiment().train.epoch_images);
    match reason {
        StopReason::Time => Some(format!("--time {:.0}s", 2.0 * train.max_seconds.max(seconds))),
        StopReason::Plateau => Some("--set train.stop_plateau_ticks=0".to_owned()),
        StopReason::Target => Some("--set eval.until=".to_owned()),
        StopReason::MetricPlateau => Some("--set eval.plateau_evals=0".to_owned()),
        StopReason::Interrupted => Some(String::new()),
        StopReason::Unhealthy(kind) => Some(format!("--set health.{}=warn", kind.key())),
        StopReason::Finished => {
            // Twice what the lower limit allowed; the other one must not be in the way.
            let twice = trainer.experiment().train.total_images?.saturating_mul(2);
            let mut flags = Vec::new();
            if train.total_images > 0 && train.total_images < twice {
                flags.push(format!("--set train.total_images={twice}"));
            }
            if train.epochs > 0 && train.epochs.saturating_mul(epoch_images) < twice {
                flags.push(format!("--set train.epochs={}", twice.div_ceil(epoch_images)));
            }
            Some(flags.join(" "))
        }
    }
}
