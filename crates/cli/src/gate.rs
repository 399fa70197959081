//! Rejection sampling by distance to real images: images beyond a limit for their class are rejected.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use data::ImageSet;
use judge::ClassDistance;
use kernels::Threads;
use model::Sampler;
use model::sampler::to_byte;

use crate::args::RejectArgs;
use crate::classes;
use crate::judges::judge_of;
use crate::runs::Trained;

/// Images that set the limits, from their own sequence: the number for each class, and the number without classes.
const OF_A_CLASS: usize = 200;
const WITHOUT_CLASSES: usize = 2_000;
const SEED: u64 = u64::MAX;

/// Rejects the share of the generator's images of each class that lie farthest from real ones ([`ClassDistance`]).
///
/// Rejection by a classifier follows Razavi et al. 2019, "Generating diverse high-fidelity images with VQ-VAE-2"
/// (arXiv:1906.00446), who keep the images with the highest confidence.
pub(crate) struct Gate {
    distance: ClassDistance,
    threads: Threads,
    /// The largest distance that passes, for each class.
    limits: BTreeMap<usize, f64>,
}

impl Gate {
    /// The gate for the classes that the sampler makes; `None` without a share to reject.
    ///
    /// # Errors
    /// If there is no judge for the run's data, the data cannot be read, or they are not for this judge.
    pub(crate) fn of(
        args: &RejectArgs,
        trained: &Trained,
        sampler: &mut Sampler,
        threads: Threads,
    ) -> anyhow::Result<Option<Gate>> {
        let Some(share) = args.reject else { return Ok(None) };
        let (data, options) = (trained.data(), trained.data().options());
        let judge = judge_of(args.judge.as_deref(), &data.source, &options)?;
        let real = data::load_with(&data.source, data.split(), &options)
            .with_context(|| format!("--reject compares with the data `{}`", data.source))?;
        let real = match sampler.labels().is_empty() {
            true => real,
            false => classes::of_run(real, trained.header())?,
        };
        let classes: BTreeSet<usize> = sampler.labels().iter().map(|&label| label as usize).collect();
        let distance = ClassDistance::new(judge, threads, &real, &classes)?;
        let mut gate = Gate { distance, threads, limits: BTreeMap::new() };
        let (classes, each) = match classes.is_empty() {
            true => (vec![0], WITHOUT_CLASSES),
            false => (classes.into_iter().collect(), OF_A_CLASS),
        };
        for class in classes {
            // Each class has its own place in the sequence, so that its limit does not depend on the other classes.
            let latents = sampler.latents(SEED, class * each, each);
            let distances = gate.distances(sampler, &latents, &vec![class; each])?;
            gate.limits.insert(class, limit(distances, share));
        }
        Ok(Some(gate))
    }

    /// Whether the images of these latents and classes (0 without classes) pass.
    ///
    /// # Errors
    /// If the sampler takes no such latents or classes.
    pub(crate) fn lets_through(
        &self,
        sampler: &mut Sampler,
        latents: &[f32],
        classes: &[usize],
    ) -> anyhow::Result<Vec<bool>> {
        let distances = self.distances(sampler, latents, classes)?;
        Ok(distances.iter().zip(classes).map(|(distance, class)| *distance <= self.limits[class]).collect())
    }

    fn distances(
        &self,
        sampler: &mut Sampler,
        latents: &[f32],
        classes: &[usize],
    ) -> anyhow::Result<Vec<f64>> {
        let labels: Vec<u32> = classes.iter().map(|&class| class as u32).collect();
        let bytes = sampler.images(latents, &labels)?.into_iter().map(to_byte).collect();
        let (height, width, channels) = sampler.shape();
        let images = ImageSet::new("generated", height, width, channels, bytes, None)?;
        Ok(self.distance.of(self.threads, &images, classes)?)
    }
}

/// The distance that all but `share` of the distances do not exceed.
fn limit(mut distances: Vec<f64>, share: f64) -> f64 {
    distances.sort_by(f64::total_cmp);
    let kept = ((1.0 - share) * distances.len() as f64).round() as usize;
    distances[kept.clamp(1, distances.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_leaves_out_the_share() {
        let distances: Vec<f64> = (0..200).rev().map(f64::from).collect();
        assert_eq!(limit(distances.clone(), 0.1), 179.0);
        assert_eq!(limit(distances, 0.9), 19.0);
        assert_eq!(limit(vec![2.0, 1.0], 0.9), 1.0);
    }
}
