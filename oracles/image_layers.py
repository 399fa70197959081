"""Reference values for layers of images and of labelled images: forward, vjp, weight gradient and jvp.

Makes image_layers.json. Run: python oracles/image_layers.py

PyTorch autograd and torch.func.jvp in float64. A case names its layer as a config writes it, the
shape of its input ([height, width, channels]), and flat values: images are [batch, height, width,
channels], parameters and state in the order of the network's arenas.

- upsample, avg-pool, global-avg-pool: torch.nn.functional.interpolate, avg_pool2d, mean.
- layer-norm: group_norm with one group, and layer_norm for a vector; instance-norm: instance_norm.
- pixel-norm, minibatch-stddev: as the code of Karras et al. (2018) writes them.
- class-embedding, projection-head (Miyato and Koyama 2018), classifier-head: embedding and linear.
- spectral-norm: torch.nn.utils.parametrizations.spectral_norm, one training pass, whose power
  iteration moves the state; state_after is what it leaves.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.func import jvp
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

BATCH = 6
CLASSES = 3
LABELS = [0, 2, 2, 1, 0, 2]


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def images(f):
    """A function of NCHW images as one of NHWC images."""
    return lambda x, *parameters: nhwc(f(nchw(x), *parameters))


def pixel_norm(x):
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


def minibatch_stddev(x, group):
    n, c, h, w = x.shape
    y = x.reshape(group, -1, c, h, w)
    y = y - y.mean(dim=0, keepdim=True)
    y = (y.square().mean(dim=0) + 1e-8).sqrt().mean(dim=[1, 2, 3], keepdim=True)
    return torch.cat([x, y.repeat(group, 1, h, w)], dim=1)


def class_embedding(x, table):
    return torch.cat([x.flatten(1), F.embedding(torch.tensor(LABELS), table)], dim=1)


def projection_head(x, weight, bias, table):
    h = x.flatten(1)
    return h @ weight + bias + (h * F.embedding(torch.tensor(LABELS), table)).sum(dim=1, keepdim=True)


def affine(channels):
    return [1 + 0.3 * torch.randn(channels), 0.5 * torch.randn(channels)]


def flat(tensors):
    return [v for t in tensors for v in t.detach().flatten().tolist()]


def case(layer, shape, f, parameters=(), state=None):
    x = torch.randn(BATCH, *shape) * 1.3 + 0.4
    tangent = torch.randn_like(x)
    leaves = [t.clone().requires_grad_() for t in (x, *parameters)]
    y = f(*leaves)
    dy = torch.randn_like(y)
    dx, *grads = torch.autograd.grad(y, leaves, dy)
    _, y_tangent = jvp(lambda v: f(v, *parameters), (x,), (tangent,))
    return {
        "layer": layer,
        "shape": list(shape),
        "parameters": flat(parameters),
        "state": [],
        "state_after": [],
        "x": flat([x]),
        "dy": flat([dy]),
        "x_tangent": flat([tangent]),
        "y": flat([y]),
        "dx": flat([dx]),
        "grads": flat(grads),
        "y_tangent": flat([y_tangent]),
    }


def spectral_norm_case(bias):
    inputs, outputs = 7, 4
    linear = spectral_norm(nn.Linear(inputs, outputs, bias=bias))
    parametrization = linear.parametrizations.weight[0]
    # Far from the weight's own directions, so that the iteration shows.
    u, v = (F.normalize(torch.randn(n), dim=0) for n in (outputs, inputs))
    parametrization._u.copy_(u)
    parametrization._v.copy_(v)
    original = linear.parametrizations.weight.original
    x = torch.randn(BATCH, inputs, requires_grad=True)
    tangent = torch.randn(BATCH, inputs)
    y = linear(x)
    dy = torch.randn_like(y)
    leaves = [x, original] + ([linear.bias] if bias else [])
    dx, dw, *db = torch.autograd.grad(y, leaves, dy)
    linear.eval()
    suffix = "" if bias else ", bias = false"
    return {
        "layer": f"{{ dense = {outputs}{suffix}, spectral-norm = true }}",
        "shape": [1, 1, inputs],
        "parameters": flat([original.T] + ([linear.bias] if bias else [])),
        "state": flat([u, v]),
        "state_after": flat([parametrization._u, parametrization._v]),
        "x": flat([x]),
        "dy": flat([dy]),
        "x_tangent": flat([tangent]),
        "y": flat([y]),
        "dx": flat([dx]),
        "grads": flat([dw.T] + db),
        "y_tangent": flat([tangent @ linear.weight.T]),
    }


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3)

    def upsample(factor, mode, corners=None):
        return images(lambda x: F.interpolate(x, scale_factor=factor, mode=mode, align_corners=corners))

    cases = [
        case("{ upsample = 2 }", (3, 2, 5), upsample(2, "nearest")),
        case("{ upsample = 2, method = 'bilinear' }", (3, 4, 2), upsample(2, "bilinear", False)),
        case("{ upsample = 3, method = 'bilinear' }", (1, 3, 3), upsample(3, "bilinear", False)),
        case("{ avg-pool = 2 }", (4, 6, 3), images(lambda x: F.avg_pool2d(x, 2))),
        case("'global-avg-pool'", (3, 4, 3), lambda x: x.mean(dim=(1, 2))),
        case("'layer-norm'", (3, 2, 4), images(lambda x, g, b: F.group_norm(x, 1, g, b)), affine(4)),
        case("'layer-norm'", (1, 1, 9), lambda x, g, b: F.layer_norm(x, (9,), g, b), affine(9)),
        case(
            "{ instance-norm = { eps = 0.001 } }",
            (3, 4, 2),
            images(lambda x, g, b: F.instance_norm(x, weight=g, bias=b, eps=1e-3)),
            affine(2),
        ),
        case("'pixel-norm'", (2, 3, 5), images(pixel_norm)),
        case("{ minibatch-stddev = { group = 3 } }", (2, 2, 3), images(lambda x: minibatch_stddev(x, 3))),
        case("'minibatch-stddev'", (1, 1, 5), images(lambda x: minibatch_stddev(x, 3))),
        case("{ class-embedding = 2 }", (1, 2, 3), class_embedding, [torch.randn(CLASSES, 2)]),
        case(
            "'projection-head'",
            (2, 1, 4),
            projection_head,
            [torch.randn(8, 1), torch.randn(1), torch.randn(CLASSES, 8)],
        ),
        case(
            "'classifier-head'",
            (1, 1, 5),
            lambda x, w, b: x.flatten(1) @ w + b,
            [torch.randn(5, 1 + CLASSES), torch.randn(1 + CLASSES)],
        ),
        spectral_norm_case(True),
        spectral_norm_case(False),
    ]
    out = {"torch": torch.__version__, "classes": CLASSES, "labels": LABELS, "cases": cases}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
