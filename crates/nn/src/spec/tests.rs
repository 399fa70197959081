use kernels::{Activation, Augmentation};
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Text {
    layers: Vec<LayerSpec>,
}

fn read(array: &str) -> Result<Vec<LayerSpec>, String> {
    toml::from_str::<Text>(&format!("layers = {array}"))
        .map(|text| text.layers)
        .map_err(|error| error.to_string())
}

fn dense(units: usize) -> LayerSpec {
    LayerSpec::Dense { units, bias: true, init: None, spectral_norm: false }
}

fn conv(channels: usize) -> LayerSpec {
    let (kernel, stride, padding) = (3, 1, Padding::Same);
    LayerSpec::Conv { channels, kernel, stride, padding, bias: true, init: None, spectral_norm: false }
}

fn conv_transpose(channels: usize, padding: Padding, output_padding: usize) -> LayerSpec {
    LayerSpec::ConvTranspose {
        channels,
        kernel: 4,
        stride: 2,
        padding,
        output_padding,
        bias: true,
        init: None,
        spectral_norm: false,
    }
}

#[test]
fn every_layer_reads_as_written() {
    let batch_norm = |eps, momentum| LayerSpec::BatchNorm { eps, momentum };
    let expected = [
        ("{ dense = 128 }", dense(128)),
        (
            "{ dense = 10, bias = false, init = 'he-normal' }",
            LayerSpec::Dense { units: 10, bias: false, init: Some(Init::HeNormal), spectral_norm: false },
        ),
        ("'relu'", LayerSpec::Activation(Activation::Relu)),
        ("'tanh'", LayerSpec::Activation(Activation::Tanh)),
        ("'sigmoid'", LayerSpec::Activation(Activation::Sigmoid)),
        ("'leaky-relu'", LayerSpec::Activation(Activation::LeakyRelu(0.2))),
        ("{ leaky-relu = 0.01 }", LayerSpec::Activation(Activation::LeakyRelu(0.01))),
        ("'batch-norm'", batch_norm(1e-5, 0.1)),
        ("{ batch-norm = {} }", batch_norm(1e-5, 0.1)),
        ("{ batch-norm = { eps = 1e-3 } }", batch_norm(1e-3, 0.1)),
        ("{ batch-norm = { eps = 1e-3, momentum = 0.01 } }", batch_norm(1e-3, 0.01)),
        ("{ dropout = 0.3 }", LayerSpec::Dropout { rate: 0.3 }),
        ("{ dropout = 0 }", LayerSpec::Dropout { rate: 0.0 }),
        ("{ conv = 64 }", conv(64)),
        (
            "{ conv = 3, kernel = 5, stride = 2, padding = 2, bias = false, init = 'dcgan', spectral-norm = true }",
            LayerSpec::Conv {
                channels: 3,
                kernel: 5,
                stride: 2,
                padding: Padding::Pixels(2),
                bias: false,
                init: Some(Init::Dcgan),
                spectral_norm: true,
            },
        ),
        ("{ conv = 64, padding = 'same' }", conv(64)),
        ("{ conv-transpose = 64 }", conv_transpose(64, Padding::Same, 0)),
        (
            "{ conv-transpose = 64, padding = 1, output-padding = 1 }",
            conv_transpose(64, Padding::Pixels(1), 1),
        ),
        ("{ reshape = [7, 5, 128] }", LayerSpec::Reshape { height: 7, width: 5, channels: 128 }),
        ("'flatten'", LayerSpec::Flatten),
        ("{ upsample = 2 }", LayerSpec::Upsample { factor: 2, method: Upsampling::Nearest }),
        (
            "{ upsample = 2, method = 'bilinear' }",
            LayerSpec::Upsample { factor: 2, method: Upsampling::Bilinear },
        ),
        ("{ avg-pool = 2 }", LayerSpec::AvgPool { size: 2 }),
        ("'global-avg-pool'", LayerSpec::GlobalAvgPool),
        ("'layer-norm'", LayerSpec::LayerNorm { eps: 1e-5 }),
        ("{ layer-norm = { eps = 1e-3 } }", LayerSpec::LayerNorm { eps: 1e-3 }),
        ("'instance-norm'", LayerSpec::InstanceNorm { eps: 1e-5 }),
        ("{ instance-norm = {} }", LayerSpec::InstanceNorm { eps: 1e-5 }),
        ("'pixel-norm'", LayerSpec::PixelNorm { eps: 1e-8 }),
        ("{ pixel-norm = { eps = 1e-6 } }", LayerSpec::PixelNorm { eps: 1e-6 }),
        ("'minibatch-stddev'", LayerSpec::MinibatchStddev { group: 4 }),
        ("{ minibatch-stddev = { group = 8 } }", LayerSpec::MinibatchStddev { group: 8 }),
        ("{ class-embedding = 50 }", LayerSpec::ClassEmbedding { features: 50, init: None }),
        (
            "{ class-embedding = 50, init = 'dcgan' }",
            LayerSpec::ClassEmbedding { features: 50, init: Some(Init::Dcgan) },
        ),
        ("'projection-head'", LayerSpec::ProjectionHead { bias: true, spectral_norm: false }),
        (
            "{ projection-head = { bias = false, spectral-norm = true } }",
            LayerSpec::ProjectionHead { bias: false, spectral_norm: true },
        ),
        ("'classifier-head'", LayerSpec::ClassifierHead { bias: true, spectral_norm: false }),
        ("{ classifier-head = {} }", LayerSpec::ClassifierHead { bias: true, spectral_norm: false }),
        (
            "{ diff-augment = ['brightness', 'translation', 'cutout'] }",
            LayerSpec::DiffAugment {
                list: vec![Augmentation::Brightness, Augmentation::Translation, Augmentation::Cutout],
                class_probabilities: vec![],
            },
        ),
        (
            "{ diff-augment = ['translation'], class-probabilities = [0, 0.5, 1] }",
            LayerSpec::DiffAugment {
                list: vec![Augmentation::Translation],
                class_probabilities: vec![0.0, 0.5, 1.0],
            },
        ),
        ("{ residual = [{ dense = 3 }] }", LayerSpec::Residual { body: vec![dense(3)], shortcut: vec![] }),
        (
            "{ residual = [{ dense = 3 }, 'relu'], shortcut = [{ avg-pool = 2 }] }",
            LayerSpec::Residual {
                body: vec![dense(3), LayerSpec::Activation(Activation::Relu)],
                shortcut: vec![LayerSpec::AvgPool { size: 2 }],
            },
        ),
    ];
    for (text, layer) in expected {
        assert_eq!(read(&format!("[{text}]")), Ok(vec![layer.clone()]), "{text}");
        reads_back(vec![layer]);
    }
}

