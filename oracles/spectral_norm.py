"""Reference values for spectral normalisation (Miyato et al. 2018) of dense layers and convolutions.

Makes spectral_norm.json. Run: python oracles/spectral_norm.py

torch.nn.utils.parametrizations.spectral_norm: with the weight as a matrix M of [out, all others], training
first takes u = M v / |M v|, then v = M' u / |M' u|, and divides the weight by s = u' M v; gradients do not
go through u and v. Evaluation takes u and v as they are. The state before is by formula, and v counts the
weight's rows as ours are laid out: [in], or [kernel, kernel, in]. See layer_case.py for what a case has.
"""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils.parametrizations import spectral_norm

from layer_case import case, channels_first, parameter
from values import write


def normalised(module, x, weight, b, u, v, dim, evaluation):
    """`module`, of PyTorch's layout, under the normalisation; u and v change in place in training."""
    module = spectral_norm(module, n_power_iterations=1, dim=dim).train(not evaluation)
    tensors = {
        "parametrizations.weight.original": weight,
        "parametrizations.weight.0._u": u,
        "parametrizations.weight.0._v": v,
    }
    return functional_call(module, tensors | ({} if b is None else {"bias": b}), (x,))


def torch_order(v, kernel, inputs):
    """v of [kernel, kernel, in] as [in, kernel, kernel]."""
    return v.reshape(kernel, kernel, inputs).permute(2, 0, 1).flatten()


def own_order(v, kernel, inputs):
    return v.reshape(inputs, kernel, kernel).permute(1, 2, 0).flatten()


def dense_case(inputs, outputs, bias=True, evaluation=False):
    def run(x, w, *rest):
        *b, u, v = rest
        module = nn.Linear(inputs, outputs, bias=bias)
        return normalised(module, x, w.T, b[0] if bias else None, u, v, 0, evaluation)

    layers = f"[{{ dense = {outputs}{'' if bias else ', bias = false'}, spectral-norm = true }}]"
    return of("dense", layers, (1, 1, inputs), run, (inputs, outputs), inputs, outputs, bias, evaluation)


def conv_case(kind, shape, outputs, kernel, stride, padding, bias=True, evaluation=False):
    inputs = shape[-1]

    def run(x, w, *rest):
        *b, u, v = rest
        make, dim = (nn.Conv2d, 0) if kind == "conv" else (nn.ConvTranspose2d, 1)
        module = make(inputs, outputs, kernel, stride, padding, bias=bias)
        order = torch_order(v, kernel, inputs).clone()
        weight = w.permute(3, 2, 0, 1)
        y = channels_first(
            lambda images: normalised(module, images, weight, b[0] if bias else None, u, order, dim, evaluation), x
        )
        v.copy_(own_order(order, kernel, inputs))
        return y

    options = f"kernel = {kernel}, stride = {stride}, padding = {padding}"
    layers = f"[{{ {kind} = {outputs}, {options}{'' if bias else ', bias = false'}, spectral-norm = true }}]"
    planes = (inputs, outputs) if kind == "conv" else (outputs, inputs)
    size = kernel * kernel * inputs
    return of(kind, layers, shape, run, (kernel, kernel, *planes), size, outputs, bias, evaluation)


def of(kind, layers, shape, run, weight, size, outputs, bias, evaluation):
    parameters = [parameter(f"0.{kind}.weight", *weight)]
    parameters += [parameter(f"0.{kind}.bias", outputs)] if bias else []
    state = [
        parameter(f"0.{kind}.u", outputs, kind="normalised"),
        parameter(f"0.{kind}.v", size, kind="normalised"),
    ]
    return case(layers, shape, run, parameters, state, evaluation=evaluation)


def main():
    torch.set_default_dtype(torch.float64)
    dense = [
        dense_case(5, 4),
        dense_case(5, 4, bias=False, evaluation=True),
        dense_case(6, 1),
    ]
    convolutions = [
        conv_case("conv", (4, 4, 2), 3, 3, 1, 1),
        conv_case("conv", (4, 6, 2), 3, 4, 2, 1, bias=False),
        conv_case("conv", (4, 4, 2), 3, 3, 1, 1, evaluation=True),
        conv_case("conv-transpose", (2, 2, 3), 2, 4, 2, 1),
        conv_case("conv-transpose", (2, 2, 3), 2, 4, 2, 1, evaluation=True),
    ]
    write(__file__, {"dense": dense, "convolutions": convolutions})


if __name__ == "__main__":
    main()
