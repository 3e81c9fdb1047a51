"""The numbers of other libraries that ``make test`` compares lossbook with, where no other library is installed.

Each case is a call of a peer, written out; it is stored as it stands, with what it gave, in tests/golden/peers.json.
After a change here, or of a pinned peer, write the file anew, and read the diff:

    .venv-peers/bin/python tests/peers/golden.py

All inputs are multiples of 1/64, so that they are the same numbers in decimals. Where no peer has a loss, the call is of
PyTorch on the formula as its source prints it, or of SciPy's linear programming on the definition.
"""

import json
import math
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

# isort: split
import compare  # noqa: F401  before any peer is imported

# isort: split
import jax
import jax.numpy as jnp
import keras
import kornia
import monai.losses
import numpy as np
import optax
import ot
import scipy.integrate
import scipy.optimize
import scipy.spatial
import scipy.special
import scipy.stats
import segmentation_models_pytorch as smp
import sklearn._loss.loss
import sklearn.linear_model._sgd_fast
import sklearn.metrics
import sklearn.utils.class_weight
import timm.loss
import torch
import torchmetrics.functional.regression
import torchmetrics.functional.segmentation
import torchmetrics.functional.text
import torchvision.ops
from torch.nn import functional

FILE = Path(__file__).parents[1] / "golden" / "peers.json"

#: Which peers' calls take what, and give a gradient.
TENSORS = ("torch", "torchvision", "keras", "kornia", "monai", "segmentation-models-pytorch", "torchmetrics", "timm")
JAX = ("optax",)


@dataclass(frozen=True)
class Case:
    """One call of one peer; ``prediction`` names the argument that the gradient is taken with respect to, if any."""

    loss: str
    peer: str
    call: str
    arguments: dict
    prediction: str | None = None
    options: dict = field(default_factory=dict)
    rtol: float = 1e-12


def highs(cost, equal, right, **limits):
    """Solve a linear programme, and return its value and its solution."""
    found = scipy.optimize.linprog(cost, A_eq=equal, b_eq=right, **limits, method="highs")
    assert found.success
    return found.fun, found.x


def one_hot(labels, classes):
    """Put the classes of integer labels along axis 1."""
    return functional.one_hot(labels.clamp(0), classes).movedim(-1, 1).double()


def counted(values, labels, only=True):
    """The values whose labels count; with all of them, 0 for the others."""
    return values[labels >= 0] if only else values * (labels >= 0)


def margin_softmax(cosines, labels, psi, scale):
    """The cross entropy of scaled cosines, with psi in the place of the label's; classes along axis 1."""
    return functional.cross_entropy(scale * torch.where(one_hot(labels, 3) > 0, psi, cosines), labels, reduction="none")


def arcface(c, m):
    """cos(θ + m), and cos θ − m sin m beyond π − m, as the authors' code has it."""
    return torch.where(c >= -math.cos(m), torch.cos(torch.acos(c) + m), c - m * math.sin(m))


def sphereface(c, m):
    """(−1)^n cos(mθ) − 2n, as the paper prints it."""
    angle = m * torch.acos(c)
    n = torch.floor(angle.detach() / math.pi)
    return (-1) ** n * torch.cos(angle) - 2 * n


def bi_tempered(p, q, t1):
    """The terms of the tempered Bregman divergence, as Amid et al. print them below their equation 5."""
    powers = (q ** (1 - t1) - p ** (1 - t1)) / (1 - t1)
    return q * powers - (q ** (2 - t1) - p ** (2 - t1)) / (2 - t1)


def tempered_softmax(scores, t2):
    """exp_t(z − λ) of each row, with the λ at which they sum to 1."""

    def at(row, shift):
        return (1 + (1 - t2) * (row - shift)) ** (1 / (1 - t2))

    def total(shift, row):
        return at(row, shift).sum() - 1

    return np.array([at(row, scipy.optimize.brentq(total, max(row), max(row) + 9, (row,), 1e-15)) for row in scores])


def crps_of_normal(normal, target):
    """σ (z (2Φ − 1) + 2φ − 1/√π), with the distribution function and the density of a normal distribution."""
    z = (target - normal.mean) / normal.stddev
    density = normal.log_prob(target).exp() * normal.stddev
    return normal.stddev * (z * (2 * normal.cdf(target) - 1) + 2 * density - 1 / math.sqrt(math.pi))


def area_between(cdf, target):
    """The definition: ∫ (F(t) − [y ≤ t])² dt, on both sides of the target."""
    below, _ = scipy.integrate.quad(lambda t: cdf(t) ** 2, -np.inf, target, epsabs=1e-13, epsrel=1e-12)
    above, _ = scipy.integrate.quad(lambda t: (1 - cdf(t)) ** 2, target, np.inf, epsabs=1e-13, epsrel=1e-12)
    return below + above


def transport(supply, demand, cost):
    """Rubner's programme as he prints it: the least work of a flow of the smaller total, divided by it."""
    rows, columns = np.shape(cost)
    limits = np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])
    moved = min(sum(supply), sum(demand))
    total = np.ones((1, rows * columns))
    work, _ = highs(np.ravel(cost), total, [moved], A_ub=limits, b_ub=[*supply, *demand])
    return work / moved


def base_polytope(values, errors):
    """The Lovász extension of a submodular function as Edmonds has it: the largest ⟨w, e⟩ with w(A) ≤ F(A), w(V) = F(V).

    ``values[b]`` is F of the set whose members are the bits of b, the first element the lowest.
    """
    sets = np.array([[b >> n & 1 for n in range(len(errors))] for b in range(len(values))])
    free = {"A_ub": sets[:-1], "b_ub": values[:-1], "bounds": (None, None)}
    value, w = highs(-np.asarray(errors), sets[-1:], [values[-1]], **free)
    return -value, w


def jaccard_of_errors(foreground):
    """1 − |G ∖ M| / |G ∪ M| for every set M of errors, G the foreground, as a table for ``base_polytope``."""
    table = []
    for b in range(2 ** len(foreground)):
        wrong = [b >> n & 1 for n in range(len(foreground))]
        union = sum(g or m for g, m in zip(foreground, wrong, strict=True))
        table.append(1 - sum(g and not m for g, m in zip(foreground, wrong, strict=True)) / union if union else 0)
    return table


def lovasz_hinge(logits, target, ignore_index=None):
    """The extension of the Jaccard loss at the hinge errors, and its gradient."""
    counts = target != ignore_index
    signs = 2 * target[counts] - 1
    errors = 1 - logits[counts] * signs
    value, w = base_polytope(jaccard_of_errors(target[counts]), np.maximum(errors, 0))
    gradient = np.zeros(len(target))
    gradient[counts] = -signs * w * (errors > 0)
    return value, gradient


def lovasz_softmax(probs, labels, ignore_index=None):
    """The mean over the classes that are present of the extension at |1 − p| or p, and its gradient."""
    counts = labels != ignore_index
    present = np.unique(labels[counts])
    total, gradient = 0, np.zeros(probs.shape)
    for c in present:
        mask = labels[counts] == c
        value, w = base_polytope(jaccard_of_errors(mask), abs(mask - probs[counts, c]))
        total += value / len(present)
        gradient[counts, c] = np.where(mask, -w, w) / len(present)
    return total, gradient


NAMES = {
    "F": functional,
    "jnp": jnp,
    "keras": keras,
    "kornia": kornia,
    "math": math,
    "monai": monai,
    "np": np,
    "optax": optax,
    "ot": ot,
    "scipy": scipy,
    "sgd": sklearn.linear_model._sgd_fast,
    "sklearn": sklearn,
    "smp": smp,
    "timm": timm,
    "torch": torch,
    "torchmetrics": torchmetrics,
    "torchvision": torchvision,
    "transport": transport,
    "crps_of_normal": crps_of_normal,
    "area_between": area_between,
    "base_polytope": base_polytope,
    "lovasz_hinge": lovasz_hinge,
    "lovasz_softmax": lovasz_softmax,
    "counted": counted,
    "margin_softmax": margin_softmax,
    "arcface": arcface,
    "sphereface": sphereface,
    "one_hot": one_hot,
    "bi_tempered": bi_tempered,
    "tempered_softmax": tempered_softmax,
}

