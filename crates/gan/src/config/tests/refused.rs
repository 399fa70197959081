use super::{GOOD, experiment};

/// The good config with `to` for `from`, and the error it gives: the key (none where the TOML reader refuses), the
/// line, and parts of the message and of the hint.
struct Case {
    from: &'static str,
    to: &'static str,
    key: &'static str,
    line: usize,
    says: &'static str,
    hint: &'static str,
}

const fn case(
    from: &'static str,
    to: &'static str,
    key: &'static str,
    line: usize,
    says: &'static str,
    hint: &'static str,
) -> Case {
    Case { from, to, key, line, says, hint }
}

const LOSS: &str = "loss = \"non-saturating\"";
const KIND: &str = "kind = \"adam\"";
const BATCH: &str = "batch_size = 4";
const EPOCHS: &str = "epochs = 2";
const RELU: &str = "    \"relu\",\n";
const LOGIT: &str = "    { dense = 1 },\n";

/// In the order of the check's files; a table, so kept as one.
#[rustfmt::skip]
const CASES: &[Case] = &[
    case("[generator]", "[data]\nsource = ''\n[generator]", "data.source", 4, "names no data", "\"mnist\""),
    case("[generator]", "[data]\nsize = '64x'\n[generator]", "data.size", 4, "\"64x\" is not height x width", "64x64"),
    case("[generator]", "[data]\nchannels = 2\n[generator]", "data.channels", 4, "2 is not 1 (grey) or 3 (RGB)", "0 for"),
    // Labels, which the data does not have.
    case(
        "[generator]",
        "[data]\nsource = 'fakes'\nbalanced_classes = true\n[generator]",
        "data.balanced_classes",
        5,
        "`data.source` (\"fakes\") has none",
        "balanced_classes = false",
    ),
    case(
        LOSS,
        "class_weight = 'inverse-frequency'",
        "objective.class_weight",
        15,
        "needs labels, and `data.source` (\"mnist\") has none",
        "class_weight = \"none\"",
    ),
    case(LOSS, "auxiliary = 1", "objective.auxiliary", 15, "`data.source` (\"mnist\") has none", "auxiliary = 0.0"),
    case(
        "[{ dense = 8 }",
        "[{ class-embedding = 2 }, { dense = 8 }",
        "generator.layers[0]",
        5,
        "`data.source` (\"mnist\") has no labels",
        "data with labels",
    ),
    case(
        LOGIT,
        "\"projection-head\"\n",
        "discriminator.layers[2]",
        11,
        "`data.source` (\"mnist\") has no labels",
        "data with labels",
    ),
    // The networks.
    case("latent = 4", "latent = 0", "generator.latent", 4, "0 is not a whole number from 1 to 16777216", "100"),
    case(
        "layers = [{ dense = 8 }, \"relu\", { dense = 4 }, \"tanh\"]",
        "",
        "generator.layers",
        3,
        "no layer has weights",
        "from 4 latents to the data's 2x2x1 = 4 pixels",
    ),
    case(
        "{ dense = 4 }",
        "{ dense = 5 }",
        "generator.layers[2]",
        5,
        "layers end at 5 outputs; the data has 2x2x1 = 4 pixels",
        "{ dense = 4 }, \"tanh\"",
    ),
    case("[{ dense = 8 }", "[{ dense = 0 }", "generator.layers[0]", 5, "4 inputs by 0 outputs is not a layer", "{ dense = 128 }"),
    case(
        "[{ dense = 8 }",
        "[{ dense = 9223372036854775807 }",
        "generator.layers[0]",
        5,
        "4 inputs by 9223372036854775807 outputs is not a layer",
        "1 to 67108864 outputs",
    ),
    case(RELU, "{ leaky-relu = -0.5 },\n", "discriminator.layers[1]", 10, "slope -0.5 is not in (0, 1]", "0.2"),
    case(RELU, "{ leaky-relu = nan },\n", "discriminator.layers[1]", 10, "not in (0, 1]", "0.2"),
    case(RELU, "{ dropout = 1.0 },\n", "discriminator.layers[1]", 10, "1 is not in [0, 1)", "0.3"),
    case(RELU, "{ batch-norm = { eps = 0 } },\n", "discriminator.layers[1]", 10, "eps 0 is not above 0", "usual"),
    case(
        RELU,
        "{ batch-norm = { momentum = 0 } },\n",
        "discriminator.layers[1]",
        10,
        "momentum 0 is not in (0, 1]",
        "0.1",
    ),
    case(LOGIT, "{ dense = 2 },\n", "discriminator.layers[2]", 11, "an image has one logit", "{ dense = 1 }"),
    case(
        LOGIT,
        "{ dense = 1 },\n\"sigmoid\",\n",
        "discriminator.layers[3]",
        12,
        "losses take logits",
        "probabilities are shown for you",
    ),
    case(LOGIT, "{ dense = 1 },\n\"relu\"\n", "discriminator.layers[3]", 12, "ends with \"relu\"", "{ dense = 1 }"),
    case(LOGIT, "{ dense = 1 }, \"batch-norm\"\n", "discriminator.layers[3]", 11, "\"batch-norm\"", "{ dense = 1 }"),
    // The objective.
    case(
        LOSS,
        "loss = \"hinge\"\nlabel_smoothing = 0.1",
        "objective.label_smoothing",
        16,
        "`objective.loss` is \"hinge\"",
        "non-saturating, minimax, least-squares, constrained",
    ),
    case(LOSS, "label_smoothing = 0.5", "objective.label_smoothing", 15, "0.5 is not a number in [0, 0.5)", "0.1"),
    case(LOSS, "label_smoothing = nan", "objective.label_smoothing", 15, "NaN is not a number in [0, 0.5)", "0.1"),
    case(LOSS, "instance_noise = -1", "objective.instance_noise", 15, "-1.0 is not a number from 0 to", "0: none"),
    case(
        LOSS,
        "instance_noise_images = 9",
        "objective.instance_noise_images",
        15,
        "`objective.instance_noise` is 0",
        "instance_noise = 0.1",
    ),
    case(LOSS, "r1 = -1", "objective.r1", 15, "-1.0 is not a number", "0: off"),
    case(LOSS, "r2 = inf", "objective.r2", 15, "inf is not a number", "0: off"),
    case(LOSS, "gradient_penalty = nan", "objective.gradient_penalty", 15, "NaN is not a number", "0: off"),
    case(LOSS, "dragan = -1", "objective.dragan", 15, "-1.0 is not a number", "0: off"),
    case(
        LOSS,
        "dragan = 10\ngradient_penalty = 10",
        "objective.dragan",
        15,
        "`objective.gradient_penalty`",
        "gradient_penalty = 0.0",
    ),
    case(LOSS, "auxiliary = nan", "objective.auxiliary", 15, "NaN is not a number", "0: no classifier"),
    case(LOSS, "feature_matching = -1", "objective.feature_matching", 15, "-1.0 is not a number", "0: off"),
    case(LOSS, "class_weight = 'squared'", "", 15, "unknown variant `squared`, expected `none` or", ""),
    case(LOSS, "gradient_clip = -1", "objective.gradient_clip", 15, "-1.0 is not a number", "0: off"),
    case(
        LOSS,
        "weight_clip = 0.01",
        "objective.weight_clip",
        15,
        "`objective.loss` is \"non-saturating\"",
        "loss = \"wasserstein\"",
    ),
    case(
        "latent = 4",
        "latent = 3\nobjective.loss = 'x'",
        "",
        5,
        "unknown field `objective`, expected one of `latent`, `init`, `layers`",
        "",
    ),
    // The optimizers.
    case(KIND, "kind = \"adam\"\nalpha = 0.9", "optimizer.generator.alpha", 19, "kind = \"adam\" has no `alpha`", "lr, beta1"),
    case(KIND, "kind = \"sgd\"\nbeta1 = 0.9", "optimizer.generator.beta1", 19, "\"sgd\" has no `beta1`", "nesterov"),
    case(KIND, "lr = 0", "optimizer.generator.lr", 18, "0.0 is not a number from 1.2e-38", "1e-4"),
    case(KIND, "lr = 1e-50", "optimizer.generator.lr", 18, "not a number from 1.2e-38", "1e-4"),
    case(KIND, "lr = inf", "optimizer.generator.lr", 18, "inf is not a number from", "1e-4"),
    case(KIND, "beta1 = 1", "optimizer.generator.beta1", 18, "1.0 is not a number in [0, 1)", "0.9"),
    case(KIND, "beta2 = -0.1", "optimizer.generator.beta2", 18, "-0.1 is not a number in [0, 1)", "0.9"),
    case(KIND, "beta2 = 0.99999999999", "optimizer.generator.beta2", 18, "0.99999999999 is not a number in [0, 1)", "0.9"),
    case(KIND, "eps = 0", "optimizer.generator.eps", 18, "0.0 is not a number from 1.2e-38", "1e-8"),
    case(KIND, "kind = 'rmsprop'\nalpha = 1", "optimizer.generator.alpha", 19, "1.0 is not a number in [0, 1)", "0.9"),
    case(KIND, "kind = 'rmsprop'\nmomentum = 2", "optimizer.generator.momentum", 19, "2.0 is not a number in [0, 1)", "0.9"),
    case(KIND, "kind = 'adamw'\nweight_decay = -1", "optimizer.generator.weight_decay", 19, "-1.0 is not", "0: none"),
    case(
        KIND,
        "kind = 'sgd'\nnesterov = true",
        "optimizer.generator.nesterov",
        19,
        "`optimizer.generator.momentum` is 0",
        "momentum = 0.9",
    ),
    // Training.
    case(BATCH, "batch_size = 0", "train.batch_size", 21, "0 is not a whole number from 1 up", "a batch needs at least one image"),
    case(BATCH, "batch_size = 11", "train.batch_size", 21, "more than the data's 10 images", "at most 10"),
    case(BATCH, "batch_size = 4\npacking = 0", "train.packing", 22, "0 is not a whole number from 1 up", "2 is usual"),
    case(BATCH, "batch_size = 4\npacking = 3", "train.packing", 22, "`train.batch_size` is 4", "divides the batch"),
    case(
        RELU,
        "\"relu\", { minibatch-stddev = { group = 3 } },\n",
        "train.batch_size",
        21,
        "groups of 3, as the minibatch-stddev in `discriminator.layers[2]`",
        "a multiple of 3",
    ),
    case(BATCH, "d_steps = 0\nbatch_size = 4", "train.d_steps", 21, "0 is not a whole number from 1 up", "0 steps would leave D as it is"),
    case(BATCH, "d_steps = 2\nbatch_size = 4", "train.d_steps", 21, "\"simultaneous\"", "update = \"alternating\""),
    case(
        BATCH,
        "d_steps = 2\nbatch_size = 4\nupdate = 'alternating'\nplayers = 'generator'",
        "train.d_steps",
        21,
        "`train.players` is \"generator\"",
        "players = \"both\"",
    ),
    case(EPOCHS, "epochs = 0", "train.epochs", 22, "nothing ends the run", "epochs = 20"),
    case(EPOCHS, "", "train.epochs", 20, "nothing ends the run", "epochs = 20"),
    case(EPOCHS, "max_seconds = -1", "train.max_seconds", 22, "-1.0 is not a number", "0: no limit"),
    case(EPOCHS, "epochs = 2\nfinal_lr_factor = 2", "train.final_lr_factor", 23, "2.0 is not a number in [0, 1]", "share"),
    case(EPOCHS, "epochs = 2\nwarmup_images = 16", "train.warmup_images", 23, "the run's 16 images", "tenth"),
    case(EPOCHS, "epochs = 2\nema_half_life_images = nan", "train.ema_half_life_images", 23, "NaN", "0: no average"),
    case(EPOCHS, "epochs = 2\nema_rampup = -1", "train.ema_rampup", 23, "-1", "0: off"),
    case(EPOCHS, "epochs = 2\ngrid_images = 0", "train.grid_images", 23, "0 is not a whole number from 1 to 4096", "4x4"),
    case(EPOCHS, "epochs = 2\ngrid_images = 5000", "train.grid_images", 23, "5000 is not a whole number from 1 to 4096", "4x4"),
    case(EPOCHS, "epochs = 2\nstop_plateau_tolerance = -1", "train.stop_plateau_tolerance", 23, "-1", "0.001"),
    // The burn-in.
    case(EPOCHS, "epochs = 2\n[eval]\nsamples = 99", "eval.samples", 24, "99 is not a whole number from 100 to 1000000", "10000 is usual"),
    case(EPOCHS, "epochs = 2\n[eval]\nbest = 'fid'", "eval.best", 24, "\"fid\" is not a metric", "fd, kid,"),
    case(EPOCHS, "epochs = 2\n[eval]\nbest = 'fd10k'", "eval.best", 24, "\"fd10k\" is not a metric", "without a count"),
    case(EPOCHS, "epochs = 2\n[eval]\nbest = 'label-accuracy'", "eval.best", 24, "needs a generator that makes images of a class", "class-embedding"),
    case(EPOCHS, "epochs = 2\n[eval]\nbest = 'two-sample'", "eval.best", 24, "do not measure two-sample", "fd, kid,"),
    case(EPOCHS, "epochs = 2\n[eval]\nuntil = 'fd'", "eval.until", 24, "\"fd\" compares nothing", "METRIC<VALUE"),
    case(EPOCHS, "epochs = 2\n[eval]\nuntil = 'fd5k<3'", "eval.until", 24, "fd5k is of another number", "fd10k or fd"),
    case(EPOCHS, "epochs = 2\n[eval]\nuntil = 'fd>3'", "eval.until", 24, "low values of fd are good", "fd<3"),
    case(EPOCHS, "epochs = 2\n[eval]\nuntil = 'fd<3'", "eval.until", 24, "`eval.every_images` is 0", "60000"),
    case(EPOCHS, "epochs = 2\n[eval]\nplateau_evals = 3", "eval.plateau_evals", 24, "`eval.every_images` is 0", "60000"),
    case(EPOCHS, "epochs = 2\n[eval]\nbest = ''\nplateau_evals = 3", "eval.plateau_evals", 25, "names none", "\"fd\""),
    case(EPOCHS, "epochs = 2\nplayers = 'discriminator'\n[eval]\nevery_images = 9\nuntil = 'fd<3'", "eval.until", 26, "does not change", "both"),
    case(EPOCHS, "epochs = 2\n[burn_in]\nlr_factor = 0.25", "burn_in.lr_factor", 24, "`burn_in.images` is 0", "burn_in.images ="),
    case(EPOCHS, "epochs = 2\n[burn_in]\nimages = 8\nlr_factor = -1", "burn_in.lr_factor", 25, "-1.0 is not a number", "ends at"),
    case(EPOCHS, "epochs = 2\n[burn_in]\nimages = 8\nr1 = 0.1", "burn_in.r1", 25, "`objective.r1` is 0", "objective.r1 above"),
    case(EPOCHS, "epochs = 2\n[burn_in]\nimages = 8\nr2 = 0.1", "burn_in.r2", 25, "`objective.r2` is 0", "leave burn_in.r2"),
    case(
        EPOCHS,
        "epochs = 2\n[burn_in]\nimages = 8\nema_half_life_images = 9",
        "burn_in.ema_half_life_images",
        25,
        "`train.ema_half_life_images` is 0",
        "train.ema_half_life_images above 0",
    ),
    case(EPOCHS, "epochs = 2\n[burn_in]\nimages = 8\nbeta2 = 1", "burn_in.beta2", 25, "1.0 is not a number in [0, 1)", "0.99"),
    case(
        EPOCHS,
        "epochs = 2\n[burn_in]\nimages = 8\nbeta2 = 0.99\n[optimizer.discriminator]\nkind = 'sgd'",
        "burn_in.beta2",
        25,
        "`optimizer.discriminator.kind` is \"sgd\", which has no beta2",
        "adam or adamw",
    ),
    // What the TOML reader refuses, in its own words.
    case(EPOCHS, "epochs = 2\nseed = -1", "", 23, "invalid value: integer `-1`, expected u64", ""),
    case(EPOCHS, "epochs = \"2\"", "", 22, "invalid type: string \"2\", expected u64", ""),
    case(EPOCHS, "epoch = 2", "", 22, "unknown field `epoch`, expected one of `players`, `update`", ""),
    case("[objective]", "[objectives]", "", 14, "unknown field `objectives`, expected one of `name`", ""),
    case(LOSS, "loss = \"hing\"", "", 15, "unknown variant `hing`, expected one of `non-saturating`", ""),
    case(RELU, "\"rleu\",\n", "", 10, "unknown layer `rleu`; a layer is one of \"relu\"", ""),
    case(RELU, "{ dense = 1, dropout = 0.1 },\n", "", 10, "a layer is exactly one of", ""),
    case(EPOCHS, "epochs =", "", 22, "", ""),
    case(EPOCHS, "batch_size = 5", "", 22, "duplicate key", ""),
];

