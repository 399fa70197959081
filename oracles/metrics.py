"""Reference values for the metrics on features: torch-fidelity's Frechet distance and KID, the prdc package's precision,
recall, density and coverage, scikit-learn's leave-one-out nearest neighbour.

Makes metrics.json and metrics.f32 (little-endian float32: the real features, the generated ones, then few generated ones).
Run: python oracles/metrics.py

Needs numpy, scikit-learn, prdc 0.2 and torch-fidelity 0.4.0. Of torch-fidelity only the functions that take
features are called. KID is given its subsets by index, 8 of 60, which the file lists; the kernel is float64 here.

`few` compares the real features with as few generated ones as leave their covariance singular.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from prdc import compute_prdc
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from torch_fidelity.metric_fid import fid_statistics_to_metric
from torch_fidelity.metric_kid import kernel_mmd

N, D, FEW = 250, 16, 12
PRECISION_K, DENSITY_K = 3, 5
SUBSETS, SUBSET_SIZE = 8, 60


def features():
    """Rectified mixtures, as a judge's features are: three modes of real, two of generated and shifted ones."""
    rng = np.random.default_rng(7)
    mix = rng.standard_normal((D, D)) / 4
    centres = rng.standard_normal((3, D)) * 1.5

    def draw(n, modes, shift):
        x = centres[rng.integers(0, modes, n)] + rng.standard_normal((n, D)) @ mix + shift
        return np.maximum(x, 0).astype(np.float32)

    return draw(N, 3, 0.5), draw(N, 2, 0.6), draw(FEW, 3, 0.5)


def frechet(x, y):
    def statistics(features):
        features = features.astype(np.float64)
        return {"mu": features.mean(axis=0), "sigma": np.cov(features, rowvar=False)}

    return fid_statistics_to_metric(statistics(x), statistics(y), False)["frechet_inception_distance"]


def two_sample(x, y):
    pooled = np.concatenate([x, y]).astype(np.float64)
    labels = np.repeat([0, 1], [len(x), len(y)])
    right = cross_val_score(KNeighborsClassifier(1, algorithm="brute"), pooled, labels, cv=LeaveOneOut())
    return right[labels == 0].mean(), right[labels == 1].mean()


def main():
    real, generated, few = features()
    rng = np.random.default_rng(8)
    subsets = [[rng.choice(N, SUBSET_SIZE, replace=False).tolist() for _ in "xy"] for _ in range(SUBSETS)]
    settings = dict(kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1)
    kid = [kernel_mmd(real[x].astype(np.float64), generated[y].astype(np.float64), **settings) for x, y in subsets]
    by_precision_k = compute_prdc(real, generated, PRECISION_K)
    by_density_k = compute_prdc(real, generated, DENSITY_K)
    real_accuracy, generated_accuracy = two_sample(real, generated)
    distances = pairwise_distances(real.astype(np.float64))
    out = {
        "versions": {name: version(name) for name in ("numpy", "scikit-learn", "prdc", "torch-fidelity")},
        "samples": N,
        "few": FEW,
        "dimensions": D,
        "frechet": frechet(real, generated),
        "frechet_few": frechet(real, few),
        "subsets": subsets,
        "kid_mean": float(np.mean(kid)),
        "kid_deviation": float(np.std(kid)),
        "precision": by_precision_k["precision"],
        "recall": by_precision_k["recall"],
        "density": by_density_k["density"],
        "coverage": by_density_k["coverage"],
        "real_accuracy": real_accuracy,
        "generated_accuracy": generated_accuracy,
        "mean_distance": distances.sum() / (N * (N - 1)),
    }
    here = Path(__file__)
    here.with_suffix(".json").write_text(json.dumps(out) + "\n")
    here.with_suffix(".f32").write_bytes(b"".join(x.astype("<f4").tobytes() for x in (real, generated, few)))


if __name__ == "__main__":
    main()