FLAT = [[0.5, 0.125, -1.0], [-0.25, 2.0, 0.75], [0.0, -2.5, 3.0], [0.25, 0.5, 0.375]]
MIXED = [[0.5, 0.25, 0.25], [0.0, 0.125, 0.875], [1.0, 0.0, 0.0], [0.25, 0.5, 0.25]]
LOGITS = [-2.5, 0.75, 1.25, -0.375, 3.0, -1.0]
#: Locations and scales.
SPREAD = {
    "prediction": [[-2.5, 0.75, 1.25, -0.375, 3.0, -1.0], [1.0, 0.5, 2.25, 0.125, 4.0, 1.5]],
    "target": [0.5, 0.25, -1.0, 2.0, 2.5, -1.125],
}
NUMBERS = {"prediction": LOGITS, "target": [0.5, 0.25, -1.0, 2.0, 3.0, -1.125]}
#: Without an equal pair, and amounts that are not negative.
APART = {"prediction": LOGITS, "target": [0.5, 0.25, -1.0, 2.0, 2.5, -1.125]}
AMOUNTS = {"prediction": [2.5, 0.75, 0.0, 12.0, 3.0, 0.125], "target": [0.5, 0.25, 1.0, 2.0, 3.0, 40.0]}
COUNTS = {"mean": [2.5, 0.75, 0.25, 12.0, 3.0, 0.125], "target": [0.0, 1.0, 3.0, 9.0, 3.0, 40.0]}
POSITIVE = {"mean": COUNTS["mean"], "target": [0.5, 0.25, 1.0, 2.0, 3.0, 40.0]}
SCORED = {"log_mean": [0.5, -1.25, 2.0, 0.0, 3.5, -0.75], "target": COUNTS["target"]}
MASK = [0, 1, 1, 0, 1, 1]
BINARY = {"logits": LOGITS, "target": [float(y) for y in MASK]}
SOFT = {"logits": LOGITS, "target": [0.25, 1.0, 0.5, 0.0, 0.875, 0.0]}
PROBS = {"probs": [0.125, 0.75, 0.875, 0.25, 0.5, 0.0625], "target": SOFT["target"]}
#: Two images, three classes along axis 1, two pixels.
SCORES = [[[1.5, -0.25], [0.5, 2.0], [-1.0, 0.75]], [[0.0, 1.0], [-2.5, 0.25], [3.0, -0.5]]]
LABELS = [[0, 2], [1, 0]]
VOID = [[0, -100], [1, 2]]
SHARES = [[[0.5, 0.0], [0.25, 0.125], [0.25, 0.875]], [[1.0, 0.25], [0.0, 0.5], [0.0, 0.25]]]
COSINES = [[[0.75, -0.25], [0.5, 0.875], [-0.96875, 0.25]], [[0.0, 0.625], [-0.5, 0.25], [0.375, -0.9375]]]
LOG_PROBS = [[-0.5, -2.25, -1.75], [-3.0, -0.125, -2.5], [-1.0, -1.25, -0.75]]
PAIR = {
    "p": [[0.5, 0.25, 0.125, 0.125], [0.0625, 0.4375, 0.25, 0.25]],
    "q": [[0.125, 0.375, 0.25, 0.25], [0.5, 0.125, 0.3125, 0.0625]],
}
#: Forecasts of three classes along axis 1, none of them without hope.
FORECASTS = {
    "probs": [[[0.5, 0.0625], [0.25, 0.0625], [0.25, 0.875]], [[0.75, 0.25], [0.125, 0.5], [0.125, 0.25]]],
    "labels": VOID,
}
#: The same with the classes last, and what came to be.
ROWS = {
    "probs": [[0.5, 0.25, 0.25], [0.0625, 0.0625, 0.875], [0.75, 0.125, 0.125], [0.25, 0.5, 0.25]],
    "labels": [0, 2, 1, 2],
}
#: Ensembles of three members, the last with a tie, and ensembles of three vectors.
ENSEMBLES = {"ensemble": [[1.5, -0.25, 0.5], [0.0, 2.0, 1.0], [2.5, 0.75, 0.75]], "target": [0.75, 3.0, -1.0]}
CLOUDS = {
    "ensemble": [[[1.5, -0.25], [0.5, 2.0], [-1.0, 0.75]], [[0.0, 1.0], [-2.5, 0.25], [3.0, -0.5]]],
    "target": [[0.25, 0.5], [1.0, -1.0]],
}
QUANTILES = {"quantiles": [[-0.25, 0.5, 1.5], [0.0, 1.0, 2.0], [0.75, 1.25, 2.5]], "target": [0.75, 3.0, -1.0]}
NORMALS = {"prediction": [[0.5, -1.25, 2.0, 0.0], [1.0, 0.25, 3.0, 0.5]], "target": [2.0, -1.0, 2.0, -3.0]}
INTERVALS = {"prediction": [[0.5, -1.25, 2.0, 0.0], [1.0, 0.25, 3.0, 0.5]], "target": [2.0, -1.0, 2.5, -3.0]}
RATINGS = {"probs": PAIR["q"], "target": PAIR["p"]}
#: The same with the classes along the first axis.
COLUMNS = {name: [list(column) for column in zip(*rows, strict=True)] for name, rows in PAIR.items()}
#: Two regions of four pixels each.
REGIONS = {
    "probs": [[[0.875, 0.25, 0.5, 0.0625]], [[0.75, 0.125, 0.375, 0.9375]]],
    "target": [[[1.0, 0.0, 1.0, 0.0]], [[1.0, 1.0, 0.0, 1.0]]],
}
REGION = {"probs": [0.875, 0.25, 0.5, 0.0625], "target": [1.0, 0.0, 1.0, 0.0]}
PLANES = [2]
COSTS = [[0.0, 1.5, 4.0], [1.5, 0.0, 2.5], [4.0, 2.5, 0.25]]
BITS = [1 - 1 / 2 ** bin(b).count("1") for b in range(16)]
COUNTED = {"prediction": [0.875, 0.25, 0.5, 0.625, 0.75, 0.125], "target": MASK}

