//! The layer of an operation.

use kernels::image_norm::Scope;

use super::layer::Layer;
use super::layers::{
    AvgPool, BatchNorm, ClassEmbedding, Conv, Dense, DiffAugment, Dropout, Identity, ImageNorm,
    MinibatchStddev, PixelNorm, Pointwise, ProjectionHead, SpectralNorm, Upsample,
};
use crate::plan::{Kind, Operation};

/// The layer of `operation`, its weight in panels where `in_panels`.
pub(super) fn layer(operation: &Operation, in_panels: bool) -> Box<dyn Layer> {
    let &Operation { input, output, activation, writes: number, .. } = operation;
    let inputs = input.values();
    let dense = |outputs: usize, bias: bool| Dense { inputs, outputs, bias, activation, in_panels };
    let image_norm =
        |scope: Scope, eps: f32| Box::new(ImageNorm { scope, channels: input.channels, eps, activation });
    let layer: Box<dyn Layer> = match operation.kind {
        Kind::Dense { outputs, weights } => Box::new(dense(outputs, weights.bias)),
        Kind::ClassifierHead { weights, .. } => Box::new(dense(output.channels, weights.bias)),
        Kind::Conv { ref window, weights, .. } => Box::new(Conv::new(operation, window, weights.bias, false)),
        Kind::ConvTranspose { ref window, weights, .. } => {
            Box::new(Conv::new(operation, window, weights.bias, true))
        }
        Kind::ProjectionHead { weights, .. } => Box::new(ProjectionHead { inputs, bias: weights.bias }),
        Kind::ClassEmbedding { features, .. } => Box::new(ClassEmbedding { inputs, features }),
        Kind::BatchNorm { eps, momentum } => Box::new(BatchNorm::new(operation, eps, momentum)),
        Kind::LayerNorm { eps } => image_norm(Scope::Image, eps),
        Kind::InstanceNorm { eps } => image_norm(Scope::Channel, eps),
        Kind::PixelNorm { eps } => Box::new(PixelNorm { channels: input.channels, eps, activation }),
        Kind::MinibatchStddev { group } => Box::new(MinibatchStddev { shape: input, group }),
        Kind::Upsample { factor, method } => Box::new(Upsample { shape: input, factor, method }),
        Kind::AvgPool { size } => Box::new(AvgPool { shape: output, block: (size, size) }),
        Kind::GlobalAvgPool => Box::new(AvgPool { shape: output, block: (input.height, input.width) }),
        Kind::Reshape { .. } | Kind::Flatten | Kind::Residual => Box::new(Identity),
        Kind::DiffAugment { ref list, ref class_probabilities } => Box::new(DiffAugment {
            number,
            shape: input,
            list: list.clone(),
            class_probabilities: class_probabilities.clone(),
        }),
        Kind::Dropout { rate } => Box::new(Dropout { number, width: inputs, rate }),
        Kind::Activation => Box::new(Pointwise { activation }),
    };
    match operation.normalised_weight() {
        Some(matrix) => Box::new(SpectralNorm::new(layer, operation, matrix)),
        None => layer,
    }
}

/// Whether the layer of `operation` has a weight that panels suit.
pub(super) fn fits_panels(operation: &Operation) -> bool {
    let dense = matches!(operation.kind, Kind::Dense { .. } | Kind::ClassifierHead { .. });
    let (inputs, outputs) = (operation.input.values(), operation.output.values());
    dense && operation.normalised_weight().is_none() && Dense::fits_panels(inputs, outputs)
}
