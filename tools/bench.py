"""Time the losses beside other libraries, and store the ratios that the book shows.

One process, one thread, value and gradient together with the input checked. The candidates take turns, each turn gives
one ratio to PyTorch's eager forward and backward pass, and the median of the ratios is reported with its quartiles: what
slows the machine down for a while slows down all of them.

    python tools/bench.py [part of a loss's name] [largest size]
    python tools/bench.py transport|threads|limits|layouts|options

Without arguments everything is measured, and the result is stored for the book; a section alone is measured and stored anew.
"""

import functools
import inspect
import json
import math
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import ot
import torch
from scipy.special import log_expit, rel_entr, softmax
from scipy.stats import wasserstein_distance
from sklearn.metrics import log_loss
from torch.nn import functional

import lossbook

STORED = Path(__file__).parents[1] / "book" / "speed.json"
SECONDS = 1.0  # for each loss, size and dtype
TURNS = 31
ROUND = 1e-3  # the shortest turn; shorter calls are repeated
COMPILED_FROM = 1_000_000  # torch.compile takes seconds for each shape and pays off only for large arrays

torch.set_num_threads(1)


def labels_of(rng, shape, classes):
    return rng.integers(0, classes, shape)


def distributions(rng, shape, dtype, axis=-1):
    return softmax(rng.normal(size=shape), axis=axis).astype(dtype)