CASES = [
    Case("binary_cross_entropy", "torch", "F.binary_cross_entropy(probs, target)", PROBS, "probs"),
    Case(
        "binary_cross_entropy",
        "torch",
        "F.binary_cross_entropy(probs, target, weight=weight, reduction='sum')",
        PROBS,
        "probs",
        {"weight": [1.0, 0.5, 2.0, 0.0, 3.0, 1.25], "reduction": "sum"},
    ),
    Case(
        "binary_cross_entropy",
        "scikit-learn",
        "sklearn.metrics.log_loss(target, probs, sample_weight=weight)",
        {"probs": PROBS["probs"], "target": MASK},
        options={"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "binary_cross_entropy_with_logits",
        "torch",
        "F.binary_cross_entropy_with_logits(logits, target, pos_weight=pos_weight, weight=weight, reduction='sum')",
        SOFT,
        "logits",
        {
            "pos_weight": [2.5, 1.0, 0.5, 3.0, 1.5, 0.25],
            "weight": [1.0, 0.5, 2.0, 0.0, 3.0, 1.25],
            "reduction": "sum",
        },
    ),
    Case(
        "binary_cross_entropy_with_logits",
        "torch",
        "F.binary_cross_entropy_with_logits(logits, target, pos_weight=torch.tensor(pos_weight))",
        SOFT,
        "logits",
        {"pos_weight": 2.5},
    ),
    Case(
        "binary_cross_entropy_with_logits",
        "optax",
        "optax.losses.sigmoid_binary_cross_entropy(logits, target)",
        SOFT,
        "logits",
        {"reduction": "none"},
    ),
    Case(
        "balanced_binary_cross_entropy_with_logits",
        "kornia",
        "kornia.losses.binary_focal_loss_with_logits("
        "logits[None], target[None], alpha=alpha, gamma=0.0, reduction='mean')",
        BINARY,
        "logits",
        {"alpha": 0.75},
    ),
    Case(
        "balanced_binary_cross_entropy_with_logits",
        "torch",
        "F.binary_cross_entropy_with_logits(logits, target, weight=(4 - 2 * target) / 6)",
        BINARY,
        "logits",
    ),
    Case(
        "cross_entropy",
        "torch",
        "F.cross_entropy(logits, target, weight=weight, label_smoothing=label_smoothing, ignore_index=ignore_index)",
        {"logits": SCORES, "target": VOID},
        "logits",
        {"weight": [0.5, 2.0, 1.25], "label_smoothing": 0.25, "ignore_index": -100, "axis": 1},
    ),
    Case(
        "cross_entropy",
        "torch",
        "F.cross_entropy(logits, target, weight=weight, label_smoothing=label_smoothing, reduction='sum')",
        {"logits": SCORES, "target": SHARES},
        "logits",
        {"weight": [0.5, 2.0, 1.25], "label_smoothing": 0.25, "axis": 1, "reduction": "sum"},
    ),
    Case(
        "cross_entropy",
        "optax",
        "optax.losses.softmax_cross_entropy_with_integer_labels(logits, target, axis=1)",
        {"logits": SCORES, "target": LABELS},
        "logits",
        {"axis": 1, "reduction": "none"},
    ),
    Case(
        "cross_entropy",
        "keras",
        "keras.losses.categorical_crossentropy(target, logits, from_logits=True, label_smoothing=0.25)",
        {"logits": LOG_PROBS, "target": [[0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0, 0.125, 0.875]]},
        "logits",
        {"label_smoothing": 0.25, "reduction": "none"},
    ),
    Case(
        "cross_entropy",
        "segmentation-models-pytorch",
        "smp.losses.SoftCrossEntropyLoss(smooth_factor=0.25)(logits, target)",
        {"logits": SCORES, "target": LABELS},
        "logits",
        {"label_smoothing": 0.25, "axis": 1},
    ),
    Case(
        "cross_entropy",
        "torchmetrics",
        "torchmetrics.functional.text.perplexity(logits.movedim(1, -1), target, ignore_index=ignore_index).log()",
        {"logits": SCORES, "target": VOID},
        "logits",
        {"ignore_index": -100, "axis": 1},
    ),
    Case(
        "nll_loss",
        "torch",
        "F.nll_loss(log_probs, labels, weight, ignore_index=ignore_index)",
        {"log_probs": LOG_PROBS, "labels": [2, 255, 1]},
        "log_probs",
        {"weight": [0.5, 2.0, 1.25], "ignore_index": 255},
    ),
    Case(
        "mse_loss",
        "torch",
        "F.mse_loss(prediction, target, weight=weight)",
        NUMBERS,
        "prediction",
        {"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "mse_loss",
        "scikit-learn",
        "sklearn.metrics.mean_squared_error(target, prediction)",
        NUMBERS,
    ),
    Case(
        "mae_loss",
        "torch",
        "(weight * F.l1_loss(prediction, target, reduction='none')).sum() / weight.sum()",
        NUMBERS,
        "prediction",
        {"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "mae_loss",
        "scikit-learn",
        "sklearn.metrics.mean_absolute_error(target, prediction)",
        NUMBERS,
    ),
    Case(
        "mae_loss",
        "torch",
        "F.l1_loss(prediction, target, reduction='none')",
        {"prediction": [0.5, -1.25], "target": [2.0, -1.0]},
        "prediction",
        {"reduction": "none"},
    ),
    *(
        Case(
            loss,
            "torch",
            f"{call}[labels != ignore_index].mean()",
            FORECASTS,
            "probs",
            {"ignore_index": -100, "axis": 1},
        )
        for loss, call in (
            ("brier_score", "((probs - F.one_hot(labels.clamp(min=0)).movedim(-1, 1)) ** 2).sum(1)"),
            ("log_score", "-torch.log(probs).gather(1, labels.clamp(min=0)[:, None])[:, 0]"),
            ("spherical_score", "(1 - F.normalize(probs, dim=1).gather(1, labels.clamp(min=0)[:, None])[:, 0])"),
            (
                "ranked_probability_score",
                "((probs - F.one_hot(labels.clamp(min=0)).movedim(-1, 1)).cumsum(1) ** 2).sum(1)",
            ),
        )
    ),
    Case(
        "brier_score",
        "scikit-learn",
        "4 * sklearn.metrics.brier_score_loss(labels, probs, labels=[0, 1, 2], scale_by_half=False)",
        ROWS,
        options={"reduction": "sum"},
    ),
    Case(
        "log_score",
        "scikit-learn",
        "sklearn.metrics.log_loss(labels, probs, labels=[0, 1, 2], normalize=False)",
        ROWS,
        options={"reduction": "sum"},
    ),
    Case(
        "spherical_score",
        "scipy",
        "[scipy.spatial.distance.cosine(p, y) for p, y in zip(probs, np.eye(3)[labels])]",
        ROWS,
        options={"reduction": "none"},
    ),
    Case(
        "ranked_probability_score",
        "scipy",
        "[scipy.stats.energy_distance(range(3), [k], p) ** 2 / 2 for p, k in zip(probs, labels)]",
        ROWS,
        options={"reduction": "none"},
    ),
    Case(
        "crps_ensemble",
        "torchmetrics",
        "torchmetrics.functional.regression.continuous_ranked_probability_score(ensemble, target)",
        ENSEMBLES,
        "ensemble",
    ),
    Case(
        "crps_ensemble",
        "scipy",
        "[scipy.stats.energy_distance(x, [y]) ** 2 / 2 for x, y in zip(ensemble, target)]",
        ENSEMBLES,
        options={"reduction": "none"},
    ),
    Case(
        "crps_ensemble",
        "torch",
        "(ensemble - target).abs().mean(0) - (ensemble[:, None] - ensemble).abs().sum((0, 1)) / 2 / (3 * 2)",
        {
            "ensemble": [list(column) for column in zip(*ENSEMBLES["ensemble"], strict=True)],
            "target": ENSEMBLES["target"],
        },
        "ensemble",
        {"fair": True, "axis": 0, "reduction": "none"},
    ),
    Case(
        "crps_quantile",
        "torch",
        "2 * torch.maximum(levels[:, None] * (target - quantiles), (levels[:, None] - 1) * (target - quantiles)).mean(0)",
        {
            "quantiles": [list(column) for column in zip(*QUANTILES["quantiles"], strict=True)],
            "target": QUANTILES["target"],
        },
        "quantiles",
        {"levels": [0.125, 0.5, 0.875], "axis": 0, "reduction": "none"},
    ),
    Case(
        "crps_quantile",
        "scikit-learn",
        "sum(2 * sklearn.metrics.mean_pinball_loss(target, q, alpha=a) for q, a in zip(quantiles.T, levels)) / 3",
        QUANTILES,
        options={"levels": [0.25, 0.5, 0.75]},
    ),
    *(
        Case(
            "energy_score",
            "torch",
            "torch.linalg.vector_norm(ensemble - target[:, None], dim=-1).pow(beta).mean(1)"
            " - torch.linalg.vector_norm(ensemble[:, :, None] - ensemble[:, None], dim=-1).pow(beta).sum((1, 2)) / 2 / (3 * (3 - fair))",
            CLOUDS,
            "ensemble",
            {"beta": beta, "fair": fair, "reduction": "none"},
        )
        for beta, fair in ((1.0, False), (1.5, True))
    ),
    Case(
        "crps_gaussian",
        "torch",
        "crps_of_normal(torch.distributions.Normal(prediction[0], prediction[1]), target)",
        NORMALS,
        "prediction",
        {"reduction": "none"},
    ),
    Case(
        "crps_gaussian",
        "torch",
        "(weight * crps_of_normal(torch.distributions.Normal(prediction[0], prediction[1]), target)).sum() / weight.sum()",
        NORMALS,
        "prediction",
        {"weight": [1.0, 0.5, 2.0, 0.25]},
    ),
    Case(
        "crps_gaussian",
        "scipy",
        "[area_between(scipy.stats.norm(m, s).cdf, y) for m, s, y in zip(*prediction, target)]",
        NORMALS,
        options={"reduction": "none"},
        rtol=1e-9,
    ),
    Case(
        "interval_score",
        "torch",
        "(weight * (prediction[1] - prediction[0] + 2 / alpha * (F.relu(prediction[0] - target) + F.relu(target - prediction[1])))).sum() / weight.sum()",
        INTERVALS,
        "prediction",
        {"alpha": 0.25, "weight": [1.0, 0.5, 2.0, 0.25]},
    ),
    Case(
        "interval_score",
        "scikit-learn",
        "2 / alpha * sum(4 * sklearn.metrics.mean_pinball_loss(target, end, alpha=a) for end, a in zip(prediction, (alpha / 2, 1 - alpha / 2)))",
        INTERVALS,
        options={"alpha": 0.5, "reduction": "sum"},
    ),
    *(
        Case(
            loss,
            "torch",
            f"(weight * {call}).sum() / weight.sum()",
            SPREAD,
            "prediction",
            options | {"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
        )
        for loss, call, options in (
            ("gaussian_nll_loss", "F.gaussian_nll_loss(prediction[0], target, prediction[1] ** 2, full=True, reduction='none')", {"full": True}),
            ("laplace_nll_loss", "-torch.distributions.Laplace(*prediction).log_prob(target)", {"full": True}),
            ("student_t_nll_loss", "-torch.distributions.StudentT(df, *prediction).log_prob(target)", {"df": 2.5}),
        )
    ),
    Case(
        "gaussian_nll_loss",
        "torch",
        "F.gaussian_nll_loss(prediction[0], target, prediction[1] ** 2, reduction='none')",
        SPREAD,
        "prediction",
        {"reduction": "none"},
    ),
    *(
        Case(loss, "scipy", f"-scipy.stats.{call}.logpdf(target, {given}*prediction)", SPREAD, options=options | {"reduction": "none"})
        for loss, call, given, options in (
            ("gaussian_nll_loss", "norm", "", {"full": True}),
            ("laplace_nll_loss", "laplace", "", {"full": True}),
            ("student_t_nll_loss", "t", "df, ", {"df": 7.0}),
        )
    ),
    *(
        Case(
            loss,
            "torch",
            f"(weight * F.{loss}(prediction, target, {option}={option}, reduction='none')).sum() / weight.sum()",
            NUMBERS,
            "prediction",
            {option: 0.75, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
        )
        for loss, option in (("huber_loss", "delta"), ("smooth_l1_loss", "beta"))
    ),
    *(
        Case(
            loss,
            "torch",
            f"F.{loss}(prediction, target, {option}={option}, reduction='none')",
            NUMBERS,
            "prediction",
            {option: value, "reduction": "none"},
        )
        for loss, option, value in (("huber_loss", "delta", 2.0), ("smooth_l1_loss", "beta", 2.0))
    ),
    Case(
        "huber_loss",
        "optax",
        "optax.losses.huber_loss(prediction, target, delta=delta)",
        NUMBERS,
        "prediction",
        {"delta": 1.5, "reduction": "none"},
    ),
    Case(
        "huber_loss",
        "scipy",
        "scipy.special.huber(delta, prediction - target)",
        NUMBERS,
        options={"delta": 0.5, "reduction": "none"},
    ),
    Case(
        "huber_loss",
        "scikit-learn",
        "sklearn._loss.HuberLoss(delta=delta).loss_gradient(y_true=target, raw_prediction=prediction)",
        NUMBERS,
        "prediction",
        {"delta": 1.25, "reduction": "none"},
    ),
    Case(
        "pseudo_huber_loss",
        "scipy",
        "scipy.special.pseudo_huber(delta, prediction - target)",
        NUMBERS,
        options={"delta": 0.5, "reduction": "none"},
    ),
    Case(
        "pseudo_huber_loss",
        "torch",
        "(weight * delta ** 2 * (torch.sqrt(1 + ((prediction - target) / delta) ** 2) - 1)).sum() / weight.sum()",
        NUMBERS,
        "prediction",
        {"delta": 0.75, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "log_cosh_loss",
        "optax",
        "optax.losses.log_cosh(prediction, target)",
        NUMBERS,
        "prediction",
        {"reduction": "none"},
    ),
    Case(
        "log_cosh_loss",
        "torch",
        "(weight * torch.log(torch.cosh(prediction - target))).sum() / weight.sum()",
        NUMBERS,
        "prediction",
        {"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    *(
        Case(
            "barron_loss",
            "kornia",
            f"kornia.losses.{name}_loss(prediction, target, reduction='none'){factor}",
            NUMBERS,
            "prediction",
            {"alpha": alpha, "scale": 1.0, "reduction": "none"},
        )
        for name, alpha, factor in (("charbonnier", 1.0, ""), ("cauchy", 0.0, ""), ("geman_mcclure", -2.0, ""))
    ),
    *(
        Case(
            "barron_loss",
            "torch",
            "(weight * (abs(alpha - 2) / alpha * ((((prediction - target) / scale) ** 2 / abs(alpha - 2) + 1)"
            " ** (alpha / 2) - 1))).sum() / weight.sum()",
            NUMBERS,
            "prediction",
            {"alpha": alpha, "scale": 0.75, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
        )
        for alpha in (1.5, 3.0, -4.0)
    ),
    Case(
        "tukey_biweight_loss",
        "torch",
        "(weight * torch.where((prediction - target).abs() <= c,"
        " c ** 2 / 6 * (1 - (1 - ((prediction - target) / c) ** 2) ** 3), c ** 2 / 6)).sum() / weight.sum()",
        NUMBERS,
        "prediction",
        {"c": 2.25, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "tukey_biweight_loss",
        "torch",
        "c ** 2 / 6 * (1 - (1 - ((prediction - target) / c) ** 2) ** 3)",
        NUMBERS,
        "prediction",
        {"c": 4.0, "reduction": "none"},
    ),
    *(
        Case(
            "wing_loss",
            "torch",
            "(weight * torch.where((prediction - target).abs() < width,"
            " width * torch.log(1 + (prediction - target).abs() / curvature),"
            " (prediction - target).abs() - width * (1 - math.log(1 + width / curvature)))).sum() / weight.sum()",
            NUMBERS,
            "prediction",
            {"width": width, "curvature": 0.5, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
        )
        for width in (1.5, 8.0)
    ),
    Case(
        "wing_loss",
        "segmentation-models-pytorch",
        "smp.losses._functional.wing_loss(prediction, target, width=width, curvature=curvature, reduction='none')",
        NUMBERS,
        "prediction",
        {"width": 1.5, "curvature": 0.5, "reduction": "none"},
    ),
    Case(
        "quality_focal_loss",
        "torch",
        "(torch.sigmoid(logits) - target).abs() ** beta * F.binary_cross_entropy_with_logits(logits, target, reduction='none')",
        SOFT,
        "logits",
        {"beta": 1.5, "reduction": "none"},
    ),
    Case(
        "quality_focal_loss",
        "torchvision",
        "torchvision.ops.sigmoid_focal_loss(logits, target, alpha=-1, gamma=2, reduction='mean')",
        BINARY,
        "logits",
    ),
    Case(
        "varifocal_loss",
        "torch",
        "(torch.where(target > 0, target, alpha * torch.sigmoid(logits) ** gamma)"
        " * F.binary_cross_entropy_with_logits(logits, target, reduction='none')).sum()",
        SOFT,
        "logits",
        {"alpha": 0.25, "gamma": 1.5, "reduction": "sum"},
    ),
    Case(
        "asymmetric_loss",
        "torch",
        "-torch.where(target > 0, torch.sigmoid(-logits) ** gamma_pos * F.logsigmoid(logits),"
        " (lambda p: p**gamma_neg * torch.log1p(-p))(F.relu(torch.sigmoid(logits) - margin)))",
        BINARY,
        "logits",
        {"gamma_pos": 0.5, "gamma_neg": 3.0, "margin": 0.25, "reduction": "none"},
    ),
    Case(
        "asymmetric_loss",
        "timm",
        "timm.loss.AsymmetricLossMultiLabel(gamma_neg=gamma_neg, gamma_pos=gamma_pos, clip=margin)(logits[:, None], target[:, None])",
        BINARY,
        "logits",
        {"gamma_pos": 1.0, "gamma_neg": 2.0, "margin": 0.125},
        rtol=1e-5,
    ),
    Case(
        "penalty_reduced_focal_loss",
        "torch",
        "-torch.where(target == 1, torch.sigmoid(-logits) ** gamma * F.logsigmoid(logits),"
        " (1 - target) ** beta * torch.sigmoid(logits) ** gamma * F.logsigmoid(-logits)).sum()",
        SOFT,
        "logits",
        {"gamma": 1.5, "beta": 3.0, "reduction": "sum"},
    ),
    Case(
        "ghm_loss",
        "torch",
        "(lambda b: F.binary_cross_entropy_with_logits(logits, target, len(b) / (len(b.unique()) * (b[:, None] == b).sum(1).double()), reduction='sum'))"
        "(((torch.sigmoid(logits) - target).abs() * bins).floor().detach())",
        BINARY,
        "logits",
        {"bins": 4, "reduction": "sum"},
    ),
    *(
        Case(
            "multilabel_soft_margin_loss",
            "torch",
            f"F.multilabel_soft_margin_loss({call}, reduction=reduction)",
            {"logits": [LOGITS[:3], LOGITS[3:]], "target": [MASK[:3], MASK[3:]]},
            "logits",
            options,
        )
        for call, options in (
            ("logits, target, weight=weight", {"weight": [1.0, 0.5, 2.0], "reduction": "none"}),
            ("logits.T, target.T", {"axis": 0, "reduction": "sum"}),
        )
    ),
    *(
        Case(loss, "optax", f"optax.losses.{loss}(logits, 2 * target - 1)", BINARY, "logits", {"reduction": "none"})
        for loss in ("perceptron_loss", "hinge_loss")
    ),
    *(
        Case(
            loss,
            "torch",
            f"(weight * (lambda m: {of_margin})((2 * target - 1) * logits)).sum() / weight.sum()",
            BINARY,
            "logits",
            options | {"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
        )
        for loss, of_margin, options in (
            ("perceptron_loss", "F.relu(-m)", {}),
            ("hinge_loss", "F.relu(1 - m)", {}),
            ("squared_hinge_loss", "F.relu(1 - m) ** 2", {}),
            ("modified_huber_loss", "torch.where(m < -1, -4 * m, F.relu(1 - m) ** 2)", {}),
            (
                "smoothed_hinge_loss",
                "torch.where(m <= 1 - gamma, 1 - m - gamma / 2, F.relu(1 - m) ** 2 / (2 * gamma))",
                {"gamma": 0.5},
            ),
            ("logistic_loss", "F.softplus(-m)", {}),
            ("exponential_loss", "torch.exp(-m)", {}),
        )
    ),
    Case(
        "hinge_loss",
        "scikit-learn",
        "sklearn.metrics.hinge_loss(target, logits, sample_weight=weight)",
        BINARY,
        options={"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    *(
        Case(
            loss,
            "keras",
            f"keras.losses.{name}(reduction=None)(target[:, None], logits[:, None])",
            BINARY,
            "logits",
            {"reduction": "none"},
        )
        for loss, name in (("hinge_loss", "Hinge"), ("squared_hinge_loss", "SquaredHinge"))
    ),
    *(
        Case(
            loss,
            "scikit-learn",
            f"[{call}.py_loss(float(z), float(2 * y - 1)) for z, y in zip(logits, target)]",
            BINARY,
            options=options | {"reduction": "none"},
        )
        for loss, call, options in (
            ("perceptron_loss", "sgd.Hinge(0.0)", {}),
            ("squared_hinge_loss", "sgd.SquaredHinge(1.0)", {}),
            ("modified_huber_loss", "sgd.ModifiedHuber()", {}),
        )
    ),
    Case(
        "smoothed_hinge_loss",
        "optax",
        "optax.losses.sparsemax_loss(logits, target)",
        BINARY,
        "logits",
        {"gamma": 2.0, "reduction": "none"},
    ),
    Case("logistic_loss", "torch", "F.soft_margin_loss(logits, 2 * target - 1)", BINARY, "logits"),
    Case(
        "logistic_loss",
        "scikit-learn",
        "sklearn._loss.HalfBinomialLoss().loss_gradient(y_true=target, raw_prediction=logits)",
        BINARY,
        "logits",
        {"reduction": "none"},
    ),
    Case(
        "exponential_loss",
        "scikit-learn",
        "sklearn._loss.loss.ExponentialLoss().loss_gradient(y_true=target, raw_prediction=logits)",
        BINARY,
        "logits",
        {"reduction": "none"},
    ),
    Case(
        "pinball_loss",
        "scikit-learn",
        "sklearn.metrics.mean_pinball_loss(target, prediction, alpha=tau, sample_weight=weight)",
        NUMBERS,
        options={"tau": 0.75, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "pinball_loss",
        "torch",
        "torch.maximum(tau * (target - prediction), (tau - 1) * (target - prediction)).sum()",
        APART,
        "prediction",
        {"tau": 0.125, "reduction": "sum"},
    ),
    Case(
        "expectile_loss",
        "torch",
        "((tau - 1.0 * (target < prediction)).abs() * weight * (target - prediction) ** 2).sum() / weight.sum()",
        NUMBERS,
        "prediction",
        {"tau": 0.875, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "expectile_loss",
        "torch",
        "(tau - 1.0 * (target < prediction)).abs() * (target - prediction) ** 2",
        NUMBERS,
        "prediction",
        {"tau": 0.25, "reduction": "none"},
    ),
    Case(
        "quantile_huber_loss",
        "torch",
        "((tau - 1.0 * (target < prediction)).abs() * weight * F.huber_loss(prediction, target, delta=kappa, reduction='none')).sum()"
        " / kappa / weight.sum()",
        NUMBERS,
        "prediction",
        {"tau": 0.875, "kappa": 0.75, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "quantile_huber_loss",
        "torch",
        "(tau - 1.0 * (target < prediction)).abs() * F.smooth_l1_loss(prediction, target, beta=kappa, reduction='none')",
        NUMBERS,
        "prediction",
        {"tau": 0.25, "kappa": 2.5, "reduction": "none"},
    ),
    *(
        Case(
            "epsilon_insensitive_loss",
            "scikit-learn",
            f"np.vectorize(sklearn.linear_model._sgd_fast.{kind}EpsilonInsensitive(epsilon).py_loss)(prediction, target)",
            NUMBERS,
            options={"epsilon": 0.75, "reduction": "none"} | squared,
        )
        for kind, squared in (("", {}), ("Squared", {"squared": True}))
    ),
    *(
        Case(
            "epsilon_insensitive_loss",
            "torch",
            f"(weight * torch.relu((prediction - target).abs() - epsilon){power}).sum() / weight.sum()",
            NUMBERS,
            "prediction",
            {"epsilon": 0.25, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]} | squared,
        )
        for power, squared in (("", {}), (" ** 2", {"squared": True}))
    ),
    Case(
        "mape_loss",
        "scikit-learn",
        "sklearn.metrics.mean_absolute_percentage_error(target, prediction, sample_weight=weight)",
        NUMBERS,
        options={"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "mape_loss",
        "torchmetrics",
        "torchmetrics.functional.regression.mean_absolute_percentage_error(prediction, target)",
        NUMBERS,
        "prediction",
    ),
    Case(
        "mape_loss",
        "torch",
        "(prediction - target).abs() / target.abs()",
        NUMBERS,
        "prediction",
        {"reduction": "none"},
    ),
    Case(
        "msle_loss",
        "scikit-learn",
        "sklearn.metrics.mean_squared_log_error(target, prediction, sample_weight=weight)",
        AMOUNTS,
        options={"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "msle_loss",
        "torchmetrics",
        "torchmetrics.functional.regression.mean_squared_log_error(prediction, target)",
        AMOUNTS,
        "prediction",
    ),
    Case(
        "msle_loss",
        "torch",
        "(torch.log1p(prediction) - torch.log1p(target)) ** 2",
        AMOUNTS,
        "prediction",
        {"reduction": "none"},
    ),
    Case(
        "poisson_deviance",
        "scikit-learn",
        "sklearn.metrics.mean_poisson_deviance(target, mean, sample_weight=weight)",
        COUNTS,
        options={"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "poisson_deviance",
        "torchmetrics",
        "torchmetrics.functional.regression.tweedie_deviance_score(mean, target, power=1)",
        POSITIVE,
        "mean",
    ),
    Case(
        "gamma_deviance",
        "scikit-learn",
        "sklearn.metrics.mean_gamma_deviance(target, mean, sample_weight=weight)",
        POSITIVE,
        options={"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "gamma_deviance",
        "torchmetrics",
        "torchmetrics.functional.regression.tweedie_deviance_score(mean, target, power=2)",
        POSITIVE,
        "mean",
    ),
    *(
        Case(
            "tweedie_deviance",
            "scikit-learn",
            "sklearn.metrics.mean_tweedie_deviance(target, mean, power=power, sample_weight=weight)",
            arguments,
            options={"power": power, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
        )
        for arguments, power in ((COUNTS, 1.5), (POSITIVE, 3.0), (COUNTS, -1.0))
    ),
    Case(
        "tweedie_deviance",
        "torchmetrics",
        "torchmetrics.functional.regression.tweedie_deviance_score(mean, target, power=power)",
        COUNTS,
        "mean",
        {"power": 1.25},
    ),
    Case("poisson_nll_loss", "torch", "F.poisson_nll_loss(log_mean, target)", SCORED, "log_mean"),
    Case(
        "poisson_nll_loss",
        "scipy",
        "-scipy.stats.poisson.logpmf(target, np.exp(log_mean))",
        SCORED,
        options={"full": True, "reduction": "none"},
    ),
    Case(
        "gamma_nll_loss",
        "scipy",
        "-scipy.stats.expon.logpdf(target, scale=np.exp(log_mean))",
        {"log_mean": SCORED["log_mean"], "target": POSITIVE["target"]},
        options={"reduction": "none"},
    ),
    Case(
        "gamma_nll_loss",
        "torch",
        "(weight * (log_mean + target * torch.exp(-log_mean) - 1 - target.log())).sum() / weight.sum()",
        {"log_mean": SCORED["log_mean"], "target": POSITIVE["target"]},
        "log_mean",
        {"full": True, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "negative_binomial_nll_loss",
        "scipy",
        "-scipy.stats.nbinom.logpmf(target, dispersion, dispersion / (dispersion + mean))",
        COUNTS,
        options={"dispersion": 2.5, "reduction": "none"},
    ),
    Case(
        "negative_binomial_nll_loss",
        "torch",
        "-torch.distributions.NegativeBinomial(dispersion, logits=mean.log() - math.log(dispersion)).log_prob(target).mean()",
        COUNTS,
        "mean",
        {"dispersion": 0.75},
    ),
    *(
        Case(loss, "scikit-learn", f"{peer} * len(mean)", arguments, options={"reduction": "sum"} | power)
        for loss, peer, arguments, power in (
            ("poisson_deviance", "sklearn.metrics.mean_poisson_deviance(target, mean)", COUNTS, {}),
            ("gamma_deviance", "sklearn.metrics.mean_gamma_deviance(target, mean)", POSITIVE, {}),
            ("tweedie_deviance", "sklearn.metrics.mean_tweedie_deviance(target, mean, power=power)", COUNTS, {"power": 1.75}),
        )
    ),
    Case(
        "poisson_nll_loss",
        "torch",
        "(weight * F.poisson_nll_loss(log_mean, target, reduction='none')).sum() / weight.sum()",
        SCORED,
        "log_mean",
        {"weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "negative_binomial_nll_loss",
        "torch",
        "-(weight * torch.distributions.NegativeBinomial(dispersion, logits=mean.log() - math.log(dispersion)).log_prob(target)).sum() / weight.sum()",
        COUNTS,
        "mean",
        {"dispersion": 3.5, "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]},
    ),
    Case(
        "sigmoid_focal_loss",
        "torchvision",
        "torchvision.ops.sigmoid_focal_loss(logits, target, alpha=alpha, gamma=gamma, reduction='mean')",
        BINARY,
        "logits",
        {"alpha": 0.875, "gamma": 1.5},
    ),
    Case(
        "sigmoid_focal_loss",
        "optax",
        "optax.losses.sigmoid_focal_loss(logits, target, gamma=gamma)",
        BINARY,
        "logits",
        {"alpha": None, "gamma": 0.5, "reduction": "none"},
    ),
    Case(
        "sigmoid_focal_loss",
        "kornia",
        "kornia.losses.binary_focal_loss_with_logits("
        "logits[None], target[None], alpha=alpha, gamma=gamma, reduction='sum')",
        {"logits": [-40.0, 20.0, 12.5, -0.0], "target": [0.0, 1.0, 0.0, 1.0]},
        "logits",
        {"alpha": 0.25, "gamma": 5.0, "reduction": "sum"},
    ),
    Case(
        "softmax_focal_loss",
        "segmentation-models-pytorch",
        "smp.losses._functional.softmax_focal_loss_with_logits(logits, labels, gamma=gamma)",
        {"logits": SCORES, "labels": LABELS},
        "logits",
        {"gamma": 1.5, "axis": 1},
    ),
    Case(
        "softmax_focal_loss",
        "kornia",
        "kornia.losses.focal_loss(logits, labels, None, gamma, 'sum', weight=alpha, ignore_index=ignore_index)",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"alpha": [0.125, 0.5, 1.0], "gamma": 0.5, "ignore_index": -100, "axis": 1, "reduction": "sum"},
    ),
    Case(
        "mae_classification_loss",
        "torch",
        "counted(F.l1_loss(logits.softmax(1), one_hot(labels, 3), reduction='none').sum(1), labels).mean()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"axis": 1, "ignore_index": -100, "reduction": "mean"},
    ),
    Case(
        "generalized_cross_entropy",
        "keras",
        "keras.losses.categorical_generalized_cross_entropy(labels, logits.softmax(1), q)",
        {"logits": LOG_PROBS, "labels": [0, 2, 1]},
        "logits",
        {"q": 0.25, "reduction": "none"},
    ),
    Case(
        "generalized_cross_entropy",
        "torch",
        "counted((1 - (logits.softmax(1) * one_hot(labels, 3)).sum(1) ** q) / q, labels).sum()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"q": 0.75, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "arcface_loss",
        "torch",
        "counted(margin_softmax(cosines, labels, arcface(cosines, margin), scale), labels).mean()",
        {"cosines": COSINES, "labels": VOID},
        "cosines",
        {"margin": 0.75, "scale": 5.0, "axis": 1, "ignore_index": -100, "reduction": "mean"},
    ),
    Case(
        "arcface_loss",
        "torch",
        "margin_softmax(cosines, labels, arcface(cosines, margin), scale)",
        {"cosines": COSINES, "labels": [[2, 0], [1, 2]]},
        "cosines",
        {"margin": 0.5, "scale": 3.0, "axis": 1, "reduction": "none"},
    ),
    Case(
        "cosface_loss",
        "torch",
        "counted(margin_softmax(cosines, labels, cosines - margin, scale), labels).sum()",
        {"cosines": COSINES, "labels": VOID},
        "cosines",
        {"margin": 0.25, "scale": 7.0, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "sphereface_loss",
        "torch",
        "counted(margin_softmax(cosines, labels, sphereface(cosines, margin), scale), labels).mean()",
        {"cosines": COSINES, "labels": VOID},
        "cosines",
        {"margin": 3, "scale": 2.0, "axis": 1, "ignore_index": -100, "reduction": "mean"},
    ),
    Case(
        "sphereface_loss",
        "torch",
        "margin_softmax(cosines, labels, sphereface(cosines, margin), scale)",
        {"cosines": COSINES, "labels": [[2, 0], [1, 2]]},
        "cosines",
        {"margin": 4, "scale": 1.5, "axis": 1, "reduction": "none"},
    ),
    Case(
        "symmetric_cross_entropy",
        "torch",
        # The cross entropy and its reverse, with A for the logarithm of a target of 0.
        "counted((-alpha * F.log_softmax(logits, 1) * one_hot(labels, 3)"
        " - beta * logits.softmax(1) * log_zero * (1 - one_hot(labels, 3))).sum(1), labels).sum()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"alpha": 0.25, "beta": 1.5, "log_zero": -2.5, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "taylor_cross_entropy",
        "torch",
        "counted(sum((1 - (logits.softmax(1) * one_hot(labels, 3)).sum(1)) ** j / j for j in range(1, order + 1)), labels).sum()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"order": 5, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "normalized_cross_entropy",
        "torch",
        "counted((F.log_softmax(logits, 1) * one_hot(labels, 3)).sum(1).div(F.log_softmax(logits, 1).sum(1)), labels).sum()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "bi_tempered_loss",
        "torch",
        "counted(bi_tempered(F.softmax(logits, 1), one_hot(target, 3), t1).sum(1), target).sum()",
        {"logits": SCORES, "target": VOID},
        "logits",
        {"t1": 0.625, "t2": 1.0, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "bi_tempered_loss",
        "scipy",
        "bi_tempered(tempered_softmax(logits, t2), target, t1).sum(1)",
        {"logits": LOG_PROBS, "target": [[0.25, 0.5, 0.25], [0.125, 0.375, 0.5], [0.0625, 0.0625, 0.875]]},
        None,
        {"t1": 0.75, "t2": 1.5, "reduction": "none"},
    ),
    Case(
        "poly1_cross_entropy",
        "optax",
        "optax.losses.poly_loss_cross_entropy(logits, target, epsilon=epsilon, axis=1)",
        {"logits": SCORES, "target": SHARES},
        "logits",
        {"epsilon": -0.75, "axis": 1, "reduction": "none"},
    ),
    Case(
        "poly1_cross_entropy",
        "torch",
        "F.cross_entropy(logits, target, weight, reduction='sum', ignore_index=ignore_index) + epsilon * "
        "(weight[target.clamp(0)] * counted(((1 - logits.softmax(1)) * one_hot(target, 3)).sum(1), target, False)).sum()",
        {"logits": SCORES, "target": VOID},
        "logits",
        {"epsilon": 2.5, "weight": [0.5, 2.0, 1.25], "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "confidence_penalty_cross_entropy",
        "torch",
        "F.cross_entropy(logits, target, reduction='sum', ignore_index=ignore_index) - beta * "
        "counted(torch.distributions.Categorical(logits=logits.movedim(1, -1)).entropy(), target).sum()",
        {"logits": SCORES, "target": VOID},
        "logits",
        {"beta": 0.75, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "distillation_loss",
        "torch",
        "temperature**2 * F.kl_div(F.log_softmax(logits / temperature, 1), F.softmax(teacher_logits / temperature, 1), reduction='none').sum(1)",
        {
            "logits": SCORES,
            "teacher_logits": [[[0.5, 1.0], [-1.5, 0.25], [2.0, -0.75]], [[3.0, -1.0], [0.0, 0.5], [-0.25, 1.75]]],
        },
        "logits",
        {"temperature": 3.5, "axis": 1, "reduction": "none"},
    ),
    Case(
        "distillation_loss",
        "keras",
        "keras.distillation.LogitsDistillation(4.0, keras.losses.KLDivergence()).compute_loss(teacher_logits, logits)",
        {"logits": LOG_PROBS, "teacher_logits": [[1.0, -0.5, 0.25], [0.0, 2.0, -1.0], [3.0, 0.5, 0.5]]},
        "logits",
        {"temperature": 4.0},
        rtol=1e-4,
    ),
    Case(
        "crammer_singer_loss",
        "optax",
        "optax.losses.multiclass_hinge_loss(logits, labels)",
        {"logits": FLAT, "labels": [0, 2, 1, 1]},
        "logits",
        {"reduction": "none"},
    ),
    Case(
        "weston_watkins_loss",
        "torch",
        # Its sum is divided by the number of classes.
        "3 * F.multi_margin_loss(logits, labels, margin=margin, reduction='sum')",
        {"logits": FLAT, "labels": [0, 2, 1, 1]},
        "logits",
        {"margin": 0.625, "reduction": "sum"},
    ),
    Case(
        "sparsemax_loss",
        "optax",
        "optax.losses.multiclass_sparsemax_loss(logits, target)",
        {"logits": FLAT, "target": [0, 2, 1, 1]},
        "logits",
        {"reduction": "none"},
    ),
    Case(
        "entmax_loss",
        "optax",
        "optax.losses.multiclass_sparsemax_loss(logits, target)",
        {"logits": FLAT, "target": [0, 2, 1, 1]},
        "logits",
        {"alpha": 2.0, "reduction": "none"},
    ),
    Case(
        "entmax_loss",
        "torch",
        "F.kl_div(F.log_softmax(logits, 1), target, reduction='sum')",
        {"logits": FLAT, "target": MIXED},
        "logits",
        {"alpha": 1.0, "reduction": "sum"},
    ),
    Case(
        "crammer_singer_loss",
        "torch",
        "counted((margin + logits.masked_fill(one_hot(labels, 3) > 0, -float('inf')).max(1).values"
        " - (logits * one_hot(labels, 3)).sum(1)).relu(), labels).sum()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"margin": 2.25, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "weston_watkins_loss",
        "torch",
        "counted(((margin + logits - (logits * one_hot(labels, 3)).sum(1, keepdim=True)).relu() * (1 - one_hot(labels, 3))).sum(1),"
        " labels).mean()",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"margin": 2.25, "axis": 1, "ignore_index": -100, "reduction": "mean"},
    ),
    *(
        Case(
            loss,
            "optax",
            "counted(optax.losses.multiclass_sparsemax_loss(jnp.moveaxis(logits, 1, -1).reshape(-1, 3), jnp.maximum(target, 0).ravel()),"
            " target.ravel()).sum()",
            {"logits": SCORES, "target": VOID},
            "logits",
            options | {"axis": 1, "ignore_index": -100, "reduction": "sum"},
        )
        for loss, options in (("sparsemax_loss", {}), ("entmax_loss", {"alpha": 2.0}))
    ),
    Case(
        "class_balanced_weights",
        "torch",
        "(1 - beta) / (1 - beta ** counts)",
        {"counts": [900.0, 90.0, 9.0, 1.0]},
        options={"beta": 0.96875, "normalize": False},
    ),
    Case(
        "class_balanced_weights",
        "scikit-learn",
        "(lambda w: w * len(w) / w.sum())(sklearn.utils.class_weight.compute_class_weight("
        "'balanced', classes=np.arange(len(counts)), y=np.repeat(np.arange(len(counts)), counts.astype(int))))",
        {"counts": [900.0, 90.0, 9.0, 1.0]},
        options={"beta": 1.0},
    ),
    Case(
        "ldam_margins",
        "torch",
        "max_margin * (counts.min() / counts) ** 0.25",
        {"counts": [900.0, 90.0, 9.0, 1.0]},
        options={"max_margin": 0.75},
    ),
    Case(
        "ldam_loss",
        "torch",
        # As the authors write it: the margin is taken off where the labels are, and all is multiplied.
        "F.cross_entropy(scale * (logits - one_hot(labels, 3) * (max_margin * (counts.min() / counts) ** 0.25)[None, :, None]), labels, "
        "weight, reduction='sum', ignore_index=ignore_index)",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {
            "counts": [100.0, 20.0, 3.0],
            "max_margin": 0.75,
            "scale": 2.5,
            "weight": [0.5, 2.0, 1.25],
            "axis": 1,
            "ignore_index": -100,
            "reduction": "sum",
        },
    ),
    Case(
        "logit_adjusted_cross_entropy",
        "torch",
        "F.cross_entropy(logits + tau * priors.log()[None, :, None], labels, reduction='sum', ignore_index=ignore_index)",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"priors": [0.625, 0.25, 0.125], "tau": 1.5, "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case(
        "balanced_softmax_loss",
        "optax",
        "optax.losses.softmax_cross_entropy_with_integer_labels(logits + jnp.log(counts), labels)",
        {"logits": LOG_PROBS, "labels": [0, 2, 1]},
        "logits",
        {"counts": [100.0, 20.0, 3.0], "reduction": "none"},
    ),
    Case(
        "balanced_softmax_loss",
        "torch",
        "F.cross_entropy(logits + counts.log()[None, :, None], labels, reduction='sum', ignore_index=ignore_index)",
        {"logits": SCORES, "labels": VOID},
        "logits",
        {"counts": [100.0, 20.0, 3.0], "axis": 1, "ignore_index": -100, "reduction": "sum"},
    ),
    Case("entropy", "scipy", "scipy.stats.entropy(p, base=base, axis=1)", {"p": PAIR["p"]}, options={"base": 2}),
    Case("entropy", "torch", "torch.special.entr(p).sum(1)", {"p": PAIR["p"]}, "p"),
    Case("kl_divergence", "torch", "F.kl_div(q.log(), p, reduction='batchmean')", PAIR, "q"),
    Case(
        "kl_divergence",
        "scipy",
        "scipy.stats.entropy(p, q, base=base, axis=1)",
        PAIR,
        options={"base": 10, "reduction": "none"},
    ),
    Case("kl_divergence", "optax", "optax.losses.kl_divergence(jnp.log(q), p)", PAIR, "q", {"reduction": "none"}),
    Case("kl_divergence", "keras", "keras.losses.kl_divergence(p, q).sum()", PAIR, "q", {"reduction": "sum"}),
    Case("kl_divergence", "torchmetrics", "torchmetrics.functional.regression.kl_divergence(p, q)", PAIR),
    Case("js_divergence", "kornia", "kornia.losses.js_div_loss_2d(q[:, None, None], p[:, None, None])", PAIR, "q"),
    Case(
        "js_divergence",
        "scipy",
        "scipy.spatial.distance.jensenshannon(p, q, base=base, axis=1) ** 2",
        PAIR,
        options={"base": 2, "reduction": "none"},
    ),
    Case(
        "earth_movers_distance",
        "POT",
        "ot.emd2(supply, demand, cost)",
        {"supply": [0.5, 0.125, 0.375], "demand": [0.25, 0.25, 0.5], "cost": COSTS},
    ),
    Case(
        "earth_movers_distance",
        "scipy",
        "transport(supply, demand, cost)",
        {"supply": [3.0, 1.25, 0.5], "demand": [0.25, 2.0, 1.5], "cost": COSTS},
    ),
    Case(
        "wasserstein_histograms",
        "scipy",
        "[scipy.stats.wasserstein_distance(positions, positions, a, b) for a, b in zip(p, q)]",
        PAIR,
        options={"positions": [-1.0, 0.5, 0.75, 3.0], "reduction": "none"},
    ),
    Case(
        "wasserstein_histograms",
        "torch",
        "((p - q).cumsum(1)[:, :-1].abs() * positions.diff()).sum(1).mean()",
        PAIR,
        "p",
        {"positions": [-1.0, 0.5, 0.75, 3.0]},
    ),
    Case(
        "wasserstein_histograms",
        "POT",
        "ot.wasserstein_1d(positions, positions, p[0], q[0], p=2) ** (1 / 2)",
        {"p": PAIR["p"][:1], "q": PAIR["q"][:1]},
        options={"positions": [-1.0, 0.5, 0.75, 3.0], "order": 2},
    ),
    Case(
        "wasserstein_samples",
        "scipy",
        "scipy.stats.wasserstein_distance(x, y, x_weights, y_weights)",
        {"x": [0.5, -1.25, 3.0, 0.75], "y": [1.5, -2.0, 0.25]},
        options={"x_weights": [1.0, 2.0, 0.5, 1.5], "y_weights": [0.25, 1.0, 3.0]},
    ),
    Case(
        "wasserstein_samples",
        "scipy",
        "transport([1 / 4] * 4, [1 / 3] * 3, (x[:, None] - y) ** 2) ** (1 / 2)",
        {"x": [0.5, -1.25, 3.0, 0.75], "y": [1.5, -2.0, 0.25]},
        options={"order": 2},
    ),
    Case(
        "wasserstein_samples",
        "torch",
        "((x.sort().values - y.sort().values) ** 2).mean().sqrt()",
        {"x": [0.5, -1.25, 3.0, 0.75], "y": [1.5, -2.0, 0.25, 4.0]},
        "x",
        {"order": 2},
    ),
    Case(
        "emd_loss",
        "torch",
        "((probs - target).cumsum(1).abs() ** r).mean(1).pow(1 / r).mean()",
        RATINGS,
        "probs",
        {"r": 1.5},
    ),
    Case(
        "emd_loss",
        "torch",
        "((probs - target).cumsum(1) ** 2).mean(1).sqrt().sum()",
        RATINGS,
        "probs",
        {"reduction": "sum"},
    ),
    Case(
        "squared_emd_loss",
        "scipy",
        "[scipy.stats.energy_distance(range(4), range(4), a, b) ** 2 / 2 for a, b in zip(probs, target)]",
        RATINGS,
        options={"reduction": "none"},
        rtol=1e-11,
    ),
    Case("squared_emd_loss", "torch", "((probs - target).cumsum(1) ** 2).sum(1).mean()", RATINGS, "probs"),
    Case(
        "dice_coefficient",
        "segmentation-models-pytorch",
        "smp.losses._functional.soft_dice_score(probs, target, smooth=0.25)",
        REGION,
        "probs",
        {"smooth": 0.5},
    ),
    Case(
        "dice_loss",
        "monai",
        "monai.losses.DiceLoss(smooth_nr=smooth, smooth_dr=smooth)(probs, target)",
        REGIONS,
        "probs",
        {"smooth": 0.5, "axis": PLANES},
    ),
    Case(
        "dice_loss",
        "monai",
        "monai.losses.DiceLoss(squared_pred=True, smooth_nr=smooth, smooth_dr=smooth, batch=True)(probs, target)",
        REGIONS,
        "probs",
        {"squared": True, "smooth": 0.25, "axis": [0, 2]},
    ),
    Case(
        "dice_loss",
        "optax",
        "optax.losses.binary_dice_loss(jnp.log(probs / (1 - probs)), target, smooth=0.25).sum()",
        {name: [[[v] for v in row[0]] for row in rows] for name, rows in REGIONS.items()},
        "probs",
        {"smooth": 0.5, "axis": [1], "reduction": "sum"},
    ),
    Case("dice_loss", "keras", "keras.losses.dice(target, probs)", REGION, "probs", rtol=1e-6),
    Case(
        "hard_dice_coefficient",
        "scikit-learn",
        "sklearn.metrics.f1_score(target, probs > threshold)",
        {"probs": COUNTED["prediction"], "target": MASK},
        options={"threshold": 0.25},
    ),
    Case(
        "hard_dice_coefficient",
        "torchmetrics",
        "torchmetrics.functional.segmentation.dice_score((probs > 0.5).int(), target.int(), num_classes=1).double()",
        REGIONS,
        options={"axis": [1, 2], "reduction": "none"},
        rtol=1e-6,
    ),
    Case(
        "iou_coefficient",
        "scikit-learn",
        "sklearn.metrics.jaccard_score(target, probs)",
        {"probs": [1, 1, 0, 1, 0, 1], "target": MASK},
    ),
    Case(
        "iou_coefficient",
        "segmentation-models-pytorch",
        "smp.losses._functional.soft_jaccard_score(probs, target, smooth=smooth)",
        REGION,
        "probs",
        {"smooth": 0.5},
    ),
    Case(
        "iou_loss",
        "monai",
        "monai.losses.DiceLoss(jaccard=True, smooth_nr=1.0, smooth_dr=1.0, reduction='sum')(probs, target)",
        REGIONS,
        "probs",
        {"smooth": 0.5, "axis": PLANES, "reduction": "sum"},
    ),
    Case(
        "tversky_loss",
        "monai",
        "monai.losses.TverskyLoss(alpha=fp_weight, beta=fn_weight, smooth_nr=smooth, smooth_dr=smooth)(probs, target)",
        REGIONS,
        "probs",
        {"fp_weight": 0.25, "fn_weight": 1.5, "smooth": 0.5, "axis": PLANES},
    ),
    Case(
        "tversky_loss",
        "segmentation-models-pytorch",
        "1 - smp.losses._functional.soft_tversky_score(probs, target, fp_weight, fn_weight)",
        REGION,
        "probs",
        {"fp_weight": 0.75, "fn_weight": 0.125},
    ),
    Case(
        "bce_dice_loss",
        "monai",
        "monai.losses.DiceCELoss("
        "sigmoid=True, lambda_dice=dice_weight, smooth_nr=smooth, smooth_dr=smooth)(probs.logit(), target)",
        REGIONS,
        "probs",
        {"dice_weight": 2.5, "smooth": 0.5, "axis": PLANES},
    ),
    Case(
        "bce_log_dice_loss",
        "segmentation-models-pytorch",
        "F.binary_cross_entropy(probs, target)"
        " + smp.losses.DiceLoss('binary', log_loss=True, from_logits=False)(probs[None], target[None])",
        REGION,
        "probs",
    ),
    Case(
        "lovasz_extension",
        "scipy",
        "base_polytope(set_function, errors)",
        {"set_function": BITS, "errors": [0.5, -1.25, 2.0, 0.125]},
        "errors",
    ),
    Case(
        "lovasz_hinge",
        "kornia",
        "kornia.losses.lovasz_hinge_loss(logits[:, None], target)",
        {"logits": [[[0.5, -1.25], [2.0, 0.125]], [[-0.75, 0.25], [1.5, -3.0]]], "target": [[[1, 0], [1, 0]]] * 2},
        "logits",
        {"per_image": True},
    ),
    Case("lovasz_hinge", "scipy", "lovasz_hinge(logits, target)", {"logits": LOGITS, "target": MASK}, "logits"),
    Case(
        "lovasz_softmax",
        "kornia",
        "kornia.losses.lovasz_softmax_loss(probs[..., None].log(), labels[..., None])",
        {"probs": np.moveaxis(np.array(PAIR["p"] + PAIR["q"]).reshape(2, 2, 4), 1, 2).tolist(), "labels": LABELS},
        options={"classes": "all", "per_image": True, "axis": 1},
    ),
    Case(
        "lovasz_softmax",
        "scipy",
        "lovasz_softmax(probs, labels)",
        {"probs": PAIR["p"] + PAIR["q"], "labels": [0, 2, 2, 0]},
        "probs",
    ),
    Case(
        "confusion_counts",
        "scikit-learn",
        "sklearn.metrics.confusion_matrix(target, prediction > threshold).ravel()[[3, 1, 2, 0]]",
        COUNTED,
        options={"threshold": 0.25},
    ),
    Case(
        "confusion_counts",
        "scikit-learn",
        "sklearn.metrics.multilabel_confusion_matrix(target, prediction > threshold)[:, [1, 0, 1, 0], [1, 1, 0, 0]].T",
        {"prediction": [[0.875, 0.25], [0.5, 0.625], [0.75, 0.125]], "target": [[0, 1], [1, 0], [1, 1]]},
        options={"threshold": 0.25, "axis": 0},
    ),
    *(
        Case(
            score,
            "scikit-learn",
            f"sklearn.metrics.{call}",
            {"prediction": [1, 0, 1, 1, 0, 1, 0, 0], "target": [1, 1, 0, 1, 0, 1, 0, 1]},
            options=options,
        )
        for score, call, options in (
            ("precision", "precision_score(target, prediction)", {}),
            ("recall", "recall_score(target, prediction)", {}),
            ("f1_score", "f1_score(target, prediction)", {}),
            ("fbeta_score", "fbeta_score(target, prediction, beta=beta)", {"beta": 2.0}),
        )
    ),
    *(
        Case(
            score,
            "scikit-learn",
            f"sklearn.metrics.{call}",
            {"prediction": [0, 0, 0], "target": [0, 0, 0]},
            options={"zero_division": 1.0, **options},
        )
        for score, call, options in (
            ("precision", "precision_score(target, prediction, zero_division=zero_division)", {}),
            ("recall", "recall_score(target, prediction, zero_division=zero_division)", {}),
            ("f1_score", "f1_score(target, prediction, zero_division=zero_division)", {}),
            (
                "fbeta_score",
                "fbeta_score(target, prediction, beta=beta, zero_division=zero_division)",
                {"beta": 2.0},
            ),
        )
    ),
    Case(
        "nll_loss",
        "torch",
        "F.nll_loss(log_probs, labels, reduction='sum')",
        {"log_probs": [[[-0.5, -2.25], [-3.0, -0.125], [-1.0, -1.25]]], "labels": [[2, 0]]},
        "log_probs",
        {"axis": 1, "reduction": "sum"},
    ),
    Case(
        "mse_loss",
        "optax",
        "optax.losses.squared_error(prediction, target)",
        {"prediction": [0.5, -1.25], "target": [2.0, -1.0]},
        "prediction",
        {"reduction": "none"},
    ),
    Case(
        "balanced_binary_cross_entropy_with_logits",
        "kornia",
        "kornia.losses.binary_focal_loss_with_logits("
        "logits[None], target[None], alpha=alpha, gamma=0.0, reduction='sum')",
        BINARY,
        "logits",
        {"alpha": 0.125, "reduction": "sum"},
    ),
    Case("entropy", "torch", "torch.special.entr(p).sum(0)", {"p": COLUMNS["p"]}, "p", {"axis": 0}),
    Case(
        "kl_divergence", "torch", "F.kl_div(q.log(), p, reduction='sum')", COLUMNS, "q", {"axis": 0, "reduction": "sum"}
    ),
    Case(
        "js_divergence",
        "scipy",
        "(scipy.spatial.distance.jensenshannon(p, q, axis=0) ** 2).sum()",
        COLUMNS,
        options={"axis": 0, "reduction": "sum"},
    ),
    Case(
        "wasserstein_histograms",
        "torch",
        "(p - q).cumsum(0)[:-1].abs().sum()",
        COLUMNS,
        "p",
        {"axis": 0, "reduction": "sum"},
    ),
    *(
        Case(
            loss,
            "torch",
            call,
            {"probs": COLUMNS["q"], "target": COLUMNS["p"]},
            "probs",
            {"axis": 0, "reduction": "sum"} | options,
        )
        for loss, call, options in (
            ("emd_loss", "((probs - target).cumsum(0).abs() ** r).mean(0).pow(1 / r).sum()", {"r": 3.0}),
            ("squared_emd_loss", "((probs - target).cumsum(0) ** 2).sum()", {}),
        )
    ),
    Case(
        "dice_coefficient",
        "torch",
        "(2 * (probs * target).sum(2) + smooth) / ((probs ** 2).sum(2) + (target ** 2).sum(2) + smooth)",
        REGIONS,
        "probs",
        {"squared": True, "smooth": 0.25, "axis": PLANES, "reduction": "none"},
    ),
    Case(
        "hard_dice_coefficient",
        "torch",
        "(2 * ((probs > threshold) * target).sum() + smooth) / ((probs > threshold).sum() + target.sum() + smooth)",
        REGION,
        options={"threshold": 0.125, "smooth": 0.5},
    ),
    Case(
        "iou_coefficient",
        "segmentation-models-pytorch",
        "smp.losses._functional.soft_jaccard_score(probs, target, smooth=smooth, dims=(2,))",
        REGIONS,
        "probs",
        {"smooth": 0.25, "axis": PLANES, "reduction": "none"},
    ),
    Case(
        "tversky_loss",
        "monai",
        "monai.losses.TverskyLoss("
        "alpha=fp_weight, beta=fn_weight, smooth_nr=smooth, smooth_dr=smooth, reduction='sum')(probs, target)",
        REGIONS,
        "probs",
        {"fp_weight": 2.0, "fn_weight": 0.25, "smooth": 0.125, "axis": PLANES, "reduction": "sum"},
    ),
    *(
        Case(
            loss,
            "torch",
            "(F.binary_cross_entropy(probs, target, reduction='none').mean(2)"
            + term
            + "(2 * (probs * target).sum(2) + smooth) / (probs.sum(2) + target.sum(2) + smooth))).sum()",
            REGIONS,
            "probs",
            {"smooth": 0.5, "axis": PLANES, "reduction": "sum"} | options,
        )
        for loss, term, options in (
            ("bce_dice_loss", " + dice_weight * (1 - ", {"dice_weight": 0.25}),
            ("bce_log_dice_loss", " - torch.log(", {}),
        )
    ),
    Case(
        "lovasz_hinge",
        "scipy",
        "lovasz_hinge(logits, target, ignore_index)",
        {"logits": LOGITS, "target": [0, 255, 1, 0, 255, 1]},
        "logits",
        {"ignore_index": 255},
    ),
    Case(
        "lovasz_softmax",
        "scipy",
        "lovasz_softmax(probs, labels, ignore_index)",
        {"probs": PAIR["p"] + PAIR["q"], "labels": [0, 2, -1, 0]},
        "probs",
        {"ignore_index": -1},
    ),
]


def arrays(case, convert):
    """All arguments and options, those that are lists as arrays."""
    given = {**case.arguments, **case.options}
    return {name: convert(np.array(v)) if isinstance(v, list) and name != "axis" else v for name, v in given.items()}


def call(case, names):
    """Evaluate the call as it is written."""
    return eval(case.call, {**NAMES, **names})


def result(case):
    """What the peer gives: the value, and the gradient of its sum with respect to the prediction, or None."""
    if case.peer in TENSORS:
        names = arrays(case, torch.tensor)
        if case.prediction is None:
            return call(case, names).tolist(), None
        value = call(case, names | {case.prediction: names[case.prediction].requires_grad_()})
        value.sum().backward()
        return value.tolist(), names[case.prediction].grad.tolist()
    if case.peer in JAX:
        names = arrays(case, jnp.array)

        def of(prediction):
            return call(case, names | {case.prediction: prediction})

        given = names[case.prediction]
        return of(given).tolist(), jax.grad(lambda z: of(z).sum())(given).tolist()
    value = call(case, arrays(case, np.asarray))
    if case.prediction is not None:
        return tuple(np.asarray(part).tolist() for part in value)
    return np.asarray(value).tolist(), None


def fresh():
    """Every case as a record for the file, with the numbers of the peers that are installed."""
    records = []
    for case in CASES:
        value, gradient = result(case)
        number = version(case.peer).partition("+")[0]
        records.append(asdict(case) | {"version": number, "value": value, "gradient": gradient})
    return records


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    lines = (json.dumps(record) for record in fresh())
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{len(CASES)} cases written to {FILE.name}; peers: {', '.join(sorted({c.peer for c in CASES}))}")
