"""A conditional convolutional GAN in PyTorch: time of one alternating step.

    python conditional_torch.py --batch 64 --threads 2 --seconds 3
    python conditional_torch.py --channels-last --loss relativistic --penalties 0.05 --width 64

Prints one JSON line. G takes 64 latent values and a class embedding of 64, D is a projection
discriminator; at width 128, the widest layer's channels, they have 974k and 371k parameters. D moves first, on images that G made once; G then answers the
new D on the same images. With the hinge loss D's layers are under spectral normalisation, one power
iteration for each player's update. Both optimisers are fused Adam (beta1 0, beta2 0.99).
"""

from contextlib import nullcontext

import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from torch_step import LOSSES, POOL, arguments, memory_format, move, penalty, run

LATENT, EMBEDDING, CLASSES, SLOPE = 64, 64, 10, 0.2
SIDE = 7


def normalised(layer):
    return [layer, nn.BatchNorm2d(layer.out_channels), nn.LeakyReLU(SLOPE)]


class Generator(nn.Module):
    def __init__(self, width, channels_last):
        super().__init__()
        self.width, self.channels_last = width, channels_last
        self.embedding = nn.Embedding(CLASSES, EMBEDDING)
        self.dense = nn.Linear(LATENT + EMBEDDING, SIDE * SIDE * width)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.LeakyReLU(SLOPE),
            *normalised(nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1)),
            *normalised(nn.ConvTranspose2d(width // 2, width // 4, 4, stride=2, padding=1)),
            nn.Conv2d(width // 4, 1, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, latents, labels):
        x = self.dense(torch.cat([latents, self.embedding(labels)], 1))
        # Either way the reshape is a view in the memory format of what follows.
        if self.channels_last:
            x = x.view(-1, SIDE, SIDE, self.width).permute(0, 3, 1, 2)
        else:
            x = x.view(-1, self.width, SIDE, SIDE)
        return self.layers(x)


class Discriminator(nn.Module):
    def __init__(self, width, norm):
        super().__init__()
        self.features = nn.Sequential(
            norm(nn.Conv2d(1, width // 4, 4, stride=2, padding=1)),
            nn.LeakyReLU(SLOPE),
            norm(nn.Conv2d(width // 4, width // 2, 4, stride=2, padding=1)),
            nn.LeakyReLU(SLOPE),
            norm(nn.Conv2d(width // 2, width, 3, stride=2, padding=1)),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
            norm(nn.Linear(4 * 4 * width, 128)),
            nn.LeakyReLU(SLOPE),
        )
        self.dense = norm(nn.Linear(128, 1))
        self.embedding = norm(nn.Embedding(CLASSES, 128))

    def forward(self, images, labels):
        features = self.features(images)
        return self.dense(features)[:, 0] + (features * self.embedding(labels)).sum(1)


class Trainer:
    def __init__(self, args):
        self.spectral, self.gamma = args.loss == "hinge", args.penalties
        self.relativistic = args.loss == "relativistic"
        self.d_loss, self.g_loss = LOSSES[args.loss]
        norm = spectral_norm if self.spectral else nn.Identity()
        networks = Generator(args.width, args.channels_last), Discriminator(args.width, norm)
        self.g, self.d = (network.to(memory_format=memory_format(args)) for network in networks)
        self.g_parameters, self.d_parameters = list(self.g.parameters()), list(self.d.parameters())
        self.g_adam, self.d_adam = (
            torch.optim.Adam(parameters, lr=2e-4, betas=(0.0, 0.99), fused=True)
            for parameters in (self.g_parameters, self.d_parameters)
        )
        self.labels = torch.randint(CLASSES, (POOL,))

    def weights_once(self):
        """D's normalised weights are computed once, however often D runs in it."""
        return parametrize.cached() if self.spectral else nullcontext()

    def step(self, real, latents):
        labels = self.labels[: len(real)]
        fake = self.g(latents, labels)
        self.move_discriminator(real, fake.detach(), labels)
        self.move_generator(real, fake, labels)

    def move_discriminator(self, real, fake, labels):
        penalised = self.gamma > 0
        if penalised:
            real.requires_grad_()
            fake.requires_grad_()
        with self.weights_once():
            real_logits, fake_logits = self.d(real, labels), self.d(fake, labels)
        loss = self.d_loss(real_logits, fake_logits)
        if penalised:
            loss = loss + penalty(self.gamma, real_logits, real) + penalty(self.gamma, fake_logits, fake)
        move(self.d_adam, self.d_parameters, torch.autograd.grad(loss, self.d_parameters))

    def move_generator(self, real, fake, labels):
        with self.weights_once():
            real_logits = None
            if self.relativistic:
                with torch.no_grad():
                    real_logits = self.d(real, labels)
            fake_logits = self.d(fake, labels)
        loss = self.g_loss(real_logits, fake_logits)
        move(self.g_adam, self.g_parameters, torch.autograd.grad(loss, self.g_parameters))


def main():
    args = arguments(__doc__.splitlines()[0], ["hinge", "relativistic"], width=128)
    trainer = Trainer(args)
    run(args, trainer.step, LATENT, 1, 28, 28)


if __name__ == "__main__":
    main()
