"""Values that a script and a test make alike, so that no file has to hold them, and how results are written.

- splitmix64(x): z = x + 0x9E3779B97F4A7C15; z = (z ^ z>>30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z>>27) * 0x94D049BB133111EB; z ^ z>>31; all modulo 2^64.
- unit(stream)[i] = (splitmix64(stream 2^32 + i) >> 40) 2^-24, in [0, 1).
- "uniform" values are 2 unit - 1, "positive" ones unit + 1/2, exact in float32; "normalised" ones are
  uniform ones divided by their norm.
"""

import json
import math
import re
from pathlib import Path

import numpy as np
import torch


def splitmix64(x):
    with np.errstate(over="ignore"):
        z = x + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def unit(stream, *shape):
    i = np.arange(math.prod(shape), dtype=np.uint64)
    values = (splitmix64(np.uint64(stream << 32) + i) >> np.uint64(40)).astype(np.float64) * 2.0**-24
    return torch.from_numpy(values.reshape(shape))


def values(kind, stream, *shape):
    u = unit(stream, *shape)
    if kind == "positive":
        return u + 0.5
    v = 2 * u - 1
    return v / v.norm() if kind == "normalised" else v


def numbers(t):
    """Row-major, to 7 digits, as float32 has."""
    return [float(f"{v:.7g}") for v in t.detach().flatten().tolist()]


def write(script, results):
    """Writes the JSON file beside a script, lists of numbers on one line each."""
    text = json.dumps({"torch": torch.__version__} | results, indent=1)
    text = re.sub(r"\[[^\[\]{}\"]*\]", lambda m: re.sub(r"\s+", " ", m[0]).replace("[ ", "[").replace(" ]", "]"), text)
    Path(script).with_suffix(".json").write_text(text + "\n")
