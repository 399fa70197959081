//! The layers, one a file.

mod batch_norm;
mod class_embedding;
mod conv;
mod dense;
mod diff_augment;
mod dropout;
mod identity;
mod image_norm;
mod minibatch_stddev;
mod pixel_norm;
mod pointwise;
mod pool;
mod projection_head;
mod spectral_norm;
mod upsample;

pub(crate) use batch_norm::BatchNorm;
pub(crate) use class_embedding::ClassEmbedding;
pub(crate) use conv::Conv;
pub(crate) use dense::Dense;
pub(crate) use diff_augment::DiffAugment;
pub(crate) use dropout::Dropout;
pub(crate) use identity::Identity;
pub(crate) use image_norm::ImageNorm;
pub(crate) use minibatch_stddev::MinibatchStddev;
pub(crate) use pixel_norm::PixelNorm;
pub(crate) use pointwise::Pointwise;
pub(crate) use pool::AvgPool;
pub(crate) use projection_head::ProjectionHead;
pub(crate) use spectral_norm::SpectralNorm;
pub(crate) use upsample::Upsample;