def rows(size, classes):
    return max(1, size // classes), classes


# Each case makes the arguments of a loss, and says what the others do with them. The first argument is the one that
# the gradient is taken with respect to.


def bce(size, dtype, rng):
    z, y = (4 * rng.normal(size=size)).astype(dtype), labels_of(rng, size, 2).astype(dtype)

    def usual(z, y):
        p = 1 / (1 + np.exp(-z))
        value = np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
        return value, (p - y) / z.size

    def scipy(z, y):
        return np.mean(-y * log_expit(z) - (1 - y) * log_expit(-z))

    return (
        lossbook.binary_cross_entropy_with_logits,
        {},
        (z, y),
        functional.binary_cross_entropy_with_logits,
        {
            "usual NumPy": usual,
            "SciPy, value only": scipy,
        },
    )


def bce_probs(size, dtype, rng):
    p, y = rng.uniform(0.01, 0.99, size).astype(dtype), labels_of(rng, size, 2).astype(dtype)

    def usual(p, y):
        value = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        return value, (p - y) / (p * (1 - p)) / p.size

    others = {"usual NumPy": usual}
    if size <= 1e6:
        others["scikit-learn, value only"] = lambda p, y: log_loss(y, p, labels=[0, 1])
    return lossbook.binary_cross_entropy, {}, (p, y), functional.binary_cross_entropy, others


def mse(size, dtype, rng):
    x, y = (rng.normal(size=size).astype(dtype) for _ in range(2))

    def usual(x, y):
        return np.mean((x - y) ** 2), 2 * (x - y) / x.size

    return lossbook.mse_loss, {}, (x, y), functional.mse_loss, {"usual NumPy": usual}


def sigmoid_focal(size, dtype, rng):
    z, y = (4 * rng.normal(size=size)).astype(dtype), labels_of(rng, size, 2).astype(dtype)

    def torchvision(z, y, alpha=0.25, gamma=2.0):
        p = torch.sigmoid(z)
        ce = functional.binary_cross_entropy_with_logits(z, y, reduction="none")
        p_t = p * y + (1 - p) * (1 - y)
        return ((alpha * y + (1 - alpha) * (1 - y)) * (ce * (1 - p_t) ** gamma)).mean()

    def usual(z, y, alpha=0.25, gamma=2.0):
        p = 1 / (1 + np.exp(-z))
        p_t, a_t = np.where(y == 1, p, 1 - p), np.where(y == 1, alpha, 1 - alpha)
        value = np.mean(-a_t * (1 - p_t) ** gamma * np.log(p_t))
        slope = a_t * (1 - p_t) ** gamma * (gamma * p_t * np.log(p_t) + p_t - 1)
        return value, np.where(y == 1, slope, -slope) / z.size

    return lossbook.sigmoid_focal_loss, {}, (z, y), torchvision, {"usual NumPy": usual}


def cross_entropy(size, dtype, rng, shape=None, classes=10, axis=-1):
    shape = shape or rows(size, classes)
    z = (4 * rng.normal(size=shape)).astype(dtype)
    k = labels_of(rng, np.delete(shape, axis), shape[axis])

    def usual(z, k):
        p = softmax(z, axis=axis)
        at = np.expand_dims(k, axis)
        value = -np.mean(np.log(np.take_along_axis(p, at, axis)))
        np.put_along_axis(p, at, np.take_along_axis(p, at, axis) - 1, axis)
        return value, p / k.size

    return lossbook.cross_entropy, {"axis": axis}, (z, k), functional.cross_entropy, {"usual NumPy": usual}


def softmax_focal(size, dtype, rng, classes=10):
    z, k = (4 * rng.normal(size=rows(size, classes))).astype(dtype), labels_of(rng, rows(size, classes)[0], classes)

    def written(z, k, gamma=2.0):
        ce = functional.cross_entropy(z, k, reduction="none")
        return ((1 - torch.exp(-ce)) ** gamma * ce).mean()

    return lossbook.softmax_focal_loss, {}, (z, k), written, {}


def kl(size, dtype, rng, classes=10):
    q, p = (distributions(rng, rows(size, classes), dtype) for _ in range(2))

    def written(q, p):
        return functional.kl_div(q.log(), p, reduction="batchmean")

    def usual(q, p):
        return np.sum(p * np.log(p / q)) / len(p), -p / q / len(p)

    others = {"usual NumPy": usual, "SciPy, value only": lambda q, p: np.sum(rel_entr(p, q)) / len(p)}
    return lossbook.kl_divergence, {"flip": True}, (q, p), written, others


def js(size, dtype, rng, classes=10):
    q, p = (distributions(rng, rows(size, classes), dtype) for _ in range(2))

    def written(q, p):
        m = (p + q) / 2
        return ((p * (p / m).log()).sum() + (q * (q / m).log()).sum()) / (2 * len(p))

    def usual(q, p):
        m = (p + q) / 2
        log = np.log(q / m)
        return (np.sum(p * np.log(p / m)) + np.sum(q * log)) / (2 * len(p)), log / (2 * len(p))

    return lossbook.js_divergence, {"flip": True}, (q, p), written, {"usual NumPy": usual}


def squared_emd(size, dtype, rng, classes=10):
    p, q = (distributions(rng, rows(size, classes), dtype) for _ in range(2))

    def written(p, q):
        return (p - q).cumsum(1).square().sum(1).mean()

    def usual(p, q):
        difference = np.cumsum(p - q, axis=1)
        value = np.mean(np.sum(difference**2, axis=1))
        return value, 2 * np.cumsum(difference[:, ::-1], axis=1)[:, ::-1] / len(p)

    return lossbook.squared_emd_loss, {}, (p, q), written, {"usual NumPy": usual}


def emd(size, dtype, rng, classes=10):
    p, q = (distributions(rng, rows(size, classes), dtype) for _ in range(2))

    def written(p, q):
        return (p - q).cumsum(1).square().mean(1).sqrt().mean()

    return lossbook.emd_loss, {}, (p, q), written, {}


def w1_histograms(size, dtype, rng, classes=10):
    p, q = (distributions(rng, rows(size, classes), dtype) for _ in range(2))

    def written(p, q):
        return (p - q).cumsum(1)[:, :-1].abs().sum(1).mean()  # the last difference is rounding alone

    return lossbook.wasserstein_histograms, {}, (p, q), written, {}


def w1_samples(size, dtype, rng):
    x, y = (rng.normal(size=size).astype(dtype) for _ in range(2))

    def written(x, y):
        return (x.sort().values - y.sort().values).abs().mean()

    def usual(x, y):
        order = np.argsort(x)
        difference = x[order] - np.sort(y)
        gradient = np.empty_like(x)
        gradient[order] = np.sign(difference) / len(x)
        return np.mean(np.abs(difference)), gradient

    others = {"usual NumPy": usual, "SciPy, value only": wasserstein_distance}
    return lossbook.wasserstein_samples, {}, (x, y), written, others


def dice(size, dtype, rng):
    p, g = rng.uniform(size=size).astype(dtype), labels_of(rng, size, 2).astype(dtype)

    def written(p, g):
        return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())

    def usual(p, g):
        both, whole = np.sum(p * g), np.sum(p) + np.sum(g)
        return 1 - 2 * both / whole, -2 * (g * whole - both) / whole**2

    return lossbook.dice_loss, {}, (p, g), written, {"usual NumPy": usual}