#[test]
fn what_is_written_reads_back() {
    let layers = vec![
        dense(128),
        LayerSpec::BatchNorm { eps: 1e-3, momentum: 0.01 },
        LayerSpec::Activation(Activation::LeakyRelu(0.3)),
        LayerSpec::Dropout { rate: 0.1 },
        LayerSpec::Dense { units: 7, bias: false, init: None, spectral_norm: true },
        LayerSpec::Activation(Activation::Relu),
        LayerSpec::Dense { units: 784, bias: true, init: Some(Init::LecunUniform), spectral_norm: false },
        LayerSpec::Activation(Activation::Sigmoid),
        LayerSpec::Activation(Activation::Tanh),
    ];
    reads_back(layers);
}

fn reads_back(layers: Vec<LayerSpec>) {
    let text = Text { layers };
    let written = toml::to_string(&text).unwrap();
    assert_eq!(toml::from_str::<Text>(&written).unwrap(), text, "{written}");
    let json = serde_json::to_string(&text).unwrap();
    assert_eq!(serde_json::from_str::<Text>(&json).unwrap(), text, "{json}");
}

#[test]
fn what_is_no_layer_is_refused_with_what_would_fit() {
    let names = [
        "dense = UNITS",
        "batch-norm",
        "dropout = RATE",
        "leaky-relu = SLOPE",
        "relu",
        "tanh",
        "sigmoid",
        "{ conv = CHANNELS }",
        "{ upsample = FACTOR }",
        "minibatch-stddev",
        "{ diff-augment = [NAMES] }",
    ];
    for text in ["'rellu'", "{}", "{ dense = 3, dropout = 0.5 }", "7", "true", "[]"] {
        let message = read(&format!("[{text}]")).unwrap_err();
        for name in names {
            assert!(message.contains(name), "{text} does not name {name}: {message}");
        }
    }
    let refused = [
        ("'rellu'", "unknown layer `rellu`"),
        ("{ dropout = 0.5, bias = false }", "`bias` belongs to dense, conv, conv-transpose, not to dropout"),
        (
            "{ leaky-relu = 0.5, init = 'he-normal' }",
            "`init` belongs to dense, conv, conv-transpose, class-embedding, not to leaky-relu",
        ),
        ("{ dense = 5, stride = 2 }", "`stride` belongs to conv, conv-transpose, not to dense"),
        ("{ conv = 5, output-padding = 1 }", "`output-padding` belongs to conv-transpose, not to conv"),
        ("{ avg-pool = 2, method = 'bilinear' }", "`method` belongs to upsample, not to avg-pool"),
        ("{ dense = 5, shortcut = [] }", "`shortcut` belongs to residual, not to dense"),
        ("{ projection-head = {}, bias = false }", "`bias` belongs to dense, conv, conv-transpose, not to"),
        ("{ conv = 5, padding = 'valid' }", "unknown padding `valid`; \"same\" or a number of pixels"),
        ("{ conv = 5, padding = -1 }", "padding -1 is negative; \"same\" or a number of pixels"),
        ("{ conv = 5, padding = 0.5 }", "\"same\" or a number of pixels"),
        ("{ upsample = 2, method = 'cubic' }", "unknown method `cubic`; \"nearest\" or \"bilinear\""),
        ("{ reshape = [7, 7] }", "array of length 3"),
        ("{ diff-augment = ['color'] }", "unknown augmentation `color`; one of \"brightness\""),
        ("{ diff-augment = 'cutout' }", "sequence"),
        ("{ minibatch-stddev = { groups = 4 } }", "`group`"),
        ("{ projection-head = { spectral = true } }", "`spectral-norm`"),
        ("'upsample'", "{ upsample = FACTOR }"),
        ("{ dense = 3, unit = 4 }", "unknown field `unit`"),
        ("{ dense = 3, unit = 4 }", "`bias`"),
        ("{ dense = 3, init = 'he' }", "`he-normal`"),
        ("{ batch-norm = { epsilon = 1e-3 } }", "`eps` or `momentum`"),
        ("{ dense = -3 }", "-3"),
        ("{ dense = 2.5 }", "2.5"),
        ("{ dense = 'wide' }", "wide"),
        ("{ dropout = '0.5' }", "0.5"),
    ];
    for (text, part) in refused {
        let message = read(&format!("['relu', {text}]")).unwrap_err();
        assert!(message.contains(part), "{text}: no `{part}` in: {message}");
        assert!(message.contains("line 1"), "{text}: no line in: {message}");
    }
}
