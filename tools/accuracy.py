"""Count the units in the last place by which losses are off, and store the counts that the book shows.

True values come from the definitions, in mpmath, at the floating-point numbers that the losses were given. Results below
the smallest normal number are left out: there no relative digits are left to keep.

    python tools/accuracy.py
"""

import json
import warnings
from functools import partial
from pathlib import Path

import mpmath as mp
import numpy as np
import torch
from torch.nn import functional

import lossbook

STORED = Path(__file__).parents[1] / "book" / "accuracy.json"
EDGES = (16.5, 17, 36, 37, 88, 103.5, 709, 745)
LOGITS = np.array([0.0, *(s * z for z in (*10 ** np.arange(-8, 4.01, 0.25), *EDGES) for s in (1, -1))])
DISTANCES = tuple(10.0**-n for n in range(9))
mp.mp.dps = 60
warnings.simplefilter("ignore")


def by_autograd(function):
    def run(first, *rest):
        x = torch.tensor(first, requires_grad=True)
        values = function(x, *(torch.tensor(a) for a in rest))
        values.sum().backward()
        return values.detach().numpy(), x.grad.numpy()

    return run


def ours(loss, **options):
    return partial(lossbook.value_and_grad(loss), reduction="none", **options)


def flipped(run):
    """Turn a loss of (reference, model) into one of (model, reference)."""
    return lambda q, p: run(p, q)


# Binary losses: z and y, both of the same shape.


def binary_points(dtype):
    z = np.repeat(LOGITS.astype(dtype), 2)
    return z, np.tile(np.array([0, 1], dtype), len(LOGITS))


def true_bce(z, y):
    sign = 2 * int(y) - 1
    return mp.log1p(mp.exp(-sign * z)), -sign / (1 + mp.exp(sign * z))


def true_focal(gamma, z, y):
    sign = 2 * int(y) - 1
    missing, loss = 1 / (1 + mp.exp(sign * z)), mp.log1p(mp.exp(-sign * z))
    return missing**gamma * loss, -sign * missing**gamma * (missing + gamma * loss / (1 + mp.exp(-sign * z)))


def usual_bce(z, y):
    p = 1 / (1 + np.exp(-z))
    return -y * np.log(p) - (1 - y) * np.log(1 - p), p - y


def usual_focal(gamma, z, y):
    p = 1 / (1 + np.exp(-z))
    p_t, sign = np.where(y == 1, p, 1 - p), np.where(y == 1, 1, -1)
    return -((1 - p_t) ** gamma) * np.log(p_t), sign * (1 - p_t) ** gamma * (gamma * p_t * np.log(p_t) + p_t - 1)


def focal_in_torch(gamma, z, y):
    p = torch.sigmoid(z)
    p_t = p * y + (1 - p) * (1 - y)
    return functional.binary_cross_entropy_with_logits(z, y, reduction="none") * (1 - p_t) ** gamma


def binary_case(true, implementations):
    def run(dtype):
        z, y = binary_points(dtype)
        wanted = [true(mp.mpf(float(a)), b) for a, b in zip(z, y, strict=True)]
        places = np.abs(z).astype(float)
        return {name: errors(run(z, y), wanted, dtype, places) for name, run in implementations.items()}

    return run


# Three classes, each label.


def class_points(dtype):
    rows = [(z, 0, 0) for z in LOGITS] + [(z, -z, 0) for z in LOGITS] + [(z / 2, z, 0) for z in LOGITS]
    z = np.repeat(np.array(rows, dtype), 3, axis=0)
    return z, np.tile([0, 1, 2], len(rows))


def cross_entropy_case(dtype):
    z, k = class_points(dtype)
    wanted = []
    for row, label in zip(z, k, strict=True):
        e = [mp.exp(mp.mpf(float(x))) for x in row]
        p = [x / mp.fsum(e) for x in e]
        slopes = [-mp.fsum(p[:j] + p[j + 1 :]) if j == label else p[j] for j in range(3)]
        wanted.append((mp.log1p(mp.fsum(e[:label] + e[label + 1 :]) / e[label]), *slopes))

    def usual(z, k):
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        at = np.arange(len(k)), k
        value = -np.log(p[at])
        p[at] -= 1
        return value, p

    implementations = {
        "lossbook": ours(lossbook.cross_entropy),
        "torch": by_autograd(partial(functional.cross_entropy, reduction="none")),
        "usual NumPy": usual,
    }
    places = np.abs(z).max(axis=1).astype(float)
    return {name: errors(run(z, k), wanted, dtype, places) for name, run in implementations.items()}


# Divergences: pairs of five classes at a relative distance.


