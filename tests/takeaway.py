"""The code that the chapters offer to take away, and the inputs on which it must agree with lossbook."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

import lossbook

BOOK = Path(__file__).resolve().parent.parent / "book"
LIBRARIES = {"NumPy": "numpy", "PyTorch": "torch", "JAX": "jax"}
#: Beside the three libraries: what the linear programme is solved with, and functions of one number.
ALLOWED = {*LIBRARIES.values(), "scipy", "math"}


class Block(NamedTuple):
    """One listing: the page that shows it, the name of its tab, and the function that it defines."""

    page: str
    tab: str
    code: str

    @property
    def name(self):
        return re.search(r"(?m)^def (\w+)", self.code)[1]

    @property
    def library(self):
        return LIBRARIES[self.tab.partition(",")[0]]

    def function(self):
        """Execute the listing in a namespace of its own, and return its function."""
        namespace = {}
        exec(compile(self.code, f"{self.page}, {self.tab}", "exec"), namespace)
        return namespace[self.name]

    def __str__(self):
        return f"{self.page.rsplit('/', 1)[-1]}-{self.library}-{self.name}"


def section(cells):
    """The Markdown of the section "Take away" of a notebook's cells; none is an empty text."""
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return next((text for text in texts if text.startswith("## Take away\n")), "")


def listings(text):
    """Yield each listing of a section with the name of its tab."""
    for tab, content in re.findall(r"(?ms)^:::\{tab-item\} ([^\n]+)\n(.*?)^:::$", text):
        for code in re.findall(r"(?ms)^```python\n(.*?)^```$", content):
            yield tab, code


def blocks():
    """All listings of the book."""
    for path in sorted(BOOK.rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            for tab, code in listings(section(cells)):
                yield Block(path.relative_to(BOOK).with_suffix("").as_posix(), tab, code)


BLOCKS = list(blocks())

#: Losses whose every term has one sign, and keeps its relative precision however small it is. A softmax, a sum with terms
#: of both signs, a difference of counts and a programme's solution are exact to the precision of 1.
RELATIVE = {
    "binary_cross_entropy_with_logits",
    "balanced_binary_cross_entropy_with_logits",
    "sigmoid_focal_loss",
    "hinge_loss",
    "smoothed_hinge_loss",
    "mse_loss",
    "pinball_loss",
    "huber_loss",
    "dice_loss",
    "iou_loss",
    "tversky_loss",
}

#: Logits from where everything is ordinary to where a sigmoid, an exponential or a product has left the range of numbers.
EXTREME = (-1000.0, -745.0, -50.0, -0.5, 0.0, 3.0, 50.0, 745.0, 1000.0)


def _binary(rng, soft=False):
    """Logits and labels: a batch at random, and each extreme logit alone with each label."""
    labels = rng.random((4, 5)) if soft else rng.integers(0, 2, (4, 5)).astype(float)
    yield rng.normal(0, 3, (4, 5)), labels
    for z in EXTREME:
        for y in (0.0, 1.0):
            yield np.array([z]), np.array([y])
    both = np.array([(z, y) for z in EXTREME for y in (0.0, 1.0)])
    yield both[:, 0], both[:, 1]


def _classes(rng):
    """Scores and labels of four classes: batches at random, and each extreme score beside zeros."""
    yield rng.normal(0, 3, (6, 4)), rng.integers(0, 4, 6)
    yield rng.normal(0, 3, (2, 3, 4)), rng.integers(0, 4, (2, 3))
    for z in EXTREME:
        yield np.array([[0.0, z, 0, 0]] * 2), np.array([1, 2])


def _pairs_of_scores(rng):
    """Scores of a student and of a teacher: batches at random, equal ones, and large ones."""
    yield rng.normal(0, 3, (6, 4)), rng.normal(0, 3, (6, 4))
    yield rng.normal(0, 3, (2, 3, 4)), rng.normal(0, 3, (2, 3, 4))
    same = rng.normal(0, 3, (2, 4))
    yield same, same + 5
    yield rng.normal(0, 30, (2, 4)), rng.normal(0, 30, (2, 4))


def _distributions(rng):
    """Pairs of distributions without and with zeros, and equal ones."""
    yield rng.dirichlet(np.ones(5), 4), rng.dirichlet(np.ones(5), 4)
    yield rng.dirichlet(np.full(5, 0.05), (2, 3)), rng.dirichlet(np.full(5, 0.05), (2, 3))
    for p, q in ([[0.5, 0.5, 0], [0.25, 0.5, 0.25]], [[0.5, 0.25, 0.25], [0.5, 0.5, 0]], [[1, 0, 0], [0, 1, 0]]):
        yield np.array([p], float), np.array([q], float)
    yield np.array([[0.5, 0.5, 0]]), np.array([[0.5, 0.5, 0]])


def _masks(rng):
    """Probabilities and masks: soft, with the axes of a region, perfect, opposite and empty."""
    probs, soft = rng.random((2, 3, 4, 4))
    target = (soft > 0.7).astype(float)
    target[0] = 0
    yield (probs, target), {}
    yield (probs, soft), {"axis": (1, 2), "smooth": 0.5}
    yield (probs, target), {"axis": -1, "smooth": 1.0}
    yield (target, target), {"axis": (1, 2)}
    yield (1 - target, target), {}
    yield (0 * target, 0 * target), {}


def _with(pairs, *options):
    """Every pair of arguments with every set of options."""
    return [(args, chosen) for args in pairs for chosen in options]


def _bce_dice_loss_with_logits(logits, target, dice_weight=1.0, **options):
    """The sum of two losses of the book; the second is chained through the sigmoid."""
    p = np.exp(-np.logaddexp(0, -logits))
    q = np.exp(-np.logaddexp(0, logits))
    bce, slope = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)(logits, target)
    dice, dice_slope = lossbook.value_and_grad(lossbook.dice_loss)(p, target, **options)
    return bce + dice_weight * dice, slope + dice_weight * p * q * dice_slope


