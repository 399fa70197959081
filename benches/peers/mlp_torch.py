"""The tutorial's dense networks in PyTorch: time of one simultaneous joint step.

    python mlp_torch.py --batch 128 --threads 2 --seconds 3
    python mlp_torch.py --loss relativistic --r1 0.1 --r2 0.1

Prints one JSON line. Both gradients are taken at the same weights, D runs once over the fakes, and
both optimisers are fused Adam.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn.functional import softplus

LATENT, PIXELS = 100, 784
POOL = 8192  # images to draw batches from
WARM_UP, BLOCKS = 10, 7


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="time to measure for, after warming up")
    parser.add_argument("--loss", choices=["non-saturating", "relativistic"], default="non-saturating")
    parser.add_argument("--r1", type=float, default=0.0, help="gamma of R1, the penalty on real images")
    parser.add_argument("--r2", type=float, default=0.0, help="gamma of R2, the penalty on fake images")
    return parser.parse_args()


def mlp(sizes, last=None):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    layers.pop()
    if last is not None:
        layers.append(last)
    return nn.Sequential(*layers)


def losses(name, real, fake):
    """(L_D, L_G) of the logits."""
    if name == "relativistic":
        return softplus(fake - real).mean(), softplus(real - fake).mean()
    return softplus(-real).mean() + softplus(fake).mean(), softplus(-fake).mean()


def penalty(gamma, logits, images):
    """gamma/2 mean |ds/dx|^2, itself differentiable."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gamma / 2 * gradient.square().sum(1).mean()


class Trainer:
    def __init__(self, args):
        self.args = args
        self.g = mlp([LATENT, 128, 256, 512, 1024, PIXELS], nn.Tanh())
        self.d = mlp([PIXELS, 512, 256, 128, 64, 1])
        self.g_parameters, self.d_parameters = list(self.g.parameters()), list(self.d.parameters())
        self.optimizers = [
            torch.optim.Adam(parameters, lr=2e-4, betas=(0.5, 0.999), fused=True)
            for parameters in (self.g_parameters, self.d_parameters)
        ]

    def step(self, real, noise):
        args = self.args
        fake = self.g(noise)
        # Penalties need leaves at D's input; the generator's gradient is then pulled back from there.
        penalised = args.r1 > 0 or args.r2 > 0
        if penalised:
            d_real, d_fake = real.requires_grad_(args.r1 > 0), fake.detach().requires_grad_()
        else:
            d_real, d_fake = real, fake
        real_logits, fake_logits = self.d(d_real), self.d(d_fake)
        d_loss, g_loss = losses(args.loss, real_logits, fake_logits)
        if args.r1 > 0:
            d_loss = d_loss + penalty(args.r1, real_logits, d_real)
        if args.r2 > 0:
            d_loss = d_loss + penalty(args.r2, fake_logits, d_fake)

        if penalised:
            (signal,) = torch.autograd.grad(g_loss, d_fake, retain_graph=True)
            g_gradients = torch.autograd.grad(fake, self.g_parameters, signal)
        else:
            g_gradients = torch.autograd.grad(g_loss, self.g_parameters, retain_graph=True)
        d_gradients = torch.autograd.grad(d_loss, self.d_parameters)

        for parameter, gradient in zip(self.g_parameters + self.d_parameters, g_gradients + d_gradients):
            parameter.grad = gradient
        for optimizer in self.optimizers:
            optimizer.step()


def measure(step, batch, seconds):
    """Median ms a step over blocks of equal length."""
    images = torch.rand(POOL, PIXELS) * 2 - 1

    def block(steps):
        start = time.perf_counter()
        for i in range(steps):
            offset = i * batch % (POOL - batch)
            step(images[offset : offset + batch].detach(), torch.randn(batch, LATENT))
        return (time.perf_counter() - start) / steps

    estimate = min(block(WARM_UP) for _ in range(2))
    steps = max(1, round(seconds / BLOCKS / estimate))
    return statistics.median(block(steps) for _ in range(BLOCKS)) * 1e3


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    ms = measure(Trainer(args).step, args.batch, args.seconds)
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    result = {"peer": f"torch {version}", "batch": args.batch, "threads": args.threads, "loss": args.loss}
    result |= {"r1": args.r1, "r2": args.r2, "ms_per_step": round(ms, 3), "images_per_s": round(args.batch / ms * 1e3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
