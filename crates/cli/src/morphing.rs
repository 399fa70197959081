//! Images that change into one another, as the frames of an animation.

use anyhow::bail;
use data::grid::square_columns;
use model::Sampler;
use model::sampler::{slerp, to_byte};

use crate::hints::{Hint, Typed};
use crate::pictures::{Picture, enlarge};

/// Pixels between two images.
const GAP: usize = 2;
/// Hundredths of a second for a picture between two stops.
const PASSING: u16 = 4;
/// The same for a stop.
const STOP: u16 = 60;
/// Stops of a walk from latent to latent.
const WALK_STOPS: usize = 5;
/// Most classes that a morph goes through.
pub(crate) const MAX_CLASSES: usize = 32;

/// What changes from picture to picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The class, from one to the next and back to the first; latents stay.
    Classes(Vec<u32>),
    /// The latents, along arcs, back to the first; there are no classes.
    Latents,
}

impl Route {
    /// From one class to another and back; through all classes of a generator with labels; or through latents.
    ///
    /// # Errors
    /// If classes are given for a generator without labels, or there are too many classes.
    pub(crate) fn new(sampler: &Sampler, ends: Option<(&str, &str)>) -> anyhow::Result<Route> {
        let labels = sampler.labels();
        match ends {
            Some(_) if labels.is_empty() => {
                let walk = Hint::NoClasses(Typed::now().without("from").without("to"));
                bail!("this generator takes no labels: no layer of it reads them{walk}")
            }
            Some((from, to)) => {
                Ok(Route::Classes(vec![sampler.generator().class(from)?, sampler.generator().class(to)?]))
            }
            None if labels.is_empty() => Ok(Route::Latents),
            None if labels.len() > MAX_CLASSES => {
                let two = Hint::TwoClasses(Typed::now().with("from", "0").with("to", "1"));
                bail!("a morph through {} classes is too long{two}", labels.len())
            }
            None => Ok(Route::Classes(labels.to_vec())),
        }
    }
}

/// The frames of `count` images side by side, each with its duration in hundredths of a second.
///
/// # Errors
/// If the images are neither grey nor colour.
pub(crate) fn frames(
    sampler: &mut Sampler,
    route: &Route,
    count: usize,
    frames_a_leg: usize,
    seed: u64,
    scale: usize,
) -> anyhow::Result<(Vec<Picture>, Vec<u16>)> {
    let channels = sampler.shape().2;
    if ![1, 3, 4].contains(&channels) {
        bail!("images of {channels} channels are neither grey nor colour");
    }
    let legs = match route {
        Route::Classes(classes) => classes.len(),
        Route::Latents => WALK_STOPS,
    };
    let (mut pictures, mut delays) = (Vec::new(), Vec::new());
    for leg in 0..legs {
        for frame in 0..frames_a_leg {
            // Slow at both ends.
            let share = 0.5 - 0.5 * (std::f32::consts::PI * frame as f32 / frames_a_leg as f32).cos();
            let images = match route {
                Route::Classes(classes) => {
                    let latents = sampler.latents(seed, 0, count);
                    sampler.images_between(&latents, (classes[leg], classes[(leg + 1) % legs]), share)?
                }
                Route::Latents => {
                    let from = sampler.latents(seed, leg * count, count);
                    let to = sampler.latents(seed, (leg + 1) % legs * count, count);
                    let n = sampler.latent();
                    let pairs = from.chunks_exact(n).zip(to.chunks_exact(n));
                    let latents: Vec<f32> = pairs.flat_map(|(from, to)| slerp(from, to, share)).collect();
                    sampler.images(&latents, &vec![0; count])?
                }
            };
            pictures.push(sheet(&images, sampler.shape(), scale));
            delays.push(if frame == 0 { STOP } else { PASSING });
        }
    }
    Ok((pictures, delays))
}

fn sheet(images: &[f32], (height, width, channels): (usize, usize, usize), scale: usize) -> Picture {
    let bytes: Vec<u8> = images.iter().map(|&v| to_byte(v)).collect();
    let columns = square_columns(bytes.len() / (height * width * channels));
    let (pixels, width, height) = data::grid::grid(&bytes, height, width, channels, columns, GAP);
    enlarge(&Picture { pixels, width, height, channels }, scale)
}
