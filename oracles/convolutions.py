"""Reference values for convolutions and transposed convolutions.

Makes convolutions.json. Run: python oracles/convolutions.py

Weights are [kernel, kernel, in, out] and, transposed, [kernel, kernel, out, in]. Padding is a number of
pixels on every side as in PyTorch, or "same": a convolution's output is ceil(in / stride), with
max((out - 1) stride + kernel - in, 0) rows of padding, half of them (rounded down) before; a transposed
convolution's is in * stride, the transpose of that convolution. See layer_case.py for what a case has.
"""

from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu, pad

from layer_case import case, channels_first, parameter
from values import write

SLOPE = 0.2


def same_padding(side, kernel, stride):
    """Rows before and after."""
    out = -(-side // stride)
    total = max((out - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def conv(x, w, b=None, stride=1, padding="same"):
    """x is [batch, height, width, in]."""
    (height, width), kernel = x.shape[1:3], w.shape[0]
    if padding == "same":
        rows, columns = same_padding(height, kernel, stride), same_padding(width, kernel, stride)
    else:
        rows = columns = (padding, padding)
    x = pad(x, (0, 0, *columns, *rows))
    return channels_first(conv2d, x, w.permute(3, 2, 0, 1).contiguous(), b, stride)


def conv_transpose(x, w, b=None, stride=2, padding="same", output_padding=0):
    (height, width), kernel = x.shape[1:3], w.shape[0]
    weight = w.permute(3, 2, 0, 1).contiguous()
    if padding != "same":
        return channels_first(conv_transpose2d, x, weight, b, stride, padding=padding, output_padding=output_padding)
    # All that any input reaches, then what lies within the output; rows that none reaches are the bias alone.
    y = channels_first(conv_transpose2d, x, weight, None, stride)
    top, left = (same_padding(side * stride, kernel, stride)[0] for side in (height, width))
    missing = max(stride - kernel, 0)
    y = pad(y, (0, 0, 0, missing, 0, missing))[:, top : top + height * stride, left : left + width * stride]
    return y if b is None else y + b


def written(kind, outputs, options, bias, slope):
    """The layer in a config's notation, and the activation after it."""
    keys = [f"{kind} = {outputs}"]
    keys += [f"{key.replace('_', '-')} = {value!r}" for key, value in options.items()]
    keys += [] if bias else ["bias = false"]
    activation = f", {{ leaky-relu = {slope} }}" if slope else ""
    return "[{ " + ", ".join(keys) + " }" + activation + "]"


def single(kind, function, shape, outputs, kernel, bias=True, slope=0.0, every=1, **options):
    """One convolution of either kind; `options` are stride and paddings where not the defaults."""
    inputs = shape[-1]
    planes = (inputs, outputs) if kind == "conv" else (outputs, inputs)
    parameters = [parameter(f"0.{kind}.weight", kernel, kernel, *planes)]
    parameters += [parameter(f"0.{kind}.bias", outputs)] if bias else []

    def run(x, w, b=None):
        y = function(x, w, b, **options)
        return leaky_relu(y, slope) if slope else y

    layers = written(kind, outputs, {"kernel": kernel, **options}, bias, slope)
    return case(layers, shape, run, parameters, every=every)


def forward_cases():
    def of(*arguments, **options):
        return single("conv", conv, *arguments, **options)

    return [
        of((4, 5, 2), 3, 3),
        of((4, 5, 2), 3, 3, bias=False, slope=SLOPE),
        of((5, 6, 2), 3, 3, stride=2),
        of((6, 4, 2), 3, 4, stride=2),
        of((6, 4, 1), 3, 4, stride=2, padding=1, slope=SLOPE),
        of((5, 5, 3), 2, 3, stride=2, padding=1),
        of((4, 6, 1), 2, 5, stride=2),
        of((2, 3, 2), 2, 5),
        of((4, 4, 3), 5, 1),
        of((4, 5, 2), 2, 3, padding=0),
        of((4, 4, 2), 2, 2, stride=2, padding=0),
        of((5, 4, 2), 2, 2),
        of((7, 5, 1), 2, 3, stride=3),
        of((3, 3, 2), 2, 3, padding=2),
        of((2, 2, 9), 17, 2, stride=2),
        # Deep enough for fewer multiplications than taps.
        of((9, 8, 32), 48, 3, every=97),
        of((8, 10, 32), 32, 5, every=97),
    ]


def transposed_cases():
    def of(*arguments, **options):
        return single("conv-transpose", conv_transpose, *arguments, **options)

    return [
        of((2, 3, 2), 3, 4, stride=2),
        of((2, 3, 2), 3, 4, stride=2, padding=1, bias=False, slope=SLOPE),
        of((3, 3, 2), 2, 5, stride=1),
        of((2, 3, 2), 2, 5, stride=2),
        of((2, 3, 2), 2, 5, stride=2, padding=2, output_padding=1),
        of((3, 2, 2), 2, 3, stride=2),
        of((3, 2, 2), 2, 3, stride=2, padding=1),
        of((3, 2, 2), 2, 3, stride=2, padding=1, output_padding=1),
        of((2, 2, 3), 2, 2, stride=2, padding=0),
        of((2, 2, 2), 1, 3, stride=3, padding=0, output_padding=2),
        of((2, 2, 2), 2, 2, stride=3),
        of((3, 3, 1), 2, 3, stride=1, padding=0),
        of((2, 2, 9), 17, 2, stride=1, slope=SLOPE),
        of((9, 8, 48), 32, 3, stride=1, every=97),
        of((8, 10, 32), 32, 5, stride=1, every=97),
    ]


def main():
    write(__file__, {"conv": forward_cases(), "conv_transpose": transposed_cases()})


if __name__ == "__main__":
    main()
