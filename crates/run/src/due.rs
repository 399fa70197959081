//! What is due after a step: everything that a config has every so many images.

use gan::config::Experiment;

/// What is due at a number of images shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The end of a round: a line for the console.
    pub(crate) round: bool,
    /// A tick: a line of the log, and a grid.
    pub(crate) tick: bool,
    /// A look at generated images, for the run's health.
    pub(crate) look: bool,
    /// A checkpoint.
    pub(crate) checkpoint: bool,
    /// An evaluation.
    pub(crate) evaluation: bool,
}

impl Due {
    /// What `experiment` has due after the step that ends at `images` images. Something is due every so many images when that
    /// step passes a multiple of them.
    pub(crate) fn at(experiment: &Experiment, images: u64) -> Due {
        let train = &experiment.train;
        let before = images.saturating_sub(train.batch_size as u64);
        let passes = |every: u64| every > 0 && images / every != before / every;
        let checkpoint_rounds =
            train.checkpoint_epochs.map(|rounds| rounds.saturating_mul(train.round_images));
        Due {
            round: passes(train.round_images),
            tick: passes(train.tick_images),
            look: passes(experiment.health.look_images),
            checkpoint: [train.checkpoint_images, checkpoint_rounds].into_iter().flatten().any(passes),
            evaluation: experiment.eval.every_images.is_some_and(passes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan::config::{Facts, Source, Written};

    /// Batches of 10 images: a tick every 25 images, a look every 20, an evaluation every 30, a checkpoint every 40 and every round
    /// of 50.
    fn experiment() -> Experiment {
        let text = "generator.layers = [{ dense = 4 }, 'tanh']\ndiscriminator.layers = [{ dense = 1 }]\n\
                    health.look_images = 20\neval.every_images = 30\n\
                    [train]\nbatch_size = 10\nepochs = 4\ntick_images = 25\ncheckpoint_images = 40\n\
                    checkpoint_epochs = 1";
        let source = Source::new(text, "test");
        let facts = Facts { image_shape: (2, 2, 1), images: 50, classes: 0 };
        Written::parse(&source).unwrap().check(&source, &facts).unwrap()
    }

    #[test]
    fn what_a_step_passes_a_multiple_of_is_due() {
        let experiment = experiment();
        assert_eq!(experiment.train.round_images, 50);
        let at = |due: fn(Due) -> bool| -> Vec<u64> {
            (1..=10).map(|step| 10 * step).filter(|&images| due(Due::at(&experiment, images))).collect()
        };
        assert_eq!(at(|due| due.round), [50, 100]);
        assert_eq!(at(|due| due.tick), [30, 50, 80, 100]);
        assert_eq!(at(|due| due.look), [20, 40, 60, 80, 100]);
        assert_eq!(at(|due| due.checkpoint), [40, 50, 80, 100]);
        assert_eq!(at(|due| due.evaluation), [30, 60, 90]);
    }
}
