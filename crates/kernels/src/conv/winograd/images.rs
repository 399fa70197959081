//! Images to their values at each point.

use super::scratch::{Shared, pitch};
use super::tiling::{OUTPUTS, Winograd};
use super::transform::{Grid, GridMut, Transforms};
use crate::threads::{Rows, RowsMut, Threads, split};

/// Which images are transformed.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Input,
    Cotangent,
}

impl Winograd {
    /// The values of a chunk of images at each point, `[point, tile, channel]`. `scratch` holds the padded images.
    pub(super) fn transform_images(
        &self,
        transforms: &Transforms,
        threads: Threads,
        side: Side,
        images: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) {
        let (padding, channels, run) = match side {
            Side::Input => (&self.input, self.from, transforms.input),
            Side::Cotangent => (&self.cotangent, self.to, transforms.cotangent),
        };
        let count = images.len() / padding.image();
        let channel_pitch = pitch(count * self.image_tiles() * channels);
        let elements = out.len();
        let out = Shared(out.as_mut_ptr());
        let padded = &mut scratch[..count * padding.plane()];
        let work = (Rows(images, padding.image()), RowsMut(padded, padding.plane()));
        split(threads, count, elements, 1, work, &|first, (images, padded)| {
            // One after the other in the same place, between the same zeros.
            let plane = &mut padded.0[..padding.plane()];
            plane.fill(0.0);
            for (i, image) in images.0.chunks_exact(padding.image()).enumerate() {
                padding.copy(image, plane);
                for tile in 0..self.image_tiles() {
                    let (y, x) = (tile / self.tiles.1 * OUTPUTS, tile % self.tiles.1 * OUTPUTS);
                    let from = Grid {
                        data: plane[(y * padding.padded.1 + x) * channels..].as_ptr(),
                        row: padding.padded.1 * channels,
                        column: channels,
                    };
                    let to = GridMut {
                        data: out.at(((first + i) * self.image_tiles() + tile) * channels),
                        row: self.points * channel_pitch,
                        column: channel_pitch,
                        limits: (self.points, self.points),
                    };
                    // SAFETY: the padded image covers its tiles; the rows of this tile are this thread's.
                    unsafe { run(from, to, channels, false) };
                }
            }
        });
    }
}
