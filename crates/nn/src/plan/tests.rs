use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::init::Init;
use crate::shape::Shape;
use crate::spec::{LayerSpec, Padding, Upsampling};
use kernels::{Activation, Augmentation};

const CLASSES: usize = 3;
const IMAGE: Shape = Shape { height: 4, width: 6, channels: 2 };

fn written(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap()
}

fn read(value: &Value) -> Result<Plan, String> {
    serde_json::from_value(value.clone()).map_err(|e| e.to_string())
}

fn init() -> impl Strategy<Value = Option<Init>> + Clone {
    let inits = [None, Some(Init::GlorotUniform), Some(Init::HeNormal), Some(Init::Dcgan), Some(Init::Zeros)];
    proptest::sample::select(inits.to_vec())
}

fn padding() -> impl Strategy<Value = Padding> + Clone {
    prop_oneof![Just(Padding::Same), (0usize..3).prop_map(Padding::Pixels)]
}

fn activation() -> impl Strategy<Value = LayerSpec> {
    let functions = [Activation::Relu, Activation::Tanh, Activation::Sigmoid];
    prop_oneof![proptest::sample::select(functions.to_vec()), (0.01f32..1.0).prop_map(Activation::LeakyRelu)]
        .prop_map(LayerSpec::Activation)
}

/// Layers whose output has the shape of their input.
fn even() -> impl Strategy<Value = LayerSpec> {
    prop_oneof![
        activation(),
        (1e-12f32..1.0, 0.001f32..1.0).prop_map(|(eps, momentum)| LayerSpec::BatchNorm { eps, momentum }),
        (1e-12f32..1.0).prop_map(|eps| LayerSpec::LayerNorm { eps }),
        (1e-12f32..1.0).prop_map(|eps| LayerSpec::PixelNorm { eps }),
        (0f32..0.99).prop_map(|rate| LayerSpec::Dropout { rate }),
        proptest::collection::vec(0f32..1.0, CLASSES).prop_map(|class_probabilities| {
            LayerSpec::DiffAugment {
                list: vec![Augmentation::Cutout, Augmentation::Contrast],
                class_probabilities,
            }
        }),
    ]
}

fn layer() -> impl Strategy<Value = LayerSpec> {
    let weights = (any::<bool>(), init(), any::<bool>());
    let sides = (1usize..5, 1usize..5, 1usize..4, padding());
    let heads = [LayerSpec::Flatten, LayerSpec::GlobalAvgPool, LayerSpec::AvgPool { size: 2 }];
    prop_oneof![
        (1usize..6, weights.clone()).prop_map(|(units, (bias, init, spectral_norm))| {
            LayerSpec::Dense { units, bias, init, spectral_norm }
        }),
        (sides.clone(), weights.clone()).prop_map(
            |((channels, kernel, stride, padding), (bias, init, spectral_norm))| {
                LayerSpec::Conv { channels, kernel, stride, padding, bias, init, spectral_norm }
            }
        ),
        (sides, 0usize..2, weights).prop_map(
            |((channels, kernel, stride, padding), output_padding, (bias, init, spectral_norm))| {
                LayerSpec::ConvTranspose {
                    channels,
                    kernel,
                    stride,
                    padding,
                    output_padding,
                    bias,
                    init,
                    spectral_norm,
                }
            }
        ),
        (2usize..4, any::<bool>()).prop_map(|(factor, smooth)| {
            let method = if smooth { Upsampling::Bilinear } else { Upsampling::Nearest };
            LayerSpec::Upsample { factor, method }
        }),
        (1usize..6, init()).prop_map(|(features, init)| LayerSpec::ClassEmbedding { features, init }),
        (any::<bool>(), any::<bool>())
            .prop_map(|(bias, spectral_norm)| LayerSpec::ProjectionHead { bias, spectral_norm }),
        (any::<bool>(), any::<bool>())
            .prop_map(|(bias, spectral_norm)| LayerSpec::ClassifierHead { bias, spectral_norm }),
        (2usize..6).prop_map(|group| LayerSpec::MinibatchStddev { group }),
        proptest::sample::select(heads.to_vec()),
        even(),
        (proptest::collection::vec(even(), 1..4), proptest::collection::vec(even(), 0..3))
            .prop_map(|(body, shortcut)| LayerSpec::Residual { body, shortcut }),
    ]
}

/// The layers of `wanted` that follow one another: those that do not fit are left out.
fn plan_of(wanted: Vec<LayerSpec>) -> Plan {
    let mut spec = Vec::new();
    let plan = |spec: &[LayerSpec]| Plan::new(spec, IMAGE, CLASSES, Init::LecunNormal);
    for layer in wanted {
        spec.push(layer);
        if plan(&spec).is_err() {
            spec.pop();
        }
    }
    plan(&spec).unwrap()
}

proptest! {
    #[test]
    fn a_written_plan_is_read_back(wanted in proptest::collection::vec(layer(), 0..8)) {
        let plan = plan_of(wanted);
        let text = serde_json::to_string(&plan).unwrap();
        let back: Plan = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &plan);
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}

/// Every leaf of a value, by its path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| leaves(v, &format!("{path}/{k}"), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, v)| leaves(v, &format!("{path}/{i}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

