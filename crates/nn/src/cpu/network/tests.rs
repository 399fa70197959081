use std::ops::Range;

use super::*;
use crate::init::Init;
use crate::spec::{LayerSpec, Padding, Upsampling};

fn dense(units: usize) -> LayerSpec {
    LayerSpec::Dense { units, bias: true, init: None, spectral_norm: false }
}

fn batch_norm(eps: f32, momentum: f32) -> LayerSpec {
    LayerSpec::BatchNorm { eps, momentum }
}

const RELU: LayerSpec = LayerSpec::Activation(Activation::Relu);

fn network(spec: &[LayerSpec], inputs: usize) -> Network {
    Network::new(spec, Shape::flat(inputs), Init::default()).unwrap()
}

#[test]
fn the_tutorial_s_networks_have_its_numbers_of_parameters() {
    let stack = |sizes: &[usize]| {
        let spec: Vec<LayerSpec> = sizes.iter().flat_map(|&units| [dense(units), RELU]).collect();
        spec[..spec.len() - 1].to_vec()
    };
    let discriminator = network(&stack(&[512, 256, 128, 64, 1]), 784);
    assert_eq!(discriminator.parameter_count(), 574_465);
    let generator = network(&stack(&[128, 256, 512, 1024, 784]), 100);
    assert_eq!(generator.parameter_count(), 1_506_448);
    assert_eq!(generator.initial_parameters(1, 1).len(), 1_506_448);
    assert_eq!(generator.product_flops(), 2 * (1_506_448 - (128 + 256 + 512 + 1024 + 784)));
    assert_eq!(generator.first_product_flops(), 2 * 100 * 128);
}

