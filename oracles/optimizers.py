"""Reference values for optimisers: the parameters after each of 10 steps.

Makes optimizers.json. Run: python oracles/optimizers.py

torch.optim in float64, on a vector of 7 with a fixed sequence of gradients whose elements range from
zero to hundreds, so that each epsilon shows. `params[k]` is the vector after step k+1.
"""

import json
from pathlib import Path

import torch

STEPS, SIZE = 10, 7

# (kind, the torch class, its settings, all written out)
CASES = [
    ("adam", torch.optim.Adam, {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
    ("adam", torch.optim.Adam, {"lr": 2e-4, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8}),
    ("adamw", torch.optim.AdamW, {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "momentum": 0.9, "centered": False}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": True}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "momentum": 0.9, "centered": True}),
    ("sgd", torch.optim.SGD, {"lr": 1e-2, "momentum": 0.0, "nesterov": False}),
    ("sgd", torch.optim.SGD, {"lr": 1e-2, "momentum": 0.9, "nesterov": False}),
    ("sgd", torch.optim.SGD, {"lr": 1e-2, "momentum": 0.9, "nesterov": True}),
]


def torch_settings(settings):
    settings = dict(settings)
    if "beta1" in settings:
        settings["betas"] = (settings.pop("beta1"), settings.pop("beta2"))
    return settings


def trajectory(optimizer_class, settings, start, gradients):
    p = start.clone().requires_grad_()
    optimizer = optimizer_class([p], **torch_settings(settings))
    params = []
    for gradient in gradients:
        p.grad = gradient.clone()
        optimizer.step()
        params.append(p.detach().tolist())
    return params


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3)
    scale = torch.tensor([1.0, 0.1, 1e-6, 100.0, 0.0, 1.0, 1e-3])
    start = torch.randn(SIZE)
    gradients = torch.randn(STEPS, SIZE) * scale
    out = {
        "torch": torch.__version__,
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "cases": [
            {"kind": kind, "settings": settings, "params": trajectory(cls, settings, start, gradients)}
            for kind, cls, settings in CASES
        ],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
