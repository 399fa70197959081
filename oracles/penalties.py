"""Reference values for gradient penalties: the discriminator's gradient with R1, R2 and WGAN-GP.

Makes penalties.json. Run: python oracles/penalties.py

PyTorch autograd, differentiating twice, in float64. D is dense, 10-8-6-1, logits; the batch is 5.
A tensor is {"shape", "data"}, row-major; dense weights are [in, out].

- r1 = gamma/2 * mean_i |ds_i/dx_i|^2 over the reals, summed over pixels; r2 the same over the fakes.
- gradient_penalty = lambda * mean_i (|ds_i/dx_i| - 1)^2 at x = a real + (1-a) fake, one a per pair.

`weights` and `biases` of a case are the gradients of loss_d + r1 + r2 + gradient_penalty;
`dg_dfake` is the gradient of loss_g at the fake images (no penalty in it).
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import leaky_relu, logsigmoid

SIZES = [10, 8, 6, 1]
BATCH = 5
SLOPES = {"leaky-relu": 0.2, "relu": 0.0}


def softplus(x):
    return -logsigmoid(-x)


LOSSES = {
    "relativistic": (lambda r, f: softplus(f - r).mean(), lambda r, f: softplus(r - f).mean()),
    "non-saturating": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda r, f: softplus(-f).mean()),
    "wasserstein": (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
}

# (loss, R1's gamma, R2's gamma, the gradient penalty's lambda, activation)
CASES = [
    ("relativistic", 0.7, 0.3, 0.0, "leaky-relu"),
    ("relativistic", 0.7, 0.3, 0.0, "relu"),
    ("non-saturating", 0.7, 0.0, 0.0, "leaky-relu"),
    ("wasserstein", 0.0, 0.0, 10.0, "leaky-relu"),
    ("wasserstein", 0.0, 0.0, 10.0, "relu"),
]


def tensor(t):
    return {"shape": list(t.shape), "data": t.detach().flatten().tolist()}


def score(weights, biases, slope, x):
    for i, (w, b) in enumerate(zip(weights, biases)):
        x = x @ w + b
        if i < len(weights) - 1:
            x = leaky_relu(x, slope)
    return x[:, 0]


def input_gradient(scores, x):
    (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return gradient


def evaluate(loss, r1, r2, gp, activation, weights, biases, real, fake, mix):
    loss_d, loss_g = LOSSES[loss]
    weights, biases = ([t.clone().requires_grad_() for t in ts] for ts in (weights, biases))
    real, fake = real.clone().requires_grad_(), fake.clone().requires_grad_()
    mixed = (mix[:, None] * real + (1 - mix[:, None]) * fake).detach().requires_grad_()

    def scores(x):
        return score(weights, biases, SLOPES[activation], x)

    r, f, m = scores(real), scores(fake), scores(mixed)
    grad_real, grad_fake, grad_mixed = (input_gradient(s, x) for s, x in ((r, real), (f, fake), (m, mixed)))
    d, g = loss_d(r, f), loss_g(r, f)
    penalty_r1 = r1 / 2 * grad_real.square().sum(1).mean()
    penalty_r2 = r2 / 2 * grad_fake.square().sum(1).mean()
    penalty_gp = gp * (grad_mixed.norm(dim=1) - 1).square().mean()
    (dg_dfake,) = torch.autograd.grad(g, fake, retain_graph=True)
    total = d + penalty_r1 + penalty_r2 + penalty_gp
    gradients = torch.autograd.grad(total, weights + biases)

    return {
        "loss": loss,
        "activation": activation,
        "slope": SLOPES[activation],
        "r1_gamma": r1,
        "r2_gamma": r2,
        "gp_lambda": gp,
        "logits_real": r.tolist(),
        "logits_fake": f.tolist(),
        "loss_d": d.item(),
        "loss_g": g.item(),
        "r1": penalty_r1.item(),
        "r2": penalty_r2.item(),
        "gradient_penalty": penalty_gp.item(),
        "input_gradient_real": tensor(grad_real),
        "input_gradient_fake": tensor(grad_fake),
        "input_gradient_mixed": tensor(grad_mixed),
        "weights": [tensor(t) for t in gradients[: len(weights)]],
        "biases": [tensor(t) for t in gradients[len(weights) :]],
        "dg_dfake": tensor(dg_dfake),
    }


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(4)
    weights = [torch.randn(a, b) * (2 / a) ** 0.5 for a, b in zip(SIZES, SIZES[1:])]
    biases = [torch.randn(b) * 0.1 for b in SIZES[1:]]
    real, fake = torch.randn(BATCH, SIZES[0]), torch.randn(BATCH, SIZES[0])
    mix = torch.rand(BATCH)
    out = {
        "torch": torch.__version__,
        "sizes": SIZES,
        "weights": [tensor(w) for w in weights],
        "biases": [tensor(b) for b in biases],
        "real": tensor(real),
        "fake": tensor(fake),
        "mix": mix.tolist(),
        "cases": [evaluate(*case, weights, biases, real, fake, mix) for case in CASES],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
