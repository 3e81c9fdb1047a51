"""What the docstrings promise of values, read from the docstrings themselves and held over all options."""

import inspect
import itertools
import math
import re

import numpy as np
import pytest
from ready import ready

import lossbook

RECORDS = ready(4)

#: What a docstring may say of the least and the largest value.
RANGES = (r"\bin \[([^],]+), ([^]]+)\]", r"\bbetween ([^,:]+?) and ([^,:]+?)(?: for K classes)?[,.:]")


def returned(record):
    """What the docstring says of what is returned."""
    text = inspect.getdoc(record.function).partition("Returns\n-------\n")[2]
    return " ".join(re.split(r"\n\n\S+\n-+\n", text)[0].split())


def promised(record, options):
    """The range that a docstring promises of one value, or None."""
    text = returned(record)
    found = next(filter(None, (re.search(pattern, text) for pattern in RANGES)), None)
    if found is None:
        return (0, math.inf) if "≥ 0" in text or "nats" in text else None
    names = {"K": 4, "log": math.log, "r": options.get("r", 2), "q": options.get("q", 0.7)}
    ends = [re.sub(r"log (\w+)", r"log(\1)", end.replace("−", "-").replace("^", "**")) for end in found.groups()]
    unit = 1.0
    if "base" in options:
        assert "divided by log base" in text
        unit = math.log(options["base"])
    return tuple(eval(end, names) / unit for end in ends)


def drawn(kind, rng, case):
    """Arguments in the middle of their range, near its ends, and at its ends."""
    shape = (6, 4)
    one_hot = np.eye(4)[rng.integers(0, 4, 6)]
    sharp = rng.dirichlet(np.full(4, 0.01), 6)
    near = np.where(rng.random(shape) < 0.5, 1e-9, 1 - 1e-9)
    return {
        "logits": [
            rng.normal(size=shape),
            40 * rng.normal(size=shape),
            np.where(rng.random(shape) < 0.5, -np.inf, np.inf),
        ],
        "scores": [rng.normal(size=shape), 400 * rng.normal(size=shape), np.where(one_hot > 0, np.inf, 0)],
        "cosines": [rng.uniform(-1, 1, shape), np.where(near < 0.5, -1 + near, near), 2 * one_hot - 1],
        "number": [rng.normal(size=shape), 1e150 * rng.normal(size=shape), np.zeros(shape)],
        "nonzero": [rng.normal(size=shape), 1e150 * rng.normal(size=shape), np.full(shape, -5e-324)],
        "above −1": [rng.exponential(size=shape), 10.0 ** rng.uniform(-300, 300, shape) - 1e-9, np.full(shape, -1 + 2**-24)],
        "positive": [rng.exponential(size=shape), 10.0 ** rng.uniform(-300, 300, shape), np.full(shape, 5e-324)],
        "not negative": [rng.poisson(2, shape), 10.0 ** rng.uniform(-300, 300, shape), np.zeros(shape)],
        "log-mean": [rng.normal(size=shape), 400 * rng.normal(size=shape), np.where(rng.random(shape) < 0.5, -np.inf, np.inf)],
        "probs": [rng.random(shape), near, rng.integers(0, 2, shape).astype(float)],
        "unit": [rng.random(shape), near, rng.integers(0, 2, shape)],
        "grades": [rng.random(shape), near, rng.integers(0, 2, shape)],
        "binary": [rng.integers(0, 2, shape), np.zeros(shape), np.ones(shape)],
        "multi-label": [rng.random(shape), near, rng.integers(0, 2, shape)],
        "labels": [rng.integers(0, 4, 6), np.zeros(6, int), np.full(6, 3)],
        "labels or distribution": [rng.integers(0, 4, 6), sharp, one_hot],
        "distribution": [rng.dirichlet(np.ones(4), 6), sharp, one_hot],
        "log-probabilities": [
            np.log(rng.dirichlet(np.ones(4), 6)),
            50 * np.log(rng.random(shape)),
            np.log(np.maximum(sharp, 1e-300)),
        ],
        "counts": [rng.integers(0, 9, (4, 6)), np.zeros((4, 6)), rng.integers(0, 2, (4, 6)) * 1e300],
        "class counts": [1 + rng.integers(0, 99, 4), np.ones(4), 10.0 ** np.array([300, 0, 7, 8])],
        "real": [rng.normal(size=6), np.zeros(6), 1e100 * rng.normal(size=6)],
        "sample": [rng.normal(size=6), np.zeros(6), 1e100 * rng.normal(size=6)],
        "ensemble": [rng.normal(size=shape), 1e150 * rng.normal(size=shape), np.zeros(shape)],
        "quantiles": [rng.normal(size=shape), 1e150 * rng.normal(size=shape), np.zeros(shape)],
        "outcome": [rng.normal(size=6), 1e150 * rng.normal(size=6), np.zeros(6)],
        "ensemble of vectors": [rng.normal(size=(6, 4, 2)), 1e150 * rng.normal(size=(6, 4, 2)), np.zeros((6, 4, 2))],
        "vector": [rng.normal(size=(6, 2)), 1e150 * rng.normal(size=(6, 2)), np.zeros((6, 2))],
        "masses": [rng.random(6) + 0.1, np.eye(6)[0], 1e100 * rng.random(6)],
        "costs": [rng.random((6, 6)), np.zeros((6, 6)), 1e100 * rng.random((6, 6))],
        "set function": [lambda mask: float(mask.sum())] * 3,
    }[kind][case]


