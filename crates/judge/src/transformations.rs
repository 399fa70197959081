//! A judge for images without classes: it learns to tell how an image was transformed.
//!
//! To see a turned or scrambled image, a classifier must learn what such images look like upright and whole. So its features
//! describe the images' content, without any label (Gidaris et al. 2018, "Unsupervised representation learning by predicting
//! image rotations"; Noroozi and Favaro 2016 for the quarters).

use data::ImageSet;
use kernels::Threads;

use crate::classifier::Judge;
use crate::description::Learned;
use crate::error::JudgeError;
use crate::training::{EpochReport, TrainOptions};

/// Most images that are transformed. Each gives an image for each transformation.
const MOST_IMAGES: usize = 5_000;

/// A change of a whole image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transformation {
    /// As it is.
    Upright,
    /// Turned by half a turn.
    Half,
    /// Each quarter at the place of the opposite one.
    Quarters,
    /// 255 minus each byte.
    Negative,
    /// The mean of each 3x3 pixels.
    Blurred,
    /// Rows become columns: only for square images.
    Transposed,
    /// Turned by a quarter: only for square images.
    Quarter,
}

use Transformation::{Blurred, Half, Negative, Quarter, Quarters, Transposed, Upright};

impl Transformation {
    /// Those of images of this shape.
    fn of(height: usize, width: usize) -> &'static [Transformation] {
        const ALL: [Transformation; 7] = [Upright, Half, Quarters, Negative, Blurred, Transposed, Quarter];
        if height == width { &ALL } else { &ALL[..5] }
    }

    fn name(self) -> &'static str {
        match self {
            Upright => "upright",
            Half => "half-turn",
            Quarters => "quarters",
            Negative => "negative",
            Blurred => "blurred",
            Transposed => "transposed",
            Quarter => "quarter-turn",
        }
    }

    /// An image, `[height, width, channels]`.
    fn apply(self, image: &[u8], (height, width, channels): (usize, usize, usize)) -> Vec<u8> {
        let moved = |from: &dyn Fn(usize, usize) -> (usize, usize)| {
            let mut out = Vec::with_capacity(image.len());
            for at in 0..height * width {
                let (y, x) = from(at / width, at % width);
                let start = (y * width + x) * channels;
                out.extend_from_slice(&image[start..start + channels]);
            }
            out
        };
        match self {
            Upright => image.to_vec(),
            Half => moved(&|y, x| (height - 1 - y, width - 1 - x)),
            Quarters => moved(&|y, x| ((y + height / 2) % height, (x + width / 2) % width)),
            Negative => image.iter().map(|&value| 255 - value).collect(),
            Blurred => blurred(image, (height, width, channels)),
            Transposed => moved(&|y, x| (x, y)),
            Quarter => moved(&|y, x| (x, width - 1 - y)),
        }
    }
}

fn blurred(image: &[u8], (height, width, channels): (usize, usize, usize)) -> Vec<u8> {
    let mut out = Vec::with_capacity(image.len());
    for at in 0..image.len() {
        let (y, x, c) = (at / (width * channels), at / channels % width, at % channels);
        let (mut sum, mut count) = (0u32, 0u32);
        for y in y.saturating_sub(1)..(y + 2).min(height) {
            for x in x.saturating_sub(1)..(x + 2).min(width) {
                sum += u32::from(image[(y * width + x) * channels + c]);
                count += 1;
            }
        }
        out.push(((sum + count / 2) / count) as u8);
    }
    out
}

/// Every image of `set` under every transformation, labelled with it. Of a large set, images at equal distances.
fn transformed(set: &ImageSet) -> Result<ImageSet, JudgeError> {
    let shape = (set.height(), set.width(), set.channels());
    let transformations = Transformation::of(shape.0, shape.1);
    let count = set.len().min(MOST_IMAGES);
    let mut pixels = Vec::with_capacity(count * transformations.len() * set.pixels_per_image());
    let mut labels = Vec::with_capacity(count * transformations.len());
    for i in 0..count {
        let image = set.image(i * set.len() / count);
        for (label, transformation) in transformations.iter().enumerate() {
            pixels.extend(transformation.apply(&image, shape));
            labels.push(label as u16);
        }
    }
    let names = transformations.iter().map(|transformation| transformation.name().to_owned()).collect();
    let transformed = ImageSet::new(set.name(), shape.0, shape.1, shape.2, pixels, Some(labels))?;
    Ok(transformed.with_class_names(names)?)
}

impl Judge {
    /// A judge of images without classes: a classifier of transformations (see the module). Its classes are those of the
    /// transformations, so metrics of classes are left out.
    ///
    /// # Errors
    /// Those of [`Judge::train`].
    pub fn train_without_classes(
        threads: Threads,
        set: &ImageSet,
        options: TrainOptions,
        progress: &mut dyn FnMut(EpochReport),
    ) -> Result<Judge, JudgeError> {
        let mut judge = Judge::train(threads, &transformed(set)?, options, progress)?;
        set.still_whole()?;
        judge.description.learned = Learned::Transformations;
        judge.seal();
        Ok(judge)
    }

    /// Images that [`Judge::train_without_classes`] learns from in an epoch.
    pub fn images_without_classes(set: &ImageSet) -> usize {
        set.len().min(MOST_IMAGES) * Transformation::of(set.height(), set.width()).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transformations_move_pixels_as_their_names_say() {
        let image = [1, 2, 3, 4];
        let of = |transformation: Transformation| transformation.apply(&image, (2, 2, 1));
        assert_eq!(of(Upright), [1, 2, 3, 4]);
        assert_eq!(of(Half), [4, 3, 2, 1]);
        assert_eq!(of(Quarters), [4, 3, 2, 1]);
        assert_eq!(of(Negative), [254, 253, 252, 251]);
        assert_eq!(of(Transposed), [1, 3, 2, 4]);
        assert_eq!(of(Quarter), [2, 4, 1, 3]);
        assert_eq!(of(Blurred), [3, 3, 3, 3]);
        let wide: Vec<u8> = (0..2 * 4 * 3).collect();
        let turned = Half.apply(&wide, (2, 4, 3));
        assert_eq!((&turned[..3], &turned[21..]), (&wide[21..], &wide[..3]));
        assert_eq!(Half.apply(&turned, (2, 4, 3)), wide);
        assert_eq!(Blurred.apply(&[7; 24], (2, 4, 3)), [7; 24]);
    }

    #[test]
    fn each_image_stands_under_each_transformation_once() {
        let set = ImageSet::new("wide", 1, 2, 1, vec![10, 20, 30, 40], None).unwrap();
        let all = transformed(&set).unwrap();
        assert_eq!((all.len(), all.classes()), (10, Some(5)));
        assert_eq!(all.image(5).as_ref(), [30, 40]);
        assert_eq!(all.labels().unwrap()[5..], [0, 1, 2, 3, 4]);
        assert_eq!(Judge::images_without_classes(&set), 10);
    }
}