#[test]
fn bad_configs_are_refused_with_key_line_and_hint() {
    experiment(GOOD, &[]).unwrap();
    for Case { from, to, key, line, says, hint } in CASES {
        assert_eq!(GOOD.matches(from).count(), 1, "{from} is not in the good config once");
        let error = experiment(&GOOD.replace(from, to), &[]).expect_err(to);
        let text = error.to_string();
        assert!(text.starts_with("tiny.toml"), "{to}: {text}");
        assert_eq!(error.line(), Some(*line), "{to}: {text}");
        assert!(text.contains(says), "{to}: {text}");
        assert_eq!(error.key().unwrap_or_default(), *key, "{to}: {text}");
        if !key.is_empty() {
            assert!(text.starts_with(&format!("tiny.toml:{line}: `{key}`: ")), "{to}: {text}");
            assert!(error.hint().is_some_and(|h| h.contains(hint)), "{to}: {text}");
            assert!(text.ends_with(&format!("\n  hint: {}", error.hint().unwrap())), "{to}: {text}");
        } else {
            assert!(text.contains(&format!("line {line}, column")), "{to}: {text}");
        }
    }
}

/// A combination's two halves are both named, wherever they were written.
#[test]
fn penalties_refuse_what_they_cannot_see_through() {
    for penalty in ["objective.r1", "objective.r2", "objective.gradient_penalty", "objective.dragan"] {
        for (layer, says) in [
            ("\"batch-norm\"", "\"batch-norm\" makes one image's logit depend on the others"),
            ("\"tanh\"", "\"tanh\" is not piecewise linear"),
            ("\"sigmoid\"", "\"sigmoid\" is not piecewise linear"),
            ("\"layer-norm\"", "\"layer-norm\" is not piecewise linear"),
            ("\"minibatch-stddev\"", "\"minibatch-stddev\" makes one image's logit depend on the others"),
            (
                "{ residual = [{ dense = 8 }, \"batch-norm\"] }",
                "\"batch-norm\" in the residual block makes one image's logit depend on the others",
            ),
            (
                "{ residual = [{ dense = 8 }, \"tanh\", { dense = 8 }] }",
                "\"tanh\" in the residual block is not piecewise linear",
            ),
        ] {
            let text = GOOD.replace(RELU, &format!("    {layer},\n"));
            experiment(&text, &[]).unwrap();
            let error = experiment(&text, &[&format!("{penalty}=1")]).unwrap_err().to_string();
            assert!(error.starts_with("tiny.toml:10: `discriminator.layers[1]`: "), "{error}");
            assert!(error.contains(says), "{error}");
            assert!(error.contains(&format!("`{penalty}`")), "{error}");
        }
    }
}