def _earth_movers_distance(supply, demand, cost):
    """A small change of the costs leaves the cheapest flow as it is: the gradient is the flow, for each unit moved."""
    value, flow = lossbook.earth_movers_distance(supply, demand, cost, return_flow=True)
    return value, flow / flow.sum()


def _scores(prediction, target, threshold=0.5, beta=1.0):
    counts = lossbook.confusion_counts(prediction, target, threshold=threshold)
    return lossbook.precision(counts), lossbook.recall(counts), lossbook.fbeta_score(counts, beta=beta)


def _of_pair(name):
    """A loss whose prediction is a pair, with both parts of prediction and gradient along a first axis."""

    def run(prediction, target, **options):
        value, slopes = lossbook.value_and_grad(getattr(lossbook, name))(tuple(prediction), target, **options)
        return value, np.stack(slopes)

    return run


OWN = {
    "gaussian_nll_loss": _of_pair("gaussian_nll_loss"),
    "student_t_nll_loss": _of_pair("student_t_nll_loss"),
    "bce_dice_loss_with_logits": _bce_dice_loss_with_logits,
    "earth_movers_distance": _earth_movers_distance,
    "scores": _scores,
}


def reference(name):
    """Return what lossbook computes: value and gradient."""
    return OWN.get(name) or lossbook.value_and_grad(getattr(lossbook, name))


def prediction(name):
    """The place of the argument that the gradient is taken with respect to."""
    if name in OWN:
        return 0
    loss = getattr(lossbook, name)
    return list(loss.arguments).index(loss.prediction)


