"""Reference values for whole objectives on a small convolutional discriminator: every loss, penalties by double
backward, spectral normalisation, labels, the auxiliary classifier and feature matching.

Makes objectives.json. Run: python oracles/objectives.py

PyTorch autograd in float64. Images are 6x6 grey, the batch is 4. D is a convolution to 3 channels (4x4, stride
2), one to 4 (3x3, stride 2), both with LeakyReLU, and a last layer. Real images are stream 0 of values.py,
generated ones stream 1, D's parameters and then its state streams 2, 3, ..., and what a penalty draws the "unit"
values of stream 100. Both players' gradients are taken at the same weights.

- r1 = gamma/2 mean_i |ds_i/dx_i|^2 over the reals, summed over pixels; r2 the same over generated images.
- gradient_penalty = lambda mean_i (|ds_i/dx_i| - 1)^2 at a real + (1 - a) generated, one a for each pair.
- dragan = the same at real + std/2 u, u for each pixel and std that of all the real values.
- auxiliary: lambda times the cross entropy of D's outputs after the first; D's over real and generated images
  (the sum of two means), G's over generated ones.
- feature_matching: w mean_y |mean f(generated) - mean f(real)|^2 over the classes y of the batch, or over all
  images for a G without classes, in G's loss; f is what D's last layer reads.
- class_weights multiply each pair's terms in both players' losses, cross entropies included.

A case's gradients are those of loss_d + penalty by D's parameters, and of loss_g by the generated images.
"""

import torch
from torch.nn.functional import cross_entropy, leaky_relu, normalize

from convolutions import conv
from layer_case import parameter
from losses import LOSSES
from values import numbers, unit, values, write

SIDE, BATCH, CLASSES = 6, 4, 3
LABELS = [0, 2, 2, 1]
SLOPE = 0.2
FEATURES = 16
SHARES = 100


def discriminator(head="dense", spectral=False):
    """Layers in a config's notation, parameters and state."""
    norm = ", spectral-norm = true" if spectral else ""
    last = {
        "dense": f"{{ dense = 1{norm} }}",
        "projection-head": "'projection-head'",
        "classifier-head": "'classifier-head'",
    }[head]
    layers = (
        f"[{{ conv = 3, kernel = 4, stride = 2, padding = 1{norm} }}, {{ leaky-relu = {SLOPE} }}, "
        f"{{ conv = 4, kernel = 3, stride = 2, padding = 1{norm} }}, {{ leaky-relu = {SLOPE} }}, {last}]"
    )
    outputs = 1 + CLASSES if head == "classifier-head" else 1
    parameters = [
        parameter("0.conv.weight", 4, 4, 1, 3),
        parameter("0.conv.bias", 3),
        parameter("2.conv.weight", 3, 3, 3, 4),
        parameter("2.conv.bias", 4),
        parameter(f"4.{head}.weight", FEATURES, outputs),
        parameter(f"4.{head}.bias", outputs),
    ]
    if head == "projection-head":
        parameters.append(parameter("4.projection-head.embedding", CLASSES, FEATURES))
    state = []
    if spectral:
        for name, outputs, inputs in (("0.conv", 3, 16), ("2.conv", 4, 27), ("4.dense", 1, FEATURES)):
            state.append(parameter(f"{name}.u", outputs, kind="normalised"))
            state.append(parameter(f"{name}.v", inputs, kind="normalised"))
    return layers, parameters, state


def spectrally_normalised(w, u, v):
    """One power iteration, as spectral_norm.py has it; u and v change in place."""
    matrix = w.reshape(-1, w.shape[-1])
    with torch.no_grad():
        u.copy_(normalize(matrix.T @ v, dim=0))
        v.copy_(normalize(matrix @ u, dim=0))
    return w / (v @ matrix @ u)


class Discriminator:
    def __init__(self, parameters, state, head):
        self.weights, self.head = list(parameters), head
        for i in range(0, len(state), 2):
            self.weights[i] = spectrally_normalised(self.weights[i], *state[i : i + 2])

    def features(self, x):
        w1, b1, w2, b2, *_ = self.weights
        x = leaky_relu(conv(x, w1, b1, 2, 1), SLOPE)
        return leaky_relu(conv(x, w2, b2, 2, 1), SLOPE).flatten(1)

    def outputs(self, x, labels):
        """The logit, then those of the classes if there are any."""
        h = self.features(x)
        _, _, _, _, w, b, *embedding = self.weights
        y = h @ w + b
        if embedding:
            y = y + (h * embedding[0][labels]).sum(1, keepdim=True)
        return y

    def logits(self, x, labels):
        return self.outputs(x, labels)[:, 0]


