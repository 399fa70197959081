//! What a config is checked against.

use nn::Shape;

/// What the data at hand is, as far as a config can fit or not fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Height, width, channels.
    pub image_shape: (usize, usize, usize),
    /// How many images there are.
    pub images: usize,
    /// Labels are below this; 0: there are none.
    pub classes: usize,
}

impl Facts {
    pub(super) fn pixels(&self) -> usize {
        let (height, width, channels) = self.image_shape;
        height.saturating_mul(width).saturating_mul(channels)
    }

    /// The shape of `images` images side by side in their channels.
    pub(super) fn shape(&self, images: usize) -> Shape {
        let (height, width, channels) = self.image_shape;
        Shape { height, width, channels: channels.saturating_mul(images) }
    }
}

impl std::fmt::Display for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (height, width, channels) = self.image_shape;
        write!(f, "{height}x{width}x{channels} = {} pixels", self.pixels())
    }
}
