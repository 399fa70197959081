"""Reference values for layers: forward, vjp, weight gradient and jvp.

Makes layers.json. Run: python oracles/layers.py

PyTorch autograd and torch.func.jvp in float64. A tensor is {"shape", "data"}, row-major; dense
weights are [in, out].

- dense: y = act(x w + b) on a batch of 5, 6 -> 4, for each activation.
- batch_norm: a batch of 6 with 5 features, in training mode (statistics of the batch; the running
  variance takes the unbiased estimate) and in evaluation mode (running statistics, left alone).
"""

import json
from pathlib import Path

import torch
from torch.func import jvp
from torch.nn.functional import batch_norm, leaky_relu

LEAKY_SLOPE = 0.2
EPSILON = 1e-5
MOMENTUM = 0.1

ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": torch.relu,
    "leaky-relu": lambda x: leaky_relu(x, LEAKY_SLOPE),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def tensor(t):
    return {"shape": list(t.shape), "data": t.detach().flatten().tolist()}


def dense_cases():
    torch.manual_seed(1)
    batch, inputs, outputs = 5, 6, 4
    x = torch.randn(batch, inputs)
    w = torch.randn(inputs, outputs) / inputs**0.5
    b = torch.randn(outputs) * 0.3
    dy = torch.randn(batch, outputs)
    tangent = torch.randn(batch, inputs)

    cases = []
    for name, activation in ACTIVATIONS.items():
        xs, ws, bs = (t.clone().requires_grad_() for t in (x, w, b))
        y = activation(xs @ ws + bs)
        dx, dw, db = torch.autograd.grad(y, [xs, ws, bs], dy)
        _, y_tangent = jvp(lambda v: activation(v @ w + b), (x,), (tangent,))
        cases.append(
            {
                "activation": name,
                "y": tensor(y),
                "dx": tensor(dx),
                "dw": tensor(dw),
                "db": tensor(db),
                "y_tangent": tensor(y_tangent),
            }
        )
    return {
        "leaky_slope": LEAKY_SLOPE,
        "x": tensor(x),
        "w": tensor(w),
        "b": tensor(b),
        "dy": tensor(dy),
        "x_tangent": tensor(tangent),
        "cases": cases,
    }


def batch_norm_cases():
    torch.manual_seed(2)
    batch, features = 6, 5
    x = torch.randn(batch, features) * 1.7 + torch.randn(features)
    gamma = 1 + 0.3 * torch.randn(features)
    beta = 0.5 * torch.randn(features)
    running_mean = 0.4 * torch.randn(features)
    running_var = 0.5 + torch.rand(features)
    dy = torch.randn(batch, features)
    tangent = torch.randn(batch, features)

    cases = []
    for mode in ("training", "evaluation"):
        training = mode == "training"
        mean, var = running_mean.clone(), running_var.clone()
        xs, gs, bs = (t.clone().requires_grad_() for t in (x, gamma, beta))
        y = batch_norm(xs, mean, var, gs, bs, training, MOMENTUM, EPSILON)
        dx, dgamma, dbeta = torch.autograd.grad(y, [xs, gs, bs], dy)

        def normalise(v):
            # Training mode without running statistics: the same output, and nothing changed in place.
            statistics = (None, None) if training else (running_mean, running_var)
            return batch_norm(v, *statistics, gamma, beta, training, MOMENTUM, EPSILON)

        _, y_tangent = jvp(normalise, (x,), (tangent,))
        cases.append(
            {
                "mode": mode,
                "y": tensor(y),
                "running_mean_after": tensor(mean),
                "running_var_after": tensor(var),
                "dx": tensor(dx),
                "dgamma": tensor(dgamma),
                "dbeta": tensor(dbeta),
                "y_tangent": tensor(y_tangent),
            }
        )
    return {
        "epsilon": EPSILON,
        "momentum": MOMENTUM,
        "x": tensor(x),
        "gamma": tensor(gamma),
        "beta": tensor(beta),
        "running_mean": tensor(running_mean),
        "running_var": tensor(running_var),
        "dy": tensor(dy),
        "x_tangent": tensor(tangent),
        "cases": cases,
    }


def main():
    torch.set_default_dtype(torch.float64)
    out = {"torch": torch.__version__, "dense": dense_cases(), "batch_norm": batch_norm_cases()}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