#[test]
fn views_fill_the_arenas_in_order() {
    let spec = [
        batch_norm(1e-5, 0.1),
        LayerSpec::Dense { units: 5, bias: false, init: Some(Init::HeNormal), spectral_norm: false },
        batch_norm(1e-5, 0.1),
        RELU,
        LayerSpec::Dropout { rate: 0.5 },
        dense(3),
        LayerSpec::Activation(Activation::Tanh),
    ];
    let network = network(&spec, 4);
    let views = |list: &[Parameter]| {
        list.iter().map(|p| (p.name.clone(), p.range.clone(), p.dimensions.clone())).collect::<Vec<_>>()
    };
    let view = |name: &str, range: Range<usize>, dimensions: &[usize]| {
        (name.to_string(), range, dimensions.to_vec())
    };
    assert_eq!(
        views(network.parameters()),
        [
            view("0.batch-norm.gamma", 0..4, &[4]),
            view("0.batch-norm.beta", 4..8, &[4]),
            view("1.dense.weight", 8..28, &[4, 5]),
            view("2.batch-norm.gamma", 28..33, &[5]),
            view("2.batch-norm.beta", 33..38, &[5]),
            view("5.dense.weight", 38..53, &[5, 3]),
            view("5.dense.bias", 53..56, &[3]),
        ]
    );
    assert_eq!(
        views(network.state()),
        [
            view("0.batch-norm.running_mean", 0..4, &[4]),
            view("0.batch-norm.running_variance", 4..8, &[4]),
            view("2.batch-norm.running_mean", 8..13, &[5]),
            view("2.batch-norm.running_variance", 13..18, &[5]),
        ]
    );
    let state = network.initial_state();
    assert_eq!(state, [[0.0; 4].as_slice(), &[1.0; 4], &[0.0; 5], &[1.0; 5]].concat());
    let weights = network.initial_parameters(1, 2);
    assert_eq!(weights[..8], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(weights[53..], [0.0; 3]);
    assert!(weights[8..28].iter().all(|w| *w != 0.0));
    assert_eq!(weights, network.initial_parameters(1, 2));
    assert_ne!(weights, network.initial_parameters(2, 2));
    assert_ne!(weights, network.initial_parameters(1, 3));
}

#[test]
fn a_network_knows_its_layers() {
    let spec = [dense(8), batch_norm(1e-5, 0.1), RELU, dense(3), LayerSpec::Activation(Activation::Tanh)];
    let mixed = network(&spec, 4);
    let kinds: Vec<(String, usize)> =
        mixed.plan().operations().iter().map(|o| (o.label(), o.output.values())).collect();
    let expected = [("dense", 8), ("batch-norm + relu", 8), ("dense + tanh", 3)];
    assert_eq!(kinds, expected.map(|(kind, width)| (kind.to_string(), width)));
    assert_eq!(mixed.interacting_layer(), Some("batch-norm"));
    assert_eq!(mixed.output_activation(), Activation::Tanh);
    let plain = network(&[RELU, dense(2)], 4);
    assert_eq!(plain.interacting_layer(), None);
}

#[test]
fn numbers_that_make_no_network_are_refused_by_layer() {
    let leaky = |slope| LayerSpec::Activation(Activation::LeakyRelu(slope));
    let dropout = |rate| LayerSpec::Dropout { rate };
    let refused = [
        (dense(0), "dense", "4 inputs by 0 outputs is not a layer; 1 to 67108864 outputs"),
        (dense(usize::MAX), "dense", "is not a layer; 1 to 67108864 outputs"),
        (dense(1 << 40), "dense", "is not a layer; 1 to 67108864 outputs"),
        (leaky(0.0), "leaky-relu", "a slope of 0 is \"relu\""),
        (leaky(-0.2), "leaky-relu", "is not in (0, 1]; 0.2 is usual"),
        (leaky(1.5), "leaky-relu", "slope 1.5 is not"),
        (leaky(f32::NAN), "leaky-relu", "slope NaN"),
        (dropout(1.0), "dropout", "rate 1 is not in [0, 1); 0.3 drops"),
        (dropout(-0.1), "dropout", "rate -0.1"),
        (dropout(f32::NAN), "dropout", "rate NaN"),
        (batch_norm(0.0, 0.1), "batch-norm", "eps 0 is not above 0; 1e-5 is usual"),
        (batch_norm(-1e-5, 0.1), "batch-norm", "eps -0.00001 is"),
        (batch_norm(f32::INFINITY, 0.1), "batch-norm", "eps inf"),
        (batch_norm(f32::NAN, 0.1), "batch-norm", "eps NaN"),
        (batch_norm(1e-5, 0.0), "batch-norm", "momentum 0 is not in (0, 1]; the newest batch's weight"),
        (batch_norm(1e-5, 1.1), "batch-norm", "momentum 1.1"),
        (batch_norm(1e-5, f32::NAN), "batch-norm", "momentum NaN"),
    ];
    for (layer, kind, part) in refused {
        // Once behind a layer that merges with an activation, once behind one that does not.
        for before in [dense(4), dropout(0.1)] {
            let spec = [dense(4), RELU, before, layer.clone(), RELU];
            let error = Network::new(&spec, Shape::flat(4), Init::default()).unwrap_err();
            assert_eq!((error.index, error.layer.as_str()), (3, kind), "{layer:?}");
            assert!(error.to_string().contains(part), "{layer:?}: no `{part}` in: {error}");
            assert!(error.to_string().starts_with(&format!("layer 3 ({kind}): ")), "{error}");
        }
    }
}

#[test]
fn a_residual_block_whose_ends_differ_is_refused() {
    let block = |body: Vec<LayerSpec>, shortcut| LayerSpec::Residual { body, shortcut };
    let refused = [
        (block(vec![], vec![]), "a residual block without layers"),
        (block(vec![dense(3)], vec![]), "the body ends at 3 and the shortcut at 4"),
        (block(vec![dense(3)], vec![dense(2)]), "the body ends at 3 and the shortcut at 2"),
        (block(vec![dense(4), dense(0)], vec![]), "residual[1], dense: 4 inputs by 0 outputs"),
        (block(vec![dense(4)], vec![dense(0)]), "shortcut[0], dense: 4 inputs by 0 outputs"),
    ];
    for (block, part) in refused {
        let error = Network::new(&[RELU, block], Shape::flat(4), Init::default()).unwrap_err();
        assert_eq!((error.index, error.layer.as_str()), (1, "residual"));
        assert!(error.to_string().contains(part), "no `{part}` in: {error}");
    }
    let names = network(&[dense(4), block(vec![RELU, dense(3)], vec![dense(3)])], 4);
    let names: Vec<_> = names.parameters().iter().map(|p| p.name.as_str()).collect();
    let expected = ["0.dense.weight", "0.dense.bias", "1.1.dense.weight", "1.1.dense.bias"];
    assert_eq!(names, [&expected[..], &["1.shortcut.0.dense.weight", "1.shortcut.0.dense.bias"]].concat());
}

#[test]
fn the_edges_of_what_fits() {
    let spec = [
        LayerSpec::Activation(Activation::LeakyRelu(1.0)),
        LayerSpec::Dropout { rate: 0.0 },
        batch_norm(1e-12, 1.0),
        dense(1),
    ];
    assert_eq!(network(&spec, 1).parameter_count(), 4);
}

#[test]
#[should_panic(expected = "batch 5 of a tape for 4")]
fn a_tape_refuses_a_larger_batch() {
    network(&[dense(1)], 1).tape(4, TapeParts::default()).set_batch(5);
}

fn conditional(spec: &[LayerSpec], input: Shape, classes: usize) -> Result<Network, crate::SpecError> {
    Network::conditional(spec, input, classes, Init::default())
}

#[test]
fn layers_of_images_and_labels_name_their_views() {
    let image = Shape { height: 4, width: 4, channels: 3 };
    let spec = [
        LayerSpec::LayerNorm { eps: 1e-5 },
        RELU,
        LayerSpec::Upsample { factor: 2, method: Upsampling::Nearest },
        LayerSpec::AvgPool { size: 4 },
        LayerSpec::InstanceNorm { eps: 1e-5 },
        LayerSpec::MinibatchStddev { group: 4 },
        LayerSpec::ClassEmbedding { features: 5, init: None },
        LayerSpec::Dense { units: 6, bias: true, init: None, spectral_norm: true },
        LayerSpec::Reshape { height: 1, width: 2, channels: 3 },
        LayerSpec::GlobalAvgPool,
        LayerSpec::ProjectionHead { bias: true, spectral_norm: true },
    ];
    let network = conditional(&spec, image, 10).unwrap();
    let views =
        |list: &[Parameter]| list.iter().map(|p| (p.name.clone(), p.dimensions.clone())).collect::<Vec<_>>();
    let view = |name: &str, dimensions: &[usize]| (name.to_string(), dimensions.to_vec());
    assert_eq!(
        views(network.parameters()),
        [
            view("0.layer-norm.gamma", &[3]),
            view("0.layer-norm.beta", &[3]),
            view("4.instance-norm.gamma", &[3]),
            view("4.instance-norm.beta", &[3]),
            view("6.class-embedding.weight", &[10, 5]),
            view("7.dense.weight", &[21, 6]),
            view("7.dense.bias", &[6]),
            view("10.projection-head.weight", &[3, 1]),
            view("10.projection-head.bias", &[1]),
            view("10.projection-head.embedding", &[10, 3]),
        ]
    );
    assert_eq!(
        views(network.state()),
        [
            view("7.dense.u", &[6]),
            view("7.dense.v", &[21]),
            view("10.projection-head.u", &[1]),
            view("10.projection-head.v", &[3]),
        ]
    );
    let summary: Vec<(String, String, u64)> = network
        .plan()
        .operations()
        .iter()
        .map(|o| (o.label(), o.output.to_string(), o.product_flops()))
        .collect();
    let row = |kind: &str, shape: &str, flops: u64| (kind.to_string(), shape.to_string(), flops);
    assert_eq!(
        summary,
        [
            row("layer-norm + relu", "4x4x3", 0),
            row("upsample", "8x8x3", 0),
            row("avg-pool", "2x2x3", 0),
            row("instance-norm", "2x2x3", 0),
            row("minibatch-stddev", "2x2x4", 0),
            row("class-embedding", "21", 0),
            row("dense", "6", 2 * 21 * 6),
            row("reshape", "1x2x3", 0),
            row("global-avg-pool", "3", 0),
            row("projection-head", "1", 4 * 3),
        ]
    );
    assert_eq!(network.interacting_layer(), Some("minibatch-stddev"));
    assert_eq!(network.curved_layer(), Some("layer-norm"));
    assert_eq!(network.labelled_layer(), Some("class-embedding"));
    let embedding = &network.initial_parameters(1, 1)[network.parameters()[4].range.clone()];
    let square = embedding.iter().map(|w| w * w).sum::<f32>() / 50.0;
    assert!((0.6..1.6).contains(&square), "N(0, 1) with mean square {square}");

    let head = [LayerSpec::ClassifierHead { bias: true, spectral_norm: false }];
    let network = conditional(&head, image, 10).unwrap();
    assert_eq!(network.output(), Shape::flat(11));
    assert_eq!(network.labelled_layer(), None);
    assert_eq!(views(network.parameters())[0], view("0.classifier-head.weight", &[48, 11]));
    assert_eq!(network.product_flops(), 2 * 48 * 11);
}

#[test]
fn layers_of_images_and_labels_that_do_not_fit_are_refused() {
    use kernels::Augmentation::{self, Brightness, Saturation};
    let changes = |list: &[Augmentation], each: &[f32]| LayerSpec::DiffAugment {
        list: list.to_vec(),
        class_probabilities: each.to_vec(),
    };
    let image = Shape { height: 4, width: 6, channels: 1 };
    let conv = |channels, kernel, stride, padding| LayerSpec::Conv {
        channels,
        kernel,
        stride,
        padding,
        bias: true,
        init: None,
        spectral_norm: false,
    };
    let upsample = |factor| LayerSpec::Upsample { factor, method: Upsampling::Bilinear };
    let reshape = |height, width, channels| LayerSpec::Reshape { height, width, channels };
    let embedding = |features| LayerSpec::ClassEmbedding { features, init: None };
    let refused = [
        (
            reshape(5, 5, 1),
            "4x6x1 has 24 values; 5x5x1 has others; [HEIGHT, WIDTH, CHANNELS] with a product of 24",
        ),
        (reshape(0, 5, 1), "0x5x1 has others"),
        (reshape(usize::MAX, usize::MAX, 2), "has others"),
        (upsample(0), "a factor of 0 enlarges nothing; { upsample = 2 }"),
        (upsample(1), "a factor of 1"),
        (upsample(usize::MAX), "values for one image; at most"),
        (
            LayerSpec::AvgPool { size: 4 },
            "squares of 4x4 pixels do not tile 4x6; a size that divides both sides",
        ),
        (LayerSpec::AvgPool { size: 0 }, "pool nothing"),
        (LayerSpec::LayerNorm { eps: 0.0 }, "eps 0 is not above 0; 1e-5"),
        (LayerSpec::InstanceNorm { eps: f32::NAN }, "eps NaN"),
        (LayerSpec::PixelNorm { eps: -1.0 }, "eps -1 is not above 0; 1e-8"),
        (LayerSpec::MinibatchStddev { group: 1 }, "a group of 1 do not differ; 2 or more"),
        (changes(&[], &[]), "it changes nothing; one or more of \"brightness\""),
        (changes(&[Brightness, Brightness], &[]), "\"brightness\" is there twice"),
        (changes(&[Saturation], &[]), "images of one channel have no saturation"),
        (
            changes(&[Brightness], &[0.5; 3]),
            "3 probabilities for 10 classes; one for each class, in the order of the labels",
        ),
        (changes(&[Brightness], &[1.5; 10]), "probability 1.5 is not in [0, 1]"),
        (changes(&[Brightness], &[f32::NAN; 10]), "probability NaN is not in [0, 1]"),
        (embedding(0), "0 values for each of 10 classes"),
        (embedding(usize::MAX), "is not an embedding; 1 to"),
        (conv(0, 3, 1, Padding::Same), "0 channels"),
        (conv(8, 9, 1, Padding::Pixels(1)), "does not fit into 4x6x1"),
        (conv(usize::MAX, 3, 1, Padding::Same), "is not a layer"),
    ];
    for (layer, part) in refused {
        let error = conditional(&[RELU, layer.clone()], image, 10).unwrap_err();
        assert_eq!((error.index, error.layer.clone()), (1, layer.kind()), "{layer:?}");
        assert!(error.to_string().contains(part), "{layer:?}: no `{part}` in: {error}");
    }
    let flat = conditional(&[LayerSpec::InstanceNorm { eps: 1e-5 }], Shape::flat(8), 0).unwrap_err();
    assert!(flat.to_string().contains("one value has no variance"), "{flat}");
    let labelled = [
        embedding(5),
        LayerSpec::ProjectionHead { bias: true, spectral_norm: false },
        LayerSpec::ClassifierHead { bias: true, spectral_norm: false },
        changes(&[Brightness], &[0.5]),
    ];
    for layer in labelled {
        let error = conditional(std::slice::from_ref(&layer), image, 0).unwrap_err().to_string();
        let kind = layer.kind();
        let start = format!(
            "layer 0 ({kind}): it needs the images' classes, and they have none; data with labels, as folders with a subfolder for each class have; or an \
                 unconditional preset, such as `dcgan`"
        );
        assert_eq!(error, start);
    }
}
