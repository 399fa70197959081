//! From a spec to a plan.

use kernels::Activation;

use super::graph::Plan;
use super::operation::{Kind, Weights};
use super::outline::check_slope;
use super::padding::Convolution;
use crate::error::{Refusal, SpecError};
use crate::init::Init;
use crate::shape::Shape;
use crate::spec::LayerSpec;

impl Plan {
    /// The plan of the layers of `spec` for inputs of shape `input` with labels below `classes` (0: the images have none); layers
    /// with weights that name no initialiser take `init`.
    ///
    /// An activation directly after a layer that can apply it itself is merged into it.
    ///
    /// # Errors
    /// [`SpecError`] naming the layer whose numbers make no network, or that needs labels where `classes` is 0.
    pub fn new(spec: &[LayerSpec], input: Shape, classes: usize, init: Init) -> Result<Plan, SpecError> {
        let first = || spec.first().map_or_else(String::new, LayerSpec::kind);
        let plan = Plan::begin(input, classes).map_err(|refusal| refusal.at(0, first()))?;
        let mut builder = Builder { plan, classes, init };
        builder.chain(spec, 0, "")?;
        builder.plan.order_reads();
        Ok(builder.plan)
    }
}

/// An unfinished plan, and what all layers share.
struct Builder {
    plan: Plan,
    classes: usize,
    init: Init,
}

impl Builder {
    /// Appends a chain of layers that begins at activation `from`. Returns the activation that it ends at.
    fn chain(&mut self, spec: &[LayerSpec], mut from: usize, prefix: &str) -> Result<usize, SpecError> {
        let mut index = 0;
        while index < spec.len() {
            let refused = |index: usize, refusal: Refusal| refusal.at(index, spec[index].kind());
            let name = format!("{prefix}{index}");
            let (kind, reads) = match &spec[index] {
                LayerSpec::Residual { body, shortcut } => {
                    let (end, skip) =
                        self.branches(body, shortcut, from, &name).map_err(|inner| refused(index, inner))?;
                    (Kind::Residual, (end, Some(skip)))
                }
                single => {
                    let kind = self.kind(single, self.plan.shape_of(from));
                    (kind.map_err(|refusal| refused(index, refusal))?, (from, None))
                }
            };
            let follows = match spec.get(index + 1) {
                Some(LayerSpec::Activation(f)) if kind.merges_activation() => Some(*f),
                _ => None,
            };
            let function = match &spec[index] {
                LayerSpec::Activation(f) => *f,
                _ => Activation::Identity,
            };
            if let Some(f) = follows {
                check_slope(f).map_err(|refusal| refused(index + 1, refusal))?;
            }
            let pushed = self.plan.push(name, kind, follows.unwrap_or(function), reads);
            from = pushed.map_err(|refusal| refused(index, refusal))?;
            index += 1 + usize::from(follows.is_some());
        }
        Ok(from)
    }

    /// Appends both branches of a residual block. Returns the activations that they end at.
    fn branches(
        &mut self,
        body: &[LayerSpec],
        shortcut: &[LayerSpec],
        from: usize,
        name: &str,
    ) -> Result<(usize, usize), Refusal> {
        if body.is_empty() {
            return Err(Refusal::new("a residual block without layers", "{ residual = [{ conv = 64 }] }"));
        }
        let nested = |part: &str, e: SpecError| {
            Refusal::new(format!("{part}[{}], {}: {}", e.index, e.layer, e.message), e.hint)
        };
        let end = self.chain(body, from, &format!("{name}.")).map_err(|e| nested("residual", e))?;
        let skip = self.chain(shortcut, from, &format!("{name}.shortcut."));
        Ok((end, skip.map_err(|e| nested("shortcut", e))?))
    }

    /// A layer's kind, with the windows of convolutions over images of `input`.
    fn kind(&self, layer: &LayerSpec, input: Shape) -> Result<Kind, Refusal> {
        let classes = self.classes;
        let weights = |bias: bool, init: Option<Init>, spectral_norm: bool| Weights {
            bias,
            init: init.unwrap_or(self.init),
            spectral_norm,
        };
        Ok(match *layer {
            LayerSpec::Dense { units, bias, init, spectral_norm } => {
                Kind::Dense { outputs: units, weights: weights(bias, init, spectral_norm) }
            }
            LayerSpec::Conv { channels, kernel, stride, padding, bias, init, spectral_norm } => Kind::Conv {
                channels,
                window: Convolution { kernel, stride, padding }.over(input)?,
                weights: weights(bias, init, spectral_norm),
            },
            LayerSpec::ConvTranspose {
                channels,
                kernel,
                stride,
                padding,
                output_padding,
                bias,
                init,
                spectral_norm,
            } => Kind::ConvTranspose {
                channels,
                window: Convolution { kernel, stride, padding }.under(input, output_padding)?,
                weights: weights(bias, init, spectral_norm),
            },
            LayerSpec::Reshape { height, width, channels } => {
                Kind::Reshape { shape: Shape { height, width, channels } }
            }
            LayerSpec::Flatten => Kind::Flatten,
            LayerSpec::Upsample { factor, method } => Kind::Upsample { factor, method },
            LayerSpec::AvgPool { size } => Kind::AvgPool { size },
            LayerSpec::GlobalAvgPool => Kind::GlobalAvgPool,
            LayerSpec::Activation(_) => Kind::Activation,
            LayerSpec::BatchNorm { eps, momentum } => Kind::BatchNorm { eps, momentum },
            LayerSpec::LayerNorm { eps } => Kind::LayerNorm { eps },
            LayerSpec::InstanceNorm { eps } => Kind::InstanceNorm { eps },
            LayerSpec::PixelNorm { eps } => Kind::PixelNorm { eps },
            LayerSpec::MinibatchStddev { group } => Kind::MinibatchStddev { group },
            LayerSpec::ClassEmbedding { features, init } => Kind::ClassEmbedding { classes, features, init },
            LayerSpec::ProjectionHead { bias, spectral_norm } => {
                Kind::ProjectionHead { classes, weights: weights(bias, None, spectral_norm) }
            }
            LayerSpec::ClassifierHead { bias, spectral_norm } => {
                Kind::ClassifierHead { classes, weights: weights(bias, None, spectral_norm) }
            }
            LayerSpec::DiffAugment { ref list, ref class_probabilities } => {
                Kind::DiffAugment { list: list.clone(), class_probabilities: class_probabilities.clone() }
            }
            LayerSpec::Dropout { rate } => Kind::Dropout { rate },
            LayerSpec::Residual { .. } => Kind::Residual,
        })
    }
}