def tversky(size, dtype, rng):
    p, g = rng.uniform(size=size).astype(dtype), labels_of(rng, size, 2).astype(dtype)

    def written(p, g):
        tp, fp, fn = (p * g).sum(), (p * (1 - g)).sum(), ((1 - p) * g).sum()
        return 1 - tp / (tp + 0.3 * fp + 0.7 * fn)

    return lossbook.tversky_loss, {"fp_weight": 0.3, "fn_weight": 0.7}, (p, g), written, {}


def lovasz_gradient(foreground):
    count = foreground.sum()
    union = count + (1 - foreground).cumsum(0)
    jaccard = 1 - (count - foreground.cumsum(0)) / union
    return torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])


def lovasz_hinge(size, dtype, rng):
    z, y = rng.normal(size=size).astype(dtype), (rng.uniform(size=size) < 0.3).astype(dtype)

    def published(z, y):
        errors, order = torch.sort(1 - z * (2 * y - 1), dim=0, descending=True)
        return torch.dot(functional.relu(errors), lovasz_gradient(y[order]))

    return lossbook.lovasz_hinge, {}, (z, y), published, {}


def lovasz_softmax(size, dtype, rng, classes=21):
    side = max(1, round(math.sqrt(size / classes)))
    shape = (classes, side, side)
    p, k = distributions(rng, shape, dtype, axis=0), labels_of(rng, (side, side), classes)

    def published(p, k):
        losses = []
        for c in range(classes):
            foreground = (k == c).to(p.dtype).view(-1)
            if foreground.sum() > 0:
                errors, order = torch.sort((foreground - p[c].view(-1)).abs(), dim=0, descending=True)
                losses.append(torch.dot(errors, lovasz_gradient(foreground[order])))
        return torch.stack(losses).mean()

    return lossbook.lovasz_softmax, {"axis": 0}, (p, k), published, {}


LADDER = tuple(10**n for n in range(2, 8))
CASES = {
    "binary_cross_entropy_with_logits": (bce, LADDER),
    "binary_cross_entropy": (bce_probs, LADDER),
    "mse_loss": (mse, LADDER),
    "sigmoid_focal_loss": (sigmoid_focal, LADDER),
    "cross_entropy, 10 classes": (cross_entropy, LADDER),
    "cross_entropy, 1000 classes": (functools.partial(cross_entropy, classes=1000), LADDER[1:]),
    "cross_entropy, 2×21×512×512": (
        functools.partial(cross_entropy, shape=(2, 21, 512, 512), axis=1),
        (2 * 21 * 512**2,),
    ),
    "softmax_focal_loss, 10 classes": (softmax_focal, LADDER),
    "kl_divergence, 10 classes": (kl, LADDER),
    "js_divergence, 10 classes": (js, LADDER),
    "wasserstein_histograms, 10 bins": (w1_histograms, LADDER),
    "emd_loss, 10 classes": (emd, LADDER),
    "squared_emd_loss, 10 classes": (squared_emd, LADDER),
    "wasserstein_samples": (w1_samples, LADDER[:-1]),
    "dice_loss": (dice, LADDER),
    "tversky_loss": (tversky, LADDER),
    "lovasz_hinge": (lovasz_hinge, LADDER[:-1]),
    "lovasz_softmax, 21 classes": (lovasz_softmax, (*LADDER[1:-1], 21 * 512**2)),
}

THREADED = {
    label: (CASES[label][0], CASES[label][1][-1])
    for label in ("binary_cross_entropy_with_logits", "sigmoid_focal_loss", "cross_entropy, 10 classes", "dice_loss")
}


