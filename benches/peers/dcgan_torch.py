"""The TensorFlow tutorial's DCGAN in PyTorch: time of one simultaneous joint step.

    python dcgan_torch.py --batch 128 --threads 2 --seconds 3
    python dcgan_torch.py --channels-last --loss relativistic --penalties 0.1

Prints one JSON line. Both gradients are taken at the same weights, D runs once over the fakes, and
both optimisers are fused Adam (1e-4). Convolutions are 5x5, those of D and the last two of G with
stride 2; D drops 0.3 after each. Strided layers pad (2, 2) where TensorFlow pads (1, 2): the same
sizes and work.
"""

from torch import nn

from torch_step import Simultaneous, arguments, memory_format, run

LATENT, SLOPE, DROPOUT = 100, 0.3, 0.3
SIDE, CHANNELS = 7, 256  # what G's dense layer is reshaped to


class Generator(nn.Module):
    def __init__(self, channels_last):
        super().__init__()
        self.channels_last = channels_last
        features = SIDE * SIDE * CHANNELS
        self.dense = nn.Sequential(
            nn.Linear(LATENT, features, bias=False), nn.BatchNorm1d(features), nn.LeakyReLU(SLOPE)
        )
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(CHANNELS, 128, 5, stride=1, padding=2, bias=False),
            nn.BatchNorm2d(128),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(128, 64, 5, stride=2, padding=2, output_padding=1, bias=False),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(64, 1, 5, stride=2, padding=2, output_padding=1, bias=False),
            nn.Tanh(),
        )

    def forward(self, latents):
        x = self.dense(latents)
        # Either way the reshape is a view in the memory format of what follows.
        if self.channels_last:
            x = x.view(-1, SIDE, SIDE, CHANNELS).permute(0, 3, 1, 2)
        else:
            x = x.view(-1, CHANNELS, SIDE, SIDE)
        return self.layers(x)


def discriminator():
    return nn.Sequential(
        nn.Conv2d(1, 64, 5, stride=2, padding=2),
        nn.LeakyReLU(SLOPE),
        nn.Dropout(DROPOUT),
        nn.Conv2d(64, 128, 5, stride=2, padding=2),
        nn.LeakyReLU(SLOPE),
        nn.Dropout(DROPOUT),
        nn.Flatten(),
        nn.Linear(SIDE * SIDE * 128, 1),
    )


def main():
    args = arguments(__doc__.splitlines()[0], ["non-saturating", "relativistic"])
    g, d = (
        network.to(memory_format=memory_format(args)) for network in (Generator(args.channels_last), discriminator())
    )
    trainer = Simultaneous(args, g, d, lr=1e-4)
    run(args, trainer.step, LATENT, 1, 28, 28)


if __name__ == "__main__":
    main()
