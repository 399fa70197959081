//! Random changes of images, from what was drawn for each.

use kernels::Augmentation;
use kernels::augment::DRAWS;

use super::resample::fill;
use crate::shape::Shape;

/// The changes `list`, one after the other; `draws` as [`kernels::augment::fill_draws`] leaves them.
pub(super) fn change(x: &mut [f64], shape: Shape, list: &[Augmentation], draws: &[f64]) {
    for (image, draws) in x.chunks_exact_mut(shape.values()).zip(draws.chunks_exact(DRAWS)) {
        for augmentation in list {
            let changed = changed(*augmentation, image, shape, draws);
            image.copy_from_slice(&changed);
        }
    }
}

fn changed(augmentation: Augmentation, x: &[f64], shape: Shape, draws: &[f64]) -> Vec<f64> {
    let Shape { height, width, channels } = shape;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let pixel = |r: usize, c: usize| &x[(r * width + c) * channels..(r * width + c + 1) * channels];
    let whole = mean(x);
    let covered =
        |first: f64, at: usize, size: usize| (first..first + size.div_ceil(2) as f64).contains(&(at as f64));
    fill(1, shape, |_, r, c, j| {
        let value = pixel(r, c)[j];
        match augmentation {
            Augmentation::Brightness => value + draws[0],
            Augmentation::Saturation => {
                let grey = mean(pixel(r, c));
                grey + draws[1] * (value - grey)
            }
            Augmentation::Contrast => whole + draws[2] * (value - whole),
            Augmentation::Translation => {
                let (r, c) = (r as f64 + draws[3], c as f64 + draws[4]);
                let inside = (0.0..height as f64).contains(&r) && (0.0..width as f64).contains(&c);
                if inside { pixel(r as usize, c as usize)[j] } else { 0.0 }
            }
            Augmentation::Cutout if covered(draws[5], r, height) && covered(draws[6], c, width) => 0.0,
            Augmentation::Cutout => value,
        }
    })
}