def ours(loss, options, arguments):
    """Return a call of ``lossbook``; ``flip`` is for the divergences, whose prediction comes second."""
    options = dict(options)
    given = arguments[::-1] if options.pop("flip", False) else arguments
    return functools.partial(lossbook.value_and_grad(loss), *given, **options)


def candidates(case, size, dtype):
    """Return what is to be timed, by name: lossbook first, PyTorch second."""
    loss, options, arguments, in_torch, others = case(size, dtype, np.random.default_rng(size))
    first, *rest = (torch.from_numpy(np.ascontiguousarray(a)) for a in arguments)
    first.requires_grad_()

    def by_autograd(function):
        def run():
            first.grad = None
            value = function(first, *rest)
            value.backward()
            return value.item(), first.grad.numpy()

        return run

    found = {"lossbook": ours(loss, options, arguments), "torch": by_autograd(in_torch)}
    if size >= COMPILED_FROM:
        torch._dynamo.reset()  # after eight shapes of one function it would give up, and run it uncompiled
        found["torch.compile"] = by_autograd(torch.compile(in_torch, dynamic=False))
    found |= {name: functools.partial(function, *arguments) for name, function in others.items()}
    return found


def agree(found):
    """Check that what is timed is the same."""
    mine, theirs = found["lossbook"](), found["torch"]()
    np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-8)
    off = abs(mine[1] - theirs[1]) > 1e-8 * abs(theirs[1]).max()
    assert np.mean(off) < 1e-3  # where two sums tie, rounding decides about the sign


