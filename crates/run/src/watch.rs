//! The checks of a run: its data, each step's figures, and its health.

use crate::alarms::Verdict;
use crate::due::Due;
use crate::error::RunError;
use crate::health::{AlarmKind, Observatory, collapse, diversity, gradients, non_finite, saturated};
use crate::session::Session;
use gan::config::{Action, Players};
use gan::step::{Means, StepReport};

impl Session<'_> {
    /// After a step, before anything of it is saved: checks that its images were those of the data.
    ///
    /// # Errors
    /// [`RunError::Data`] naming the file, after the end of the run is logged: the last checkpoint is whole.
    pub(crate) fn check_data(&mut self) -> Result<(), RunError> {
        let Err(error) = self.trainer.images().still_whole() else { return Ok(()) };
        self.log_stop(error.to_string())?;
        Err(error.into())
    }

    /// After a step: checks that its figures are finite.
    pub(crate) fn check_step(&mut self, report: &StepReport) -> Result<Verdict, RunError> {
        if self.trainer.experiment().health.non_finite == Action::Off {
            return Ok(Verdict::GoOn);
        }
        let what = non_finite::figure(report)
            .map(|figure| self.trainer.first_not_finite().unwrap_or_else(|| figure.to_owned()));
        self.take_non_finite(what)
    }

    /// After a tick with these means, if there was one: checks them. Looks at generated images if a look is `due`. Searches all
    /// weights after a tick and before a checkpoint.
    pub(crate) fn check_health(&mut self, tick: Option<Means>, due: Due) -> Result<Verdict, RunError> {
        if (tick.is_some() || due.checkpoint)
            && let Some(what) = self.trainer.first_not_finite()
        {
            let verdict = self.take_non_finite(Some(what.clone()))?;
            return match verdict {
                // A checkpoint holds finite values only, so the run cannot continue.
                Verdict::GoOn if due.checkpoint => Err(self.diverged(what)?),
                verdict => Ok(verdict),
            };
        }
        if let Some(mean) = tick {
            let verdict = self.check_tick(&mean)?;
            if !matches!(verdict, Verdict::GoOn) {
                return Ok(verdict);
            }
        }
        if due.look { self.look() } else { Ok(Verdict::GoOn) }
    }

    fn take_non_finite(&mut self, what: Option<String>) -> Result<Verdict, RunError> {
        let (steps, lr_factor) = (self.trainer.progress().steps, self.trainer.lr_factor());
        let finding = what.map(|what| non_finite::finding(&what, steps, lr_factor));
        self.take(AlarmKind::NonFinite, finding, 1, true)
    }

    fn check_tick(&mut self, mean: &Means) -> Result<Verdict, RunError> {
        // A tick whose steps were all skipped is evidence of nothing.
        if *mean == Means::default() {
            return Ok(Verdict::GoOn);
        }
        let experiment = self.trainer.experiment();
        let (health, players) = (&experiment.health, experiment.train.players);
        let needed = health.ticks_in_a_row;
        // D should be right against a fixed generator, and a fixed D should be wrong.
        let saturated = match players {
            Players::Both => saturated::check(mean, experiment.objective.loss, health),
            _ => None,
        };
        let [generator, discriminator] = self.trainer.progress().health.norms();
        let gradients = gradients::check(mean, [&generator, &discriminator], players, health);
        if gradients.is_none() {
            self.trainer.progress_mut().health.remember(mean);
        }
        match self.take(AlarmKind::SaturatedDiscriminator, saturated, needed, true)? {
            Verdict::GoOn => self.take(AlarmKind::DeadGradients, gradients, needed, true),
            verdict => Ok(verdict),
        }
    }

    /// Looks at generated images: checks their classes and distances.
    fn look(&mut self) -> Result<Verdict, RunError> {
        let experiment = self.trainer.experiment();
        let health = &experiment.health;
        let wanted = [health.collapse, health.low_diversity].iter().any(|&action| action != Action::Off);
        if !wanted || experiment.train.players == Players::Discriminator {
            return Ok(Verdict::GoOn);
        }
        let observatory = match &mut self.observatory {
            Some(observatory) => observatory,
            none => none.insert(Observatory::new(self.trainer)?),
        };
        let look = observatory.look(self.trainer)?;
        let collapse = collapse::check(&look.histogram, &look.shares, health);
        let alike = diversity::check(look.distance, look.data_distance, health);
        let needed = health.looks_in_a_row;
        let may = self.images() >= health.grace_images;
        match self.take(AlarmKind::Collapse, collapse, needed, may)? {
            Verdict::GoOn => self.take(AlarmKind::LowDiversity, alike, needed, may),
            verdict => Ok(verdict),
        }
    }
}