def cases(block, rng):
    """The arguments and options on which a block is compared with lossbook."""
    match block.name:
        case "binary_cross_entropy_with_logits":
            return _with([*_binary(rng), *_binary(rng, soft=True)], {}, {"pos_weight": 7.0})
        case "balanced_binary_cross_entropy_with_logits":
            return _with(_binary(rng), {}, {"alpha": 0.8})
        case "sigmoid_focal_loss":
            return _with(_binary(rng), {}, {"alpha": 0.6, "gamma": 0.5}, {"gamma": 0.0}, {"alpha": 0.9, "gamma": 5.0})
        case "quality_focal_loss":
            graded = [(rng.normal(0, 3, (4, 5)), rng.random((4, 5)).round(1))]
            return _with([*_binary(rng), *graded], {}, {"beta": 1.0}, {"beta": 3.5})
        case "asymmetric_loss":
            ways = {"gamma_pos": 1.5, "gamma_neg": 2.0, "margin": 0.25}, {"gamma_neg": 1.0}
            return _with(_binary(rng), {}, *ways)
        case "hinge_loss":
            return _with(_binary(rng), {})
        case "smoothed_hinge_loss":
            return _with(_binary(rng), {}, {"gamma": 0.3}, {"gamma": 4.0})
        case "cross_entropy" if block.page == "unequal/weighted_cross_entropy":
            return _with(_classes(rng), {"weight": np.array([1.0, 5, 0.5, 0.25])})
        case "cross_entropy":
            return _with(_classes(rng), {}, {"label_smoothing": 0.1})
        case "logit_adjusted_cross_entropy":
            options = {"priors": np.array([0.6, 0.25, 0.1, 0.05])}
            return _with(_classes(rng), options, options | {"tau": 0.5}, options | {"tau": 2.5})
        case "generalized_cross_entropy":
            return _with(_classes(rng), {}, {"q": 0.1}, {"q": 1.0})
        case "confidence_penalty_cross_entropy":
            return _with(_classes(rng), {}, {"beta": 1.5})
        case "distillation_loss":
            return _with(_pairs_of_scores(rng), {}, {"temperature": 0.5}, {"temperature": 20.0})
        case "arcface_loss" | "cosface_loss":
            cosines = rng.uniform(-0.999, 0.999, (20, 4))
            cosines[np.arange(5), 1] = -0.99  # beyond ArcFace's break
            given = [(cosines, np.append(np.ones(5, int), rng.integers(0, 4, 15)))]
            return _with(given, {"scale": 8.0}, {"margin": 0.2, "scale": 3.0}, {"margin": 0.7, "scale": 16.0})
        case "mae_classification_loss" | "sparsemax_loss":
            return _with(_classes(rng), {})
        case "mse_loss":
            pair = tuple(rng.normal(0, 3, (2, 4, 5)))
            return _with([pair, (1e100 * pair[0], pair[1])], {}, {"weight": rng.random((4, 5))})
        case "pinball_loss":
            pair = tuple(rng.normal(0, 3, (2, 4, 5)))
            equal = np.where(rng.random((4, 5)) < 0.5, pair[0], pair[1])
            given = [pair, (1e200 * pair[0], pair[1]), (pair[0], equal)]
            return _with(given, {}, {"tau": 0.9}, {"tau": 0.25, "weight": rng.random((4, 5))})
        case "poisson_nll_loss":
            counts = rng.poisson(3, (4, 5)).astype(float)
            return _with([(rng.normal(0, 2, (4, 5)), counts), (np.full((4, 5), 300.0), counts)], {})
        case "tweedie_deviance":
            pair = rng.exponential(3, (4, 5)) + 0.1, rng.exponential(3, (4, 5)) + 0.1
            with_zeros = pair[0], np.where(pair[1] < 2, 0, pair[1])
            return [
                *_with([pair, with_zeros], {"power": 1.5}, {"power": 1.2}),
                *_with([pair], {"power": 3.0}, {"power": -0.5}),
            ]
        case "gaussian_nll_loss" | "student_t_nll_loss":
            spread = np.exp(rng.normal(0, 1.5, (2, 4, 5)))
            pairs = [
                (np.stack([part, width]), 2 * part[::-1])
                for part, width in zip(rng.normal(0, 3, (2, 4, 5)), spread, strict=True)
            ]
            pairs.append((np.array([[1e100, 1.0], [1e90, 1e-90]]), np.array([0.0, 1.0])))
            return _with(
                pairs,
                *(
                    [{}, {"full": True}]
                    if block.name.startswith("gaussian")
                    else [{"df": df} for df in (1.0, 4.5, 100.0)]
                ),
            )
        case "huber_loss" | "tukey_biweight_loss":
            size = {"huber_loss": "delta", "tukey_biweight_loss": "c"}[block.name]
            pair = tuple(rng.normal(0, 3, (2, 4, 5)))
            return _with([pair, (1e100 * pair[0], pair[1])], {}, {size: 0.7}, {size: 20.0})
        case "kl_divergence" | "js_divergence" | "squared_emd_loss":
            return _with(_distributions(rng), {})
        case "emd_loss":
            return _with(_distributions(rng), {}, {"r": 3.5})
        case "dice_loss" | "iou_loss":
            return list(_masks(rng))
        case "tversky_loss":
            prices = {"fp_weight": 0.3, "fn_weight": 0.9}
            return [(args, options | more) for args, options in _masks(rng) for more in ({}, prices)]
        case "bce_dice_loss_with_logits":
            logits, target = rng.normal(0, 3, (2, 3, 4)), rng.integers(0, 2, (2, 3, 4)).astype(float)
            # Without smoothing an empty mask has the Dice loss 0 or 1, as its probabilities round to 0 or do not.
            return [
                *_with([(logits, target), *_binary(rng)], {"dice_weight": 0.3, "smooth": 1.0}),
                ((logits, target), {"axis": (1, 2)}),
                ((np.full(4, -1000.0), np.zeros(4)), {}),
            ]
        case "brier_score" | "ranked_probability_score":
            given = [(rng.dirichlet(np.ones(4), 6), rng.integers(0, 4, 6)), (np.eye(4)[[0, 2, 1]], np.array([0, 1, 3]))]
            return _with(given, {})
        case "crps_ensemble":
            tied = rng.integers(-3, 4, (6, 4)) / 2
            given = [(rng.normal(size=(6, 5)), rng.normal(size=6)), (tied, tied[:, 0]), (1e8 + tied, 1e8 + tied[:, 1] / 4)]
            return _with(given if block.library == "numpy" else given[:2], {}, {"fair": True})
        case "interval_score":
            ends = np.sort(rng.normal(size=(2, 9)), axis=0)
            return _with([(tuple(ends), rng.normal(size=9)), (tuple(ends), ends[0])], {"alpha": 0.1}, {"alpha": 0.5})
        case "lovasz_hinge":
            mixed = np.array([[-1000.0, 50, -0.5, 3], [1000, 0.25, -745, -50]])
            y = np.array([[1.0, 0, 1, 0], [0, 1, 1, 0]])
            return _with([*_binary(rng), (mixed, y), (mixed, 0 * y), (mixed, 0 * y + 1)], {})
        case "lovasz_softmax":
            p = rng.dirichlet(np.ones(4), 12)
            y = rng.integers(0, 3, 12)
            one_hot = np.eye(4)[[0, 2, 1]]
            return _with([(p, y), (p.reshape(3, 4, 4), y.reshape(3, 4)), (one_hot, np.array([0, 2, 1]))], {})
        case "earth_movers_distance":
            return _with([(rng.random(3), rng.random(4), rng.random((3, 4))) for _ in range(5)], {})
        case "scores":
            pairs = [(rng.random(30), rng.integers(0, 2, 30)), (np.zeros(4), np.ones(4)), (np.ones(4), np.zeros(4))]
            return _with([*pairs, (np.zeros(4), np.zeros(4))], {}, {"threshold": 0.7, "beta": 2.0}, {"beta": 0.5})
    raise ValueError(f"{block.name} of {block.page} has no inputs. Add them here.")


def agree(block, found, expected):
    """Compare value and gradient."""
    atol = 1e-300 if block.name in RELATIVE else 2e-15
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=atol, err_msg=str(block))