def input_gradient(scores, x):
    (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return gradient.flatten(1)


def penalties(objective, d, real, fake, labels):
    """Their sum, differentiable by D's weights; and the third batch's images, if any."""
    total = torch.zeros(())
    for key, images in (("r1", real), ("r2", fake)):
        gradient = input_gradient(d.logits(images, labels), images)
        total = total + objective.get(key, 0.0) / 2 * gradient.square().sum(1).mean()
    if "gradient_penalty" in objective:
        share = unit(SHARES, BATCH)[:, None, None, None]
        third = share * real + (1 - share) * fake
    elif "dragan" in objective:
        third = real + real.std(unbiased=False) / 2 * unit(SHARES, *real.shape)
    else:
        return total
    third = third.detach().requires_grad_()
    norms = input_gradient(d.logits(third, labels), third).norm(dim=1)
    weight = objective.get("gradient_penalty", objective.get("dragan"))
    return total + weight * (norms - 1).square().mean()


def weighted_cross_entropy(outputs, labels, weights):
    return (weights * cross_entropy(outputs[:, 1:], labels, reduction="none")).mean()


def matched_features(real, fake, labels):
    """The mean over the labels' groups of the squared distance between mean features."""
    groups = [labels == y for y in labels.unique()]
    return sum((fake[g].mean(0) - real[g].mean(0)).square().sum() for g in groups) / len(groups)


def pair_losses(name, real, fake, smoothing, weights):
    """L_D and L_G of losses.py, with a weight for each pair where there are any: means of equally many terms."""
    loss_d, loss_g, _ = LOSSES[name]
    if weights is None:
        return loss_d(real, fake, smoothing), loss_g(real, fake)
    pairs = [(w, r[None], f[None]) for w, r, f in zip(weights, real, fake)]
    d = sum(w * loss_d(r, f, smoothing) for w, r, f in pairs) / len(pairs)
    return d, sum(w * loss_g(r, f) for w, r, f in pairs) / len(pairs)


def case(loss, head="dense", spectral=False, conditional=False, class_weights=(), **objective):
    """`objective` are keys of a config's [objective] beside the loss; `conditional`: G has classes."""
    layers, parameters, state = discriminator(head, spectral)
    labels = torch.tensor(LABELS)
    real, fake = (values("uniform", stream, BATCH, SIDE, SIDE, 1).requires_grad_() for stream in (0, 1))
    streams = [values(kind, stream, *shape) for stream, (_, shape, kind) in enumerate(parameters + state, 2)]
    weights = [w.requires_grad_() for w in streams[: len(parameters)]]
    d = Discriminator(weights, streams[len(parameters) :], head)

    outputs_real, outputs_fake = d.outputs(real, labels), d.outputs(fake, labels)
    pair_weights = torch.tensor(class_weights, dtype=torch.float64)[labels] if class_weights else None
    smoothing = objective.get("label_smoothing", 0.0)
    loss_d, loss_g = pair_losses(loss, outputs_real[:, 0], outputs_fake[:, 0], smoothing, pair_weights)
    if "auxiliary" in objective:
        each = torch.ones(BATCH) if pair_weights is None else pair_weights
        on_real, on_fake = (weighted_cross_entropy(o, labels, each) for o in (outputs_real, outputs_fake))
        loss_d = loss_d + objective["auxiliary"] * (on_real + on_fake)
        loss_g = loss_g + objective["auxiliary"] * on_fake
    if "feature_matching" in objective:
        groups = labels if conditional else torch.zeros_like(labels)
        loss_g = loss_g + objective["feature_matching"] * matched_features(d.features(real), d.features(fake), groups)
    penalty = penalties(objective, d, real, fake, labels)
    (signal,) = torch.autograd.grad(loss_g, fake, retain_graph=True)
    gradients = torch.autograd.grad(loss_d + penalty, weights)

    return {
        "objective": {"loss": loss} | objective,
        "discriminator": layers,
        "conditional": conditional,
        "class_weights": list(class_weights),
        "loss_d": loss_d.item(),
        "loss_g": loss_g.item(),
        "penalty": penalty.item(),
        "parameters": [
            {"name": name, "shape": list(shape), "values": kind, "gradient": numbers(gradient)}
            for (name, shape, kind), gradient in zip(parameters, gradients)
        ],
        "state": [
            {"name": name, "shape": list(shape), "values": kind, "after": numbers(after)}
            for (name, shape, kind), after in zip(state, streams[len(parameters) :])
        ],
        "generated_gradient": numbers(signal),
    }


def main():
    torch.set_default_dtype(torch.float64)
    cases = [case(loss) for loss in LOSSES]
    cases += [
        case("least-squares", label_smoothing=0.125),
        case("relativistic", r1=0.75, r2=0.25),
        case("non-saturating", r1=0.75),
        case("hinge", r2=0.75),
        case("wasserstein", gradient_penalty=10.0),
        case("wasserstein", gradient_penalty=10.0, r1=0.5),
        case("non-saturating", dragan=10.0),
        case("hinge", spectral=True),
        case("relativistic", spectral=True, r1=0.75, r2=0.25),
        case("hinge", "projection-head", conditional=True),
        case("relativistic", "projection-head", conditional=True, r1=0.75, r2=0.25),
        case("non-saturating", "projection-head", conditional=True, class_weights=(0.5, 2.0, 1.25)),
        case("non-saturating", "classifier-head", conditional=True, auxiliary=0.5),
        case("hinge", "classifier-head", conditional=True, auxiliary=0.5, r1=0.75, r2=0.25),
        case("least-squares", "classifier-head", conditional=True, auxiliary=0.5, class_weights=(0.5, 2.0, 1.25)),
        case("non-saturating", feature_matching=0.75),
        case("hinge", "projection-head", conditional=True, feature_matching=0.75),
        case("relativistic", feature_matching=0.75, r1=0.75),
    ]
    shape = {"side": SIDE, "batch": BATCH, "classes": CLASSES, "labels": LABELS}
    write(__file__, shape | {"cases": cases})


if __name__ == "__main__":
    main()
