"""What the PyTorch peers share: options, losses and penalties, the simultaneous step, timing."""

import argparse
import json
import statistics
import time

import torch
from torch.nn.functional import relu, softplus

POOL = 8192  # images to draw batches from
WARM_UP, BLOCKS = 5, 7

LOSSES = {  # (L_D, L_G) of the logits
    "non-saturating": (
        lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
        lambda _, fake: softplus(-fake).mean(),
    ),
    "relativistic": (lambda real, fake: softplus(fake - real).mean(), lambda real, fake: softplus(real - fake).mean()),
    "hinge": (lambda real, fake: relu(1 - real).mean() + relu(1 + fake).mean(), lambda _, fake: -fake.mean()),
}


def parser_of(description, losses, memory_formats=True, width=None):
    """A peer's options; the first of `losses` is its default, `width` that of one that has widths."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="time to measure for, after warming up")
    parser.add_argument("--loss", choices=losses, default=losses[0])
    parser.add_argument(
        "--penalties", type=float, default=0.0, metavar="GAMMA", help="gamma of R1 and of R2 (default: neither)"
    )
    if memory_formats:
        parser.add_argument("--channels-last", action="store_true", help="NHWC tensors instead of NCHW")
    if width:
        parser.add_argument("--width", type=int, default=width, help="channels of the widest layer")
    return parser


def prepare(parser):
    """The options given, and PyTorch with as many threads and a seed."""
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    return args


def arguments(description, losses, **options):
    return prepare(parser_of(description, losses, **options))


def memory_format(args):
    return torch.channels_last if args.channels_last else torch.contiguous_format


def penalty(gamma, logits, images):
    """gamma/2 mean |ds/dx|^2, itself differentiable."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gamma / 2 * gradient.square().flatten(1).sum(1).mean()


def move(optimizer, parameters, gradients):
    for parameter, gradient in zip(parameters, gradients):
        # Fused Adam goes through memory without a look at strides, and double backward leaves some gradients transposed.
        if gradient.stride() != parameter.stride():
            gradient = torch.empty_like(parameter).copy_(gradient)
        parameter.grad = gradient
    optimizer.step()


class Simultaneous:
    """One joint step: both gradients at the same weights, D once over the fakes, fused Adam."""

    def __init__(self, args, generator, discriminator, **adam):
        self.g, self.d, self.gamma = generator, discriminator, args.penalties
        self.d_loss, self.g_loss = LOSSES[args.loss]
        self.g_parameters, self.d_parameters = list(generator.parameters()), list(discriminator.parameters())
        self.g_adam, self.d_adam = (
            torch.optim.Adam(parameters, fused=True, **adam) for parameters in (self.g_parameters, self.d_parameters)
        )

    def step(self, real, latents):
        fake = self.g(latents)
        # Penalties need leaves at D's input; the generator's gradient is then pulled back from there.
        penalised = self.gamma > 0
        d_real, d_fake = (real.requires_grad_(), fake.detach().requires_grad_()) if penalised else (real, fake)
        real_logits, fake_logits = self.d(d_real), self.d(d_fake)
        d_loss, g_loss = self.d_loss(real_logits, fake_logits), self.g_loss(real_logits, fake_logits)
        if penalised:
            d_loss = d_loss + penalty(self.gamma, real_logits, d_real) + penalty(self.gamma, fake_logits, d_fake)
            (signal,) = torch.autograd.grad(g_loss, d_fake, retain_graph=True)
            g_gradients = torch.autograd.grad(fake, self.g_parameters, signal)
        else:
            g_gradients = torch.autograd.grad(g_loss, self.g_parameters, retain_graph=True)
        d_gradients = torch.autograd.grad(d_loss, self.d_parameters)
        move(self.g_adam, self.g_parameters, g_gradients)
        move(self.d_adam, self.d_parameters, d_gradients)


def median_ms(step, batch, seconds):
    """Median ms of `step(at)` over blocks of equal length, and the quickest block's; `at` is a place in the pool."""

    def block(steps):
        start = time.perf_counter()
        for i in range(steps):
            step(i * batch % (POOL - batch))
        return (time.perf_counter() - start) / steps * 1e3

    estimate = min(block(WARM_UP) for _ in range(2))
    steps = max(1, round(seconds * 1e3 / BLOCKS / estimate))
    times = [block(steps) for _ in range(BLOCKS)]
    return statistics.median(times), min(times)


def report(args, ms, quickest_ms):
    """Prints the peer's JSON line."""
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    layout = " channels-last" if getattr(args, "channels_last", False) else ""
    result = {"peer": f"torch {version}{layout}", "batch": args.batch, "threads": args.threads, "loss": args.loss}
    result |= {"penalties": args.penalties, "ms_per_step": round(ms, 3), "ms_min": round(quickest_ms, 3)}
    print(json.dumps(result | {"images_per_s": round(args.batch / ms * 1e3)}))


def run(args, step, latent, *image_shape):
    """Times `step(images, latents)` and prints the result."""
    images = torch.rand(POOL, *image_shape) * 2 - 1
    if len(image_shape) > 1:
        images = images.contiguous(memory_format=memory_format(args))

    def one(at):
        step(images[at : at + args.batch].detach(), torch.randn(args.batch, latent))

    report(args, *median_ms(one, args.batch, args.seconds))
