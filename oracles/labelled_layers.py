"""Reference values for layers that read the images' labels: class embedding, projection head, classifier head.

Makes labelled_layers.json. Run: python oracles/labelled_layers.py

- class embedding: the input as one vector, and behind it the embedding E[label], torch.nn.functional.embedding.
- projection head (Miyato and Koyama 2018): w.x + b + E[label].x.
- classifier head (Odena et al. 2017): a dense layer to 1 + classes outputs.

See layer_case.py for what a case has.
"""

import torch
from torch.nn.functional import embedding, leaky_relu, linear

from layer_case import case, parameter
from values import write

CLASSES = 3
BATCH = 4
SLOPE = 0.2
VECTOR, IMAGE = (1, 1, 5), (2, 2, 2)


def flat(x):
    return x.flatten(1)


def image(y):
    """A vector as an image of one pixel."""
    return y[:, None, None, :]


def features(shape):
    height, width, channels = shape
    return height * width * channels


def labelled(layers, shape, function, parameters):
    return case(layers, shape, function, parameters, batch=BATCH, classes=CLASSES)


def embedding_case(shape, size):
    def run(x, table, labels):
        return image(torch.cat([flat(x), embedding(labels, table)], 1))

    parameters = [parameter("0.class-embedding.weight", CLASSES, size)]
    return labelled(f"[{{ class-embedding = {size} }}]", shape, run, parameters)


def embedded_generator():
    def run(x, table, w, b, labels):
        return image(leaky_relu(torch.cat([flat(x), embedding(labels, table)], 1) @ w + b, SLOPE))

    layers = f"[{{ class-embedding = 2 }}, {{ dense = 4 }}, {{ leaky-relu = {SLOPE} }}]"
    parameters = [
        parameter("0.class-embedding.weight", CLASSES, 2),
        parameter("1.dense.weight", 7, 4),
        parameter("1.dense.bias", 4),
    ]
    return labelled(layers, VECTOR, run, parameters)


def projection_case(shape, bias):
    def run(x, w, *rest):
        *b, table, labels = rest
        logit = linear(flat(x), w.T) + (flat(x) * embedding(labels, table)).sum(1, keepdim=True)
        return image(logit + b[0] if bias else logit)

    n = features(shape)
    parameters = [parameter("0.projection-head.weight", n, 1)]
    parameters += [parameter("0.projection-head.bias", 1)] if bias else []
    parameters += [parameter("0.projection-head.embedding", CLASSES, n)]
    layers = "['projection-head']" if bias else "[{ projection-head = { bias = false } }]"
    return labelled(layers, shape, run, parameters)


def classifier_case(shape, bias):
    def run(x, w, *rest):
        *b, _ = rest
        return image(linear(flat(x), w.T, b[0] if bias else None))

    n = features(shape)
    parameters = [parameter("0.classifier-head.weight", n, 1 + CLASSES)]
    parameters += [parameter("0.classifier-head.bias", 1 + CLASSES)] if bias else []
    layers = "['classifier-head']" if bias else "[{ classifier-head = { bias = false } }]"
    return labelled(layers, shape, run, parameters)


def main():
    cases = {
        "class_embedding": [embedding_case(VECTOR, 3), embedding_case(IMAGE, 2), embedded_generator()],
        "projection_head": [
            projection_case(VECTOR, True),
            projection_case(IMAGE, True),
            projection_case(VECTOR, False),
        ],
        "classifier_head": [classifier_case(VECTOR, True), classifier_case(IMAGE, False)],
    }
    write(__file__, cases)


if __name__ == "__main__":
    main()