#: Values of an option away from its default; an option of another meaning elsewhere has its own there.
OPTIONS = {
    "alpha": [0.0, 0.7, 1.0],
    "gamma": [0.0, 0.5, 5.0],
    "label_smoothing": [0.3, 1.0],
    "ignore_index": [1],
    "base": [2, 10],
    "smooth": [0.5, 1e3],
    "empty": [0.0, 0.5],
    "squared": [True],
    "fp_weight": [0.0, 3.0],
    "fn_weight": [0.0, 3.0],
    "dice_weight": [0.0, 2.0],
    "threshold": [0.0, 1.0],
    "beta": [0.0, 2.0, math.inf],
    "zero_division": [0.5, 1.0],
    "order": [2],
    "positions": [[-1.0, 0.0, 0.5, 9.0]],
    "r": [0.5, 1.0, 3.0, math.inf],
    "pos_weight": [0.0, 3.0],
    "axis": [],
    "classes": ["all", [0, 2]],
    "per_image": [True],
    "weight": [],
    "sample_weight": [],
    "where": [],
    "reduction": [],
    ("smooth_l1_loss", "beta"): [0.0, 1e-3, 3.0],
    ("barron_loss", "alpha"): [-math.inf, -2.0, 0.0, 2.0, math.inf],
    ("smoothed_hinge_loss", "gamma"): [1e-3, 5.0],
    ("quality_focal_loss", "beta"): [0.0, 0.5, 5.0],
    ("penalty_reduced_focal_loss", "beta"): [0.0, 0.5, 7.0],
    "gamma_pos": [0.5, 2.0],
    "gamma_neg": [0.0, 1.0],
    ("asymmetric_loss", "margin"): [0.0, 0.5],
    "bins": [1, 3],
    ("entmax_loss", "alpha"): [1.0, 1.2, 2.0, 3.5],
    ("crammer_singer_loss", "margin"): [0.0, 3.0],
    ("weston_watkins_loss", "margin"): [0.0, 3.0],
    ("symmetric_cross_entropy", "beta"): [0.0, 3.0],
    ("confidence_penalty_cross_entropy", "beta"): [0.0, 3.0],
    "temperature": [1e-3, 1.0, 1e8],
    ("taylor_cross_entropy", "order"): [1, 7],
    ("class_balanced_weights", "beta"): [0.0, 0.9, 1 - 1e-12, 1.0],
    ("logit_adjusted_cross_entropy", "tau"): [0.0, 0.5, 3.0, 1e300],
    "normalize": [False],
    "counts": [[1, 1e300, 1e-300, 7], [5, 5, 5, 5]],
    "priors": [[0.7, 0.2, 0.1, 0], [0.25, 0.25, 0.25, 0.25]],
    "max_margin": [0.0, 1.0, 1e300],
    "q": [1e-3, 1.0],
    "log_zero": [-1e-3, -30.0],
    "t1": [0.0, 1.0],
    "t2": [0.0, 0.5, 1.0, 4.0],
    ("poly1_cross_entropy", "epsilon"): [-1.0, 5.0],
    ("energy_score", "beta"): [0.5, 1.5, 2.0],
    "fair": [],
    "levels": [[0.01, 0.02, 0.5, 0.51]],
    "margin": [0.0, 1.5],
    ("arcface_loss", "margin"): [0.0, 1.5, 3.0],
    ("sphereface_loss", "margin"): [1, 2, 9],
    "delta": [1e-3, 3.0, math.inf],
    "scale": [1e-3, 30.0],
    "c": [0.5, math.inf],
    "width": [0.5, 1e3],
    "curvature": [0.1, 50.0],
    "tau": [1e-300, 0.2, 0.9],
    "kappa": [1e-3, 30.0],
    "epsilon": [0.0, 3.0],
    "x_weights": [[1, 2, 3, 4, 5, 6]],
    "y_weights": [[1, 2, 3, 4, 5, 6]],
    "return_flow": [],
    "power": [1.0, 1.1, 2.0 - 1e-14],
    "dispersion": [1e-300, 0.3, 1e18, math.inf],
    "full": [True],
}


