//! Generated images beside the training images nearest to them by pixels, so that copies are visible.

use anyhow::bail;
use data::ImageSet;
use kernels::Threads;
use metrics::{Features, Neighbour, nearest_few};
use serde_json::{Value, json};

use super::real::Real;
use crate::html::{class_name, image_uri};
use model::Sampler;

/// Generated images; with more classes, one for each class, up to [`MOST_QUERIES`].
const QUERIES: usize = 10;
const MOST_QUERIES: usize = 20;
/// Neighbours of each.
const NEIGHBOURS: usize = 3;
/// Test images whose distance to the nearest training image is the reference.
const YARDSTICK: usize = 100;
/// Training images compared at a time.
const CHUNK: usize = 4096;
/// Most pixels compared with: one or two seconds of work.
const MOST_VALUES: usize = 400_000_000;
/// Grey levels from -1 to 1.
const LEVELS: f64 = 255.0;

/// The first samples of seed 0, all classes in turn where the generator takes labels, each with the training images
/// nearest to it. Distances are root mean squares over the pixels, in grey levels of 255.
pub(super) fn neighbours(sampler: &mut Sampler, real: &Real, threads: Threads) -> anyhow::Result<Value> {
    let training = real.training;
    let searched = training.len().min(MOST_VALUES / training.pixels_per_image());
    if searched < NEIGHBOURS {
        bail!("there are {} training images", training.len());
    }
    let count = QUERIES.max(sampler.labels().len().min(MOST_QUERIES));
    let (height, width, channels) = sampler.shape();
    let bytes = sampler.generate_bytes(0, count);
    let generated = ImageSet::new("generated", height, width, channels, bytes, None)?;
    let found = search(threads, &generated, count, training, searched, NEIGHBOURS)?;
    let usual = match real.test() {
        None => None,
        Some(test) => {
            let found = search(threads, test, YARDSTICK.min(test.len()), training, searched, 1)?;
            let mut distances: Vec<f64> = found.iter().map(|neighbour| neighbour.distance).collect();
            distances.sort_by(f64::total_cmp);
            distances.get(distances.len() / 2).map(|&distance| levels(distance, test))
        }
    };
    let rows = found.chunks(NEIGHBOURS).enumerate().map(|(i, found)| {
        let nearest = found.iter().map(|neighbour| {
            Ok(json!({
                "image": neighbour.index,
                "label": training.labels().map(|labels| class_name(training, labels[neighbour.index].into())),
                "distance": levels(neighbour.distance, training),
                "src": image_uri(training, neighbour.index)?,
            }))
        });
        Ok(json!({
            "label": sampler.label(i).map(|label| match sampler.class_names().get(label as usize) {
                Some(name) => name.clone(),
                None => class_name(training, label as usize),
            }),
            "src": image_uri(&generated, i)?,
            "nearest": nearest.collect::<anyhow::Result<Vec<_>>>()?,
        }))
    });
    Ok(json!({
        "searched": searched,
        "training_images": training.len(),
        "usual": usual,
        "rows": rows.collect::<anyhow::Result<Vec<_>>>()?,
    }))
}

/// The `k` nearest of the first `searched` training images for each of the first `count` queries, `[count, k]`.
fn search(
    threads: Threads,
    queries: &ImageSet,
    count: usize,
    training: &ImageSet,
    searched: usize,
    k: usize,
) -> anyhow::Result<Vec<Neighbour>> {
    let size = training.pixels_per_image();
    let gathered = |set: &ImageSet, indices: std::ops::Range<usize>, out: &mut Vec<f32>| {
        let indices: Vec<u32> = indices.map(|i| i as u32).collect();
        out.resize(indices.len() * size, 0.0);
        set.gather(&indices, out);
    };
    let (mut of_queries, mut chunk) = (Vec::new(), Vec::new());
    gathered(queries, 0..count, &mut of_queries);
    let of_queries = Features::new(&of_queries, count, size)?;
    let mut found: Vec<Vec<Neighbour>> = vec![Vec::new(); count];
    for start in (0..searched).step_by(CHUNK) {
        let end = searched.min(start + CHUNK);
        gathered(training, start..end, &mut chunk);
        let k = k.min(end - start);
        let near = nearest_few(threads, &of_queries, &Features::new(&chunk, end - start, size)?, k)?;
        for (found, near) in found.iter_mut().zip(near.chunks(k)) {
            found.extend(near.iter().map(|n| Neighbour { index: start + n.index, distance: n.distance }));
        }
    }
    queries.still_whole()?;
    training.still_whole()?;
    for found in &mut found {
        // A stable sort: equally near images keep their order.
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        found.truncate(k);
    }
    Ok(found.concat())
}

fn levels(distance: f64, set: &ImageSet) -> f64 {
    distance / (set.pixels_per_image() as f64).sqrt() * LEVELS / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_found_over_chunks_and_measured_in_grey_levels() {
        let n = CHUNK + 10;
        // Image i is i's two low digits of base 64, times 3 and 2: no two are equally near.
        let pixels = (0..n).flat_map(|i| [(i % 64 * 3) as u8, (i / 64 * 2) as u8]).collect();
        let training = ImageSet::new("t", 1, 2, 1, pixels, None).unwrap();
        let queries = ImageSet::new("q", 1, 2, 1, vec![15, 128, 0, 0], None).unwrap();
        let found = search(Threads::ONE, &queries, 2, &training, n, 2).unwrap();
        assert_eq!(found.iter().map(|f| f.index).collect::<Vec<_>>(), [64 * 64 + 5, 64 * 63 + 5, 0, 64]);
        assert_eq!(found[0].distance, 0.0);
        assert!((levels(found[3].distance, &training) - 2.0_f64.sqrt()).abs() < 1e-5);
    }
}
