//! From layers to text that [`super::read`] reads back. All numbers are written; `bias`, `init` and `spectral-norm` only where
//! they are not the default.

use std::collections::BTreeMap;

use kernels::Activation;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{LayerSpec, Padding, Upsampling};
use crate::init::Init;

impl Serialize for Padding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Padding::Same => serializer.serialize_str("same"),
            Padding::Pixels(pixels) => pixels.serialize(serializer),
        }
    }
}

impl Serialize for Upsampling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Upsampling::Nearest => "nearest",
            Upsampling::Bilinear => "bilinear",
        })
    }
}

/// A table of one layer, key by key.
struct Table<M>(M);

fn table<S: Serializer>(serializer: S) -> Result<Table<S::SerializeMap>, S::Error> {
    serializer.serialize_map(None).map(Table)
}

impl<M: SerializeMap> Table<M> {
    fn key(mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<Self, M::Error> {
        self.0.serialize_entry(key, value)?;
        Ok(self)
    }

    fn key_where(self, written: bool, key: &str, value: &impl Serialize) -> Result<Self, M::Error> {
        if written { self.key(key, value) } else { Ok(self) }
    }

    fn weights(self, bias: bool, init: Option<Init>, spectral_norm: bool) -> Result<Self, M::Error> {
        self.key_where(!bias, "bias", &bias)?.init(init)?.key_where(
            spectral_norm,
            "spectral-norm",
            &spectral_norm,
        )
    }

    fn init(self, init: Option<Init>) -> Result<Self, M::Error> {
        self.key_where(init.is_some(), "init", &init)
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.0.end()
    }
}

/// A table of numbers inside a layer's.
fn numbers<const N: usize>(entries: [(&str, f32); N]) -> BTreeMap<&str, f32> {
    entries.into_iter().collect()
}

impl Serialize for LayerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.kind();
        match self {
            &LayerSpec::Dense { units, bias, init, spectral_norm } => {
                table(serializer)?.key(&kind, &units)?.weights(bias, init, spectral_norm)?
            }
            &LayerSpec::Conv { channels, kernel, stride, padding, bias, init, spectral_norm } => {
                table(serializer)?
                    .key(&kind, &channels)?
                    .key("kernel", &kernel)?
                    .key("stride", &stride)?
                    .key("padding", &padding)?
                    .weights(bias, init, spectral_norm)?
            }
            &LayerSpec::ConvTranspose {
                channels,
                kernel,
                stride,
                padding,
                output_padding,
                bias,
                init,
                spectral_norm,
            } => table(serializer)?
                .key(&kind, &channels)?
                .key("kernel", &kernel)?
                .key("stride", &stride)?
                .key("padding", &padding)?
                .key_where(output_padding != 0, "output-padding", &output_padding)?
                .weights(bias, init, spectral_norm)?,
            LayerSpec::Reshape { height, width, channels } => {
                table(serializer)?.key(&kind, &[height, width, channels])?
            }
            LayerSpec::Upsample { factor, method } => {
                table(serializer)?.key(&kind, factor)?.key("method", method)?
            }
            LayerSpec::AvgPool { size } => table(serializer)?.key(&kind, size)?,
            LayerSpec::Activation(Activation::LeakyRelu(slope)) => table(serializer)?.key(&kind, slope)?,
            &LayerSpec::BatchNorm { eps, momentum } => {
                table(serializer)?.key(&kind, &numbers([("eps", eps), ("momentum", momentum)]))?
            }
            &LayerSpec::LayerNorm { eps }
            | &LayerSpec::InstanceNorm { eps }
            | &LayerSpec::PixelNorm { eps } => table(serializer)?.key(&kind, &numbers([("eps", eps)]))?,
            &LayerSpec::MinibatchStddev { group } => {
                table(serializer)?.key(&kind, &BTreeMap::from([("group", group)]))?
            }
            &LayerSpec::ClassEmbedding { features, init } => {
                table(serializer)?.key(&kind, &features)?.init(init)?
            }
            &LayerSpec::ProjectionHead { bias, spectral_norm }
            | &LayerSpec::ClassifierHead { bias, spectral_norm } => table(serializer)?
                .key(&kind, &BTreeMap::from([("bias", bias), ("spectral-norm", spectral_norm)]))?,
            LayerSpec::DiffAugment { list, class_probabilities: each } => table(serializer)?
                .key(&kind, &list.iter().map(|a| a.name()).collect::<Vec<_>>())?
                .key_where(!each.is_empty(), "class-probabilities", each)?,
            LayerSpec::Dropout { rate } => table(serializer)?.key(&kind, rate)?,
            LayerSpec::Residual { body, shortcut } => {
                table(serializer)?.key(&kind, body)?.key_where(!shortcut.is_empty(), "shortcut", shortcut)?
            }
            LayerSpec::Flatten | LayerSpec::GlobalAvgPool | LayerSpec::Activation(_) => {
                return serializer.serialize_str(&kind);
            }
        }
        .end()
    }
}
