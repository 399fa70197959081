//! Interpolation between two images: latents on the arc between two, classes on the line between two embeddings.

use std::ops::Range;

use super::Sampler;
use crate::error::ModelError;

/// The point at `share` of the great arc from `from` to `to`, with a norm as far between theirs:
/// `(sin((1-s) a) from/|from| + sin(s a) to/|to|) / sin a * ((1-s) |from| + s |to|)`, `a` the angle between them.
///
/// Latents are Gaussian, so nearly all of them have a norm near the square root of their dimension. The middle of a straight line
/// has a smaller norm, which training never had as an input (White 2016, "Sampling Generative Networks").
///
/// # Panics
/// If the lengths differ.
pub fn slerp(from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
    assert_eq!(from.len(), to.len(), "two points of one space");
    let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let (a, b) = (norm(from), norm(to));
    let cosine = from.iter().zip(to).map(|(x, y)| x * y).sum::<f32>() / (a * b);
    let angle = cosine.clamp(-1.0, 1.0).acos();
    // If both have the same direction, or one is zero, the arc is a line.
    if !angle.is_finite() || angle.sin() < 1e-4 {
        return from.iter().zip(to).map(|(x, y)| x + share * (y - x)).collect();
    }
    let length = (1.0 - share) * a + share * b;
    let of_from = ((1.0 - share) * angle).sin() / angle.sin() * length / a;
    let of_to = (share * angle).sin() / angle.sin() * length / b;
    from.iter().zip(to).map(|(x, y)| of_from * x + of_to * y).collect()
}

impl Sampler {
    /// The images of these latents, `[n, latent]`, of a class that lies at `share` of the way between two: its embedding is
    /// `(1 - share) e_from + share e_to`.
    ///
    /// # Errors
    /// [`ModelError`] for a generator without labels, for a label that is no class, or a latent cut short.
    pub fn images_between(
        &mut self,
        latents: &[f32],
        (from, to): (u32, u32),
        share: f32,
    ) -> Result<Vec<f32>, ModelError> {
        self.generator.check_conditional()?;
        self.generator.check_classes(&[from, to])?;
        let latent = self.latent();
        let count = latents.len() / latent;
        if latents.len() != count * latent {
            let (values, expected) = (latents.len(), count * latent);
            return Err(ModelError::Latents { values, expected, latent });
        }
        // The blend replaces the row of `from` in a copy of the weights, because those of the generator are shared.
        let mut parameters = self.generator.parameters().to_vec();
        for (own, other) in self.embeddings(from).zip(self.embeddings(to)) {
            for (i, j) in own.zip(other) {
                parameters[i] += share * (parameters[j] - parameters[i]);
            }
        }
        Ok(self.images_with(Some(&parameters), latents, &vec![from; count]))
    }