#[test]
fn an_altered_plan_is_refused() {
    let (bias, init, spectral_norm) = (true, Some(Init::HeNormal), true);
    let (kernel, stride, padding, channels) = (3, 2, Padding::Same, 4);
    let spec = vec![
        LayerSpec::DiffAugment { list: vec![Augmentation::Cutout], class_probabilities: vec![0.5; CLASSES] },
        LayerSpec::Conv { channels, kernel, stride, padding, bias, init, spectral_norm },
        LayerSpec::Activation(Activation::LeakyRelu(0.25)),
        LayerSpec::ConvTranspose {
            channels,
            kernel,
            stride,
            padding: Padding::Pixels(1),
            output_padding: 1,
            bias,
            init,
            spectral_norm: false,
        },
        LayerSpec::BatchNorm { eps: 0.5, momentum: 0.5 },
        LayerSpec::Residual { body: vec![LayerSpec::Dropout { rate: 0.5 }], shortcut: vec![] },
        LayerSpec::MinibatchStddev { group: 4 },
        LayerSpec::Upsample { factor: 2, method: Upsampling::Nearest },
        LayerSpec::ClassEmbedding { features: 2, init: None },
        LayerSpec::Reshape { height: 1, width: 1, channels: 482 },
        LayerSpec::ProjectionHead { bias: true, spectral_norm: true },
    ];
    let plan = Plan::new(&spec, IMAGE, CLASSES, Init::Dcgan).unwrap();
    let whole = written(&plan);
    assert_eq!(read(&whole).as_ref(), Ok(&plan));
    let mut paths = Vec::new();
    leaves(&whole, "", &mut paths);
    assert!(paths.len() > 200, "{}", paths.len());
    // Numbers of which a plan may have others, and be as good a plan.
    let free = ["eps", "momentum", "rate", "group", "class_probabilities", "leaky-relu"];
    for path in paths {
        let mut altered = whole.clone();
        let leaf = altered.pointer_mut(&path).unwrap();
        *leaf = match leaf {
            Value::Bool(b) => json!(!*b),
            Value::Number(n) if n.is_f64() => json!(n.as_f64().unwrap() + 0.125),
            Value::Number(n) => json!(n.as_i64().unwrap() + 1),
            Value::String(s) if s == "he-normal" || s == "dcgan" => json!("he-uniform"),
            Value::String(s) if s == "nearest" => json!("other"),
            Value::String(s) => json!(format!("{s}x")),
            Value::Null => json!(1),
            other => panic!("{other}"),
        };
        let accepted = read(&altered).is_ok();
        assert_eq!(accepted, free.iter().any(|key| path.contains(key)), "{path}");
    }
    for (key, value) in [("input", json!(null)), ("more", json!(1))] {
        let mut altered = whole.clone();
        altered[key] = value;
        assert!(read(&altered).is_err(), "{key}");
    }
}

#[test]
fn operations_that_do_not_follow_one_another_are_refused() {
    let relu = LayerSpec::Activation(Activation::Relu);
    let plan = written(&Plan::new(&[relu.clone(), relu], Shape::flat(2), 0, Init::default()).unwrap());
    let refused = |change: &dyn Fn(&mut Value), part: &str| {
        let mut altered = plan.clone();
        change(&mut altered);
        let message = read(&altered).unwrap_err();
        assert!(message.contains(part), "no `{part}` in: {message}");
    };
    refused(&|v| v["operations"][0]["source"]["activation"] = json!(1), "which is written later");
    refused(&|v| v["operations"][1]["name"] = json!("0"), "not the only one");
    refused(&|v| v["operations"][1]["name"] = json!("../up"), "is no place in a spec");
    refused(&|v| v["operations"][1]["kind"] = json!("residual"), "residual with 1 activations");
    refused(
        &|v| v["operations"][0]["kind"] = json!({ "dropout": { "rate": 0.5 } }),
        "dropout cannot apply relu",
    );
    refused(&|v| v["operations"][0]["activation"] = json!({ "leaky-relu": 2.0 }), "slope 2");
    refused(&|v| v["input"]["channels"] = json!(0), "an input of 0");
    refused(&|v| v["input"]["height"] = json!(1u64 << 40), "values for one image");
    let apart = |v: &mut Value| {
        v["operations"][0]["source"] = json!({ "activation": 0, "first": false, "last": true });
        v["operations"][1]["source"] = json!({ "activation": 0, "first": true, "last": false });
    };
    refused(&apart, "activation 1 is read by no operation");
}

#[test]
fn a_plan_is_written_with_all_its_numbers() {
    let dense = LayerSpec::Dense { units: 2, bias: true, init: None, spectral_norm: false };
    let spec = [dense, LayerSpec::Activation(Activation::LeakyRelu(0.25))];
    let plan = Plan::new(&spec, Shape::flat(3), 0, Init::HeNormal).unwrap();
    let shape = |channels: usize| json!({ "height": 1, "width": 1, "channels": channels });
    let expected = json!({
        "input": shape(3),
        "classes": 0,
        "operations": [{
            "name": "0",
            "kind": { "dense": {
                "outputs": 2,
                "weights": { "bias": true, "init": "he-normal", "spectral_norm": false },
            } },
            "input": shape(3),
            "output": shape(2),
            "activation": { "leaky-relu": 0.25 },
            "source": { "activation": 0, "first": true, "last": true },
            "skip": null,
            "writes": 1,
            "parameters": [
                {
                    "name": "0.dense.weight",
                    "range": { "start": 0, "end": 6 },
                    "dimensions": [3, 2],
                    "start": { "random": { "init": "he-normal", "fan_in": 3, "fan_out": 2 } },
                },
                {
                    "name": "0.dense.bias",
                    "range": { "start": 6, "end": 8 },
                    "dimensions": [2],
                    "start": { "constant": 0.0 },
                },
            ],
            "state": [],
        }],
    });
    assert_eq!(written(&plan), expected);
}
