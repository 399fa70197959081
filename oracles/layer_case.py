"""One layer, or a few in a row, as a reference case.

A case is evaluated in float64: forward; the gradient by the input and that by each parameter, for one
given cotangent of the output; and the output's derivative along one given tangent of the input, which
is the derivative of the former by the cotangent. Activations are [batch, height, width, channels]. The
input is stream 0 of values.py, the cotangent stream 1, the parameters and then the state streams 2, 3,
... in their order, and the tangent stream 100.
"""

import torch

from values import numbers, values

BATCH = 2
TANGENT = 100


def parameter(name, *shape, kind="uniform"):
    """A parameter or a value of the state, named as a checkpoint names it."""
    return name, shape, kind


def affine(name, channels):
    """Weights of a normalisation."""
    return [parameter(f"{name}.gamma", channels, kind="positive"), parameter(f"{name}.beta", channels)]


def case(layers, shape, function, parameters=(), state=(), batch=BATCH, evaluation=False, classes=0, every=1):
    """`function(x, *parameters, *state)` gives the output, `layers` in a config's notation the same layers.

    With `classes` there are labels, given to `function` last; state may be changed in place. Of each result one value
    in `every` is kept, from the first on.
    """
    labels = [(5 * i + 3) % classes for i in range(batch)] if classes else []
    x = values("uniform", 0, batch, *shape).requires_grad_()
    weights, state_values = ([], [])
    for stream, (_, size, kind) in enumerate([*parameters, *state], 2):
        (weights if stream - 2 < len(parameters) else state_values).append(values(kind, stream, *size))
    for weight in weights:
        weight.requires_grad_()
    y = function(x, *weights, *state_values, *([torch.tensor(labels)] if classes else []))
    cotangent = values("uniform", 1, *y.shape).requires_grad_()
    dx, *gradients = torch.autograd.grad(y, [x, *weights], cotangent, create_graph=True)
    (y_tangent,) = torch.autograd.grad(dx, cotangent, values("uniform", TANGENT, *x.shape))

    def kept(t):
        return numbers(t.flatten()[::every])

    def described(entries, found, key):
        return [
            {"name": name, "shape": list(size), "values": kind, key: kept(after)}
            for (name, size, kind), after in zip(entries, found)
        ]

    return {
        "layers": layers,
        "mode": "evaluation" if evaluation else "training",
        "batch": batch,
        "input": list(shape),
        "output": list(y.shape[1:]),
        "every": every,
        "classes": classes,
        "labels": labels,
        "parameters": described(parameters, gradients, "gradient"),
        "state": described(state, state_values, "after"),
        "y": kept(y),
        "dx": kept(dx),
        "y_tangent": kept(y_tangent),
    }


def channels_first(function, x, *arguments, **options):
    """Applies a function of PyTorch's layout."""
    return function(x.permute(0, 3, 1, 2), *arguments, **options).permute(0, 2, 3, 1)