    /// The ranges of the parameters of a class: its row of each class embedding.
    fn embeddings(&self, class: u32) -> impl Iterator<Item = Range<usize>> + '_ {
        let tables = self
            .generator
            .network()
            .parameters()
            .iter()
            .filter(|p| p.name.ends_with(".class-embedding.weight"));
        tables.map(move |table| {
            let features = table.dimensions[1];
            let start = table.range.start + class as usize * features;
            start..start + features
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernels::Threads;

    use super::*;
    use crate::generator::{Generator, Weights};
    use crate::header::Header;

    #[test]
    fn an_arc_goes_from_end_to_end_and_keeps_its_norm() {
        let (from, to) = ([3.0f32, 0.0, 0.0], [0.0f32, 4.0, 0.0]);
        assert_eq!(slerp(&from, &to, 0.0), from);
        let end = slerp(&from, &to, 1.0);
        assert!(end.iter().zip(to).all(|(a, b)| (a - b).abs() < 1e-6), "{end:?}");
        let middle = slerp(&from, &to, 0.5);
        let norm = middle.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((norm - 3.5).abs() < 1e-5 && (middle[0] - middle[1]).abs() < 1e-5, "{middle:?}");
        assert_eq!(slerp(&from, &from, 0.3), from);
        assert_eq!(slerp(&[0.0; 3], &to, 0.5), [0.0, 2.0, 0.0]);
    }

    /// A generator whose image is its latent and its class's embedding, so that both can be read off it.
    fn generator(classes: usize) -> Generator {
        let header: Header = serde_json::from_value(serde_json::json!({
            "format": "2.0", "image_shape": [1, 5, 1], "latent": { "size": 3 }, "classes": classes,
            "generator": { "layers": [{ "class-embedding": 2 }, { "dense": 5 }] },
        }))
        .unwrap();
        let network = crate::network::generator(&header).unwrap();
        let mut parameters = vec![0.0; network.parameter_count()];
        let table = network.parameters()[0].range.clone();
        for (i, value) in parameters[table.clone()].iter_mut().enumerate() {
            *value = i as f32;
        }
        let weight = network.parameters()[1].range.clone();
        for i in 0..5 {
            parameters[weight.start + 6 * i] = 1.0;
        }
        Generator::new(header, parameters, Vec::new(), Weights::Raw).unwrap()
    }

    fn sampler(classes: usize) -> Sampler {
        Sampler::new(Arc::new(generator(classes)), Threads::ONE)
    }

    #[test]
    fn a_blend_lies_between_its_classes_and_leaves_no_trace() {
        let mut sampler = sampler(4);
        let latents = [0.5, -1.0, 2.0];
        let first = sampler.images(&latents, &[1]).unwrap();
        assert_eq!(first, [0.5, -1.0, 2.0, 2.0, 3.0]);
        let between = sampler.images_between(&latents, (1, 3), 0.25).unwrap();
        assert_eq!(between, [0.5, -1.0, 2.0, 3.0, 4.0]);
        assert_eq!(sampler.images(&latents, &[1]).unwrap(), first);
        assert!(sampler.images_between(&latents, (1, 4), 0.25).is_err());
        assert!(sampler.images(&latents[..2], &[1]).is_err());
    }

    #[test]
    fn images_by_latents_are_those_of_the_sequence() {
        let mut sampler = sampler(4);
        let mut sequence = Vec::new();
        sampler.generate(7, 70, &mut |images| sequence.extend_from_slice(images));
        let labels: Vec<u32> = (0..70).map(|i| i % 4).collect();
        let latents = sampler.latents(7, 0, 70);
        assert_eq!(sampler.images(&latents, &labels).unwrap(), sequence);
        for first in [68, 69] {
            let tail = sampler.latents(7, first, 70 - first);
            assert_eq!(sampler.images(&tail, &labels[first..]).unwrap(), sequence[first * 5..]);
        }
    }

    #[test]
    fn truncation_draws_latents_in() {
        let mut sampler = sampler(4);
        let whole = sampler.latents(7, 0, 3);
        sampler.set_truncation(0.5).unwrap();
        let half: Vec<f32> = whole.iter().map(|z| 0.5 * z).collect();
        assert_eq!(sampler.latents(7, 0, 3), half);
        assert_eq!(sampler.images(&half, &[0, 1, 2]).unwrap(), {
            let mut images = Vec::new();
            sampler.generate(7, 3, &mut |some| images.extend_from_slice(some));
            images
        });
        for refused in [0.0, -1.0, 1.01, f32::NAN] {
            assert!(sampler.set_truncation(refused).is_err(), "{refused}");
        }
        sampler.set_truncation(1.0).unwrap();
        assert_eq!(sampler.latents(7, 0, 3), whole);
    }

    #[test]
    fn threads_share_one_generator() {
        let shared = Arc::new(generator(4));
        let alone = Sampler::new(Arc::clone(&shared), Threads::ONE).generate_bytes(7, 70);
        let before = Arc::strong_count(&shared);
        std::thread::scope(|scope| {
            let several = (0..4).map(|i| {
                let mut sampler = Sampler::new(Arc::clone(&shared), Threads::ONE);
                scope.spawn(move || {
                    // The settings of one sampler do not change the images of another.
                    let latents = sampler.latents(i, 0, 3);
                    sampler.images_between(&latents, (0, 2), 0.5).unwrap();
                    sampler.generate_bytes(7, 70)
                })
            });
            for thread in several.collect::<Vec<_>>() {
                assert_eq!(thread.join().unwrap(), alone);
            }
        });
        assert_eq!(Arc::strong_count(&shared), before);
    }
}
