//! `eval --usefulness`: one classifier learns from real images and one from generated ones.

use judge::evaluate::Images;
use judge::{Pupil, TrainOptions, UsefulnessOptions};
use kernels::Threads;
use metrics::Score;

use super::target::Target;
use crate::output::{Quiet, note};

/// The score, with progress for each epoch. A run's generator makes as many images as `--usefulness` says; the other metrics
/// have their own number.
pub(super) fn score(
    target: &Target,
    threads: Threads,
    seed: u64,
    count: usize,
    images: Images,
) -> anyhow::Result<Score> {
    let more;
    let generated = match target {
        Target::Run(_) => {
            more = target.images(threads, seed, count, images.training)?;
            &more
        }
        Target::Images(_) => images.generated,
    };
    let options =
        UsefulnessOptions { images: count, train: TrainOptions { seed, ..TrainOptions::default() } };
    let mut tell = |pupil, epoch: judge::EpochReport| {
        let kind = match pupil {
            Pupil::Real => "real",
            Pupil::Generated => "generated",
        };
        let right = 100.0 * epoch.accuracy;
        note(
            Quiet(false),
            &format!(
                "a classifier of {kind} images: epoch {} of {}, {right:.2}% right",
                epoch.epoch, epoch.epochs
            ),
        );
    };
    Ok(judge::usefulness(threads, Images { generated, ..images }, options, &mut tell)?)
}
