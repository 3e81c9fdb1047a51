"""Time the bridges beside the libraries' own losses, and store what the page *Use it* shows.

One process, one thread. A loss is timed with its gradient, in the dtype that models are trained in; of boosting, the whole
training is timed. As in bench.py, the two take turns, and the median of the ratios is stored with its quartiles.

    python tools/bench_bridges.py
"""

import os

os.environ |= {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}

import json
import platform
from importlib.metadata import version
from pathlib import Path

import bench  # before NumPy is imported: it asks for one thread
import jax
import jax.numpy as jnp
import lightgbm
import numpy as np
import optax
import torch
import xgboost
from sklearn.datasets import make_classification
from torch.nn import functional

import lossbook
from lossbook.bridges import boosting
from lossbook.bridges import jax as in_jax
from lossbook.bridges import torch as in_torch

STORED = Path(__file__).parents[1] / "book" / "bridges.json"
SIZES = (1_000, 100_000, 10_000_000)
CLASSES = 10
ROUNDS = 20
ROWS = 50_000


def binary(rng, size):
    return (4 * rng.normal(size=size)).astype(np.float32), rng.integers(0, 2, size).astype(np.float32)


def classes(rng, size):
    return (4 * rng.normal(size=(size // CLASSES, CLASSES))).astype(np.float32), rng.integers(
        0, CLASSES, size // CLASSES
    )


#: By name: the arguments, the loss here, in PyTorch and in JAX.
LOSSES = {
    "binary cross entropy of logits": (
        binary,
        lossbook.binary_cross_entropy_with_logits,
        functional.binary_cross_entropy_with_logits,
        lambda z, y: optax.sigmoid_binary_cross_entropy(z, y).mean(),
    ),
    "cross entropy of 10 classes": (
        classes,
        lossbook.cross_entropy,
        functional.cross_entropy,
        lambda z, k: optax.softmax_cross_entropy_with_integer_labels(z, k).mean(),
    ),
}


def by_torch(loss, z, y):
    z, y = torch.tensor(z, requires_grad=True), torch.tensor(y)

    def run():
        z.grad = None
        value = loss(z, y)
        value.backward()
        return value.item(), z.grad.numpy()

    return run


def by_jax(loss, z, y):
    z, y = jnp.asarray(z), jnp.asarray(y)
    compiled = jax.jit(jax.value_and_grad(loss))
    return lambda: jax.block_until_ready(compiled(z, y))


def by_xgboost(objective, own, x, y):
    data = xgboost.DMatrix(x, y)
    start = {"objective": own, "base_score": 0.5} if objective is None else {"base_score": 0}
    return lambda: xgboost.train({"nthread": 1} | start, data, ROUNDS, obj=objective).predict(data, output_margin=True)


def by_lightgbm(objective, own, x, y):
    parameters = {"num_threads": 1, "verbosity": -1, "boost_from_average": False, "objective": objective or own}
    data = lightgbm.Dataset(x, y).construct()
    return lambda: lightgbm.train(parameters, data, ROUNDS).predict(x, raw_score=True)


def measure(bridge, loss, size, ours, own):
    """Compare the results, then the times."""
    for mine, theirs in zip(map(np.asarray, ours()), map(np.asarray, own()), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-5)
    times, ratios = bench.compare({"lossbook": ours, "own": own}, "own")
    record = {
        "bridge": bridge,
        "of": loss,
        "size": size,
        "ms": {name: float(f"{1e3 * t:.3g}") for name, t in times.items()},
        "ratio": [float(f"{quartile:.3g}") for quartile in ratios["lossbook"]],
    }
    print(record, flush=True)
    return record


def losses(bridge, run, differentiable, own):
    """Measure the losses in one library; ``own`` is the place of its own in LOSSES."""
    for name, (draw, loss, *others) in LOSSES.items():
        for size in SIZES:
            given = draw(np.random.default_rng(size), size)
            yield measure(bridge, name, size, run(differentiable(loss), *given), run(others[own], *given))


def trainings():
    table = make_classification(ROWS, 20, random_state=0)
    bce = lossbook.binary_cross_entropy_with_logits
    name = f"{ROUNDS} rounds of binary cross entropy"
    ours = by_xgboost(boosting.xgboost_objective(bce), None, *table)
    yield measure("XGBoost", name, ROWS, ours, by_xgboost(None, "binary:logistic", *table))
    ours = by_lightgbm(boosting.lightgbm_objective(bce), None, *table)
    yield measure("LightGBM", name, ROWS, ours, by_lightgbm(None, "binary", *table))


def main():
    libraries = ("numpy", "torch", "jax", "optax", "xgboost-cpu", "lightgbm")
    result = {
        "versions": {name: version(name) for name in libraries},
        "processor": platform.machine(),
        "rows": [
            *losses("PyTorch", by_torch, in_torch.differentiable, 0),
            *losses("JAX, compiled", by_jax, in_jax.differentiable, 1),
            *trainings(),
        ],
    }
    STORED.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
