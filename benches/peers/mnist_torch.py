"""Trains the recipe of the preset `mnist` in PyTorch and keeps digits to judge: quality against seconds.

    python mnist_torch.py --data assets/mnist --seconds 360 --looks 4 --threads 2 --out torch-digits
    ganymede eval torch-digits/360s-images-idx3-ubyte

The networks and the step are those of `conditional_torch.py --width 64 --loss relativistic --penalties
0.05`; the rates (2e-3 for G, 4e-3 for D) fall to zero over the seconds, the average of G's weights has
a half life of 20,000 images, at most a tenth of those shown. Seconds are those of training alone.
Writes 10,000 labelled digits of the average, as pairs of IDX files, at each look, and prints a JSON
line for each.
"""

import copy
import gzip
import json
import struct
import time
from pathlib import Path

import torch
from torch import nn

from conditional_torch import LATENT, Trainer
from torch_step import memory_format, parser_of, prepare

RATES = 2e-3, 4e-3  # of G and of D
HALF_LIFE, RAMP = 20_000, 0.1  # of the average, in images
SAMPLES = 10_000


def read_idx(path):
    """An IDX file of bytes, packed or not, as a tensor of its own shape."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    rank = raw[3]
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    return torch.frombuffer(bytearray(raw[4 + 4 * rank :]), dtype=torch.uint8).view(shape)


def write_idx(path, values):
    header = struct.pack(f">BBBB{values.dim()}I", 0, 0, 8, values.dim(), *values.shape)
    path.write_bytes(header + values.contiguous().numpy().tobytes())


def initialise(generator, discriminator):
    """The preset's first weights: Glorot's uniform ones, zero biases, N(0, 1) for G's class embedding.

    D's embedding is ten rows of as many layers with one output.
    """
    for network in (generator, discriminator):
        for layer in network.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
    bound = (6 / (discriminator.embedding.embedding_dim + 1)) ** 0.5
    nn.init.uniform_(discriminator.embedding.weight, -bound, bound)


class Average:
    """The exponential moving average of G: weights and running statistics."""

    def __init__(self, generator):
        self.g = copy.deepcopy(generator).eval()
        self.own = [*self.g.parameters(), *(b for b in self.g.buffers() if b.is_floating_point())]
        self.of = [*generator.parameters(), *(b for b in generator.buffers() if b.is_floating_point())]

    @torch.no_grad()
    def follow(self, batch, shown):
        keep = 0.5 ** (batch / max(min(HALF_LIFE, RAMP * shown), 1e-8))
        torch._foreach_lerp_(self.own, self.of, 1 - keep)

    @torch.no_grad()
    def digits(self, labels):
        parts = [self.g(torch.randn(len(part), LATENT), part) for part in labels.split(1000)]
        return ((torch.cat(parts)[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def batches(images, labels, size):
    """Endless shuffled batches, the last partial one of an epoch dropped."""
    while True:
        order = torch.randperm(len(images))
        for at in range(0, len(order) - size + 1, size):
            chosen = order[at : at + size]
            yield images[chosen], labels[chosen]


def main():
    parser = parser_of(__doc__.splitlines()[0], ["relativistic"], width=64)
    parser.add_argument("--data", type=Path, required=True, help="the folder with MNIST's IDX files")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the digits")
    parser.add_argument("--looks", type=int, default=4, help="how often digits are kept, evenly, the end included")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(batch=64, seconds=360.0, penalties=0.05)
    args = prepare(parser)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)

    images = (read_idx(args.data / "train-images-idx3-ubyte.gz").float() / 127.5 - 1)[:, None]
    images = images.contiguous(memory_format=memory_format(args))
    labels = read_idx(args.data / "train-labels-idx1-ubyte.gz").long()
    wanted = labels[torch.randperm(len(labels))[:SAMPLES]]

    trainer = Trainer(args)
    initialise(trainer.g, trainer.d)
    average = Average(trainer.g)
    shown, spent, look = 0, 0.0, 1
    for real, trainer.labels in batches(images, labels, args.batch):
        start = time.perf_counter()
        left = max(0.0, 1 - spent / args.seconds)
        for optimizer, rate in zip((trainer.g_adam, trainer.d_adam), RATES):
            optimizer.param_groups[0]["lr"] = rate * left
        trainer.step(real, torch.randn(len(real), LATENT))
        shown += len(real)
        average.follow(len(real), shown)
        spent += time.perf_counter() - start
        if spent >= args.seconds * look / args.looks:
            name = args.out / f"{round(args.seconds * look / args.looks)}s"
            write_idx(Path(f"{name}-images-idx3-ubyte"), average.digits(wanted))
            write_idx(Path(f"{name}-labels-idx1-ubyte"), wanted.to(torch.uint8))
            print(json.dumps({"seconds": round(spent, 1), "images": shown, "digits": str(name)}), flush=True)
            look += 1
        if spent >= args.seconds:
            return


if __name__ == "__main__":
    main()
