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

DCGAN = Model(
    "dcgan",
    adam(lr="1e-4", beta1="0.9", beta2="0.999"),
    {
        "non-saturating": Variant(objective("non-saturating"), torch("dcgan_torch.py")),
        "penalties": Variant(objective("relativistic", 0.1), torch("dcgan_torch.py", *relativistic(0.1))),
    },
)

# The preset's discriminator without spectral normalisation.
PLAIN_DISCRIMINATOR = """discriminator.layers=[
    { conv = 32, kernel = 4, stride = 2 }, { leaky-relu = 0.2 },
    { conv = 64, kernel = 4, stride = 2 }, { leaky-relu = 0.2 },
    { conv = 128, kernel = 3, stride = 2 }, { leaky-relu = 0.2 },
    "flatten", { dense = 128 }, { leaky-relu = 0.2 },
    "projection-head",
]"""


def plain(gamma, options):
    settings = [PLAIN_DISCRIMINATOR, *objective("relativistic", gamma)]
    return Variant(settings, torch("conditional_torch.py", *options))


CONDITIONAL = Model(
    "projection",
    # The peers keep no average of the generator.
    ["train.ema_half_life_images=0.0", *adam(lr="2e-4", beta1="0.0", beta2="0.99")],
    {
        "hinge": Variant(objective("hinge"), torch("conditional_torch.py")),
        "relativistic": plain(0.0, ["--loss", "relativistic"]),
        "penalties": plain(0.05, relativistic(0.05)),
    },
)

# The default preset as it is, but for the average, which the peer does not keep.
MNIST = Model(
    "mnist",
    ["train.ema_half_life_images=0.0"],
    {"penalties": Variant([], torch("conditional_torch.py", *relativistic(0.05), "--width", "64"))},
)

MODELS = {"mlp": MLP, "dcgan": DCGAN, "conditional": CONDITIONAL, "mnist": MNIST}
