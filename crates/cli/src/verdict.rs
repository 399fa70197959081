//! A discriminator's scores on real and on generated images.

use data::{ImageSet, epoch_order};
use gan::losses::{Logits, Loss, sigmoid};
use model::{Critic, Sampler};

/// Images gathered at a time.
const BATCH: usize = 256;

/// Scores of one kind of image, 0 (generated) to 1 (real).
pub(crate) struct Scores {
    pub(crate) values: Vec<f64>,
    /// Share that D assigns to the other kind.
    pub(crate) wrong: f64,
}

impl Scores {
    /// From logits and the threshold between the kinds. A score of exactly 1/2 is wrong for both.
    fn new(logits: &[f32], threshold: f64, is_right: impl Fn(f64) -> bool) -> Scores {
        let values: Vec<f64> = logits.iter().map(|&logit| sigmoid(f64::from(logit) - threshold)).collect();
        let wrong = values.iter().filter(|&&score| !is_right(score)).count();
        Scores { wrong: wrong as f64 / values.len().max(1) as f64, values }
    }

    pub(crate) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len().max(1) as f64
    }
}

/// The result.
pub(crate) struct Verdict {
    pub(crate) real: Scores,
    pub(crate) fake: Scores,
    /// Probability that a real image has a higher logit than a generated one.
    pub(crate) ranked_right: f64,
    /// The logit whose score is 1/2.
    pub(crate) threshold: f64,
    loss: Option<Loss>,
}

impl Verdict {
    /// D's scores of `count` images of the set, chosen by the seed, and of as many generated images, in whole packs. The set has
    /// labels if D reads them. `loss` is the name of the loss that D was trained with.
    pub(crate) fn of(
        (critic, sampler): (&mut Critic, &mut Sampler),
        set: &ImageSet,
        (seed, count): (u64, usize),
        loss: &str,
    ) -> Verdict {
        let count = count / critic.images_at_once() * critic.images_at_once();
        let real = judge_real(critic, set, seed, count);
        let fake = judge_generated(critic, sampler, seed, count);
        let loss = Loss::ALL.into_iter().find(|known| known.name() == loss);
        let threshold = loss.map_or(0.0, |loss| loss.threshold(Logits { real: &real, fake: &fake }));
        Verdict {
            ranked_right: ranked_right(&real, &fake),
            real: Scores::new(&real, threshold, |score| score > 0.5),
            fake: Scores::new(&fake, threshold, |score| score < 0.5),
            threshold,
            loss,
        }
    }

    pub(crate) fn accuracy(&self) -> f64 {
        1.0 - (self.real.wrong + self.fake.wrong) / 2.0
    }

    /// An explanation of the score 1/2, if the loss does not define it.
    pub(crate) fn note(&self) -> Option<String> {
        let (name, threshold) = (self.loss?.name(), self.threshold);
        matches!(self.loss, Some(Loss::Relativistic | Loss::Wasserstein)).then(|| {
            format!(
                "the {name} loss fixes only differences of logits, so a score of 1/2 stands for the middle between both \
                 kinds' means, a logit of {threshold:.2}"
            )
        })
    }
}

/// Logits on `count` images of the set, chosen by the seed.
fn judge_real(critic: &mut Critic, set: &ImageSet, seed: u64, count: usize) -> Vec<f32> {
    let mut order = Vec::new();
    epoch_order(seed, 0, set.len(), &mut order);
    let mut images = vec![0.0; whole_packs(critic) * set.pixels_per_image()];
    let mut logits = Vec::with_capacity(count);
    let labels = set.labels().unwrap_or_default();
    for chosen in order[..count].chunks(whole_packs(critic)) {
        let images = &mut images[..chosen.len() * set.pixels_per_image()];
        set.gather(chosen, images);
        let labels: Vec<u32> =
            chosen.iter().filter_map(|&i| labels.get(i as usize)).map(|&label| label.into()).collect();
        logits.extend(critic.scores(images, &labels));
    }
    logits
}

/// Logits on the first `count` images of the generator's sequence, of all classes in turn where it takes labels.
fn judge_generated(critic: &mut Critic, sampler: &mut Sampler, seed: u64, count: usize) -> Vec<f32> {
    let (height, width, channels) = sampler.shape();
    let pixels = height * width * channels;
    let turn: Vec<u32> = sampler.labels().to_vec();
    let (mut waiting, mut labels) = (Vec::new(), turn.iter().copied().cycle());
    let mut logits = Vec::with_capacity(count);
    sampler.generate(seed, count, &mut |images| {
        waiting.extend_from_slice(images);
        // An incomplete pack waits for the next images.
        let ready = waiting.len() / pixels / critic.images_at_once() * critic.images_at_once();
        let labels: Vec<u32> = labels.by_ref().take(ready).collect();
        logits.extend(critic.scores(&waiting[..ready * pixels], &labels));
        waiting.drain(..ready * pixels);
    });
    logits
}

/// About [`BATCH`] images, as many as make whole packs.
fn whole_packs(critic: &Critic) -> usize {
    (BATCH / critic.images_at_once()).max(1) * critic.images_at_once()
}

/// The share of all (real, fake) pairs in which the real one is higher; ties count half. The area under the ROC curve.
fn ranked_right(real: &[f32], fake: &[f32]) -> f64 {
    let mut fake = fake.to_vec();
    fake.sort_by(f32::total_cmp);
    let below: f64 = real
        .iter()
        .map(|r| {
            let lower = fake.partition_point(|f| f < r);
            let not_above = fake.partition_point(|f| f <= r);
            (lower + not_above) as f64 / 2.0
        })
        .sum();
    below / (real.len() * fake.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_ranked() {
        assert_eq!(ranked_right(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        assert_eq!(ranked_right(&[0.0], &[0.0, 1.0]), 0.25);
        assert_eq!(ranked_right(&[1.0, 1.0], &[1.0]), 0.5);
    }
}
