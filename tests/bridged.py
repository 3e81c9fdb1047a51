"""Inputs for the bridges: every loss with a gradient, with arguments at random by their kinds, and options."""

import numpy as np
from ready import ready

N, K = 4, 3


def _positive(rng, *shape):
    return rng.uniform(0.1, 0.9, shape)


def _distribution(rng):
    raw = _positive(rng, N, K)
    return raw / raw.sum(axis=-1, keepdims=True)


#: What an argument of each kind holds; those of one loss fit together.
DRAWN = {
    "probs": lambda rng: _positive(rng, N, K),
    "unit": lambda rng: _positive(rng, N, K),
    "grades": lambda rng: _positive(rng, N, K),
    "multi-label": lambda rng: _positive(rng, N, K),
    "binary": lambda rng: rng.integers(0, 2, (N, K)).astype(float),
    "logits": lambda rng: rng.normal(0, 2, (N, K)),
    "scores": lambda rng: rng.normal(0, 2, (N, K)),
    "cosines": lambda rng: rng.uniform(-1, 1, (N, K)),
    "real": lambda rng: rng.normal(0, 2, (N, K)),
    "number": lambda rng: rng.normal(0, 2, (N, K)),
    "nonzero": lambda rng: rng.normal(0, 2, (N, K)),
    "above −1": lambda rng: rng.exponential(2, (N, K)) - 0.5,
    "positive": lambda rng: rng.exponential(2, (N, K)) + 0.1,
    "not negative": lambda rng: rng.poisson(2, (N, K)).astype(float),
    "log-mean": lambda rng: rng.normal(0, 2, (N, K)),
    "sample": lambda rng: rng.normal(0, 2, N),
    "distribution": _distribution,
    "log-probabilities": lambda rng: np.log(_distribution(rng)),
    "labels": lambda rng: rng.integers(0, K, N),
    "labels or distribution": lambda rng: rng.integers(0, K, N),
    "set function": lambda rng: lambda mask: float(np.sqrt(mask.sum())),
}

DIFFERENTIABLE = [record for record in ready(K) if not record.function.declaration.no_gradient]


def arguments(record, rng):
    """One array for each argument."""
    return [DRAWN[kind](rng) for kind in record.arguments.values()]


def prediction(record):
    """The place of the argument that the gradient is taken with respect to."""
    return list(record.arguments).index(record.function.prediction)


def options(record):
    """Sets of options: none, each reduction, and for regions, which have no axis of their own, one and several."""
    yield {}
    if "reduction" in record.options:
        yield {"reduction": "sum"}
        yield {"reduction": "none"}
    if record.function.declaration.each == "region":
        yield from ({"reduction": "none", "axis": axis} for axis in (0, -1, (0, 1), ()))


CASES = [(record, chosen) for record in DIFFERENTIABLE for chosen in options(record)]
IDS = [f"{record.name}-{'-'.join(map(str, chosen.values()))}" for record, chosen in CASES]
