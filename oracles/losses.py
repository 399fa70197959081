"""Reference values for the objectives: losses of both players and their gradients at the logits.

Makes losses.json. Run: python oracles/losses.py

PyTorch autograd in float64. Every term is a mean over the batch. The gradient of the generator's
loss is taken at the fake logits only. Two sets of logits: "mild", and "extreme" (up to +-700, where a
careless softplus overflows). No logit sits on a kink of the hinge (+-1).

In `constrained` the first half of the fakes comes from the data-fitted latent and the second half
from plain noise: L_G = mean sp(-f) over the first half + mean sp(f) over the second half.
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid, relu

SMOOTHING = 0.1

LOGITS = {
    "mild": {
        "real": [1.3, -0.4, 0.0, 2.25, -1.7, 0.8, 3.1, -0.05],
        "fake": [-0.9, 0.3, 0.0, -2.6, 1.45, -0.15, 0.7, 4.2],
    },
    "extreme": {
        "real": [30.0, -30.0, 0.0, 21.5, -21.5, 700.0, -700.0, 1e-9],
        "fake": [-30.0, 30.0, 0.0, 25.25, 700.0, -700.0, -8.5, -1e-9],
    },
}


def softplus(x):
    """ln(1 + e^x). torch's own softplus turns linear above 20, which costs 2e-9; this does not."""
    return -logsigmoid(-x)


def logistic_d(r, f, eps):
    return ((1 - eps) * softplus(-r) + eps * softplus(r)).mean() + softplus(f).mean()


def least_squares_d(r, f, eps):
    return (r - (1 - eps)).square().mean() / 2 + f.square().mean() / 2


def constrained_g(r, f):
    half = len(f) // 2
    return softplus(-f[:half]).mean() + softplus(f[half:]).mean()


# name: (L_D(real, fake, smoothing), L_G(real, fake), takes label smoothing)
LOSSES = {
    "non-saturating": (logistic_d, lambda r, f: softplus(-f).mean(), True),
    "minimax": (logistic_d, lambda r, f: -softplus(f).mean(), True),
    "wasserstein": (lambda r, f, _: f.mean() - r.mean(), lambda r, f: -f.mean(), False),
    "least-squares": (least_squares_d, lambda r, f: (f - 1).square().mean() / 2, True),
    "hinge": (lambda r, f, _: relu(1 - r).mean() + relu(1 + f).mean(), lambda r, f: -f.mean(), False),
    "relativistic": (lambda r, f, _: softplus(f - r).mean(), lambda r, f: softplus(r - f).mean(), False),
    "constrained": (logistic_d, constrained_g, False),
}


def evaluate(name, logits_name, smoothing):
    loss_d, loss_g, _ = LOSSES[name]
    real, fake = (
        torch.tensor(LOGITS[logits_name][side], dtype=torch.float64, requires_grad=True) for side in ("real", "fake")
    )
    d, g = loss_d(real, fake, smoothing), loss_g(real, fake)
    d_real, d_fake = torch.autograd.grad(d, [real, fake])
    (g_fake,) = torch.autograd.grad(g, fake)
    return {
        "loss": name,
        "logits": logits_name,
        "label_smoothing": smoothing,
        "d": d.item(),
        "g": g.item(),
        "dd_dreal": d_real.tolist(),
        "dd_dfake": d_fake.tolist(),
        "dg_dfake": g_fake.tolist(),
    }


def main():
    cases = []
    for name, (_, _, smooths) in LOSSES.items():
        for logits_name in LOGITS:
            for smoothing in [0.0, SMOOTHING] if smooths else [0.0]:
                cases.append(evaluate(name, logits_name, smoothing))
    out = {"torch": torch.__version__, "logits": LOGITS, "cases": cases}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
