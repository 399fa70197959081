//! A look at what the generator makes: its images' distances, and what classes a judge sees in them.

use data::ImageSet;
use judge::Judge;
use kernels::noise::fill_words;
use metrics::{Features, diversity, modes};

use crate::error::GanError;
use crate::noise as streams;
use crate::trainer::Trainer;

/// Images whose distances are taken: 32,640 pairs. Their mean is known to a percent or two.
const DISTANCE_SAMPLES: usize = 256;

/// What a look compares with, made at the first one and kept.
#[derive(Debug)]
pub struct Observatory {
    judge: Option<Judge>,
    /// Each class's share of what training shows; empty without a judge.
    shares: Vec<f64>,
    /// Mean distance of two training images.
    data_distance: f64,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Mean distance of two generated images, over pixels in [-1, 1].
    pub distance: f64,
    /// That of two training images.
    pub data_distance: f64,
    /// Generated images of each class, where there is a judge.
    pub histogram: Vec<u64>,
    /// Each class's share of the data; as long.
    pub shares: Vec<f64>,
}

impl Observatory {
    /// With the judge that the program has of the data, if it has one, and `DISTANCE_SAMPLES` of the training images, drawn
    /// at random.
    ///
    /// # Errors
    /// [`GanError::Judge`] if the judge was altered.
    pub fn new(trainer: &Trainer) -> Result<Observatory, GanError> {
        let experiment = trainer.experiment();
        let judge = Judge::embedded(&experiment.data.source).transpose()?;
        let judge = judge.filter(|judge| judge.description().image_shape == experiment.data.image_shape);
        let shares = judge.as_ref().map_or(Vec::new(), |judge| {
            let counts = &judge.description().class_counts;
            let total: u64 = counts.iter().sum();
            let equal = 1.0 / counts.len().max(1) as f64;
            let share = |&count: &u64| {
                if experiment.data.balanced_classes { equal } else { count as f64 / total.max(1) as f64 }
            };
            counts.iter().map(share).collect()
        });
        let images = trainer.images();
        let data_distance = mean_distance(trainer, images, &drawn(images.len(), experiment.train.seed))?;
        Ok(Observatory { judge, shares, data_distance })
    }

    /// Looks at the images that the generator (the average, where there is one) makes of the same latents every time.
    ///
    /// # Errors
    /// [`GanError`] of the sampler or the judge.
    pub fn look(&self, trainer: &Trainer) -> Result<Look, GanError> {
        let experiment = trainer.experiment();
        let count = experiment.health.look_samples;
        let mut sampler = trainer.sampler()?;
        let pixels = sampler.generate_bytes(experiment.train.seed, count);
        let (height, width, channels) = sampler.shape();
        let set = ImageSet::new("generated", height, width, channels, pixels, None)?;
        let indices: Vec<u32> = (0..count as u32).collect();
        let histogram = match &self.judge {
            Some(judge) => {
                let view = judge.look(trainer.threads(), &set, &indices)?;
                let judged = view.judged().map_err(judge::JudgeError::from)?;
                modes(&judged, &self.shares, 0.5).map_err(judge::JudgeError::from)?.histogram
            }
            None => Vec::new(),
        };
        let some = &indices[..count.min(DISTANCE_SAMPLES)];
        Ok(Look {
            distance: mean_distance(trainer, &set, some)?,
            data_distance: self.data_distance,
            histogram,
            shares: self.shares.clone(),
        })
    }
}

/// All of a small set, else as many as are looked at, drawn with replacement.
fn drawn(images: usize, seed: u64) -> Vec<u32> {
    if images <= DISTANCE_SAMPLES {
        return (0..images as u32).collect();
    }
    let mut words = vec![0; DISTANCE_SAMPLES];
    fill_words(streams::key(seed, streams::HEALTH_DATA, 0), 0, &mut words);
    // The word's share of the images.
    words.iter().map(|&word| ((u64::from(word) * images as u64) >> 32) as u32).collect()
}

/// Mean distance of two of the images `indices` of `set`, over pixels in [-1, 1]; 0 for less than two.
fn mean_distance(trainer: &Trainer, set: &ImageSet, indices: &[u32]) -> Result<f64, GanError> {
    if indices.len() < 2 {
        return Ok(0.0);
    }
    let mut pixels = vec![0.0; indices.len() * set.pixels_per_image()];
    set.gather(indices, &mut pixels);
    let of = |features: &Features| diversity(trainer.threads(), features);
    let result = Features::new(&pixels, indices.len(), set.pixels_per_image()).and_then(|f| of(&f));
    Ok(result.map_err(judge::JudgeError::from)?.mean_distance)
}
