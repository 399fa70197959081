//! A look at generated images: their distances, and the classes that a judge assigns to them.

use data::ImageSet;
use judge::Judge;
use kernels::noise::fill_words;
use metrics::{Features, diversity, modes};

use crate::error::RunError;
use gan::trainer::Trainer;
use model::noise as streams;

/// Images whose distances are taken: 32,640 pairs. The error of their mean is a percent or two.
const DISTANCE_SAMPLES: usize = 256;

/// The data's side of every look, made at the first one and kept.
#[derive(Debug)]
pub struct Observatory {
    judge: Option<Judge>,
    /// Each class's share of the images that training shows; empty without a judge.
    shares: Vec<f64>,
    /// Mean distance of two training images.
    data_distance: f64,
}

/// The figures of one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Mean distance of two generated images, over pixels in [-1, 1].
    pub distance: f64,
    /// That of two training images.
    pub data_distance: f64,
    /// Generated images of each class, where there is a judge.
    pub histogram: Vec<u64>,
    /// Each class's share of the data, `[classes]`.
    pub shares: Vec<f64>,
}

impl Observatory {
    /// With the program's judge of the data, if it has one, and `DISTANCE_SAMPLES` of the training images, drawn at random.
    ///
    /// # Errors
    /// [`RunError::Judge`] if the judge was altered.
    pub fn new(trainer: &Trainer) -> Result<Observatory, RunError> {
        let experiment = trainer.experiment();
        let judge = Judge::embedded(&experiment.data.source).transpose()?;
        let judge = judge.filter(|judge| judge.description().image_shape == experiment.data.image_shape);
        let shares = judge.as_ref().map_or(Vec::new(), |judge| shares(judge, trainer));
        let images = trainer.images();
        let data_distance = mean_distance(trainer, images, &drawn(images.len(), experiment.train.seed))?;
        Ok(Observatory { judge, shares, data_distance })
    }

    /// Looks at the images that the generator (the average, where there is one) makes of the same latents at every look.
    ///
    /// # Errors
    /// [`RunError`] of the sampler or the judge.
    pub fn look(&self, trainer: &Trainer) -> Result<Look, RunError> {
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

/// Each class's share of the images that a perfect generator would make. A conditional generator makes each class in turn. Any
/// other has the shares of the training images, or if these have no labels, those of the judge's training images.
fn shares(judge: &Judge, trainer: &Trainer) -> Vec<f64> {
    let labelled = trainer.players().0.network.labelled_layer().is_some();
    if labelled || trainer.experiment().data.balanced_classes {
        return vec![1.0 / judge.classes().max(1) as f64; judge.classes()];
    }
    let counts: Vec<u64> = match trainer.images().class_counts().filter(|c| c.len() == judge.classes()) {
        Some(counts) => counts.into_iter().map(|count| count as u64).collect(),
        None => judge.description().class_counts.clone(),
    };
    let total: u64 = counts.iter().sum();
    counts.iter().map(|&count| count as f64 / total.max(1) as f64).collect()
}

/// All images of a small set, else `DISTANCE_SAMPLES` drawn with replacement.
fn drawn(images: usize, seed: u64) -> Vec<u32> {
    if images <= DISTANCE_SAMPLES {
        return (0..images as u32).collect();
    }
    let mut words = vec![0; DISTANCE_SAMPLES];
    fill_words(streams::key(seed, streams::HEALTH_DATA, 0), 0, &mut words);
    // A word's position in its range, as a position among the images.
    words.iter().map(|&word| ((u64::from(word) * images as u64) >> 32) as u32).collect()
}

/// Mean distance of two of the images `indices` of `set`, over pixels in [-1, 1]; 0 for less than two.
fn mean_distance(trainer: &Trainer, set: &ImageSet, indices: &[u32]) -> Result<f64, RunError> {
    if indices.len() < 2 {
        return Ok(0.0);
    }
    let mut pixels = vec![0.0; indices.len() * set.pixels_per_image()];
    set.gather(indices, &mut pixels);
    set.still_whole()?;
    let of = |features: &Features| diversity(trainer.threads(), features);
    let result = Features::new(&pixels, indices.len(), set.pixels_per_image()).and_then(|f| of(&f));
    Ok(result.map_err(judge::JudgeError::from)?.mean_distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan::config::{Source, Written};
    use kernels::Threads;

    const TEXT: &str = r#"
[data]
source = "mnist"
[generator]
latent = 2
layers = [{ dense = 784 }, "tanh"]
[discriminator]
layers = [{ dense = 1 }]
[objective]
loss = "hinge"
[train]
batch_size = 10
epochs = 1
"#;

    #[test]
    fn shares_are_those_of_the_images_that_are_looked_at() {
        // Ninety-one of class 0 and one of each other.
        let labels = (0..100_u16).map(|i| i.saturating_sub(90)).collect();
        let images = ImageSet::new("uneven", 28, 28, 1, vec![0; 100 * 784], Some(labels)).unwrap();
        let shares = |sets: &[&str]| {
            let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
            let source = Source::new(TEXT, "test").with_overrides(&sets).unwrap();
            let written = Written::parse(&source).unwrap();
            let trainer = Trainer::new(&written, &source, images.clone(), Threads::ONE).unwrap();
            Observatory::new(&trainer).unwrap().shares
        };
        let uneven = shares(&[]);
        assert!((uneven[0] - 0.91).abs() < 1e-9 && (uneven[9] - 0.01).abs() < 1e-9, "{uneven:?}");
        assert_eq!(shares(&["data.balanced_classes=true"]), [0.1; 10]);
        let labelled = "generator.layers=[{ class-embedding = 2 }, { dense = 784 }, \"tanh\"]";
        let judged = "discriminator.layers=[{ dense = 4 }, \"projection-head\"]";
        assert_eq!(shares(&[labelled, judged]), [0.1; 10]);
    }
}
