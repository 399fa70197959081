//! `eval --usefulness`: two classifiers learn, one from real images and one from generated ones.

use judge::evaluate::{Images, Score};
use judge::{Pupil, TrainOptions, UsefulnessOptions};
use kernels::Threads;

use super::target::Target;
use crate::output::{Quiet, note};

/// The score, told of epoch by epoch. A run's generator makes as many images as are asked for, whatever the other metrics
/// compare.
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
