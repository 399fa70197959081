//! The layers of a config, for docs/config.md.

/// A layer as a config has it, and what it does.
pub(super) const LAYERS: &[(&str, &str)] = &[
    (
        "{ dense = 128 }",
        "`y = x W + b` with 128 outputs. Options: `bias` (true), `init`, `spectral-norm` (false).",
    ),
    (
        "{ conv = 64 }",
        "A convolution with 64 output channels. Options: `kernel` (3), `stride` (1), `padding` (\"same\", or a number of pixels), \
         `bias` (true), `init`, `spectral-norm` (false).",
    ),
    (
        "{ conv-transpose = 64 }",
        "The adjoint of a convolution, which enlarges an image. Options: `kernel` (4), `stride` (2), `padding` (\"same\", or a \
         number of pixels), `output-padding` (0), `bias` (true), `init`, `spectral-norm` (false).",
    ),
    ("{ reshape = [7, 7, 64] }", "The same values as an image of height 7, width 7 and 64 channels."),
    ("\"flatten\"", "The same values as a vector."),
    (
        "{ upsample = 2 }",
        "Twice the height and the width. Option: `method`, \"nearest\" (the default) or \"bilinear\".",
    ),
    ("{ avg-pool = 2 }", "The mean of each square of 2x2 pixels."),
    ("\"global-avg-pool\"", "The mean of all pixels of each channel."),
    ("\"relu\"", "`max(x, 0)`"),
    ("{ leaky-relu = 0.2 }", "`x` above 0, `0.2 x` below. \"leaky-relu\" alone has slope 0.2."),
    ("\"tanh\"", "The hyperbolic tangent. A generator ends with it, because pixels are in [-1, 1]."),
    ("\"sigmoid\"", "`1 / (1 + exp(-x))`"),
    (
        "{ batch-norm = { eps = 1e-5, momentum = 0.1 } }",
        "`gamma (x - mean) / sqrt(var + eps) + beta` for each channel, over the batch. `momentum` is the weight of the newest batch in \
         the running statistics. \"batch-norm\" alone has these values.",
    ),
    (
        "{ layer-norm = { eps = 1e-5 } }",
        "The same over all values of an image. \"layer-norm\" alone has this value.",
    ),
    (
        "{ instance-norm = { eps = 1e-5 } }",
        "The same over the pixels of each channel of an image. \"instance-norm\" alone has this value.",
    ),
    (
        "{ pixel-norm = { eps = 1e-8 } }",
        "`x / sqrt(mean x² + eps)` over the channels of each pixel. \"pixel-norm\" alone has this value.",
    ),
    (
        "{ minibatch-stddev = { group = 4 } }",
        "Adds a channel: the mean standard deviation within groups of 4 images. \"minibatch-stddev\" alone has this value.",
    ),
    (
        "{ class-embedding = 50 }",
        "Adds 50 learnt values of the image's class to the vector. It needs labels. Option: `init` (N(0, 1)).",
    ),
    (
        "{ projection-head = { bias = true, spectral-norm = false } }",
        "One logit, `x w + b + x e`, with `e` a learnt vector of the image's class (Miyato and Koyama 2018). It needs labels. \
         \"projection-head\" alone has these values.",
    ),
    (
        "{ classifier-head = { bias = true, spectral-norm = false } }",
        "One logit, and one for each class, for `objective.auxiliary`. It needs labels. \"classifier-head\" alone has these values.",
    ),
    (
        "{ diff-augment = [\"translation\"] }",
        "Random changes of real and generated images in training, in the order of the list (Zhao et al. 2020): \"brightness\", \
         \"saturation\", \"contrast\", \"translation\", \"cutout\". Option: `class-probabilities`, how often images of each class are \
         changed (always).",
    ),
    (
        "{ dropout = 0.3 }",
        "Sets each value to 0 with probability 0.3 in training, and scales the others by `1 / 0.7`.",
    ),
    (
        "{ residual = [{ dense = 64 }, \"relu\"] }",
        "`body(x) + x`. Option: `shortcut`, a list of layers in the place of `x`.",
    ),
];

#[cfg(test)]
mod tests {
    use nn::LayerSpec;
    use serde::Deserialize;

    use super::*;

    fn read(layer: &str) -> Result<LayerSpec, String> {
        let value: toml::Value = layer.parse().map_err(|error: toml::de::Error| error.to_string())?;
        LayerSpec::deserialize(value).map_err(|error| error.to_string())
    }

    #[test]
    fn every_layer_can_be_read_and_all_are_there() {
        let kinds: Vec<String> = LAYERS.iter().map(|(layer, _)| read(layer).expect(layer).kind()).collect();
        // The reader's refusal of another word names all layers.
        let refusal = read("\"no-layer\"").unwrap_err();
        let (_, names) = refusal.split_once("a layer is one of ").unwrap();
        let names: Vec<&str> = names.split(['"', '{', '=', ',', '}']).map(str::trim).collect();
        assert!(names.contains(&"dense") && names.contains(&"projection-head"), "{names:?}");
        let no_layer = ["", "eps", "momentum", "group", "shortcut", ".."];
        let is_name = |word: &&&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        for name in names.iter().filter(is_name).filter(|name| !no_layer.contains(name)) {
            assert!(kinds.iter().any(|kind| kind == name), "{name} is not in the table");
        }
    }

    #[test]
    fn values_in_the_table_are_the_defaults() {
        for (layer, meaning) in LAYERS.iter().filter(|(_, meaning)| meaning.contains(" alone has")) {
            let word = meaning.split('"').nth(1).unwrap();
            assert_eq!(read(layer), read(&format!("\"{word}\"")), "{layer}");
        }
    }
}
