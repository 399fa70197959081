"""Reference values for what lies between convolutions: resampling, pooling, normalisations, minibatch
statistics, residual blocks.

Makes image_layers.json. Run: python oracles/image_layers.py

Activations are [batch, height, width, channels]; see layer_case.py for what a case has.

- batch norm: statistics over the batch and the pixels; the running variance takes the unbiased estimate.
- layer norm: over all values of an image, weights per channel, torch's GroupNorm of one group.
- instance norm: over the pixels of an image's channel, weights per channel.
- pixel norm (Karras et al. 2018): x / sqrt(mean over channels of x^2 + eps).
- minibatch standard deviation (Karras et al. 2018): groups have the size asked for or the largest below it that
  divides the batch; of n images, i is in a group with i + n/group, i + 2 n/group, ...;
  the standard deviation over the group, with 1e-8 under the root, averaged over pixels and channels, is a
  further channel of all its images.
"""

import torch
from torch.nn import functional as torch_functions
from torch.nn.functional import leaky_relu

from convolutions import conv, conv_transpose
from layer_case import affine, case, channels_first, parameter
from values import write

SLOPE = 0.2
IMAGE = (3, 4, 2)


def upsample(x, factor, mode="nearest"):
    corners = {"align_corners": False} if mode == "bilinear" else {}
    return channels_first(torch_functions.interpolate, x, scale_factor=factor, mode=mode, **corners)


def resampling_cases():
    def nearest(factor, shape=IMAGE):
        return case(f"[{{ upsample = {factor} }}]", shape, lambda x: upsample(x, factor))

    def bilinear(factor, shape=IMAGE):
        layers = f"[{{ upsample = {factor}, method = 'bilinear' }}]"
        return case(layers, shape, lambda x: upsample(x, factor, "bilinear"))

    def average(size, shape):
        return case(f"[{{ avg-pool = {size} }}]", shape, lambda x: channels_first(torch_functions.avg_pool2d, x, size))

    whole = case("['global-avg-pool']", IMAGE, lambda x: x.mean((1, 2), keepdim=True))
    return [
        *[nearest(2), nearest(3, (2, 2, 3))],
        *[bilinear(2), bilinear(3, (2, 3, 1)), bilinear(2, (1, 1, 3))],
        *[average(2, (4, 6, 2)), average(3, (3, 6, 2)), whole],
    ]


def batch_norm(x, gamma, beta, mean, variance, evaluation=False, momentum=0.1, eps=1e-5):
    return channels_first(torch_functions.batch_norm, x, mean, variance, gamma, beta, not evaluation, momentum, eps)


def batch_norm_case(evaluation, slope=0.0, **options):
    table = ", ".join(f"{key} = {value}" for key, value in options.items())
    layer = f"{{ batch-norm = {{ {table} }} }}" if options else "'batch-norm'"

    def run(x, *values):
        y = batch_norm(x, *values, evaluation, **options)
        return leaky_relu(y, slope) if slope else y

    channels = IMAGE[-1]
    return case(
        f"[{layer}, {{ leaky-relu = {slope} }}]" if slope else f"[{layer}]",
        IMAGE,
        run,
        affine("0.batch-norm", channels),
        state=[
            parameter("0.batch-norm.running_mean", channels),
            parameter("0.batch-norm.running_variance", channels, kind="positive"),
        ],
        evaluation=evaluation,
    )


def layer_norm(x, gamma, beta, eps=1e-5):
    return channels_first(torch_functions.group_norm, x, 1, gamma, beta, eps)


def instance_norm(x, gamma, beta, eps=1e-5):
    return channels_first(torch_functions.instance_norm, x, weight=gamma, bias=beta, eps=eps)


def pixel_norm(x, eps=1e-8):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt()