def seconds(run, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def compare(found, reference="torch"):
    """Let the candidates take turns; return seconds of the first, and quartiles of the ratio of each to the reference."""
    repeats = {}
    for name, run in found.items():
        run()
        once = min(seconds(run, 1) for _ in range(3))
        repeats[name] = max(1, round(ROUND / once))
    turns = []
    start = time.perf_counter()
    while len(turns) < 5 or (len(turns) < TURNS and time.perf_counter() - start < SECONDS):
        turns.append({name: seconds(run, repeats[name]) for name, run in found.items()})
    ratios = {
        name: np.quantile([turn[name] / turn[reference] for turn in turns], [0.25, 0.5, 0.75]).tolist()
        for name in found
        if name != reference
    }
    return {name: float(np.median([turn[name] for turn in turns])) for name in found}, ratios


def measure(label, case, size, dtype):
    found = candidates(case, size, dtype)
    if dtype == "float64":  # in float32, PyTorch's gradient of the Lovász hinge is off by 1 %
        agree(found)
    times, ratios = compare(found)
    record = {
        "loss": label,
        "size": size,
        "dtype": dtype,
        "ns": {name: round(1e9 * t / size, 3) for name, t in times.items()},
        "ratio": {name: [round(x, 3) for x in quartiles] for name, quartiles in ratios.items()},
    }
    shown = "  ".join(f"{name} {r[1]:.2f} ({r[0]:.2f}-{r[2]:.2f})" for name, r in record["ratio"].items())
    print(f"{label:36s} {size:9d} {dtype}  torch {record['ns']['torch']:8.2f} ns  {shown}", flush=True)
    return record


def transport(points):
    """The general transport problem, against POT called directly."""
    rng = np.random.default_rng(points)
    supply, demand = rng.dirichlet(np.ones(points)), rng.dirichlet(np.ones(points))
    cost = ot.dist(rng.normal(size=(points, 2)), rng.normal(size=(points, 2)))
    found = {
        "lossbook": lambda: lossbook.earth_movers_distance(supply, demand, cost),
        "POT": lambda: ot.emd2(supply, demand, cost),
    }
    times, ratios = compare(found, "POT")
    quartiles = [round(x, 3) for x in ratios["lossbook"]]
    print(f"earth_movers_distance {points} x {points}: {quartiles[1]:.2f} of POT", flush=True)
    return {"points": points, "ms": {name: round(1e3 * t, 2) for name, t in times.items()}, "ratio": quartiles}


def threaded(label, case, size):
    """Two threads beside one."""
    loss, options, arguments, _, _ = case(size, "float64", np.random.default_rng(size))
    run = ours(loss, options, arguments)

    def together():
        with lossbook.threads(2):
            return run()

    quartiles = [round(x, 3) for x in compare({"two": together, "one": run}, "one")[1]["two"]]
    print(f"{label} on two threads: {quartiles[1]:.2f} of one", flush=True)
    return {"loss": label, "size": size, "ratio": quartiles}


def limit(label, dtype):
    """A loss at its largest size beside what no code can do without: to read its input and write its gradient, or to sort."""
    case, sizes = CASES[label]
    loss, options, arguments, _, _ = case(sizes[-1], dtype, np.random.default_rng(1))
    prediction, target = arguments[:2]
    out = np.empty_like(prediction)
    sorts = label.startswith(("lovasz", "wasserstein_samples"))

    def stream():
        np.copyto(out, prediction)
        np.add.reduce(target, axis=None)

    def sort():
        np.sort(prediction.reshape(-1))

    found = {"lossbook": ours(loss, options, arguments), "least": sort if sorts else stream}
    quartiles = [round(x, 3) for x in compare(found, "least")[1]["lossbook"]]
    print(f"{label} {dtype}: {quartiles[1]:.2f} of {'a sort' if sorts else 'a stream'}", flush=True)
    return {"loss": label, "dtype": dtype, "least": "sort" if sorts else "stream", "ratio": quartiles}


#: A loss of columns or regions with its axis elsewhere than last: the shape, the axis, and that of the same columns at the end.
LAYOUTS = (
    ((100_000, 10, 4), 1, (400_000, 10)),
    ((4, 10, 100_000), 1, (400_000, 10)),
    ((10, 400_000), 0, (400_000, 10)),
)


def layout(record, shape, axis, last):
    """Columns along another axis, or as a transposed view, beside the same columns along the last."""
    given = arguments_of(record, last, np.random.default_rng(2))
    moved = [
        np.ascontiguousarray(np.moveaxis(turned_to(a, shape, axis), -1, axis))
        if a.ndim == 2
        else turned_to(a, shape, axis)
        for a in given
    ]
    view = [np.moveaxis(a, axis, -1) if a.ndim == len(shape) else a for a in moved]
    run = lossbook.value_and_grad(functools.partial(record.function, **needed(record, last[-1])))
    found = {
        "last": lambda: run(*given, axis=-1),
        "elsewhere": lambda: run(*moved, axis=axis),
        "a view": lambda: run(*view, axis=-1),
    }
    ratios = compare(found, "last")[1]
    print(
        f"{record.name} {shape} along {axis}: {ratios['elsewhere'][1]:.2f}, {ratios['a view'][1]:.2f} of the last",
        flush=True,
    )
    shown = {name: [round(x, 3) for x in quartiles] for name, quartiles in ratios.items()}
    return {"loss": record.name, "shape": shape, "axis": axis, "ratio": shown}


def turned_to(array, shape, axis):
    """Give the columns of an array (N, K), or what belongs to each of N, the shape without the axis, classes last."""
    others = shape[:axis] + shape[axis + 1 :]
    return array.reshape(*others, -1) if array.ndim == 2 else array.reshape(others)


def arguments_of(record, shape, rng):
    """Arguments of a loss from their kinds, float32, classes along the last axis."""
    made = {
        "distribution": lambda: distributions(rng, shape, "float32"),
        "scores": lambda: rng.normal(size=shape).astype("float32"),
        "cosines": lambda: rng.uniform(-1, 1, shape).astype("float32"),
        "logits": lambda: rng.normal(size=shape).astype("float32"),
        "number": lambda: rng.normal(size=shape).astype("float32"),
        "nonzero": lambda: rng.normal(size=shape).astype("float32"),
        "above −1": lambda: rng.exponential(size=shape).astype("float32"),
        "positive": lambda: rng.exponential(size=shape).astype("float32") + np.float32(0.1),
        "not negative": lambda: rng.poisson(2, shape).astype("float32"),
        "log-mean": lambda: rng.normal(size=shape).astype("float32"),
        "location and scale": lambda: (rng.normal(size=shape).astype("float32"), rng.uniform(0.5, 2, shape).astype("float32")),
        "probs": lambda: rng.uniform(0.01, 0.99, shape).astype("float32"),
        "unit": lambda: labels_of(rng, shape, 2).astype("float32"),
        "grades": lambda: labels_of(rng, shape, 2).astype("float32"),
        "binary": lambda: labels_of(rng, shape, 2).astype("float32"),
        "multi-label": lambda: labels_of(rng, shape, 2).astype("float32"),
        "labels": lambda: labels_of(rng, shape[:-1], shape[-1]),
        "labels or distribution": lambda: labels_of(rng, shape[:-1], shape[-1]),
        "log-probabilities": lambda: np.log(distributions(rng, shape, "float32")),
    }
    return [made[kind]() for kind in record.arguments.values()]


def needed(record, classes):
    """The options without which a loss cannot be called."""
    counts = np.arange(classes, 0, -1.0)
    known = {"counts": counts, "priors": counts / counts.sum()}
    parameters = inspect.signature(record.function).parameters.values()
    return {p.name: known[p.name] for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty}


def with_axis():
    """The losses whose columns or regions lie along an axis that is chosen."""
    each = ("column", "distribution", "region")
    return [
        r
        for r in lossbook.catalogue()
        if "axis" in r.options and r.function.declaration.each in each and not r.function.declaration.no_gradient
    ]


def option(record, name):
    """A loss with something selected or weighed, beside the plain one."""
    rng, shape = np.random.default_rng(3), (100_000, 10)
    given = arguments_of(record, shape, rng)
    each = record.function.declaration.each
    others = {"axis": -1} if each == "region" else {}
    columns = {"sample_weight": shape[0], "weight": {"element": shape, "region": shape[0]}.get(each, shape[1])}
    value = rng.random(shape) < 0.5 if name == "where" else rng.random(columns[name])
    run = lossbook.value_and_grad(functools.partial(record.function, **needed(record, shape[-1])))
    found = {"plain": lambda: run(*given, **others), "with": lambda: run(*given, **others, **{name: value})}
    quartiles = [round(x, 3) for x in compare(found, "plain")[1]["with"]]
    print(f"{record.name} with {name}: {quartiles[1]:.2f} of the plain loss", flush=True)
    return {"loss": record.name, "option": name, "ratio": quartiles}


def having_options():
    """Each differentiable loss with each option that selects or weighs, but for those that ask for another option first."""
    for record in lossbook.catalogue():
        parameters = inspect.signature(record.function).parameters.values()
        if any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters):
            continue
        if record.function.declaration.each != "image" and not record.function.declaration.no_gradient:
            yield from ((record, name) for name in ("where", "weight", "sample_weight") if name in record.options)


