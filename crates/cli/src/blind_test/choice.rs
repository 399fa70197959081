//! The images of a trial, and their order.

use kernels::noise::NoiseKey;
use metrics::subset;

/// Streams of a trial's randomness, apart from the trainer's and the metrics'.
const REAL: u64 = 201;
const ORDER: u64 = 202;

/// An image of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Image {
    /// The generator's, by its number.
    Generated(usize),
    /// A real one, by its place in its set.
    Real(usize),
}

/// The generated images `0..count` and as many of the `real` ones, none twice, in random order; `None` if there are too few.
///
/// With `classes` (of the generated images and of the real ones) each class has as many real images as generated ones, and the
/// classes come one after another, so that images are compared with images of their class.
pub(super) fn choose(
    count: usize,
    real: usize,
    classes: Option<(&[usize], &[usize])>,
    seed: u64,
) -> Option<Vec<Image>> {
    let Some((of_generated, of_real)) = classes else {
        let all: Vec<usize> = (0..real).collect();
        return mixed(&(0..count).collect::<Vec<_>>(), &all, seed, 0);
    };
    let members = |labels: &[usize], class| -> Vec<usize> {
        labels.iter().enumerate().filter(|&(_, &label)| label == class).map(|(i, _)| i).collect()
    };
    let mut present = of_generated.to_vec();
    present.sort_unstable();
    present.dedup();
    let parts = present
        .into_iter()
        .map(|class| mixed(&members(of_generated, class), &members(of_real, class), seed, class as u64));
    Some(parts.collect::<Option<Vec<_>>>()?.concat())
}

/// The generated ones and as many of the real ones, in random order.
fn mixed(generated: &[usize], real: &[usize], seed: u64, step: u64) -> Option<Vec<Image>> {
    if generated.len() > real.len() {
        return None;
    }
    let chosen = subset(NoiseKey { seed, stream: REAL, step }, real.len(), generated.len());
    let generated = generated.iter().map(|&i| Image::Generated(i));
    let all: Vec<Image> =
        generated.chain(chosen.into_iter().map(|i| Image::Real(real[i as usize]))).collect();
    let order = subset(NoiseKey { seed, stream: ORDER, step }, all.len(), all.len());
    Some(order.into_iter().map(|i| all[i as usize]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(images: &[Image]) -> (Vec<usize>, Vec<usize>) {
        let (mut generated, mut real) = (Vec::new(), Vec::new());
        for image in images {
            match *image {
                Image::Generated(i) => generated.push(i),
                Image::Real(i) => real.push(i),
            }
        }
        generated.sort_unstable();
        real.sort_unstable();
        (generated, real)
    }

    #[test]
    fn each_kind_is_there_once_and_order_tells_nothing() {
        let chosen = choose(50, 200, None, 3).unwrap();
        assert_eq!(chosen, choose(50, 200, None, 3).unwrap());
        assert_ne!(chosen, choose(50, 200, None, 4).unwrap());
        let (generated, mut real) = kinds(&chosen);
        assert!(generated.into_iter().eq(0..50));
        real.dedup();
        assert_eq!(real.len(), 50);
        assert!(real.iter().all(|&i| i < 200));
        // Hypergeometric: 25 of the first 50 are generated, with a standard deviation of 2.5.
        let first = chosen[..50].iter().filter(|image| matches!(image, Image::Generated(_))).count();
        assert!(first.abs_diff(25) < 13, "{first}");
    }

    #[test]
    fn each_class_has_as_many_of_each_kind_and_stays_together() {
        let of_generated: Vec<usize> = (0..30).map(|i| i % 3).collect();
        let of_real: Vec<usize> = (0..90).map(|i| i / 30).collect();
        let chosen = choose(30, 90, Some((&of_generated, &of_real)), 0).unwrap();
        for (class, part) in chosen.chunks(20).enumerate() {
            let (generated, real) = kinds(part);
            assert_eq!((generated.len(), real.len()), (10, 10));
            assert!(generated.iter().all(|&i| of_generated[i] == class));
            assert!(real.iter().all(|&i| of_real[i] == class));
        }
    }

    #[test]
    fn too_few_real_images_are_none() {
        assert_eq!(choose(5, 4, None, 0), None);
        assert_eq!(choose(2, 4, Some((&[1, 1], &[0, 0, 0, 1])), 0), None);
    }
}