def norm_cases():
    def own(kind, function, shape, slope=0.0, **options):
        layer = f"{{ {kind} = {{ eps = {options['eps']} }} }}" if options else f"'{kind}'"
        parameters = [] if kind == "pixel-norm" else affine(f"0.{kind}", shape[-1])

        def run(x, *weights):
            y = function(x, *weights, **options)
            return leaky_relu(y, slope) if slope else y

        return case(f"[{layer}, {{ leaky-relu = {slope} }}]" if slope else f"[{layer}]", shape, run, parameters)

    return [
        batch_norm_case(evaluation=False),
        batch_norm_case(evaluation=False, slope=SLOPE, eps=1e-3, momentum=0.01),
        batch_norm_case(evaluation=True),
        batch_norm_case(evaluation=True, slope=SLOPE),
        own("layer-norm", layer_norm, IMAGE),
        own("layer-norm", layer_norm, (1, 1, 7), slope=SLOPE, eps=1e-2),
        own("instance-norm", instance_norm, IMAGE),
        own("instance-norm", instance_norm, (2, 3, 3), slope=SLOPE, eps=1e-2),
        own("pixel-norm", pixel_norm, IMAGE),
        own("pixel-norm", pixel_norm, (1, 2, 5), slope=SLOPE, eps=1e-2),
    ]


def minibatch_stddev(x, group):
    batch, height, width, _ = x.shape
    group = max(size for size in range(1, min(group, batch) + 1) if batch % size == 0)
    grouped = x.reshape(group, batch // group, -1)
    deviation = (grouped.var(0, unbiased=False) + 1e-8).sqrt().mean(1)
    return torch.cat([x, deviation.repeat(group)[:, None, None, None].expand(-1, height, width, 1)], -1)


def stddev_cases():
    def of(group, batch):
        layers = f"[{{ minibatch-stddev = {{ group = {group} }} }}]"
        return case(layers, (2, 2, 2), lambda x: minibatch_stddev(x, group), batch=batch)

    default = case("['minibatch-stddev']", (2, 2, 2), lambda x: minibatch_stddev(x, 4), batch=8)
    return [of(4, 4), of(2, 6), of(4, 3), of(4, 6), default]


def conv_parameters(name, kernel, inputs, outputs, kind="conv"):
    planes = (inputs, outputs) if kind == "conv" else (outputs, inputs)
    return [parameter(f"{name}.{kind}.weight", kernel, kernel, *planes), parameter(f"{name}.{kind}.bias", outputs)]


def residual_cases():
    def plain(x, w1, b1, w2, b2):
        return x + conv(leaky_relu(conv(x, w1, b1), SLOPE), w2, b2)

    def downsampling(x, w1, b1, w2, b2, ws, bs):
        body = conv(leaky_relu(conv(leaky_relu(x, SLOPE), w1, b1), SLOPE), w2, b2, stride=2)
        skip = channels_first(torch_functions.avg_pool2d, conv(x, ws, bs), 2)
        return leaky_relu(body + skip, SLOPE)

    def upsampling(x, gamma, beta, w, b, ws, bs):
        body = conv(upsample(leaky_relu(layer_norm(x, gamma, beta), SLOPE), 2), w, b)
        return body + conv_transpose(x, ws, bs)

    leaky = f"{{ leaky-relu = {SLOPE} }}"
    return [
        case(
            f"[{{ residual = [{{ conv = 2 }}, {leaky}, {{ conv = 3 }}] }}]",
            (3, 2, 3),
            plain,
            conv_parameters("0.0", 3, 3, 2) + conv_parameters("0.2", 3, 2, 3),
        ),
        case(
            f"[{{ residual = [{leaky}, {{ conv = 2 }}, {leaky}, {{ conv = 3, stride = 2 }}], "
            f"shortcut = [{{ conv = 3, kernel = 1 }}, {{ avg-pool = 2 }}] }}, {leaky}]",
            (4, 2, 2),
            downsampling,
            conv_parameters("0.1", 3, 2, 2)
            + conv_parameters("0.3", 3, 2, 3)
            + conv_parameters("0.shortcut.0", 1, 2, 3),
        ),
        case(
            f"[{{ residual = ['layer-norm', {leaky}, {{ upsample = 2 }}, {{ conv = 2 }}], "
            "shortcut = [{ conv-transpose = 2 }] }]",
            (2, 2, 3),
            upsampling,
            affine("0.0.layer-norm", 3)
            + conv_parameters("0.3", 3, 3, 2)
            + conv_parameters("0.shortcut.0", 4, 3, 2, "conv-transpose"),
        ),
    ]


def main():
    cases = {
        "resampling": resampling_cases(),
        "norms": norm_cases(),
        "minibatch_stddev": stddev_cases(),
        "residual": residual_cases(),
    }
    write(__file__, cases)


if __name__ == "__main__":
    main()
