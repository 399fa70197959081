"""The steps that `compare.py` compares: Ganymede's settings, and the peers that do the same."""

from dataclasses import dataclass


@dataclass
class Variant:
    """`--set` of Ganymede beside the model's, and script and options of each peer by its name."""

    settings: list
    peers: dict


@dataclass
class Model:
    """A preset, and what makes its step the peers'."""

    preset: str
    settings: list
    variants: dict


def adam(**values):
    """The same Adam for both players."""
    values = {"kind": "adam", "eps": "1e-8"} | values
    return [
        f"optimizer.{player}.{key}={value}"
        for player in ("generator", "discriminator")
        for key, value in values.items()
    ]


def objective(loss, gamma=0.0):
    return [f"objective.loss={loss}", f"objective.r1={gamma}", f"objective.r2={gamma}"]


def networks(generator, discriminator):
    """Layers, and no average of the generator."""
    return [f"generator.layers={generator}", f"discriminator.layers={discriminator}", "train.ema_half_life_images=0.0"]


def torch(script, *options):
    """PyTorch in its own memory format and in ours."""
    return {"torch": [script, *options], "torch-channels-last": [script, *options, "--channels-last"]}


def relativistic(gamma):
    return ["--loss", "relativistic", "--penalties", str(gamma)]


MLP = Model(
    "tutorial",
    adam(lr="2e-4", beta1="0.5", beta2="0.999"),
    {
        "non-saturating": Variant([], {"torch": ["mlp_torch.py"], "tf": ["mlp_tf.py"], "jax": ["mlp_jax.py"]}),
        "penalties": Variant(objective("relativistic", 0.1), {"torch": ["mlp_torch.py", *relativistic(0.1)]}),
    },
)

DCGAN_GENERATOR = """[
    { dense = 12544, bias = false }, "batch-norm", { leaky-relu = 0.3 }, { reshape = [7, 7, 256] },
    { conv-transpose = 128, kernel = 5, stride = 1, bias = false }, "batch-norm", { leaky-relu = 0.3 },
    { conv-transpose = 64, kernel = 5, bias = false }, "batch-norm", { leaky-relu = 0.3 },
    { conv-transpose = 1, kernel = 5, bias = false }, "tanh",
]"""
DCGAN_DISCRIMINATOR = """[
    { conv = 64, kernel = 5, stride = 2 }, { leaky-relu = 0.3 }, { dropout = 0.3 },
    { conv = 128, kernel = 5, stride = 2 }, { leaky-relu = 0.3 }, { dropout = 0.3 },
    { dense = 1 },
]"""
DCGAN = Model(
    "dcgan",
    networks(DCGAN_GENERATOR, DCGAN_DISCRIMINATOR)
    + ["generator.latent=100", "train.update=simultaneous"]
    + adam(lr="1e-4", beta1="0.9", beta2="0.999"),
    {
        "non-saturating": Variant(objective("non-saturating"), torch("dcgan_torch.py")),
        "penalties": Variant(objective("relativistic", 0.1), torch("dcgan_torch.py", *relativistic(0.1))),
    },
)

CONDITIONAL_GENERATOR = """[
    { class-embedding = 64 }, { dense = 6272 }, { reshape = [7, 7, 128] }, "batch-norm", { leaky-relu = 0.2 },
    { conv-transpose = 64 }, "batch-norm", { leaky-relu = 0.2 },
    { conv-transpose = 32 }, "batch-norm", { leaky-relu = 0.2 },
    { conv = 1 }, "tanh",
]"""
# SN stands for the spectral normalisation of the hinge variant.
CONDITIONAL_DISCRIMINATOR = """[
    { conv = 32, kernel = 4, stride = 2SN }, { leaky-relu = 0.2 },
    { conv = 64, kernel = 4, stride = 2SN }, { leaky-relu = 0.2 },
    { conv = 128, stride = 2SN }, { leaky-relu = 0.2 },
    { dense = 128SN }, { leaky-relu = 0.2 },
    { projection-head = { bias = trueSN } },
]"""


def conditional(loss, gamma, options):
    norm = ", spectral-norm = true" if loss == "hinge" else ""
    layers = networks(CONDITIONAL_GENERATOR, CONDITIONAL_DISCRIMINATOR.replace("SN", norm))
    return Variant(layers + objective(loss, gamma), torch("conditional_torch.py", *options))


CONDITIONAL = Model(
    "projection",
    ["generator.latent=64", "train.update=alternating"] + adam(lr="2e-4", beta1="0.0", beta2="0.99"),
    {
        "hinge": conditional("hinge", 0.0, []),
        "relativistic": conditional("relativistic", 0.0, ["--loss", "relativistic"]),
        "penalties": conditional("relativistic", 0.05, relativistic(0.05)),
    },
)

MODELS = {"mlp": MLP, "dcgan": DCGAN, "conditional": CONDITIONAL}
