"""Reference values for whole training steps: 20 joint steps of the tutorial's dense networks on MNIST.

Makes tutorial_steps.json. Run: python oracles/tutorial_steps.py
Reads assets/mnist/train-images-idx3-ubyte.gz of this repository.

G is 100-128-256-512-1024-784, relu, tanh; D is 784-512-256-128-64-1, relu, logits. The batch is 64,
the losses non-saturating, and both gradients are taken at the same weights before both updates. The
recorded values of step k are those before its update. float32 is the reference; the same steps in
float64 are recorded beside it, to show how far rounding alone drives two runs apart.

Weights and noise come from a formula that another program can repeat:

- splitmix64 as in values.py.
- Weight tensor t (G's layers 0..4, D's 5..9), [in, out] row-major, element i:
  u = (splitmix64(t 2^32 + i) >> 40) 2^-24, w = (2u - 1) sqrt(6 / (in + out)), rounded to float32.
  Biases are zero.
- Noise of sequence s, step k, [64, 100] row-major, element i: h1, h2 = splitmix64(2^60 + s 2^50 + k 2^24 + 2i), the
  same + 1;
  u1 = ((h1 >> 11) + 1) 2^-53, u2 = (h2 >> 11) 2^-53, z = sqrt(-2 ln u1) cos(2 pi u2), rounded to float32.
- Images of step k: training images 64k .. 64k+63 in file order, x / 255 * 2 - 1.

There are five noise sequences, because a single one proves little: twenty steps evaluate some ten million ReLUs, and
where one of them lands within rounding of its kink, two correct float32 programs take different sides and part by
1e-4 to 1e-3 (RMSprop's first updates are ten times its rate whatever the gradient's size, and magnify it). Whether that
happens in a sequence is luck; that it happens in most of them would be a bug.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from values import splitmix64

STEPS, BATCH, LATENT, PIXELS = 20, 64, 100, 784
G_SIZES = [LATENT, 128, 256, 512, 1024, PIXELS]
D_SIZES = [PIXELS, 512, 256, 128, 64, 1]
SEQUENCES = 5  # noise sequences
PROBED_STEPS = 2  # noise probes
PROBE = 4  # elements recorded of each weight tensor and each probed noise

ADAM = {"kind": "adam", "lr": 1e-4, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
RMSPROP = {"kind": "rmsprop", "lr": 1e-4, "alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False}
ADAM_GAN = {"kind": "adam", "lr": 2e-4, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8}
VARIANTS = {
    "adam-rmsprop": {"discriminator": ADAM, "generator": RMSPROP},
    "adam-adam": {"discriminator": ADAM_GAN, "generator": ADAM_GAN},
}


def weight(t, inputs, outputs):
    i = np.arange(inputs * outputs, dtype=np.uint64)
    u = (splitmix64(np.uint64(t << 32) + i) >> np.uint64(40)).astype(np.float64) / 2**24
    w = (2 * u - 1) * np.sqrt(6 / (inputs + outputs))
    return w.astype(np.float32).reshape(inputs, outputs)


def noise(step, sequence=0):
    i = np.arange(BATCH * LATENT, dtype=np.uint64)
    base = np.uint64(2**60 + sequence * 2**50 + step * 2**24) + np.uint64(2) * i
    u1 = ((splitmix64(base) >> np.uint64(11)) + np.uint64(1)).astype(np.float64) * 2.0**-53
    u2 = (splitmix64(base + np.uint64(1)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    z = np.sqrt(-2 * np.log(u1)) * np.cos(2 * np.pi * u2)
    return z.astype(np.float32).reshape(BATCH, LATENT)


def images():
    path = Path(__file__).resolve().parent.parent / "assets" / "mnist" / "train-images-idx3-ubyte.gz"
    with gzip.open(path) as file:
        header = np.frombuffer(file.read(16), dtype=">u4")
        assert header[0] == 0x803 and header[2] * header[3] == PIXELS, header
        return np.frombuffer(file.read(STEPS * BATCH * PIXELS), dtype=np.uint8).reshape(STEPS, BATCH, PIXELS)


def initial_weights():
    g = [weight(t, a, b) for t, (a, b) in enumerate(zip(G_SIZES, G_SIZES[1:]))]
    d = [weight(len(g) + t, a, b) for t, (a, b) in enumerate(zip(D_SIZES, D_SIZES[1:]))]
    return g, d


def softplus(x):
    return -logsigmoid(-x)


def network(weights, dtype):
    return [
        (torch.tensor(w, dtype=dtype, requires_grad=True), torch.zeros(w.shape[1], dtype=dtype, requires_grad=True))
        for w in weights
    ]


def run_layers(layers, x):
    for i, (w, b) in enumerate(layers):
        x = torch.addmm(b, x, w)
        if i < len(layers) - 1:
            x = torch.relu(x)
    return x


def optimizer(settings, parameters):
    settings = dict(settings)
    kind = settings.pop("kind")
    if kind == "rmsprop":
        return torch.optim.RMSprop(parameters, **settings)
    return torch.optim.Adam(parameters, betas=(settings.pop("beta1"), settings.pop("beta2")), **settings)


def train(variant, dtype, sequence):
    g_weights, d_weights = initial_weights()
    g, d = network(g_weights, dtype), network(d_weights, dtype)
    g_parameters, d_parameters = ([p for layer in net for p in layer] for net in (g, d))
    g_optimizer = optimizer(VARIANTS[variant]["generator"], g_parameters)
    d_optimizer = optimizer(VARIANTS[variant]["discriminator"], d_parameters)

    record = {"d_loss": [], "g_loss": [], "d_prob_real": [], "d_prob_fake": []}
    for step, pixels in enumerate(images()):
        real = torch.tensor(pixels, dtype=dtype) / 255 * 2 - 1
        fake = torch.tanh(run_layers(g, torch.tensor(noise(step, sequence), dtype=dtype)))
        real_logits, fake_logits = run_layers(d, real)[:, 0], run_layers(d, fake)[:, 0]
        d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
        g_loss = softplus(-fake_logits).mean()

        g_gradients = torch.autograd.grad(g_loss, g_parameters, retain_graph=True)
        d_gradients = torch.autograd.grad(d_loss, d_parameters)
        for p, gradient in zip(g_parameters + d_parameters, g_gradients + d_gradients):
            p.grad = gradient
        g_optimizer.step()
        d_optimizer.step()

        record["d_loss"].append(d_loss.item())
        record["g_loss"].append(g_loss.item())
        record["d_prob_real"].append(torch.sigmoid(real_logits).mean().item())
        record["d_prob_fake"].append(torch.sigmoid(fake_logits).mean().item())
    return record


def divergence(a, b):
    """The largest difference up to and including each step, relative to b, over all recorded series."""
    worst, so_far = [], 0.0
    for step in range(STEPS):
        here = max(abs(a[name][step] - b[name][step]) / abs(b[name][step]) for name in a)
        so_far = max(so_far, here)
        worst.append(so_far)
    return worst


def main():
    torch.set_num_threads(2)
    g_weights, d_weights = initial_weights()
    out = {
        "torch": torch.__version__,
        "batch": BATCH,
        "latent": LATENT,
        "generator_sizes": G_SIZES,
        "discriminator_sizes": D_SIZES,
        "weight_probes": [w.flatten()[:PROBE].tolist() for w in g_weights + d_weights],
        "weight_sums": [float(w.astype(np.float64).sum()) for w in g_weights + d_weights],
        "noise_probes": [noise(step).flatten()[:PROBE].tolist() for step in range(PROBED_STEPS)],
        "noise_sums": [float(noise(step).astype(np.float64).sum()) for step in range(PROBED_STEPS)],
        "cases": [],
    }
    for variant, settings in VARIANTS.items():
        for sequence in range(SEQUENCES):
            single, double = train(variant, torch.float32, sequence), train(variant, torch.float64, sequence)
            apart = divergence(single, double)
            out["cases"].append(
                {
                    "variant": variant,
                    "sequence": sequence,
                    "optimizer": settings,
                    "float32": single,
                    "float32_against_float64": apart,
                }
            )
            print(f"{variant}, noise {sequence}: float32 against float64, largest relative difference:")
            print("  " + " ".join(f"{step}:{apart[step]:.1e}" for step in (0, 1, 2, 4, 9, 14, 19)))
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
