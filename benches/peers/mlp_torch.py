"""The tutorial's dense networks in PyTorch: time of one simultaneous joint step.

    python mlp_torch.py --batch 128 --threads 2 --seconds 3
    python mlp_torch.py --loss relativistic --penalties 0.1

Prints one JSON line. Both gradients are taken at the same weights, D runs once over the fakes, and
both optimisers are fused Adam.
"""

from torch import nn

from torch_step import Simultaneous, arguments, run

LATENT, PIXELS = 100, 784


def mlp(sizes, last=None):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    layers.pop()
    if last is not None:
        layers.append(last)
    return nn.Sequential(*layers)


def main():
    args = arguments(__doc__.splitlines()[0], ["non-saturating", "relativistic"], memory_formats=False)
    g, d = mlp([LATENT, 128, 256, 512, 1024, PIXELS], nn.Tanh()), mlp([PIXELS, 512, 256, 128, 64, 1])
    trainer = Simultaneous(args, g, d, lr=2e-4, betas=(0.5, 0.999))
    run(args, trainer.step, LATENT, PIXELS)


if __name__ == "__main__":
    main()