SECTIONS = {
    "transport": lambda: [transport(points) for points in (100, 1000)],
    "threads": lambda: [threaded(label, *case_and_size) for label, case_and_size in THREADED.items()],
    "limits": lambda: [limit(label, dtype) for label in CASES for dtype in ("float64", "float32")],
    "layouts": lambda: [layout(record, *at) for record in with_axis() for at in LAYOUTS],
    "options": lambda: [option(*chosen) for chosen in having_options()],
}


def store(result):
    STORED.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def main():
    np.seterr(all="ignore")  # the usual NumPy code takes logarithms of 0
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    largest = float(sys.argv[2]) if len(sys.argv) > 2 else math.inf
    if part in SECTIONS:
        store(json.loads(STORED.read_text()) | {part: SECTIONS[part]()})
        return
    records = [
        measure(label, case, size, dtype)
        for label, (case, sizes) in CASES.items()
        if part in label
        for size in sizes
        if size <= largest
        for dtype in ("float32", "float64")
    ]
    if len(sys.argv) > 1:
        return
    result = {
        "versions": {name: version(name) for name in ("numpy", "torch", "scipy", "scikit-learn", "POT")}
        | {"python": platform.python_version()},
        "processor": platform.machine(),
        "losses": records,
    }
    store(result | {name: measured() for name, measured in SECTIONS.items()})


if __name__ == "__main__":
    main()