def products(record):
    """Each option at each of its values, and pairs of options."""
    own = {name: OPTIONS.get((record.name, name), OPTIONS[name]) for name in record.options}
    single = [{name: value} for name, values in own.items() for value in values]
    pairs = [one | other for one, other in itertools.combinations(single, 2) if one.keys() != other.keys()]
    return [{}, *single, *pairs]


CASES = list(itertools.product(range(3), repeat=2))


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_values_lie_in_the_range_that_the_docstring_promises_whatever_the_options(record):
    rng = np.random.default_rng(20)
    reduced = {"reduction": "none"} if "reduction" in record.options else {}
    if record.function.declaration.each == "region":
        reduced["axis"] = 1
    for options, cases in itertools.product(products(record), CASES):
        kinds = list(record.arguments.values())
        arguments = [drawn(kind, rng, case) for kind, case in zip(kinds, (*cases, cases[0]), strict=False)]
        if options.get("ignore_index") is not None and np.ndim(arguments[1]) == 2 and kinds[1].startswith("labels"):
            continue
        value = record.function(*arguments, **options, **reduced)
        for part in value if isinstance(value, tuple) else (value,):
            assert not np.isnan(part).any(), (options, cases)
        if limits := promised(record, options):
            low, high = limits
            assert np.min(value) >= low, (options, cases)
            assert np.max(value) <= high * (1 + 1e-12), (options, cases)
        if record.function.declaration.no_gradient is None:
            gradient = lossbook.grad(record.function)(*arguments, **options, **reduced)
            assert not np.isnan(gradient).any(), (options, cases)


def test_ranges_are_read_from_the_docstrings():
    found = {r.name: promised(r, {}) for r in RECORDS}
    assert found["dice_loss"] == found["precision"] == found["lovasz_softmax"] == (0, 1)
    assert found["js_divergence"] == (0, math.log(2))
    assert found["entropy"] == (0, math.log(4))
    assert found["squared_emd_loss"] == (0, 3)
    assert found["emd_loss"] == (0, math.sqrt(0.75))
    assert found["cross_entropy"] == found["lovasz_hinge"] == (0, math.inf)
    assert found["mse_loss"] is None


@pytest.mark.parametrize(
    "record", [r for r in RECORDS if r.function.declaration.no_gradient is None], ids=lambda r: r.name
)
def test_options_do_not_change_the_dtype(record):
    rng = np.random.default_rng(21)
    for options in products(record):
        for dtype in (np.float32, np.float64):
            arguments = [drawn(kind, rng, 0) for kind in record.arguments.values()]
            given = [a.astype(dtype) if getattr(a, "dtype", None) == np.float64 else a for a in arguments]
            if dtype == np.float32:
                given = [a / a.sum(axis=-1, keepdims=True) if k == "distribution" else a for a, k in zip(given, record.arguments.values(), strict=True)]  # fmt: skip
            for part in lossbook.value_and_grad(record.function)(*given, **options):
                assert part.dtype == dtype, options
