"""Checks that one backward pass serves both players and pays for R1 and R2, against autograd in float64.

Prints the largest relative errors and fails above 1e-12; makes no file.
Run: python oracles/check_shared_backward.py

The claim, for a discriminator whose samples do not interact and whose activations are piecewise
linear. Let h^l be layer l's input for image i, s_i its logit, and Delta_i^l = ds_i/dh_i^l, all from one
vjp that starts from a cotangent of 1 per image. Then, with c_i = dL_D/ds_i:

- dL_D/dW^l = sum_i (c_i h_i^(l-1))^T Delta_i^l: scaling rows replaces a backward pass of D's loss;
- dL_G/dx_i = (dL_G/ds_i) Delta_i^0 on the fake rows: the generator's signal;
- R1 and R2 are functions of Delta_i^0. With u_i = dP/dDelta_i^0 pushed forward through the same layers
  (jvp: no bias, each activation by its slope) to tangents t_i^l, dP/dW^l = sum_i (t_i^(l-1))^T Delta_i^l
  and dP/db^l = 0. So the whole gradient is sum_i (c_i h_i^(l-1) + t_i^(l-1))^T Delta_i^l.

Double backward, which gradient penalties otherwise need, does not appear.
"""

import sys

import torch
from torch.nn.functional import leaky_relu, softplus

SIZES = [20, 16, 12, 8, 1]
BATCH = 7
SLOPE = 0.2
R1_GAMMA, R2_GAMMA = 0.7, 0.3
TOLERANCE = 1e-12


def by_autograd(weights, biases, real, fake):
    """D's gradient of relativistic loss + R1 + R2, and G's gradient at the fake images."""

    def score(x):
        for i, (w, b) in enumerate(zip(weights, biases)):
            x = x @ w + b
            if i < len(weights) - 1:
                x = leaky_relu(x, SLOPE)
        return x[:, 0]

    r, f = score(real), score(fake)
    (grad_real,) = torch.autograd.grad(r.sum(), real, create_graph=True)
    (grad_fake,) = torch.autograd.grad(f.sum(), fake, create_graph=True)
    penalty = R1_GAMMA / 2 * grad_real.square().sum(1).mean() + R2_GAMMA / 2 * grad_fake.square().sum(1).mean()
    d_loss = softplus(f - r).mean()
    g_loss = softplus(r - f).mean()
    d_gradient = torch.autograd.grad(d_loss + penalty, weights + biases, retain_graph=True)
    (g_signal,) = torch.autograd.grad(g_loss, fake)
    return d_gradient, g_signal


@torch.no_grad()
def by_shared_backward(weights, biases, real, fake):
    """The same from one forward, one vjp with unit cotangents and one jvp."""
    last = len(weights) - 1

    # Forward over [real; fake], keeping each layer's input and each activation's slope.
    inputs, slopes = [torch.cat([real, fake])], []
    for i, (w, b) in enumerate(zip(weights, biases)):
        y = inputs[-1] @ w + b
        if i < last:
            slopes.append(torch.where(y > 0, 1.0, SLOPE))
            y = y * slopes[-1]
        inputs.append(y)
    logits = inputs.pop()[:, 0]
    r, f = logits[:BATCH], logits[BATCH:]

    # vjp: deltas[l] is ds_i / d(output of layer l before its activation).
    deltas = [torch.ones(2 * BATCH, 1)]
    for i in range(last, 0, -1):
        deltas.insert(0, (deltas[0] @ weights[i].T) * slopes[i - 1])
    input_gradient = deltas[0] @ weights[0].T

    # jvp of dP/d(input gradient); a mean over each half gives the 1/BATCH.
    gamma = torch.cat([torch.full((BATCH, 1), R1_GAMMA), torch.full((BATCH, 1), R2_GAMMA)])
    tangents = [gamma / BATCH * input_gradient]
    for i in range(last):
        tangents.append((tangents[-1] @ weights[i]) * slopes[i])

    # Both players' gradients.
    pair = torch.sigmoid(f - r) / BATCH
    c = torch.cat([-pair, pair])[:, None]
    d_weights = [(c * h + t).T @ delta for h, t, delta in zip(inputs, tangents, deltas)]
    d_biases = [(c * delta).sum(0) for delta in deltas]
    g_signal = (-torch.sigmoid(r - f) / BATCH)[:, None] * input_gradient[BATCH:]
    return d_weights + d_biases, g_signal


def relative_error(got, expected):
    # The last bias cancels in a relativistic loss: its expected gradient is zero but for rounding.
    return ((got - expected).abs().max() / expected.abs().max().clamp_min(1e-3)).item()


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    weights = [(torch.randn(a, b) / a**0.5).requires_grad_() for a, b in zip(SIZES, SIZES[1:])]
    biases = [(torch.randn(b) * 0.1).requires_grad_() for b in SIZES[1:]]
    real, fake = (torch.randn(BATCH, SIZES[0], requires_grad=True) for _ in range(2))

    expected_d, expected_g = by_autograd(weights, biases, real, fake)
    got_d, got_g = by_shared_backward(weights, biases, real, fake)
    d_error = max(relative_error(g, e) for g, e in zip(got_d, expected_d))
    g_error = relative_error(got_g, expected_g)
    print(f"largest relative error: D's weights and biases {d_error:.1e}, G's signal {g_error:.1e}")
    return 0 if max(d_error, g_error) < TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