def pairs(dtype):
    """Draw pairs of distributions whose entries are multiples of a power of two, so that they sum to 1 exactly."""
    unit = 2.0 ** (np.finfo(dtype).nmant - 1)
    rng = np.random.default_rng(0)
    p, q, places = [], [], []
    for distance in DISTANCES:
        for _ in range(20):
            first = rng.dirichlet(np.ones(5))
            for rows, row in ((p, first), (q, first * (1 + 0.9 * distance * rng.uniform(-1, 1, 5)))):
                counts = np.rint(row / row.sum() * unit)
                counts[counts.argmax()] += unit - counts.sum()
                rows.append(counts / unit)
            places.append(distance)
    return np.array(q, dtype), np.array(p, dtype), np.array(places)


def true_kl(q, p):
    return mp.fsum(a * mp.log(a / b) for a, b in zip(p, q, strict=True)), *(-a / b for a, b in zip(p, q, strict=True))


def true_js(q, p):
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    value = mp.fsum(a * mp.log(a / c) + b * mp.log(b / c) for a, b, c in zip(p, q, m, strict=True)) / 2
    return value, *(mp.log(b / c) / 2 for b, c in zip(q, m, strict=True))


def usual_js(q, p):
    m = (p + q) / 2
    log = np.log(q / m)
    return (np.sum(p * np.log(p / m), axis=1) + np.sum(q * log, axis=1)) / 2, log / 2


def js_in_torch(q, p):
    m = (p + q) / 2
    return ((p * (p / m).log()).sum(1) + (q * (q / m).log()).sum(1)) / 2


def divergence_case(true, implementations):
    def run(dtype):
        q, p, places = pairs(dtype)
        wanted = [true(*([mp.mpf(float(x)) for x in row] for row in pair)) for pair in zip(q, p, strict=True)]
        return {name: errors(run(q, p), wanted, dtype, places) for name, run in implementations.items()}

    return run


def errors(found, wanted, dtype, places):
    """Return the largest error in ulp of values and of gradients, and the largest relative error of the values at each place."""
    finfo = np.finfo(dtype)
    smallest, largest = float(finfo.smallest_normal), float(finfo.max)
    value, gradient = found
    rows = np.column_stack([np.asarray(value, float), np.asarray(gradient, float).reshape(len(wanted), -1)])
    ulps, relative = np.zeros(rows.shape), np.zeros(rows.shape)
    for i, true in enumerate(wanted):
        for j, exact in enumerate(true):
            size = abs(exact)
            if not smallest <= size <= largest:
                continue
            if not np.isfinite(rows[i, j]):
                ulps[i, j] = relative[i, j] = np.inf
                continue
            off = abs(mp.mpf(rows[i, j]) - exact)
            unit = mp.mpf(2) ** (mp.floor(mp.log(size, 2)) - finfo.nmant)
            ulps[i, j], relative[i, j] = off / unit, off / size
    return {
        "value": rounded(ulps[:, 0].max()),
        "gradient": rounded(ulps[:, 1:].max()),
        "places": {f"{place:.6g}": rounded(relative[places == place, 0].max()) for place in np.unique(places)},
    }


def rounded(x):
    """Two significant digits, and text where it is infinite or NaN was returned, which JSON has no number for."""
    return float(f"{x:.2g}") if np.isfinite(x) else "not finite"


def focal_case(gamma):
    implementations = {
        "lossbook": ours(lossbook.sigmoid_focal_loss, alpha=None, gamma=gamma),
        "torch": by_autograd(partial(focal_in_torch, gamma)),
        "usual NumPy": partial(usual_focal, gamma),
    }
    return binary_case(partial(true_focal, gamma), implementations)


CASES = {
    "binary cross entropy of logits": binary_case(
        true_bce,
        {
            "lossbook": ours(lossbook.binary_cross_entropy_with_logits),
            "torch": by_autograd(partial(functional.binary_cross_entropy_with_logits, reduction="none")),
            "usual NumPy": usual_bce,
        },
    ),
    "cross entropy of 3 logits": cross_entropy_case,
    "focal loss, γ = 0.5": focal_case(0.5),
    "focal loss, γ = 2": focal_case(2),
    "focal loss, γ = 5": focal_case(5),
    "KL divergence": divergence_case(
        true_kl,
        {
            "lossbook": flipped(ours(lossbook.kl_divergence)),
            "torch": by_autograd(lambda q, p: functional.kl_div(q.log(), p, reduction="none").sum(1)),
            "usual NumPy": lambda q, p: (np.sum(p * np.log(p / q), axis=1), -p / q),
        },
    ),
    "JS divergence": divergence_case(
        true_js,
        {
            "lossbook": flipped(ours(lossbook.js_divergence)),
            "torch": by_autograd(js_in_torch),
            "usual NumPy": usual_js,
        },
    ),
}


def main():
    found = {name: {dtype: case(dtype) for dtype in ("float64", "float32")} for name, case in CASES.items()}
    for name, dtypes in found.items():
        for dtype, rows in dtypes.items():
            shown = "  ".join(f"{who} {row['value']}/{row['gradient']}" for who, row in rows.items())
            print(f"{name:32s} {dtype}  {shown}")
    STORED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