#[test]
fn the_constrained_loss_refuses_other_latents_and_odd_batches() {
    let loss = "objective.loss=constrained";
    let error = experiment(GOOD, &[loss, "generator.latent=3"]).unwrap_err();
    assert_eq!((error.key(), error.hint()), (Some("generator.latent"), Some("a latent of 4")));
    assert!(error.to_string().contains("of 3"), "{error}");
    let error = experiment(GOOD, &[loss, "train.batch_size=5"]).unwrap_err();
    assert_eq!((error.key(), error.hint()), (Some("train.batch_size"), Some("6")));
}

#[test]
fn batch_norm_refuses_a_batch_of_one() {
    let error = experiment(GOOD, &["generator.layers.1=batch-norm", "train.batch_size=1"]).unwrap_err();
    assert_eq!(error.key(), Some("train.batch_size"));
    assert!(error.to_string().contains("batch-norm in `generator.layers[1]`"), "{error}");
}

#[test]
fn features_that_are_the_image_are_refused() {
    let matching = "objective.feature_matching=1";
    experiment(GOOD, &[matching]).unwrap();
    for layers in ["[{ dense = 1 }]", "[{ dropout = 0.1 }, 'flatten', { dense = 1 }]"] {
        let error = experiment(GOOD, &[matching, &format!("discriminator.layers={layers}")]).unwrap_err();
        assert_eq!(error.key(), Some("objective.feature_matching"), "{error}");
        assert!(error.to_string().contains("`discriminator.layers` before the last"), "{error}");
    }
}

#[test]
fn groups_of_packs_divide_them() {
    let grouped = "discriminator.layers.1='minibatch-stddev'";
    experiment(GOOD, &[grouped, "train.packing=2"]).unwrap();
    let error = experiment(GOOD, &[grouped, "train.batch_size=10", "train.packing=2"]).unwrap_err();
    assert!(
        error.to_string().contains("10, 5 packs of `train.packing`, cannot be cut into groups of 4"),
        "{error}"
    );
    let error = experiment(GOOD, &["objective.loss=constrained", "train.packing=2"]).unwrap_err();
    assert_eq!(error.key(), Some("train.packing"), "{error}");
}
