//! What a run does about its health: it looks, says, stops, goes back.

use crate::error::RunError;
use crate::events::Event;
use crate::health::{
    AlarmKind, Course, Finding, Observatory, collapse, diversity, gradients, non_finite, saturated,
};
use crate::names::{CHECKPOINT, images_of};
use crate::session::{Session, StopReason};
use gan::checkpoint::Checkpoint;
use gan::config::{Action, Players};
use gan::step::{Means, StepReport};

/// How the loop goes on after a check.
pub(super) enum Verdict {
    /// With the next thing.
    GoOn,
    /// With the step that follows an earlier checkpoint.
    RolledBack,
    /// Not at all.
    Stop(StopReason),
}

impl Session<'_> {
    /// Where an alarm may roll the run back, there is something to go back to from the first step on.
    pub(super) fn save_the_start(&mut self) -> Result<(), RunError> {
        let fresh = self.trainer.progress().images == 0;
        if fresh && self.trainer.experiment().health.rolls_back() { self.checkpoint() } else { Ok(()) }
    }

    /// After a step: are its figures finite?
    pub(super) fn watch_step(&mut self, report: &StepReport) -> Result<Verdict, RunError> {
        if self.trainer.experiment().health.non_finite == Action::Off {
            return Ok(Verdict::GoOn);
        }
        let what = non_finite::figure(report)
            .map(|figure| self.trainer.first_not_finite().unwrap_or_else(|| figure.to_owned()));
        self.take_non_finite(what)
    }

    /// After a tick of means `tick`, if there was one, with a look at generated images if that is due. Before a checkpoint all
    /// weights are looked at, as after a tick.
    pub(super) fn watch(
        &mut self,
        tick: Option<Means>,
        look: bool,
        checkpoint: bool,
    ) -> Result<Verdict, RunError> {
        if (tick.is_some() || checkpoint)
            && let Some(what) = self.trainer.first_not_finite()
        {
            let verdict = self.take_non_finite(Some(what.clone()))?;
            return match verdict {
                // Nothing that is not finite is saved, so there is no going on.
                Verdict::GoOn if checkpoint => Err(self.diverged(what)?),
                verdict => Ok(verdict),
            };
        }
        if let Some(mean) = tick {
            let verdict = self.watch_tick(&mean)?;
            if !matches!(verdict, Verdict::GoOn) {
                return Ok(verdict);
            }
        }
        if look { self.look() } else { Ok(Verdict::GoOn) }
    }

    fn take_non_finite(&mut self, what: Option<String>) -> Result<Verdict, RunError> {
        let (steps, lr_factor) = (self.trainer.progress().steps, self.trainer.lr_factor());
        let finding = what.map(|what| non_finite::finding(&what, steps, lr_factor));
        self.take(AlarmKind::NonFinite, finding, 1, true)
    }

    fn watch_tick(&mut self, mean: &Means) -> Result<Verdict, RunError> {
        // A tick whose steps were all skipped says nothing, good or bad.
        if *mean == Means::default() {
            return Ok(Verdict::GoOn);
        }
        let experiment = self.trainer.experiment();
        let (health, players) = (&experiment.health, experiment.train.players);
        let needed = health.ticks_in_a_row;
        // Against a fixed generator D is meant to be right, and a fixed D to be wrong.
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
        let may = self.trainer.progress().images >= health.grace_images;
        match self.take(AlarmKind::Collapse, collapse, needed, may)? {
            Verdict::GoOn => self.take(AlarmKind::LowDiversity, alike, needed, may),
            verdict => Ok(verdict),
        }
    }

    /// Takes the outcome of a check, says what is new about it, and does what the config says.
    fn take(
        &mut self,
        kind: AlarmKind,
        finding: Option<Finding>,
        needed: u32,
        may: bool,
    ) -> Result<Verdict, RunError> {
        let action = kind.action(&self.trainer.experiment().health);
        if action == Action::Off {
            return Ok(Verdict::GoOn);
        }
        let images = self.trainer.progress().images;
        let course = self.trainer.progress_mut().health.take(kind, images, finding.is_some(), needed, may);
        let seconds = self.seconds();
        let (well_images, finding) = match (course, finding) {
            (Course::Over, _) => {
                self.emit(Event::AlarmOver { images, seconds, kind })?;
                return Ok(Verdict::GoOn);
            }
            (Course::Raised { well_images }, Some(finding)) => (well_images, finding),
            (Course::Persists { well_images }, Some(finding)) if action != Action::Warn => {
                (well_images, finding)
            }
            _ => return Ok(Verdict::GoOn),
        };
        let Finding { message, figures } = finding;
        match action {
            Action::Off | Action::Warn => {
                self.emit(Event::Alarm { images, seconds, kind, action, message, figures })?;
                Ok(Verdict::GoOn)
            }
            Action::Stop => {
                let said = message.clone();
                self.emit(Event::Alarm { images, seconds, kind, action, message: said, figures })?;
                self.stop(kind, &message)
            }
            Action::RollBack => match self.checkpoint_to_go_back_to(well_images)? {
                Ok(checkpoint) => {
                    self.emit(Event::Alarm { images, seconds, kind, action, message, figures })?;
                    self.roll_back(&checkpoint)
                }
                Err(why_not) => {
                    let (said, action) = (format!("{message}; {why_not}"), Action::Stop);
                    self.emit(Event::Alarm { images, seconds, kind, action, message: said, figures })?;
                    self.stop(kind, &message)
                }
            },
        }
    }

    /// Ends the run: what is not finite cannot be saved, anything else is.
    fn stop(&mut self, kind: AlarmKind, message: &str) -> Result<Verdict, RunError> {
        match (kind, message.strip_suffix(non_finite::ENDING)) {
            (AlarmKind::NonFinite, Some(what)) => Err(self.diverged(what.to_owned())?),
            _ => Ok(Verdict::Stop(StopReason::Unhealthy(kind))),
        }
    }

    /// The newest whole checkpoint from before the trouble began, or why the run is not rolled back.
    ///
    /// Those that the config has are preferred to one that a stop left, so that a run that was stopped and resumed goes back to
    /// where the whole run does.
    fn checkpoint_to_go_back_to(&self, well_images: u64) -> Result<Result<Checkpoint, String>, RunError> {
        let health = &self.trainer.experiment().health;
        let count = self.trainer.progress().health.roll_backs;
        if count >= health.max_roll_backs {
            return Ok(Err(format!("the run was rolled back {count} times already")));
        }
        let all = self.folder.checkpoints()?;
        let from_before =
            all.iter().rev().filter_map(|path| Some((images_of(path.file_name()?, CHECKPOINT)?, path)));
        let (planned, others): (Vec<_>, Vec<_>) = from_before
            .filter(|(images, _)| *images <= well_images)
            .partition(|(images, _)| *images == 0 || self.keeps(*images));
        let mut by_preference = planned.into_iter().chain(others);
        let whole = by_preference.find_map(|(_, path)| Checkpoint::read(path).ok());
        Ok(whole.ok_or_else(|| "no checkpoint is from before it began".to_owned()))
    }

    /// Goes back, with lower learning rates from there on. The checkpoint is written anew with these, so that the run resumes
    /// with them.
    fn roll_back(&mut self, checkpoint: &Checkpoint) -> Result<Verdict, RunError> {
        let (images, history) = (self.trainer.progress().images, self.trainer.progress().health.clone());
        let factor = self.trainer.experiment().health.roll_back_lr_factor;
        self.trainer.restore(checkpoint)?;
        self.trainer.progress_mut().health.roll_back(&history, factor);
        let to_images = self.trainer.progress().images;
        let history = &self.trainer.progress().health;
        let (lr_factor, count) = (history.lr_factor(), history.roll_backs);
        // The line first: without the checkpoint that counts this roll-back, the line says nothing.
        self.emit(Event::RollBack { images, to_images, lr_factor, count })?;
        self.jumped()?;
        self.write_past(checkpoint.path())?;
        self.trainer.save(checkpoint.path())?;
        self.folder.publish_checkpoint(to_images, 0)?;
        self.folder.forget_beyond(to_images)?;
        Ok(Verdict::RolledBack)
    }
}
