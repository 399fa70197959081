//! What follows from a check of the run's health: nothing, a warning, a stop or a roll-back, as the config says.

use crate::error::RunError;
use crate::events::Event;
use crate::health::{AlarmKind, Course, Finding, non_finite};
use crate::session::Session;
use crate::stop_reason::StopReason;
use gan::config::Action;

/// How the loop continues after a check.
pub(crate) enum Verdict {
    /// With the next stage.
    GoOn,
    /// With the step after an earlier checkpoint.
    RolledBack,
    /// It ends.
    Stop(StopReason),
}

impl Session<'_> {
    /// Takes the outcome of a check, logs what is new about it, and carries out the config's action. `needed` findings in a row
    /// raise the alarm, if it `may` be raised yet.
    pub(crate) fn take(
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
        let images = self.images();
        let course = self.trainer.progress_mut().health.take(kind, images, finding.is_some(), needed, may);
        let (well_images, finding) = match (course, finding) {
            (Course::Over, _) => {
                let seconds = self.seconds();
                self.emit(Event::AlarmOver { images, seconds, kind })?;
                return Ok(Verdict::GoOn);
            }
            (Course::Raised { well_images }, Some(finding)) => (well_images, finding),
            (Course::Persists { well_images }, Some(finding)) if action != Action::Warn => {
                (well_images, finding)
            }
            _ => return Ok(Verdict::GoOn),
        };
        match action {
            Action::Off | Action::Warn => {
                self.log_alarm(kind, action, finding)?;
                Ok(Verdict::GoOn)
            }
            Action::Stop => {
                self.log_alarm(kind, action, finding.clone())?;
                self.stop(kind, &finding)
            }
            Action::RollBack => match self.checkpoint_to_go_back_to(well_images)? {
                Ok(checkpoint) => {
                    self.log_alarm(kind, action, finding)?;
                    self.roll_back(&checkpoint)?;
                    Ok(Verdict::RolledBack)
                }
                Err(why_not) => {
                    let message = format!("{}; {why_not}", finding.message);
                    self.log_alarm(kind, Action::Stop, Finding { message, ..finding.clone() })?;
                    self.stop(kind, &finding)
                }
            },
        }
    }

    fn log_alarm(&mut self, kind: AlarmKind, action: Action, finding: Finding) -> Result<(), RunError> {
        let (images, seconds) = (self.images(), self.seconds());
        let Finding { message, figures } = finding;
        self.emit(Event::Alarm { images, seconds, kind, action, message, figures })
    }

    /// Ends the run. A value that is not finite is an error, because it cannot be saved.
    fn stop(&mut self, kind: AlarmKind, finding: &Finding) -> Result<Verdict, RunError> {
        match (kind, finding.message.strip_suffix(non_finite::ENDING)) {
            (AlarmKind::NonFinite, Some(what)) => Err(self.diverged(what.to_owned())?),
            _ => Ok(Verdict::Stop(StopReason::Unhealthy(kind))),
        }
    }
}
