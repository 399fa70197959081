//! Quantities that change over a run, as functions of images shown: the same after a resume.

use std::f64::consts::PI;

use nn::Rule;

use super::choices::Schedule;
use super::experiment::Experiment;

impl Experiment {
    /// What both learning rates are multiplied by in the step that follows `images` images.
    ///
    /// Warm-up: `(images + batch) / warmup_images`, so that the first step has an effect and the step that completes the
    /// warm-up has factor 1. After it, with `p` from 0 at the warm-up's end to 1 at the run's:
    /// constant: 1; linear: `1 - (1 - last) p`; cosine: `last + (1 - last) (1 + cos(pi p)) / 2`, where `last` is
    /// `final_lr_factor`. The run's end is `end` images, where it is forecast (see [`end`](Self::end)), else
    /// `total_images`; without either the factor is constant. All of this is multiplied by the burn-in's factor, and by
    /// `min(1, sqrt(full_rate_images / end))`.
    ///
    /// The root is that of stochastic gradient descent over a known horizon, whose best constant step falls as `1 / sqrt(T)`
    /// (Ghadimi and Lan 2013, "Stochastic first- and zeroth-order methods for nonconvex stochastic programming"). Rates that
    /// serve a short run blind D when they last.
    pub fn lr_factor(&self, images: u64, end: Option<u64>) -> f64 {
        let end = end.or(self.train.total_images);
        self.scheduled_lr_factor(images, end)
            * self.for_length(end)
            * self.during_burn_in(images, 1.0, self.burn_in.lr_factor.0)
    }

    fn for_length(&self, end: Option<u64>) -> f64 {
        let (Some(full), Some(end)) = (self.train.full_rate_images, end) else { return 1.0 };
        (full as f64 / end.max(full) as f64).sqrt()
    }

    /// How many images the run will have shown at its end: by the rate at which `shown` images were trained on in `seconds`,
    /// `left` seconds from now, and never more than `total_images`. `None` where no rate follows from it.
    ///
    /// A schedule over a run that time ends is a schedule over what time will allow: whatever the budget, the rates have
    /// fallen when it is spent.
    pub fn end(&self, images: u64, shown: u64, seconds: f64, left: f64) -> Option<u64> {
        self.train.max_seconds?;
        let follows = self.train.schedule != Schedule::Constant || self.train.full_rate_images.is_some();
        if !follows || seconds <= 0.0 {
            return None;
        }
        let more = shown as f64 / seconds * left.max(0.0);
        let end = images.saturating_add(more as u64);
        Some(self.train.total_images.map_or(end, |total| total.min(end)))
    }

    fn scheduled_lr_factor(&self, images: u64, end: Option<u64>) -> f64 {
        let train = &self.train;
        let warmup = train.warmup_images;
        let after_step = images.saturating_add(train.batch_size as u64);
        if after_step < warmup {
            return after_step as f64 / warmup as f64;
        }
        let Some(total) = end else { return 1.0 };
        let span = total.saturating_sub(warmup).max(1);
        let progress = (images.saturating_sub(warmup) as f64 / span as f64).min(1.0);
        let last = train.final_lr_factor;
        match train.schedule {
            Schedule::Constant => 1.0,
            Schedule::Linear => 1.0 - (1.0 - last) * progress,
            Schedule::Cosine => last + (1.0 - last) * 0.5 * (1.0 + (PI * progress).cos()),
        }
    }

    /// What starts at `start` and has moved to `end` when the burn-in is over: `end + (start - end) (1 + cos(pi p)) / 2`, with
    /// `p` from 0 to 1 at `burn_in.images`; `start` where there is no `end`.
    ///
    /// Source: Huang et al. 2024, "The GAN is dead; long live the GAN!" (R3GAN), whose trainer moves the learning rate, the
    /// penalties' gamma, Adam's beta2 and the average's half life so.
    pub fn during_burn_in(&self, images: u64, start: f64, end: Option<f64>) -> f64 {
        let Some(end) = end else { return start };
        let progress = (images as f64 / self.burn_in.images.max(1) as f64).min(1.0);
        end + (start - end) * 0.5 * (1.0 + (PI * progress).cos())
    }

    /// gamma of R1 and of R2 after `images` images.
    pub fn gammas(&self, images: u64) -> [f64; 2] {
        let (objective, end) = (&self.objective, &self.burn_in);
        [
            self.during_burn_in(images, objective.r1, end.r1.0),
            self.during_burn_in(images, objective.r2, end.r2.0),
        ]
    }

    /// The generator's and the discriminator's `beta2` after `images` images, where the burn-in moves them.
    pub fn beta2s(&self, images: u64) -> Option<[f64; 2]> {
        let end = self.burn_in.beta2.0?;
        let start =
            |rule: Rule| rule.beta2().map_or(end, |start| self.during_burn_in(images, start, Some(end)));
        Some([start(self.optimizer.generator), start(self.optimizer.discriminator)])
    }

    /// The instance noise's standard deviation after `images` images: `instance_noise`, falling in a straight line
    /// to 0 at `instance_noise_images` where that is given.
    pub fn instance_noise(&self, images: u64) -> f64 {
        let start = self.objective.instance_noise;
        match self.objective.instance_noise_images {
            Some(end) => start * (1.0 - images as f64 / end as f64).max(0.0),
            None => start,
        }
    }

    /// The weight that the average keeps in the step that brings the images shown to `images`, or `None` without an
    /// average: `0.5 ^ (step_images / half_life)`.
    ///
    /// The half life is that of the burn-in. With `ema_rampup` it is at most that share of `images`, so that the average
    /// forgets the first weights (Karras et al. 2022, EDM, `training_loop.py`).
    pub fn ema_decay(&self, images: u64, step_images: u64) -> Option<f64> {
        let start = self.train.ema_half_life_images?;
        let written = self.during_burn_in(images, start, self.burn_in.ema_half_life_images.0);
        let half_life = self.train.ema_rampup.map_or(written, |share| written.min(images as f64 * share));
        Some(0.5f64.powf(step_images as f64 / half_life.max(1e-8)))
    }
}
