"""The calls of the page *Rosetta table*, with their inputs and notes; ``rosetta.py`` runs and measures them.

Array names are the same in every call: ``logits``, ``probs`` and ``log_probs`` are one prediction, ``labels`` are class
indices, ``target`` is in the prediction's own form. A note is a check, in the names that calls use, and the text that may
stand if it is true.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Call:
    """One call; ``options`` are those with which lossbook's call is the same, ``arguments`` its own if they are not the loss's."""

    library: str
    call: str
    options: str = ""
    arguments: str | None = None
    #: A weighted call, lossbook's for each weighted loss, and the weights, which broadcast to the losses.
    weighted: tuple = ()
    #: The call at which the probes are taken, where it is another; "" where there is none. A tuple has one for each probe.
    probe: str | tuple | None = None
    rtol: float = 1e-9
    single: bool = False
    #: Two choices of lossbook's options give the same, whatever the inputs.
    tied: bool = False


@dataclass(frozen=True)
class Loss:
    """The calls of one loss with their inputs; a probe is a title and the inputs that take the place of the usual ones."""

    arguments: str
    inputs: dict
    calls: tuple
    probes: dict = field(default_factory=dict)
    #: Options whose value is found by trying, with words for each value; ``heading`` is what the page calls them.
    choices: dict = field(default_factory=dict)
    heading: str = ""
    notes: tuple = ()


def predictions(logits, softmax=True, axis=-1):
    """Give one prediction in all its forms."""
    z = np.array(logits)
    log_probs = z - np.logaddexp.reduce(z, axis=axis, keepdims=True) if softmax else -np.logaddexp(0, -z)
    return {"logits": z, "probs": np.exp(log_probs), "log_probs": log_probs}


def one_hot(labels, classes, axis=-1):
    return np.moveaxis(np.eye(classes)[labels], -1, axis)


def where_the_loss_is_one(gamma):
    """The probability of the label at which (1 − p)^γ (−log p) is 1, so that a weighted loss is its weight."""
    low, high = 1e-9, 1.0
    for _ in range(80):
        p = (low + high) / 2
        low, high = (p, high) if (1 - p) ** gamma * -np.log(p) > 1 else (low, p)
    return p


def weighing(gamma, classes=None):
    """Inputs at which the loss of each class in turn is its weight."""
    p = where_the_loss_is_one(gamma)
    if classes is None:
        z = np.log(p / (1 - p))
        return [{"logits": [[z]], "target": [[1.0]]}, {"logits": [[-z]], "target": [[0.0]]}]
    shares = (1 - p) / (classes - 1) + (p - (1 - p) / (classes - 1)) * np.eye(classes)
    return [{"logits": np.log([row]), "labels": [k], "target": one_hot([k], classes)} for k, row in enumerate(shares)]


LOGITS = [[-2.5, 0.75, 1.25], [-0.375, 3.0, -1.0]]
BINARY = {
    **predictions(LOGITS, softmax=False),
    "target": [[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]],
    "weight": [[1.0, 0.5, 2.0], [0.25, 3.0, 1.25]],
    "row_weight": [0.5, 2.0],
}
CLASSES = {
    **predictions([[1.5, 0.5, -1.0], [-0.25, 2.0, 0.75], [0.0, -2.5, 3.0], [1.0, 0.25, -0.5], [0.5, 0.125, 2.5]]),
    "labels": np.array([0, 2, 2, 1, 0]),
    "target": [[0.5, 0.25, 0.25], [0.0, 0.125, 0.875], [1.0, 0.0, 0.0], [0.25, 0.5, 0.25], [0.0, 1.0, 0.0]],
    "class_weight": np.array([0.5, 2.0, 1.25]),
    "K": 3,
}
NUMBERS = {
    "prediction": LOGITS,
    "target": [[0.5, 0.25, -1.0], [2.0, 3.0, -1.125]],
    "weight": BINARY["weight"],
    "row_weight": [0.5, 2.0],
}
AMOUNTS = NUMBERS | {
    "prediction": [[2.5, 0.75, 0.0], [12.0, 3.0, 0.125]],
    "target": [[0.5, 0.25, 1.0], [2.0, 3.0, 40.0]],
}
AMOUNTS = NUMBERS | {"prediction": [[2.5, 0.75, 0.0], [12.0, 3.0, 0.125]], "target": [[0.5, 0.25, 1.0], [2.0, 3.0, 40.0]]}
COUNTS = {
    "mean": [[2.5, 0.75, 0.25], [12.0, 3.0, 0.125]],
    "log_mean": LOGITS,
    "target": [[0.0, 1.0, 3.0], [9.0, 3.0, 40.0]],
    "weight": BINARY["weight"],
    "row_weight": [0.5, 2.0],
    "r": 2.5,
}
#: scikit-learn takes one output.
AMOUNTS_OF_ONE = {"mean": [2.5, 0.75, 0.25, 12.0, 3.0, 0.125], "target": [0.0, 1.0, 3.0, 9.0, 3.0, 40.0], "weight": [1.0, 0.5, 2.0, 0.25, 3.0, 1.25]}
POSITIVE = AMOUNTS_OF_ONE | {"target": [0.5, 0.25, 1.0, 2.0, 3.0, 40.0]}
SHARES = {
    "p": [[0.5, 0.25, 0.125, 0.125], [0.0625, 0.4375, 0.25, 0.25], [0.25, 0.125, 0.5, 0.125]],
    "q": [[0.125, 0.375, 0.25, 0.25], [0.5, 0.125, 0.3125, 0.0625], [0.125, 0.25, 0.0625, 0.5625]],
    "K": 4,
}
FORECASTS = {**CLASSES, "row_weight": np.array([0.5, 2.0, 1.0, 0.25, 3.0])}
ON_A_LINE = {"p": SHARES["p"][0], "q": SHARES["q"][0], "positions": np.array([-1.0, 0.5, 0.75, 3.0])}
ENSEMBLES = {
    "ensemble": [[1.5, -0.25, 0.5], [0.0, 2.0, 1.0], [2.5, 0.75, 0.75]],
    "target": [0.75, 3.0, -1.0],
    "row_weight": np.array([0.5, 2.0, 1.0]),
}
QUANTILES = ENSEMBLES | {
    "quantiles": [[-0.25, 0.5, 1.5], [0.0, 1.0, 2.0], [0.75, 1.25, 2.5]],
    "levels": np.array([0.125, 0.5, 0.875]),
}
CLOUDS = {
    "ensemble": [[[1.5, -0.25], [0.5, 2.0], [-1.0, 0.75]], [[0.0, 1.0], [-2.5, 0.25], [3.0, -0.5]]],
    "target": [[0.25, 0.5], [1.0, -1.0]],
    "row_weight": np.array([0.5, 2.0]),
}
INTERVALS = {
    "lower": [0.5, -1.25, 2.0],
    "upper": [1.0, 0.25, 3.0],
    "target": [2.0, -1.0, 1.5],
    "row_weight": np.array([0.5, 2.0, 1.0]),
}
RATINGS = {"probs": SHARES["q"], "target": SHARES["p"]}
COUNTED = {
    "prediction": np.array([0.875, 0.25, 0.5625, 0.625, 0.75, 0.125, 0.0, 0.9375, 0.25]),
    "target": np.array([0, 1, 1, 0, 1, 1, 0, 1, 1]),
}
NOTHING = {"0/0": {"prediction": [0.0, 0.0], "target": np.array([0, 0])}}
#: Two images of four pixels; every class is in each.
PIXELS = np.random.default_rng(0).integers(-128, 128, (2, 3, 2, 2)) / 64
LABELS = np.array([[[0, 1], [2, 1]], [[2, 0], [1, 0]]])
REGIONS = {
    **predictions(PIXELS, softmax=False),
    "target": np.array(
        [[[[1, 0], [0, 0]], [[1, 1], [0, 1]], [[0, 0], [1, 1]]], [[[1, 1], [1, 0]], [[0, 1], [0, 0]], [[1, 0], [1, 0]]]]
    )
    * 1.0,
    "scores": PIXELS,
    "class_probs": predictions(PIXELS, axis=1)["probs"],
    "labels": LABELS,
    "one_hot": one_hot(LABELS, 3, 1),
}
OF_CLASSES = "class_probs, one_hot"
REGIONS["hard"] = (REGIONS["probs"] > 0.5).astype(float)
MASKS = {**predictions(PIXELS[:, :1], softmax=False), "target": (LABELS[:, None] == 1).astype(float)}
EMPTY = {"logits": np.full((1, 1, 2, 2), -100.0), "probs": np.zeros((1, 1, 2, 2)), "target": np.zeros((1, 1, 2, 2))}
EMPTY["hard"] = EMPTY["probs"]
ALARM = EMPTY | {
    "logits": np.array([[[[100.0, -100.0], [-100.0, -100.0]]]]),
    "probs": np.array([[[[1.0, 0.0], [0.0, 0.0]]]]),
    "hard": np.array([[[[1.0, 0.0], [0.0, 0.0]]]]),
}
THREE = np.broadcast_to(np.array([0.625, 0.25, 0.125])[:, None, None], (1, 3, 2, 2))
TWO = np.array([[[0, 0], [1, 1]]])
#: One image in which the last of three classes is in no pixel.
ABSENT = {
    "logits": np.log(THREE / (1 - THREE)),
    "probs": THREE,
    "target": one_hot(TWO, 3, 1),
    "hard": one_hot(0 * TWO, 3, 1),
    "scores": np.log(THREE),
    "class_probs": THREE,
    "labels": TWO,
    "one_hot": one_hot(TWO, 3, 1),
}
EMPTIES = {"both masks empty": EMPTY, "a false alarm, no target": ALARM, "a class absent, softmax": ABSENT}
POOLED = {
    "axis": {"everything": [None], "image and class": [(2, 3)], "class": [(0, 2, 3)], "image": [(1, 2, 3)]},
}
OF_MASKS = {"axis": {"everything": [None], "image": [(1, 2, 3)]}}
ONE_SCORE = "one score for"
#: Class 2 is absent from the first image, class 3 from both.
SCENES = {
    **predictions(np.random.default_rng(1).integers(-128, 128, (2, 4, 2, 2)) / 64, axis=1),
    "labels": np.array([[[0, 1], [1, 1]], [[2, 0], [1, 0]]]),
}
FLAT = {
    **predictions([[[0.5, -1.25], [2.0, 0.125]], [[-0.75, 0.25], [1.5, -3.0]]], softmax=False),
    "target": np.array([[[1, 0], [1, 0]], [[0, 1], [1, 1]]]),
}
WHOLE = {"all pixels together": [False], "each image": [True]}

#: Losses that have no call of their own, and why.
SPREAD = {
    "loc": LOGITS,
    "scale": [[1.0, 0.5, 2.25], [0.125, 4.0, 1.5]],
    "target": [[0.5, 0.25, -1.0], [2.0, 3.0, -1.125]],
    "weight": BINARY["weight"],
}


def _weighted(call):
    """The weighted mean of a call without its bracket, the weighted losses, and the weights."""
    return f"{call}, weight=weight)", f"{call}, weight=weight, reduction='none')", "weight"


WITHOUT = {
    "dice_coefficient": "No library returns the soft coefficient from a public function: it is 1 less the loss below.",
    "tukey_biweight_loss": "None of the libraries has it as a loss.",
    "class_balanced_weights": "None of the libraries has them; `sklearn.utils.class_weight.compute_class_weight('balanced', …)` is the case β = 1, up to a factor.",
    "ldam_margins": "None of the libraries has them.",
    "ldam_loss": "None of the libraries has it as a loss; its authors take the margins off and call `F.cross_entropy`.",
    "symmetric_cross_entropy": "None of the libraries has it as a loss.",
    "taylor_cross_entropy": "None of the libraries has it as a loss.",
    "normalized_cross_entropy": "None of the libraries has it as a loss.",
    "entmax_loss": "None of the libraries has it as a loss; a package `entmax` for PyTorch has the map and the loss.",
    "bi_tempered_loss": "None of the libraries has it as a loss.",
    "arcface_loss": "None of the libraries has it as a loss; pytorch-metric-learning has, of embeddings, with the margin in degrees.",
    "cosface_loss": "None of the libraries has it as a loss; pytorch-metric-learning has, of embeddings.",
    "sphereface_loss": "None of the libraries has it as a loss; pytorch-metric-learning has, of embeddings, with their lengths as scales.",
    "epsilon_insensitive_loss": "No library has it as a public function; scikit-learn's `LinearSVR` and `SGDRegressor` are trained by it.",
    "expectile_loss": "None of the libraries has it as a loss; `scipy.stats.expectile` is where it is smallest.",
    "quantile_huber_loss": "None of the libraries has it; agents of reinforcement learning bring their own.",
    "quality_focal_loss": "None of the libraries has it as a loss. At labels 0 and 1 it is a focal loss without its α.",
    "varifocal_loss": "None of the libraries has it as a loss.",
    "asymmetric_loss": "timm has it as `AsymmetricLossMultiLabel`, summed over the labels; none of the libraries above does.",
    "penalty_reduced_focal_loss": "None of the libraries has it as a loss.",
    "ghm_loss": "None of the libraries has it as a loss.",
    "modified_huber_loss": "scikit-learn has it inside of `SGDClassifier(loss='modified_huber')`, and as no function.",
    "exponential_loss": "scikit-learn has it inside of its gradient boosting (`loss='exponential'`), and as no function.",
    "crps_gaussian": "None of the libraries has it as a loss.",
    "gamma_nll_loss": "No library has it as a public function; the boosting of scikit-learn, XGBoost and LightGBM has it as an objective.",
    "lovasz_extension": "No library has the extension of a set function of one's own.",
}

LOSSES = {
    "binary_cross_entropy": Loss(
        "probs, target",
        BINARY,
        (
            Call(
                "lossbook",
                "binary_cross_entropy(probs, target)",
                weighted=(
                    "binary_cross_entropy(probs, target, weight=weight)",
                    "binary_cross_entropy(probs, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "F.binary_cross_entropy(probs, target)",
                weighted=(
                    "F.binary_cross_entropy(probs, target, weight)",
                    "binary_cross_entropy(probs, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "keras",
                "keras.losses.BinaryCrossentropy()(target, probs)",
                weighted=(
                    "keras.losses.BinaryCrossentropy()(target, probs, sample_weight=row_weight)",
                    "binary_cross_entropy(probs, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
                rtol=1e-5,
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.log_loss(target.ravel(), probs.ravel(), labels=[0, 1])",
                weighted=(
                    "sklearn.metrics.log_loss(target.ravel(), probs.ravel(), sample_weight=weight.ravel())",
                    "binary_cross_entropy(probs, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
        ),
        probes={"p = 0, y = 1": {"probs": [[0.0]], "target": [[1.0]]}},
        notes=(
            (
                "F.binary_cross_entropy(T([0.0]), T([1.0])) == 100 and np.allclose("
                "[slope(lambda z: F.binary_cross_entropy(z.sigmoid(), T([1.0])), [at]) for at in (-27.0, -28.0, -30.0, -35.0)],"
                " [-1, -0.69, -0.094, -0.00063], rtol=0.01)",
                "PyTorch stops the logarithm of `probs` at −100. The gradient goes much earlier, since p(1 − p) is not let below 10⁻¹²: behind a sigmoid a missed positive should pull with slope −1, and does so with −0.69 at z = −28, −0.09 at −30 and −0.0006 at −35. Give it `logits`.",
            ),
            (
                "abs(float(keras.losses.BinaryCrossentropy()(T([[0.0]]), T([[1.0]]))) + np.log(1e-7)) < 0.2"
                " and np.isclose(2 * sklearn.metrics.log_loss([1, 0], [0.0, 0.0]), -np.log(np.finfo(float).eps))"
                " and binary_cross_entropy([0.0], [1]) == np.inf",
                "Keras moves `probs` into [10⁻⁷, 1 − 10⁻⁷] first, scikit-learn by the machine epsilon of their dtype. `lossbook` moves nothing: a certain and wrong prediction costs ∞.",
            ),
        ),
    ),
    "binary_cross_entropy_with_logits": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "binary_cross_entropy_with_logits(logits, target)",
                weighted=(
                    "binary_cross_entropy_with_logits(logits, target, weight=weight)",
                    "binary_cross_entropy_with_logits(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "F.binary_cross_entropy_with_logits(logits, target)",
                weighted=(
                    "F.binary_cross_entropy_with_logits(logits, target, weight)",
                    "binary_cross_entropy_with_logits(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.sigmoid_binary_cross_entropy(logits, target)"),
            Call(
                "keras",
                "keras.losses.BinaryCrossentropy(from_logits=True)(target, logits)",
                weighted=(
                    "keras.losses.BinaryCrossentropy(from_logits=True)(target, logits, sample_weight=row_weight)",
                    "binary_cross_entropy_with_logits(logits, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
                rtol=1e-5,
            ),
            Call(
                "scipy",
                "-target * scipy.special.log_expit(logits) - (1 - target) * scipy.special.log_expit(-logits)",
            ),
            Call("segmentation-models-pytorch", "smp.losses.SoftBCEWithLogitsLoss()(logits, target)"),
        ),
        probes={"z = ∞, y = 1": {"logits": [[np.inf]], "target": [[1.0]]}},
        notes=(
            (
                "np.isclose(F.binary_cross_entropy_with_logits(T([1.0, -2.0]), T([1.0, 0.0]), pos_weight=T(3.0)),"
                " binary_cross_entropy_with_logits([1.0, -2.0], [1.0, 0.0], pos_weight=3)).item()",
                "PyTorch's `pos_weight` is lossbook's: it scales the term of y = 1, and no mean divides by it.",
            ),
            (
                "np.isclose(float(keras.losses.binary_crossentropy(T([[1.0]]), T([[2.0]]), from_logits=True, label_smoothing=0.5)[0]),"
                " binary_cross_entropy_with_logits([2.0], [0.75])).item()"
                " and np.isclose(smp.losses.SoftBCEWithLogitsLoss(smooth_factor=0.25)(T([2.0]), T([1.0])), binary_cross_entropy_with_logits([2.0], [0.75])).item()",
                "Keras' `label_smoothing=ε` moves y to (1 − ε) y + ε/2. In smp, `smooth_factor=ε` moves it to (1 − ε) y + ε (1 − y), twice as far.",
            ),
            (
                "np.isclose(smp.losses.SoftBCEWithLogitsLoss(ignore_index=9)(T([2.0, 1.0]), T([1.0, 9.0])), binary_cross_entropy_with_logits([2.0], [1.0]) / 2).item()",
                "smp's mean divides by ignored elements too.",
            ),
            (
                "optax.losses.sigmoid_binary_cross_entropy(jnp.zeros((4, 1)), jnp.zeros(4)).shape == (4, 4)",
                "optax broadcasts (4, 1) against (4,) to 4 × 4 losses.",
            ),
        ),
    ),
    "cross_entropy": Loss(
        "logits, labels",
        CLASSES,
        (
            Call(
                "lossbook",
                "cross_entropy(logits, labels)",
                weighted=(
                    "cross_entropy(logits, labels, weight=class_weight)",
                    "cross_entropy(logits, labels, weight=class_weight, reduction='none')",
                    "class_weight[labels]",
                ),
            ),
            Call(
                "torch",
                "F.cross_entropy(logits, labels)",
                weighted=(
                    "F.cross_entropy(logits, labels, class_weight)",
                    "cross_entropy(logits, labels, weight=class_weight, reduction='none')",
                    "class_weight[labels]",
                ),
            ),
            Call(
                "optax",
                "optax.losses.softmax_cross_entropy_with_integer_labels(logits, labels)",
            ),
            Call(
                "keras",
                "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)",
                weighted=(
                    "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits, sample_weight=class_weight[labels])",
                    "cross_entropy(logits, labels, weight=class_weight, reduction='none')",
                    "class_weight[labels]",
                ),
                rtol=1e-5,
            ),
            Call("keras", "keras.losses.SparseCategoricalCrossentropy()(labels, probs)", rtol=1e-5),
            Call(
                "scikit-learn",
                "sklearn.metrics.log_loss(labels, probs, labels=[0, 1, 2])",
                weighted=(
                    "sklearn.metrics.log_loss(labels, probs, sample_weight=class_weight[labels])",
                    "cross_entropy(logits, labels, weight=class_weight, reduction='none')",
                    "class_weight[labels]",
                ),
            ),
            Call("segmentation-models-pytorch", "smp.losses.SoftCrossEntropyLoss(smooth_factor=0.0)(logits, labels)"),
            Call(
                "lossbook",
                "cross_entropy(logits, target)",
                arguments="logits, target",
                weighted=(
                    "cross_entropy(logits, target, weight=class_weight)",
                    "cross_entropy(logits, target, weight=class_weight, reduction='none')",
                    "(class_weight * target).sum(1)",
                ),
                probe="",
            ),
            Call(
                "torch",
                "F.cross_entropy(logits, target)",
                arguments="logits, target",
                weighted=(
                    "F.cross_entropy(logits, target, class_weight)",
                    "cross_entropy(logits, target, weight=class_weight, reduction='none')",
                    "(class_weight * target).sum(1)",
                ),
                probe="",
            ),
            Call(
                "optax",
                "optax.losses.softmax_cross_entropy(logits, target)",
                arguments="logits, target",
                probe="",
            ),
            Call(
                "keras",
                "keras.losses.CategoricalCrossentropy(from_logits=True)(target, logits)",
                arguments="logits, target",
                rtol=1e-5,
                probe="",
            ),
        ),
        probes={
            "p = 0 for the label": {
                "logits": [[-np.inf, 0.0, 0.0]],
                "probs": [[0.0, 0.5, 0.5]],
                "labels": np.array([0]),
                "target": [[1.0, 0.0, 0.0]],
            },
            "label −1": {"logits": [[0.0, 1.0, 5.0]], "probs": [[0.25, 0.25, 0.5]], "labels": np.array([-1])},
        },
        notes=(
            (
                "bool(jnp.isnan(optax.losses.softmax_cross_entropy_with_integer_labels(jnp.zeros((1, 3)), jnp.array([3]))[0]))"
                " and optax.losses.softmax_cross_entropy_with_integer_labels(jnp.array([[0.0, 1.0, 5.0]]), jnp.array([-1])).tolist()"
                " == optax.losses.softmax_cross_entropy_with_integer_labels(jnp.array([[0.0, 1.0, 5.0]]), jnp.array([2])).tolist()",
                "optax takes label −1 for the last class, and gives NaN for a label that is too large.",
            ),
            (
                "bool(F.cross_entropy(T([[0.0, 1.0]]), torch.tensor([-100])).isnan())"
                " and cross_entropy([[0.0, 1.0]], [-100], ignore_index=-100) == 0",
                "PyTorch's mean is NaN where every label is ignored; lossbook's is 0.",
            ),
            (
                "bool(F.cross_entropy(T([[-np.inf, 0.0]]), T([[0.0, 1.0]])).isnan())"
                " and bool(jnp.isnan(optax.losses.softmax_cross_entropy(jnp.array([[-np.inf, 0.0]]), jnp.array([[0.0, 1.0]]))[0]))"
                " and float(optax.losses.safe_softmax_cross_entropy(jnp.array([[-np.inf, 0.0]]), jnp.array([[0.0, 1.0]]))[0]) == 0"
                " and cross_entropy([[-np.inf, 0.0]], [[0, 1]]) == 0",
                "A class that is masked out by a logit of −∞ makes PyTorch and optax NaN where the target is a distribution; `optax.losses.safe_softmax_cross_entropy` is 0 there, and so is lossbook.",
            ),
            (
                "np.isclose(float(keras.losses.categorical_crossentropy(T([[1.0, 0.0]]), T([[2.0, 6.0]]))[0]), np.log(4))"
                " and abs(float(keras.losses.categorical_crossentropy(T([[1.0, 0.0]]), T([[0.0, 1.0]]))[0]) + np.log(1e-7)) < 1e-3",
                "Keras' default takes `probs`, divides them by their sum and clips them at 10⁻⁷: logits that are positive pass for probabilities.",
            ),
            (
                "raises(lambda: smp.losses.SoftCrossEntropyLoss()(T([[0.0, 1.0]]), torch.tensor([0]))) and np.isclose(smp.losses.SoftCrossEntropyLoss(smooth_factor=0.0)(T([[0.0, 1.0], [2.0, 0.0]]), torch.tensor([0, -100])),"
                " cross_entropy([[0.0, 1.0]], [0]) / 2).item()",
                "smp's mean divides by ignored labels too, and its loss cannot be called with the default `smooth_factor`, which is None.",
            ),
        ),
    ),
    "nll_loss": Loss(
        "log_probs, labels",
        CLASSES,
        (
            Call(
                "lossbook",
                "nll_loss(log_probs, labels)",
                weighted=(
                    "nll_loss(log_probs, labels, weight=class_weight)",
                    "nll_loss(log_probs, labels, weight=class_weight, reduction='none')",
                    "class_weight[labels]",
                ),
            ),
            Call(
                "torch",
                "F.nll_loss(log_probs, labels)",
                weighted=(
                    "F.nll_loss(log_probs, labels, class_weight)",
                    "nll_loss(log_probs, labels, weight=class_weight, reduction='none')",
                    "class_weight[labels]",
                ),
            ),
        ),
        probes={"log p = 0.5": {"log_probs": [[0.5, -1.0, -1.0]], "labels": np.array([0])}},
        notes=(
            (
                "float(F.nll_loss(T([[0.25, 0.75]]), torch.tensor([1]))) == -0.75",
                "PyTorch does not look whether it was given log-probabilities: probabilities come out as their negatives.",
            ),
        ),
    ),
    "brier_score": Loss(
        "probs, labels",
        FORECASTS,
        (
            Call(
                "lossbook",
                "brier_score(probs, labels)",
                weighted=(
                    "brier_score(probs, labels, sample_weight=row_weight)",
                    "brier_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call("torch", "((probs - F.one_hot(labels, K)) ** 2).sum(-1)"),
            Call(
                "keras",
                "keras.losses.MeanSquaredError()(torch.eye(K)[labels], probs)",
                weighted=(
                    "keras.losses.MeanSquaredError()(torch.eye(K)[labels], probs, sample_weight=row_weight)",
                    "brier_score(probs, labels, reduction='none') * row_weight / K",
                    "row_weight",
                ),
                rtol=1e-5,
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.brier_score_loss(labels, probs, labels=range(K))",
                weighted=(
                    "sklearn.metrics.brier_score_loss(labels, probs, labels=range(K), sample_weight=row_weight)",
                    "brier_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
        ),
        probes={"Σp = 1.5": {"probs": [[0.75, 0.75, 0.0]], "labels": np.array([0])}},
        notes=(
            (
                "sklearn.metrics.brier_score_loss([0, 1], [0.25, 0.75]) == brier_score([[0.75, 0.25], [0.25, 0.75]], [0, 1]) / 2",
                "Of two classes scikit-learn returns half the sum, unless `scale_by_half=False`.",
            ),
        ),
    ),
    "log_score": Loss(
        "probs, labels",
        FORECASTS,
        (
            Call(
                "lossbook",
                "log_score(probs, labels)",
                weighted=(
                    "log_score(probs, labels, sample_weight=row_weight)",
                    "log_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call("torch", "F.nll_loss(probs.log(), labels)"),
            Call(
                "keras",
                "keras.losses.SparseCategoricalCrossentropy()(labels, probs)",
                weighted=(
                    "keras.losses.SparseCategoricalCrossentropy()(labels, probs, sample_weight=row_weight)",
                    "log_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
                rtol=1e-5,
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.log_loss(labels, probs, labels=range(K))",
                weighted=(
                    "sklearn.metrics.log_loss(labels, probs, labels=range(K), sample_weight=row_weight)",
                    "log_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
        ),
        probes={
            "p = 0": {"probs": [[1.0, 0.0, 0.0]], "labels": np.array([1])},
            "Σp = 1.5": {"probs": [[0.75, 0.75, 0.0]], "labels": np.array([0])},
        },
    ),
    "spherical_score": Loss(
        "probs, labels",
        FORECASTS,
        (
            Call(
                "lossbook",
                "spherical_score(probs, labels)",
                weighted=(
                    "spherical_score(probs, labels, sample_weight=row_weight)",
                    "spherical_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call("torch", "1 - F.cosine_similarity(probs, torch.eye(K)[labels])"),
            Call(
                "scipy",
                "scipy.spatial.distance.cosine(probs[0], np.eye(K)[labels[0]])",
                arguments="probs[0], labels[0]",
            ),
        ),
        notes=(
            (
                "scipy.spatial.distance.cosine([1 - 1e-9, 1e-9], [1, 0]) == 0 and np.isclose(spherical_score([1 - 1e-9, 1e-9], 0), 5e-19, rtol=1e-6, atol=0)",
                "A cosine taken from 1 is 0 for a forecast that is nearly sure; the score is 5·10⁻¹⁹ for a probability of 10⁻⁹ elsewhere.",
            ),
        ),
    ),
    "ranked_probability_score": Loss(
        "probs, labels",
        FORECASTS,
        (
            Call(
                "lossbook",
                "ranked_probability_score(probs, labels)",
                weighted=(
                    "ranked_probability_score(probs, labels, sample_weight=row_weight)",
                    "ranked_probability_score(probs, labels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call("torch", "((probs - F.one_hot(labels, K)).cumsum(-1) ** 2).sum(-1)"),
            Call(
                "scipy",
                "scipy.stats.energy_distance(range(K), labels[:1], probs[0]) ** 2 / 2",
                arguments="probs[0], labels[0]",
            ),
        ),
    ),
    "crps_ensemble": Loss(
        "ensemble, target",
        ENSEMBLES,
        (
            Call(
                "lossbook",
                "crps_ensemble(ensemble, target)",
                weighted=(
                    "crps_ensemble(ensemble, target, sample_weight=row_weight)",
                    "crps_ensemble(ensemble, target, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.continuous_ranked_probability_score(ensemble, target)"),
            Call(
                "scipy",
                "scipy.stats.energy_distance(ensemble[0], target[:1]) ** 2 / 2",
                arguments="ensemble[0], target[0]",
            ),
        ),
        probes={"one member": {"ensemble": [[2.0]], "target": [0.5]}},
        notes=(
            (
                "np.isclose(scipy.stats.energy_distance([1.0, 2.0, 4.0, 7.0], [3.0]) ** 2, 2 * crps_ensemble([1.0, 2.0, 4.0, 7.0], 3.0))",
                "The energy distance of SciPy is √(2 CRPS): its square is halved.",
            ),
        ),
    ),
    "crps_quantile": Loss(
        "quantiles, target, levels=levels",
        QUANTILES,
        (
            Call(
                "lossbook",
                "crps_quantile(quantiles, target, levels=levels)",
                weighted=(
                    "crps_quantile(quantiles, target, levels=levels, sample_weight=row_weight)",
                    "crps_quantile(quantiles, target, levels=levels, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call(
                "scikit-learn",
                "2 / 3 * sum(sklearn.metrics.mean_pinball_loss(target, q, alpha=a) for q, a in zip(quantiles.T, levels))",
            ),
        ),
    ),
    "energy_score": Loss(
        "ensemble, target",
        CLOUDS,
        (
            Call(
                "lossbook",
                "energy_score(ensemble, target)",
                weighted=(
                    "energy_score(ensemble, target, sample_weight=row_weight)",
                    "energy_score(ensemble, target, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call(
                "torch",
                "torch.cdist(ensemble, target[:, None]).mean((1, 2)) - torch.cdist(ensemble, ensemble).mean((1, 2)) / 2",
            ),
        ),
        notes=(
            (
                "(lambda far: float((torch.cdist(far, far) - torch.cdist(far, far, compute_mode='donot_use_mm_for_euclid_dist')).abs().max()))(torch.arange(60.0).reshape(30, 2) / 7 + 1e4) > 1",
                "Above 25 points `torch.cdist` subtracts squares: of thirty in float32 that lie 10⁴ from 0 a distance is off by more than 1.",
            ),
        ),
    ),
    "interval_score": Loss(
        "(lower, upper), target, alpha=0.5",
        INTERVALS,
        (
            Call(
                "lossbook",
                "interval_score((lower, upper), target, alpha=0.5)",
                weighted=(
                    "interval_score((lower, upper), target, alpha=0.5, weight=row_weight)",
                    "interval_score((lower, upper), target, alpha=0.5, reduction='none') * row_weight",
                    "row_weight",
                ),
            ),
            Call(
                "scikit-learn",
                "4 * (sklearn.metrics.mean_pinball_loss(target, lower, alpha=0.25) + sklearn.metrics.mean_pinball_loss(target, upper, alpha=0.75))",
            ),
        ),
    ),
    "gaussian_nll_loss": Loss(
        "(loc, scale), target",
        SPREAD,
        (
            Call("lossbook", "gaussian_nll_loss((loc, scale), target)", weighted=_weighted("gaussian_nll_loss((loc, scale), target")),
            Call("torch", "F.gaussian_nll_loss(loc, target, scale**2)"),
            Call("jax", "-jax.scipy.stats.norm.logpdf(target, loc, scale)", options="full=True"),
            Call("scipy", "-scipy.stats.norm.logpdf(target, loc, scale)", options="full=True"),
        ),
        probes={
            "error 0.1, scale 1e-6": {"loc": [[0.1]], "scale": [[1e-6]], "target": [[0.0]]},
            "error 1e160, scale 1e150": {"loc": [[1e160]], "scale": [[1e150]], "target": [[0.0]]},
            "scale −1": {"loc": [[0.0]], "scale": [[-1.0]], "target": [[0.0]]},
        },
        notes=(
            (
                "float(F.gaussian_nll_loss(T([0.1]), T([0.0]), T([1e-12]))) < 5000 < 1e9 < gaussian_nll_loss(([0.1], [1e-6]), [0.0])",
                "PyTorch takes a variance, and 1e-6 for each that is smaller (`eps`), with the gradient there: the value no longer changes, but has a slope.",
            ),
        ),
    ),
    "laplace_nll_loss": Loss(
        "(loc, scale), target",
        SPREAD,
        (
            Call("lossbook", "laplace_nll_loss((loc, scale), target)", weighted=_weighted("laplace_nll_loss((loc, scale), target")),
            Call("torch", "-torch.distributions.Laplace(loc, scale).log_prob(target)", options="full=True"),
            Call("jax", "-jax.scipy.stats.laplace.logpdf(target, loc, scale)", options="full=True"),
            Call("scipy", "-scipy.stats.laplace.logpdf(target, loc, scale)", options="full=True"),
        ),
    ),
    "student_t_nll_loss": Loss(
        "(loc, scale), target",
        SPREAD,
        (
            Call("lossbook", "student_t_nll_loss((loc, scale), target, df=3.0)", options="df=3.0", weighted=_weighted("student_t_nll_loss((loc, scale), target, df=3.0"), probe=(None, "student_t_nll_loss((loc, scale), target, df=1e16)")),
            Call(
                "torch",
                "-torch.distributions.StudentT(3.0, loc, scale).log_prob(target)",
                options="df=3.0",
                probe=(None, "-torch.distributions.StudentT(1e16, loc, scale).log_prob(target)"),
            ),
            Call(
                "jax",
                "-jax.scipy.stats.t.logpdf(target, 3.0, loc, scale)",
                options="df=3.0",
                probe=(None, "-jax.scipy.stats.t.logpdf(target, 1e16, loc, scale)"),
            ),
            Call(
                "scipy",
                "-scipy.stats.t.logpdf(target, 3.0, loc, scale)",
                options="df=3.0",
                probe=(None, "-scipy.stats.t.logpdf(target, 1e16, loc, scale)"),
            ),
        ),
        probes={
            "error 1e160": {"loc": [[1e160]], "scale": [[1.0]], "target": [[0.0]]},
            "df 1e16, error 0": {"loc": [[0.0]], "scale": [[1.0]], "target": [[0.0]]},
        },
        notes=(
            (
                "float(torch.distributions.StudentT(1e16, T([0.0]), T([1.0])).log_prob(T([0.0]))) == -32 and abs(student_t_nll_loss(([0.0], [1.0]), [0.0], df=1e16) - 0.9189) < 1e-4",
                "PyTorch and JAX subtract two logarithms of gamma functions, which leaves no digit at 1e16 degrees of freedom.",
            ),
        ),
    ),
    "mse_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "mse_loss(prediction, target)",
                weighted=(
                    "mse_loss(prediction, target, weight=weight)",
                    "mse_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "F.mse_loss(prediction, target)",
                weighted=(
                    "F.mse_loss(prediction, target, weight=weight)",
                    "mse_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.squared_error(prediction, target)"),
            Call(
                "keras",
                "keras.losses.MeanSquaredError()(target, prediction)",
                weighted=(
                    "keras.losses.MeanSquaredError()(target, prediction, sample_weight=row_weight)",
                    "mse_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
                rtol=1e-5,
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_squared_error(target, prediction)",
                weighted=(
                    "sklearn.metrics.mean_squared_error(target, prediction, sample_weight=row_weight)",
                    "mse_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.mean_squared_error(prediction, target)"),
        ),
        probes={
            "bytes 3 and 250": {"prediction": np.array([[3]], np.uint8), "target": np.array([[250]], np.uint8)},
        },
        notes=(
            (
                "float(optax.losses.l2_loss(jnp.array(3.0), jnp.array(1.0))) == mse_loss(3.0, 1.0) / 2",
                "`optax.losses.l2_loss` is half the square.",
            ),
            (
                "float(keras.losses.mean_squared_error(torch.tensor([250], dtype=torch.uint8), torch.tensor([3], dtype=torch.uint8))) == 81",
                "Keras' function `mean_squared_error` and torchmetrics subtract bytes modulo 256; Keras' class reads them as float32.",
            ),
            (
                "F.mse_loss(T([[0.0]] * 3), T([1.0] * 3), reduction='none').shape == (3, 3)",
                "PyTorch broadcasts (3, 1) against (3,) to 3 × 3 errors, with a warning.",
            ),
        ),
    ),
    "mae_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "mae_loss(prediction, target)",
                weighted=(
                    "mae_loss(prediction, target, weight=weight)",
                    "mae_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "F.l1_loss(prediction, target)",
                weighted=(
                    "F.l1_loss(prediction, target, weight=weight)",
                    "mae_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "keras",
                "keras.losses.MeanAbsoluteError()(target, prediction)",
                weighted=(
                    "keras.losses.MeanAbsoluteError()(target, prediction, sample_weight=row_weight)",
                    "mae_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
                rtol=1e-5,
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_absolute_error(target, prediction)",
                weighted=(
                    "sklearn.metrics.mean_absolute_error(target, prediction, sample_weight=row_weight)",
                    "mae_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.mean_absolute_error(prediction, target)"),
        ),
        notes=(
            (
                "slope(lambda e: F.l1_loss(e, torch.zeros_like(e)), [0.0]) == 0 and float(jax.grad(jnp.abs)(0.0)) == 1",
                "Where prediction and target are equal PyTorch and lossbook take the slope 0, and JAX 1.",
            ),
        ),
    ),
    "pinball_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "pinball_loss(prediction, target)",
                weighted=(
                    "pinball_loss(prediction, target, weight=weight)",
                    "pinball_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_pinball_loss(target, prediction)",
                weighted=(
                    "sklearn.metrics.mean_pinball_loss(target, prediction, sample_weight=row_weight)",
                    "pinball_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_pinball_loss(target, prediction, alpha=0.9)",
                options="tau=0.9",
            ),
        ),
        notes=(
            (
                "float(sklearn._loss.PinballLoss(quantile=0.9).loss_gradient(y_true=np.zeros(1), raw_prediction=np.zeros(1))[1][0]) == -0.9",
                "Where prediction and target are equal the boosting of scikit-learn takes the slope −τ, and lossbook 0.",
            ),
        ),
    ),
    "mape_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "mape_loss(prediction, target)",
                weighted=(
                    "mape_loss(prediction, target, weight=weight)",
                    "mape_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_absolute_percentage_error(target, prediction)",
                weighted=(
                    "sklearn.metrics.mean_absolute_percentage_error(target, prediction, sample_weight=row_weight)",
                    "mape_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
            ),
            Call(
                "torchmetrics", "torchmetrics.functional.regression.mean_absolute_percentage_error(prediction, target)"
            ),
            Call("keras", "keras.losses.MeanAbsolutePercentageError()(target, prediction) / 100", rtol=1e-5),
        ),
        probes={"target 0": {"prediction": np.array([[1.0]]), "target": np.array([[0.0]])}},
        notes=(
            (
                "abs(float(keras.losses.mean_absolute_percentage_error(T([2.0]), T([1.0]))) - 50) < 1e-4 and mape_loss([1.0], [2.0]) == 0.5",
                "Keras gives per cent, the others a fraction.",
            ),
        ),
    ),
    "msle_loss": Loss(
        "prediction, target",
        AMOUNTS,
        (
            Call(
                "lossbook",
                "msle_loss(prediction, target)",
                weighted=(
                    "msle_loss(prediction, target, weight=weight)",
                    "msle_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_squared_log_error(target, prediction)",
                weighted=(
                    "sklearn.metrics.mean_squared_log_error(target, prediction, sample_weight=row_weight)",
                    "msle_loss(prediction, target, reduction='none') * row_weight[:, None]",
                    "row_weight[:, None]",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.mean_squared_log_error(prediction, target)"),
            Call("keras", "keras.losses.MeanSquaredLogarithmicError()(target, prediction)", rtol=1e-5),
        ),
        probes={"prediction −5": {"prediction": np.array([[-5.0]]), "target": np.array([[1.0]])}},
        notes=(
            (
                "sklearn.metrics.mean_squared_log_error([1e15], [1e15 + 1]) == 0 and 0.99e-30 < msle_loss([1e15 + 1], [1e15]) < 1.01e-30",
                "A difference of two logarithms has lost what is left of near amounts: of 10¹⁵ and 1 more scikit-learn gives 0.",
            ),
        ),
    ),
    "poisson_deviance": Loss(
        "mean, target",
        AMOUNTS_OF_ONE,
        (
            Call(
                "lossbook",
                "poisson_deviance(mean, target)",
                weighted=(
                    "poisson_deviance(mean, target, weight=weight)",
                    "poisson_deviance(mean, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_poisson_deviance(target, mean)",
                weighted=(
                    "sklearn.metrics.mean_poisson_deviance(target, mean, sample_weight=weight)",
                    "poisson_deviance(mean, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.tweedie_deviance_score(mean, target, power=1)"),
        ),
        probes={"mean −½": {"mean": np.array([-0.5]), "target": np.array([1.0])}},
        notes=(
            (
                "abs(float(sklearn.metrics.d2_tweedie_score([1.0, 3.0], [1.0, 3.0], power=1)) - 1) < 1e-12",
                "scikit-learn has the share of the deviance that a model explains as `d2_tweedie_score`.",
            ),
        ),
    ),
    "gamma_deviance": Loss(
        "mean, target",
        POSITIVE,
        (
            Call(
                "lossbook",
                "gamma_deviance(mean, target)",
                weighted=(
                    "gamma_deviance(mean, target, weight=weight)",
                    "gamma_deviance(mean, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_gamma_deviance(target, mean)",
                weighted=(
                    "sklearn.metrics.mean_gamma_deviance(target, mean, sample_weight=weight)",
                    "gamma_deviance(mean, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.tweedie_deviance_score(mean, target, power=2)"),
        ),
        probes={"target 0": {"mean": np.array([1.0]), "target": np.array([0.0])}},
    ),
    "tweedie_deviance": Loss(
        "mean, target",
        AMOUNTS_OF_ONE,
        (
            Call(
                "lossbook",
                "tweedie_deviance(mean, target, power=1.5)",
                options="power=1.5",
                weighted=(
                    "tweedie_deviance(mean, target, power=1.5, weight=weight)",
                    "tweedie_deviance(mean, target, power=1.5, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.mean_tweedie_deviance(target, mean, power=1.5)",
                options="power=1.5",
                weighted=(
                    "sklearn.metrics.mean_tweedie_deviance(target, mean, power=1.5, sample_weight=weight)",
                    "tweedie_deviance(mean, target, power=1.5, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("torchmetrics", "torchmetrics.functional.regression.tweedie_deviance_score(mean, target, power=1.5)", options="power=1.5"),
        ),
        notes=(
            (
                "abs(sklearn.metrics.mean_tweedie_deviance([5.0], [3.0], power=1 + 1e-14) - 1.108256237659) > 5e-3"
                " and abs(tweedie_deviance([3.0], [5.0], power=1 + 1e-14) - 1.108256237659) < 1e-11",
                "Next to a power of 1 the textbook formula divides what rounding left by a number near 0: with 1 + 10⁻¹⁴ scikit-learn is off in the third digit.",
            ),
        ),
    ),
    "poisson_nll_loss": Loss(
        "log_mean, target",
        COUNTS,
        (
            Call(
                "lossbook",
                "poisson_nll_loss(log_mean, target)",
                weighted=(
                    "poisson_nll_loss(log_mean, target, weight=weight)",
                    "poisson_nll_loss(log_mean, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("torch", "F.poisson_nll_loss(log_mean, target)"),
            Call("keras", "keras.losses.Poisson()(target, torch.exp(log_mean))", rtol=1e-5),
        ),
        probes={"count −1": {"log_mean": np.array([[0.5]]), "target": np.array([[-1.0]])}},
        notes=(
            (
                "abs(float(F.poisson_nll_loss(T([0.0]), T([2.0]), full=True)) - poisson_nll_loss([0.0], [2.0], full=True) + 0.0413) < 1e-4",
                "`full=True` adds Stirling's formula in PyTorch, and nothing up to a count of 1; lossbook adds the logarithm of the factorial.",
            ),
        ),
    ),
    "negative_binomial_nll_loss": Loss(
        "mean, target",
        COUNTS,
        (
            Call(
                "lossbook",
                "negative_binomial_nll_loss(mean, target, dispersion=1.0)",
                options="dispersion=1.0",
                weighted=(
                    "negative_binomial_nll_loss(mean, target, dispersion=1.0, weight=weight)",
                    "negative_binomial_nll_loss(mean, target, dispersion=1.0, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "-torch.distributions.NegativeBinomial(r, mean / (r + mean)).log_prob(target).mean()",
                options="dispersion=2.5",
            ),
            Call("scipy", "-scipy.stats.nbinom.logpmf(target, r, r / (r + mean)).mean()", options="dispersion=2.5"),
        ),
        notes=(
            (
                "scipy.stats.nbinom.logpmf(3, 1e15, 1e15 / (1e15 + 2)) > 0.4 and abs(negative_binomial_nll_loss([2.0], [3], dispersion=1e15) - 1.7123179275) < 1e-9",
                "With a size of 10¹⁵ SciPy gives a chance above 1: it takes the difference of two large log-gamma values.",
            ),
        ),
    ),
    "huber_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "huber_loss(prediction, target)",
                weighted=(
                    "huber_loss(prediction, target, weight=weight)",
                    "huber_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "F.huber_loss(prediction, target)",
                weighted=(
                    "F.huber_loss(prediction, target, weight=weight)",
                    "huber_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.huber_loss(prediction, target)"),
            Call("keras", "keras.losses.Huber()(target, prediction)", rtol=1e-5),
            Call("scipy", "scipy.special.huber(1.0, prediction - target)"),
        ),
        probes={"error 1e160": {"prediction": np.array([[1e160]]), "target": np.array([[0.0]])}},
        notes=(
            (
                "float(F.huber_loss(T([1.0, 5.0]), T([0.0, 0.0]), weight=T([1.0, 3.0]))) == 2 * huber_loss([1.0, 5.0], [0.0, 0.0], weight=[1.0, 3.0])",
                "PyTorch divides the weighted mean by the number of elements, though that of `F.mse_loss` by the sum of the weights.",
            ),
            (
                "float(optax.losses.huber_loss(jnp.array(3.0), jnp.array(0.0), delta=-1.0)) < 0 and raises(lambda: huber_loss([3.0], [0.0], delta=-1.0))",
                "A negative `delta` gives optax a negative loss; lossbook and PyTorch refuse it.",
            ),
        ),
    ),
    "smooth_l1_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "smooth_l1_loss(prediction, target)",
                weighted=(
                    "smooth_l1_loss(prediction, target, weight=weight)",
                    "smooth_l1_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "torch",
                "F.smooth_l1_loss(prediction, target)",
            ),
        ),
        notes=(
            (
                "float(F.smooth_l1_loss(T([3.0]), T([0.0]), beta=2.0)) == float(F.huber_loss(T([3.0]), T([0.0]), delta=2.0)) / 2 == smooth_l1_loss([3.0], [0.0], beta=2.0)",
                "It is Huber's loss divided by its parameter, so the two are one for a parameter of 1 only.",
            ),
        ),
    ),
    "pseudo_huber_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "pseudo_huber_loss(prediction, target)",
                weighted=(
                    "pseudo_huber_loss(prediction, target, weight=weight)",
                    "pseudo_huber_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("scipy", "scipy.special.pseudo_huber(1.0, prediction - target)"),
            Call("kornia", "kornia.losses.charbonnier_loss(prediction, target, reduction='mean')"),
        ),
        probes={"error 1e160": {"prediction": np.array([[1e160]]), "target": np.array([[0.0]])}},
        notes=(
            (
                "np.isnan(scipy.special.pseudo_huber(np.inf, 3.0)) and pseudo_huber_loss([3.0], [0.0], delta=np.inf) == 4.5",
                "For an infinite parameter SciPy is NaN, lossbook half the square.",
            ),
            (
                "slope(lambda e: kornia.losses.charbonnier_loss(e, torch.zeros_like(e)), [1e160]) == 0",
                "Where kornia's square overflows, its gradient is 0, and not 1.",
            ),
        ),
    ),
    "log_cosh_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "log_cosh_loss(prediction, target)",
                weighted=(
                    "log_cosh_loss(prediction, target, weight=weight)",
                    "log_cosh_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.log_cosh(prediction, target)"),
            Call("keras", "keras.losses.LogCosh()(target, prediction)", rtol=1e-5),
            Call(
                "torchmetrics", "torchmetrics.functional.regression.log_cosh_error(prediction.ravel(), target.ravel())"
            ),
        ),
        probes={"error 710": {"prediction": np.array([[710.0]]), "target": np.array([[0.0]])}},
        notes=(
            (
                "float(optax.losses.log_cosh(jnp.array(1e-9), jnp.array(0.0))) == 0 and log_cosh_loss([1e-9], [0.0]) == 5e-19",
                "For an error of 10⁻⁹ optax is 0, and lossbook 5 · 10⁻¹⁹.",
            ),
            (
                "float(keras.losses.log_cosh(T([0.0]), T([0.0]))) < 0",
                "Keras is below 0 for no error at all: its log 2 is a float32.",
            ),
        ),
    ),
    "barron_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "barron_loss(prediction, target)",
                weighted=(
                    "barron_loss(prediction, target, weight=weight)",
                    "barron_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("kornia", "kornia.losses.charbonnier_loss(prediction, target, reduction='mean')"),
            Call("kornia", "kornia.losses.cauchy_loss(prediction, target, reduction='mean')", options="alpha=0"),
            Call(
                "kornia", "kornia.losses.geman_mcclure_loss(prediction, target, reduction='mean')", options="alpha=-2"
            ),
            Call("kornia", "kornia.losses.welsch_loss(prediction, target, reduction='mean')", options="alpha=-np.inf"),
        ),
        probes={"error 1e160": {"prediction": np.array([[1e160]]), "target": np.array([[0.0]])}},
        notes=(
            (
                "np.isnan(float(kornia.losses.geman_mcclure_loss(T([1e160]), T([0.0]), reduction='mean'))) and barron_loss([1e160], [0.0], alpha=-2) == 2",
                "kornia's shapes have names of their own; the one of Geman and McClure is NaN where the square overflows.",
            ),
        ),
    ),
    "wing_loss": Loss(
        "prediction, target",
        NUMBERS,
        (
            Call(
                "lossbook",
                "wing_loss(prediction, target)",
                weighted=(
                    "wing_loss(prediction, target, weight=weight)",
                    "wing_loss(prediction, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call(
                "segmentation-models-pytorch",
                "smp.losses._functional.wing_loss(prediction, target, width=10, curvature=2)",
            ),
        ),
    ),
    "perceptron_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "perceptron_loss(logits, target)",
                weighted=(
                    "perceptron_loss(logits, target, weight=weight)",
                    "perceptron_loss(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.perceptron_loss(logits, 2 * target - 1)"),
        ),
        notes=(
            (
                "float(jax.grad(optax.losses.perceptron_loss)(0.0, 1.0)) == -0.5 and lossbook.grad(perceptron_loss)([0.0], [1])[0] == 0",
                "At score 0 the slope is −½ in optax, and 0 in lossbook.",
            ),
        ),
    ),
    "multilabel_soft_margin_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "multilabel_soft_margin_loss(logits, target)",
                weighted=(
                    "multilabel_soft_margin_loss(logits, target, sample_weight=row_weight)",
                    "multilabel_soft_margin_loss(logits, target, sample_weight=row_weight, reduction='none')",
                    "row_weight",
                ),
            ),
            Call("torch", "F.multilabel_soft_margin_loss(logits, target)"),
        ),
        notes=(
            (
                "np.isclose(F.multilabel_soft_margin_loss(T([[2.0, -1.0]]), T([[1.0, 1.0]]), T([1.0, 2.0])).item(),"
                " multilabel_soft_margin_loss([[2.0, -1.0]], [[1, 1]], weight=[1.0, 2.0]))",
                "The weights of the labels are in no divisor, in PyTorch and in lossbook.",
            ),
            (
                "np.isclose(F.multilabel_soft_margin_loss(T([[2.0, -1.0]]), T([[1.0, 1.0]])).item(),"
                " F.binary_cross_entropy_with_logits(T([[2.0, -1.0]]), T([[1.0, 1.0]])).item())",
                "Without weights it is PyTorch's `binary_cross_entropy_with_logits`.",
            ),
        ),
    ),
    "hinge_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "hinge_loss(logits, target)",
                weighted=(
                    "hinge_loss(logits, target, weight=weight)",
                    "hinge_loss(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.hinge_loss(logits, 2 * target - 1)"),
            Call(
                "keras",
                "keras.losses.Hinge()(target, logits)",
                rtol=1e-5,
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.hinge_loss(target.ravel(), logits.ravel())",
                weighted=(
                    "sklearn.metrics.hinge_loss(target.ravel(), logits.ravel(), sample_weight=weight.ravel())",
                    "hinge_loss(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
        ),
        notes=(
            (
                "float(keras.losses.Hinge()(T([-1.0, 0.0]), T([2.0, -1.0]))) == 2 and hinge_loss([2.0, -1.0], [-1, 0]) == 1.5",
                "Keras reads 0 as −1 only where all labels of the batch are 0 or 1; lossbook reads each by itself.",
            ),
            (
                "sklearn.metrics.hinge_loss([1, 1], [0.5, 2.0], labels=[0, 1]) == hinge_loss([0.5, 2.0], [0, 0]) == 2.25",
                "scikit-learn takes the labels of a batch that has one class for negatives, whatever they are.",
            ),
            (
                "np.isclose(float(torchmetrics.functional.classification.binary_hinge_loss(T([2.0, -1.0]), torch.tensor([1, 0]))), hinge_loss(1 / (1 + np.exp([-2.0, 1.0])), [1, 0]))",
                "`binary_hinge_loss` of TorchMetrics applies a sigmoid to all scores if one lies outside of [0, 1].",
            ),
            (
                "F.hinge_embedding_loss(T([2.0]), T([1.0])) == 2 and hinge_loss([2.0], [1]) == 0",
                "PyTorch's `hinge_embedding_loss` is another loss, of a distance: for label 1 it is the distance itself.",
            ),
        ),
    ),
    "squared_hinge_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "squared_hinge_loss(logits, target)",
                weighted=(
                    "squared_hinge_loss(logits, target, weight=weight)",
                    "squared_hinge_loss(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("keras", "keras.losses.SquaredHinge()(target, logits)", rtol=1e-5),
        ),
    ),
    "smoothed_hinge_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "smoothed_hinge_loss(logits, target)",
                weighted=(
                    "smoothed_hinge_loss(logits, target, weight=weight)",
                    "smoothed_hinge_loss(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("optax", "optax.losses.sparsemax_loss(logits, target)", options="gamma=2"),
        ),
        notes=(
            (
                "np.allclose(4 * smoothed_hinge_loss([0.5, -3.0], [1, 1], gamma=2, reduction='none'), modified_huber_loss([0.5, -3.0], [1, 1], reduction='none'))",
                "Four times that of γ = 2 is the modified Huber loss.",
            ),
        ),
    ),
    "logistic_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call(
                "lossbook",
                "logistic_loss(logits, target)",
                weighted=(
                    "logistic_loss(logits, target, weight=weight)",
                    "logistic_loss(logits, target, weight=weight, reduction='none')",
                    "weight",
                ),
            ),
            Call("torch", "F.soft_margin_loss(logits, 2 * target - 1)"),
            Call("optax", "optax.losses.sigmoid_binary_cross_entropy(logits, target)"),
        ),
        probes={"score −800 for label 1": {"logits": np.array([[-800.0]]), "target": np.array([[1.0]])}},
        notes=(
            (
                "np.isnan(slope(lambda z: F.soft_margin_loss(z, T([1.0])), [-800.0])) and slope(lambda z: F.binary_cross_entropy_with_logits(z, T([1.0])), [-800.0]) == lossbook.grad(logistic_loss)([-800.0], [1])[0] == -1",
                "At score −800 the gradient of PyTorch's `soft_margin_loss` is NaN; that of `binary_cross_entropy_with_logits` is −1, as here.",
            ),
        ),
    ),
    "balanced_binary_cross_entropy_with_logits": Loss(
        "logits, target",
        BINARY | {"alpha": 0.75},
        (
            Call("lossbook", "balanced_binary_cross_entropy_with_logits(logits, target, alpha=alpha)", "alpha=alpha"),
            Call(
                "torch",
                "F.binary_cross_entropy_with_logits(logits, target, torch.where(target == 1, alpha, 1 - alpha))",
                "alpha=alpha",
            ),
            Call(
                "torchvision",
                "torchvision.ops.sigmoid_focal_loss(logits, target, alpha=alpha, gamma=0)",
                "alpha=alpha",
            ),
            Call("optax", "optax.losses.sigmoid_focal_loss(logits, target, alpha=alpha, gamma=0)", "alpha=alpha"),
            Call(
                "keras",
                "keras.losses.BinaryFocalCrossentropy("
                "apply_class_balancing=True, alpha=alpha, gamma=0, from_logits=True)(target, logits)",
                "alpha=alpha",
                rtol=1e-5,
            ),
            Call(
                "kornia", "kornia.losses.binary_focal_loss_with_logits(logits, target, alpha, gamma=0)", "alpha=alpha"
            ),
        ),
        probes={"α = ¾: weight of y = 1 / y = 0": weighing(0)},
        notes=(
            (
                "np.isclose(balanced_binary_cross_entropy_with_logits([1.0, -2.0, 0.5], [1, 0, 0]),"
                " balanced_binary_cross_entropy_with_logits([1.0, -2.0, 0.5], [1, 0, 0], alpha=2 / 3)).item()",
                "None of them takes α from the batch, as lossbook does without `alpha`; it is the share of y = 0.",
            ),
        ),
    ),
    "sigmoid_focal_loss": Loss(
        "logits, target",
        BINARY,
        (
            Call("lossbook", "sigmoid_focal_loss(logits, target)"),
            Call("torchvision", "torchvision.ops.sigmoid_focal_loss(logits, target)"),
            Call("optax", "optax.losses.sigmoid_focal_loss(logits, target)"),
            Call("keras", "keras.losses.BinaryFocalCrossentropy(from_logits=True)(target, logits)", rtol=1e-5),
            Call(
                "keras",
                "keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True)(target, logits)",
                rtol=1e-5,
            ),
            Call("monai", "monai.losses.FocalLoss()(logits, target)", rtol=1e-5),
            Call("segmentation-models-pytorch", "smp.losses.FocalLoss('binary')(logits, target)"),
            Call("kornia", "kornia.losses.binary_focal_loss_with_logits(logits, target)"),
        ),
        choices={"alpha": {"¼": [0.25], "none": [None]}},
        heading="default α",
        probes={"weight of y = 1 / y = 0": weighing(2)},
        notes=(
            (
                "float(keras.losses.BinaryFocalCrossentropy(alpha=0.9)(T([[1.0]]), T([[0.25]])))"
                " == float(keras.losses.BinaryFocalCrossentropy(alpha=0.1)(T([[1.0]]), T([[0.25]])))",
                "Keras reads `alpha` and leaves it out, unless `apply_class_balancing=True`.",
            ),
            (
                "np.isnan(slope(lambda z: torchvision.ops.sigmoid_focal_loss(z, T([1.0]), gamma=0.5), [40.0]))"
                " and np.isnan(slope(lambda z: smp.losses.FocalLoss('binary', gamma=0.5)(z, T([1.0])), [40.0]))"
                " and slope(lambda z: kornia.losses.binary_focal_loss_with_logits(z[None], T([[1.0]]), gamma=0.5), [40.0]) < 0",
                "For γ < 1 the gradient of torchvision and smp is NaN at a logit that is certain and right, such as 40; kornia's is not.",
            ),
            (
                "monai.losses.FocalLoss()(T([[1.0]]), T([[1.0]])).dtype == torch.float32",
                "MONAI computes in float32, whatever it is given.",
            ),
            (
                "np.isclose(smp.losses.FocalLoss('multiclass')(T([[1.0, -2.0, 0.5]]), torch.tensor([2])),"
                " sigmoid_focal_loss([1.0, -2.0, 0.5], [0, 0, 1], alpha=None)).item()",
                "smp's `FocalLoss('multiclass')` is this loss for each class against the rest, not the softmax form.",
            ),
        ),
    ),
    "softmax_focal_loss": Loss(
        "logits, labels",
        CLASSES | {"one_hot": one_hot(CLASSES["labels"], 3)},
        (
            Call(
                "lossbook", "softmax_focal_loss(logits, labels)", probe="softmax_focal_loss(logits, labels, alpha=0.25)"
            ),
            Call(
                "keras",
                "keras.losses.CategoricalFocalCrossentropy(from_logits=True)(one_hot, logits)",
                rtol=1e-5,
                probe="keras.losses.CategoricalFocalCrossentropy(alpha=0.25, from_logits=True)(target, logits)",
            ),
            Call(
                "monai",
                "monai.losses.FocalLoss(to_onehot_y=True, use_softmax=True)(logits, labels[:, None])",
                rtol=1e-5,
                probe="3 * monai.losses.FocalLoss(to_onehot_y=True, use_softmax=True, alpha=0.25)"
                "(logits, labels[:, None])",
            ),
            Call(
                "kornia",
                "kornia.losses.focal_loss(logits, labels, alpha=None)",
                probe="kornia.losses.focal_loss(logits, labels, alpha=0.25)",
            ),
        ),
        choices={"alpha": {"none": [None], "¼": [0.25]}},
        heading="default α",
        probes={"α = ¼: weights of the classes": weighing(2, 3)},
        notes=(
            (
                "np.isclose(kornia.losses.focal_loss(T([[1.0, 0.0]]), torch.tensor([0]), alpha=0.25).sum(),"
                " softmax_focal_loss([[1.0, 0.0]], [0], alpha=[0.75, 0.25])).item()",
                "One number α means two things: kornia and MONAI weigh class 0 by 1 − α and the others by α; lossbook and Keras weigh every class by α, which changes nothing but the step length.",
            ),
            (
                "np.isclose(kornia.losses.focal_loss(T([[1.0, 0.0]]), torch.tensor([0]), alpha=None, reduction='mean'),"
                " softmax_focal_loss([[1.0, 0.0]], [0]) / 2).item()",
                "The means of kornia and MONAI divide by N · K: they are K times smaller.",
            ),
            (
                "torch.equal(monai.losses.FocalLoss(reduction='sum')(T([[1.0, 2.0]] * 3), T([[1.0, 0.0]] * 3)),"
                " monai.losses.FocalLoss()(T([[1.0, 2.0]] * 3), T([[1.0, 0.0]] * 3)))"
                " and torch.isclose(monai.losses.FocalLoss(reduction='sum')(T([[[1.0, 2.0]] * 3] * 5), T([[[1.0, 0.0]] * 3] * 5)),"
                " 15 * monai.losses.FocalLoss()(T([[[1.0, 2.0]] * 3] * 5), T([[[1.0, 0.0]] * 3] * 5)))",
                "MONAI's `reduction='sum'` sums over images and classes and averages over pixels; where there is no axis of pixels it is the mean.",
            ),
        ),
    ),
    "logit_adjusted_cross_entropy": Loss(
        "logits, labels",
        CLASSES | {"priors": np.array([0.625, 0.25, 0.125])},
        (
            Call("lossbook", "logit_adjusted_cross_entropy(logits, labels, priors=priors)", options="priors=priors"),
            Call("torch", "F.cross_entropy(logits + priors.log(), labels)", options="priors=priors"),
            Call(
                "optax",
                "optax.losses.softmax_cross_entropy_with_integer_labels(logits + jnp.log(priors), labels).mean()",
                options="priors=priors",
            ),
        ),
        notes=(
            (
                "logit_adjusted_cross_entropy([[0.0, 0.0]], [0], priors=[0.0, 1.0]) == np.inf"
                " and not raises(lambda: F.cross_entropy(T([[0.0, 0.0]]) + T([-np.inf, 0.0]), torch.tensor([0])))",
                "No library has it as a function: the logarithms of the shares are added to the scores in training, and left out in the test.",
            ),
        ),
    ),
    "balanced_softmax_loss": Loss(
        "logits, labels",
        CLASSES | {"counts": np.array([100.0, 20.0, 3.0])},
        (
            Call("lossbook", "balanced_softmax_loss(logits, labels, counts=counts)", options="counts=counts"),
            Call("torch", "F.cross_entropy(logits + counts.log(), labels)", options="counts=counts"),
            Call(
                "optax",
                "optax.losses.softmax_cross_entropy_with_integer_labels(logits + jnp.log(counts), labels).mean()",
                options="counts=counts",
            ),
        ),
        notes=(
            (
                "torch.tensor([100, 20, 3]).log().dtype == torch.float32",
                "The logarithm of PyTorch's whole numbers is in single precision: counts are made floats of the scores' precision first.",
            ),
        ),
    ),
    "mae_classification_loss": Loss(
        "logits, labels",
        CLASSES | {"one_hot": one_hot(CLASSES["labels"], 3)},
        (
            Call("lossbook", "mae_classification_loss(logits, labels)"),
            Call("torch", "K * F.l1_loss(probs, one_hot)"),
            Call("keras", "K * keras.losses.MeanAbsoluteError()(one_hot, probs)", rtol=1e-5),
            Call("scikit-learn", "K * sklearn.metrics.mean_absolute_error(one_hot, probs)"),
        ),
        notes=(
            (
                "np.isclose(F.l1_loss(T([[1.0, 0.0, 0.0]]), T([[0.0, 1.0, 0.0]])), 2 / 3).item()"
                " and mae_classification_loss([[0.0, -np.inf, -np.inf]], [1]) == 2",
                "lossbook sums the absolute error over the classes; PyTorch, Keras and scikit-learn average it over them as well, which makes it K times smaller.",
            ),
        ),
    ),
    "generalized_cross_entropy": Loss(
        "logits, labels",
        CLASSES,
        (
            Call("lossbook", "generalized_cross_entropy(logits, labels)"),
            Call(
                "keras",
                "keras.losses.CategoricalGeneralizedCrossEntropy()(labels, probs)",
                options="q=0.5",
                rtol=1e-5,
            ),
        ),
        notes=(
            (
                "keras.losses.categorical_generalized_cross_entropy(torch.tensor([0]), T([[0.3, 0.7]]), 1e-18).item() == 0"
                " and np.isclose(generalized_cross_entropy(np.log([[0.3, 0.7]]), [0], q=1e-18), -np.log(0.3))",
                "Keras takes probabilities, has q = ½ for its default, and for q below 10⁻¹⁶ returns 0, where the limit is the cross entropy.",
            ),
            (
                "raises(lambda: keras.losses.CategoricalGeneralizedCrossEntropy(q=1.0))",
                "Keras refuses q = 1, half of the absolute error.",
            ),
        ),
    ),
    "poly1_cross_entropy": Loss(
        "logits, target",
        CLASSES,
        (
            Call("lossbook", "poly1_cross_entropy(logits, target)"),
            Call("optax", "optax.losses.poly_loss_cross_entropy(logits, target)", options="epsilon=2.0"),
        ),
        notes=(
            (
                "float(optax.losses.poly_loss_cross_entropy(jnp.array([[40.0, 0.0]]), jnp.array([[1.0, 0.0]]), epsilon=1.0)[0]) == 0"
                " and poly1_cross_entropy([[40.0, 0.0]], [0]) > 0",
                "optax has ε = 2 for its default, and no mean; a label that is nearly certain costs exactly 0 there.",
            ),
        ),
    ),
    "crammer_singer_loss": Loss(
        "logits, labels",
        CLASSES | {"one_hot": one_hot(CLASSES["labels"], 3)},
        (
            Call("lossbook", "crammer_singer_loss(logits, labels)"),
            Call("optax", "optax.losses.multiclass_hinge_loss(logits, labels)"),
            Call("scikit-learn", "sklearn.metrics.hinge_loss(labels, logits)"),
        ),
        notes=(
            (
                "keras.losses.CategoricalHinge()(T([[1.0, 0.0]]), T([[-3.0, -5.0]])).item() == 4 and crammer_singer_loss([[-3.0, -5.0]], [0]) == 0",
                "Keras's `CategoricalHinge` counts a rival of score 0, so that scores below 0 cost too much; it is no call of this table.",
            ),
            (
                "torchmetrics.functional.classification.multiclass_hinge_loss(T([[2.0, 0.5, 0.0]]), torch.tensor([0]), num_classes=3).item() > 0"
                " and crammer_singer_loss([[2.0, 0.5, 0.0]], [0]) == 0",
                "torchmetrics takes a softmax first as soon as one score is outside of 0 to 1, and is no call of this table either.",
            ),
        ),
    ),
    "weston_watkins_loss": Loss(
        "logits, labels",
        CLASSES,
        (
            Call("lossbook", "weston_watkins_loss(logits, labels)"),
            Call("torch", "K * F.multi_margin_loss(logits, labels)"),
        ),
        notes=(
            (
                "np.isclose(F.multi_margin_loss(T([[0.0, 0.0, 0.0]]), torch.tensor([0])).item(), 2 / 3) and weston_watkins_loss([[0.0, 0.0, 0.0]], [0]) == 2",
                "PyTorch divides by the number of classes, which is one more than that of the rivals.",
            ),
        ),
    ),
    "sparsemax_loss": Loss(
        "logits, target",
        CLASSES,
        (
            Call("lossbook", "sparsemax_loss(logits, target)"),
            Call("optax", "optax.losses.multiclass_sparsemax_loss(logits, labels)", arguments="logits, labels"),
        ),
        notes=(
            (
                "abs(float(optax.losses.multiclass_sparsemax_loss(jnp.array([[2.0**30 + 0.2, 2.0**30]]), jnp.array([0]))[0]) - 0.16) > 1e-7"
                " and abs(sparsemax_loss([[2.0**30 + 0.2, 2.0**30]], [0]) - 0.16) < 3e-8",
                "optax's call that is named `sparsemax_loss` is that of two classes, a quarter of the modified Huber loss. Where all scores are large, it loses digits.",
            ),
        ),
    ),
    "confidence_penalty_cross_entropy": Loss(
        "logits, target",
        CLASSES | {"target": CLASSES["labels"], "beta": 0.1},
        (
            Call("lossbook", "confidence_penalty_cross_entropy(logits, target)"),
            Call(
                "torch",
                "F.cross_entropy(logits, target) - beta * torch.distributions.Categorical(logits=logits).entropy().mean()",
            ),
        ),
        notes=(
            (
                "np.isnan(slope(lambda z: torch.special.entr(F.softmax(z, 0)).sum(), [0.0, -800.0]))"
                " and np.isfinite(lossbook.grad(confidence_penalty_cross_entropy)([[0.0, -800.0]], [0])).all()",
                "The gradient of PyTorch's `entr` of a softmax is NaN as soon as a probability is 0.",
            ),
        ),
    ),
    "distillation_loss": Loss(
        "logits, teacher_logits",
        {
            "logits": CLASSES["logits"],
            "teacher_logits": [
                [0.5, 1.0, 3.0],
                [2.0, 0.0, 1.0],
                [-1.0, 0.25, 0.5],
                [1.0, -2.0, 0.75],
                [0.0, 1.5, 1.25],
            ],
        },
        (
            Call("lossbook", "distillation_loss(logits, teacher_logits)"),
            Call(
                "torch",
                "4 * F.kl_div(F.log_softmax(logits / 2, 1), F.log_softmax(teacher_logits / 2, 1), reduction='batchmean', log_target=True)",
            ),
            Call(
                "keras",
                "keras.distillation.LogitsDistillation(2.0, keras.losses.KLDivergence()).compute_loss(teacher_logits, logits)",
                rtol=1e-5,
            ),
            Call(
                "optax",
                "4 * optax.losses.kl_divergence_with_log_targets(jax.nn.log_softmax(logits / 2), jax.nn.log_softmax(teacher_logits / 2))",
            ),
        ),
        notes=(
            (
                "keras.distillation.LogitsDistillation(4.0).compute_loss(T([[0.5, 1.0, 3.0]]), T([[10.5, 11.0, 13.0]])).item() < -0.8"
                " and distillation_loss([[10.5, 11.0, 13.0]], [[0.5, 1.0, 3.0]], temperature=4) == 0",
                "By default, Keras's `LogitsDistillation` takes neither a softmax nor T²: only an instance of `KLDivergence` gives this loss. "
                "Of scores that differ by a constant the default may be negative.",
            ),
            (
                "abs((1e16 * F.kl_div(F.log_softmax(T([[1.0, 2.0, -1.0]]) / 1e8, 1), F.log_softmax(T([[0.5, 1.0, 3.0]]) / 1e8, 1),"
                " reduction='batchmean', log_target=True)).item() - 91 / 36) > 0.1"
                " and np.isclose(distillation_loss([[1.0, 2.0, -1.0]], [[0.5, 1.0, 3.0]], temperature=1e8), 91 / 36)",
                "From softmaxes at a temperature of 10⁸ no digit is left in float64.",
            ),
        ),
    ),
    "entropy": Loss(
        "p",
        SHARES,
        (
            Call("lossbook", "entropy(p)"),
            Call("torch", "torch.special.entr(p).sum(-1)"),
            Call("torch", "torch.distributions.Categorical(p).entropy()"),
            Call("jax", "jax.scipy.special.entr(p).sum(-1)"),
            Call("scipy", "scipy.stats.entropy(p, axis=-1)"),
        ),
        probes={"p = (2, 2)": {"p": [[2.0, 2.0]]}},
        notes=(
            (
                "scipy.stats.entropy([2, 2]) == scipy.stats.entropy([0.5, 0.5]) and scipy.stats.entropy([[0.5, 0.5]]).tolist() == [0, 0]",
                "SciPy and `Categorical` divide by the sum, so counts pass for a distribution. SciPy's axis is 0 unless told.",
            ),
        ),
    ),
    "kl_divergence": Loss(
        "p, q",
        SHARES,
        (
            Call("lossbook", "kl_divergence(p, q)"),
            Call("torch", "F.kl_div(q.log(), p)"),
            Call("torch", "F.kl_div(q.log(), p, reduction='batchmean')"),
            Call("optax", "optax.losses.kl_divergence(jnp.log(q), p)"),
            Call("keras", "keras.losses.KLDivergence()(p, q)", rtol=1e-5),
            Call("scipy", "scipy.stats.entropy(p, q, axis=-1)"),
            Call("scipy", "scipy.special.rel_entr(p, q).sum(-1)"),
            Call("kornia", "kornia.losses.kl_div_loss_2d(q[:, None, None], p[:, None, None])"),
            Call("torchmetrics", "torchmetrics.functional.regression.kl_divergence(p, q)"),
        ),
        probes={
            "q = 0 where p = ½": {"p": [[0.5, 0.5]], "q": [[1.0, 0.0]]},
            "p = q = 0 in a bin": {"p": [[0.0, 0.25, 0.75]], "q": [[0.0, 0.25, 0.75]]},
        },
        notes=(
            (
                "np.isnan(F.kl_div(T([[0.0, 1.0]]).log(), T([[0.0, 1.0]]))).item()"
                " and np.isnan(optax.losses.kl_divergence(jnp.log(jnp.array([0.0, 1.0])), jnp.array([0.0, 1.0]))).item()"
                " and kl_divergence([0.0, 1.0], [0.0, 1.0]) == 0",
                "A bin that both distributions leave empty costs 0. PyTorch and optax are given log q, which is −∞ there, and answer NaN.",
            ),
            (
                "np.isclose(F.kl_div(T([[0.5, 0.5]]).log(), T([[0.25, 0.75]])), kl_divergence([[0.25, 0.75]], [[0.5, 0.5]]) / 2).item()",
                "PyTorch's `reduction='mean'` divides by the number of entries, K times too often.",
            ),
            (
                "np.isclose(F.kl_div(T([[[0.5, 0.5]] * 3]).log(), T([[[0.25, 0.75]] * 3]), reduction='batchmean'),"
                " 3 * kl_divergence([0.25, 0.75], [0.5, 0.5])).item()",
                "`batchmean` divides by the length of the first axis alone: with further axes it is too large by their size.",
            ),
            (
                "float(torchmetrics.functional.regression.kl_divergence(T([[2.0, 2.0]]), T([[0.5, 0.5]]))) == 0"
                " and scipy.stats.entropy([2, 2], [0.5, 0.5]) == 0",
                "SciPy's `entropy` and torchmetrics divide both by their sums.",
            ),
        ),
    ),
    "js_divergence": Loss(
        "p, q",
        SHARES,
        (
            Call("lossbook", "js_divergence(p, q)"),
            Call("scipy", "scipy.spatial.distance.jensenshannon(p, q, axis=-1) ** 2"),
            Call("kornia", "kornia.losses.js_div_loss_2d(p[:, None, None], q[:, None, None])"),
            Call("torchmetrics", "torchmetrics.functional.regression.jensen_shannon_divergence(p, q)"),
        ),
        probes={"nothing in common (log 2)": {"p": [[1.0, 0.0]], "q": [[0.0, 1.0]]}},
        notes=(
            (
                "np.isclose(scipy.spatial.distance.jensenshannon([1, 0], [0, 1]), np.sqrt(np.log(2))).item()",
                "SciPy returns the distance, the root of the divergence; its axis is 0 unless told.",
            ),
            (
                "np.isnan(scipy.spatial.distance.jensenshannon([0.1, 0.2, 0.7], [0.1 + 1e-9, 0.2 - 1e-9, 0.7])).item()",
                "Between distributions that nearly agree SciPy's is NaN, the root of a rounded sum below 0.",
            ),
        ),
    ),
    "earth_movers_distance": Loss(
        "supply, demand, cost",
        {
            "supply": [0.5, 0.125, 0.375],
            "demand": [0.25, 0.25, 0.5],
            "cost": [[0.0, 1.5, 4.0], [1.5, 0.0, 2.5], [4.0, 2.5, 0.25]],
        },
        (
            Call("lossbook", "earth_movers_distance(supply, demand, cost)"),
            Call("POT", "ot.emd2(supply, demand, cost)"),
        ),
        probes={
            "(3, 1) to (2, 2), distance 1": {
                "supply": [3.0, 1.0],
                "demand": [2.0, 2.0],
                "cost": [[0.0, 1.0], [1.0, 0.0]],
            },
            "totals 4 and 3": {"supply": [3.0, 1.0], "demand": [2.0, 1.0], "cost": [[1.0, 2.0], [2.0, 1.0]]},
        },
        notes=(
            (
                "float(ot.emd2(np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([[0.0, 1.0], [1.0, 0.0]])))"
                " == 4 * earth_movers_distance([3.0, 1.0], [2.0, 2.0], [[0.0, 1.0], [1.0, 0.0]])",
                "POT returns the work, lossbook the work for each unit moved, as Rubner has it: the same where the totals are 1.",
            ),
        ),
    ),
    "wasserstein_histograms": Loss(
        "p, q",
        ON_A_LINE,
        (
            Call("lossbook", "wasserstein_histograms(p, q, positions=positions)", "positions=positions"),
            Call("scipy", "scipy.stats.wasserstein_distance(positions, positions, p, q)", "positions=positions"),
            Call("POT", "ot.wasserstein_1d(positions, positions, p, q)", "positions=positions"),
            Call("POT", "ot.wasserstein_1d(positions, positions, p, q, p=2) ** (1 / 2)", "positions=positions"),
            Call("POT", "ot.emd2_1d(positions, positions, p, q) ** (1 / 2)", "positions=positions"),
            Call("torch", "((p - q).cumsum(0)[:-1].abs() * positions.diff()).sum()", "positions=positions"),
        ),
        choices={"order": {"1": [1], "2": [2]}},
        heading="order",
        probes={"totals 1 and 2": {"q": 2 * np.array(ON_A_LINE["q"])}},
        notes=(
            (
                "scipy.stats.wasserstein_distance([0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]) == 0 and wasserstein_histograms([0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]) == 2"
                " and ot.wasserstein_1d(np.array([0.5, 0.5, 0, 0]), np.array([0, 0, 0.5, 0.5])) == 0",
                "SciPy and POT take places first and masses third: two bare histograms are read as two samples, and these two have the same numbers.",
            ),
            (
                "np.isclose(ot.emd2_1d(np.array([0.0]), np.array([3.0])), 9).item()"
                " and np.isclose(ot.wasserstein_1d(np.array([0.0]), np.array([3.0]), p=2), 9)"
                " and np.isclose(ot.emd2_1d(np.array([0.0]), np.array([3.0]), metric='euclidean'), 3)",
                "POT returns the power W₂², and squares distances in `emd2_1d` unless told `metric='euclidean'`.",
            ),
        ),
    ),
    "wasserstein_samples": Loss(
        "x, y",
        {
            "x": [0.5, -1.25, 3.0, 0.75],
            "y": [1.5, -2.0, 0.25],
            "x_weights": [1.0, 2.0, 0.5, 1.5],
            "y_weights": [0.25, 1.0, 3.0],
        },
        (
            Call(
                "lossbook",
                "wasserstein_samples(x, y)",
                probe="wasserstein_samples(x, y, x_weights=x_weights, y_weights=y_weights)",
            ),
            Call(
                "scipy",
                "scipy.stats.wasserstein_distance(x, y)",
                probe="scipy.stats.wasserstein_distance(x, y, x_weights, y_weights)",
            ),
            Call("POT", "ot.wasserstein_1d(x, y)", probe="ot.wasserstein_1d(x, y, x_weights, y_weights)"),
        ),
        probes={
            "weights of total 1 and 2": {"x": [0.0], "y": [1.0], "x_weights": [1.0], "y_weights": [2.0]},
        },
    ),
    "emd_loss": Loss(
        "probs, target",
        RATINGS,
        (
            Call("lossbook", "emd_loss(probs, target)"),
            Call("torch", "((probs - target).cumsum(-1) ** 2).mean(-1).sqrt()"),
            Call("jax", "((probs - target).cumsum(-1) ** 2).mean(-1) ** 0.5"),
        ),
    ),
    "squared_emd_loss": Loss(
        "probs, target",
        RATINGS,
        (
            Call("lossbook", "squared_emd_loss(probs, target)"),
            Call("torch", "((probs - target).cumsum(-1) ** 2).sum(-1)"),
            Call(
                "scipy",
                "scipy.stats.energy_distance(range(4), range(4), probs[0], target[0]) ** 2 / 2",
                arguments="probs[0], target[0]",
            ),
        ),
    ),
    "confusion_counts": Loss(
        "prediction, target",
        COUNTED,
        (
            Call(
                "lossbook",
                "confusion_counts(prediction, target)",
                probe="confusion_counts(prediction, target).tp",
            ),
            Call(
                "scikit-learn",
                "sklearn.metrics.confusion_matrix(target, prediction > 0.5).ravel()[[3, 1, 2, 0]]",
                probe="",
            ),
            Call(
                "segmentation-models-pytorch",
                "torch.stack(smp.metrics.get_stats(prediction[None, None], target[None, None], mode='binary', threshold=0.5)).ravel()",
                probe="smp.metrics.get_stats(prediction[None, None], target[None, None], mode='binary', threshold=0.5)[0]",
            ),
            Call(
                "torchmetrics",
                "torchmetrics.functional.classification.binary_stat_scores(prediction, target)[[0, 1, 3, 2]]",
                probe="torchmetrics.functional.classification.binary_stat_scores(prediction, target)[0]",
            ),
        ),
        probes={"0.5 counts as positive": {"prediction": [0.5], "target": np.array([1])}},
        notes=(
            (
                "sklearn.metrics.confusion_matrix([0] * 4 + [0] * 3 + [1] * 2 + [1], [0] * 4 + [1] * 3 + [0] * 2 + [1]).ravel().tolist() == [4, 3, 2, 1]",
                "scikit-learn's order is tn, fp, fn, tp; torchmetrics' tp, fp, tn, fn; smp's and lossbook's tp, fp, fn, tn.",
            ),
        ),
    ),
    **{
        score: Loss(
            "confusion_counts(prediction, target)",
            COUNTED,
            (
                Call("lossbook", f"{score}(confusion_counts(prediction, target){more})", options),
                Call("keras", keras, options, rtol=1e-6),
                Call("scikit-learn", f"sklearn.metrics.{name}(target, prediction > 0.5{more})", options),
                Call(
                    "torchmetrics",
                    f"torchmetrics.functional.classification.binary_{name.replace('_score', '') if name[0] in 'pr' else name}"
                    f"(prediction, target{more})",
                    options,
                    rtol=1e-6,
                ),
            ),
            probes=NOTHING,
        )
        for score, name, keras, more, options in (
            ("precision", "precision_score", "keras.metrics.Precision()(target, prediction)", "", ""),
            ("recall", "recall_score", "keras.metrics.Recall()(target, prediction)", "", ""),
            (
                "fbeta_score",
                "fbeta_score",
                "keras.metrics.FBetaScore('micro', beta=2.0, threshold=0.5)(target[:, None], prediction[:, None])",
                ", beta=2.0",
                "beta=2.0",
            ),
            (
                "f1_score",
                "f1_score",
                "keras.metrics.F1Score('micro', threshold=0.5)(target[:, None], prediction[:, None])",
                "",
                "",
            ),
        )
    },
    "dice_loss": Loss(
        "probs, target",
        REGIONS,
        (
            Call(
                "lossbook",
                "dice_loss(probs, target)",
                probe=(None, None, "dice_loss(class_probs, one_hot, axis=(2, 3))"),
            ),
            Call(
                "optax",
                "optax.losses.dice_loss(jnp.moveaxis(scores, 1, -1), jnp.moveaxis(one_hot, 1, -1))",
                "smooth=2",
                arguments=OF_CLASSES,
                probe=2 * ("optax.losses.dice_loss(jnp.moveaxis(logits, 1, -1), jnp.moveaxis(target, 1, -1))",)
                + (None,),
            ),
            Call("keras", "keras.losses.Dice()(target, probs)", rtol=1e-6),
            Call("monai", "monai.losses.DiceLoss()(probs, target)", "smooth=1e-5"),
            Call("monai", "monai.losses.DiceLoss(sigmoid=True, batch=True)(logits, target)", "smooth=1e-5"),
            Call("segmentation-models-pytorch", "smp.losses.DiceLoss('multilabel', from_logits=False)(probs, target)"),
            Call(
                "segmentation-models-pytorch",
                "smp.losses.DiceLoss('multiclass')(scores, labels)",
                arguments=OF_CLASSES,
                probe=("", "", None),
            ),
            Call(
                "kornia",
                "kornia.losses.dice_loss(scores, labels)",
                arguments=OF_CLASSES,
                rtol=1e-7,
                probe=("", "", None),
                tied=True,
            ),
            Call(
                "kornia",
                "kornia.losses.dice_loss(scores, labels, 'macro')",
                arguments=OF_CLASSES,
                rtol=1e-7,
                probe=("", "", None),
            ),
        ),
        choices=POOLED,
        heading=ONE_SCORE,
        probes=EMPTIES,
        notes=(
            (
                "np.isclose(optax.losses.dice_loss(jnp.zeros((1, 4, 1)), jnp.zeros((1, 4, 1)))[0], dice_loss([0.5] * 4, [0.0] * 4, smooth=2)).item()"
                " and np.isclose(float(smp.losses.DiceLoss('binary', from_logits=False, smooth=1.0)(T([[0.5, 0.25]]), T([[1.0, 0.0]]))),"
                " dice_loss([0.5, 0.25], [1.0, 0.0], smooth=2)).item()",
                "`smooth` of optax and smp is added to half of numerator and denominator: s there is 2 s here, and in MONAI. optax smooths by 1 unless told, and takes a softmax, or of one channel a sigmoid.",
            ),
            (
                "float(smp.losses.DiceLoss('binary', from_logits=False)(T([[1.0, 1.0]]), T([[0.0, 0.0]]))) == 0"
                " and np.isclose(float(kornia.losses.dice_loss(T([[[[0.75, 0.75]], [[0.25, 0.25]]]]).log(), torch.zeros(1, 1, 2, dtype=torch.int64), 'macro')),"
                " dice_loss([0.75, 0.75], [1.0, 1.0]))",
                "smp gives the loss 0 to a class that is not in the target, whatever was marked; kornia's macro mean leaves it out.",
            ),
            (
                "float(monai.losses.DiceLoss()(T([[[-3.0, 4.0]]]), T([[[0.0, 1.0]]]))) < 0",
                "MONAI takes logits for probabilities without a word; the loss can then be below 0.",
            ),
            (
                "np.isclose(dice_loss([[0.25, 0.75], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]),"
                " dice_loss([[0.25, 0.75], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]], axis=1))",
                "Over all classes of a softmax together, one score for each image and one for the batch have the same mean, since the sums in the denominator are the same: kornia's default may be read as either.",
            ),
            (
                "float(keras.losses.dice(T([0.0]), T([0.0]))) == 1",
                "Keras has one Dice for the whole batch, and gives the loss 1 to two empty masks.",
            ),
        ),
    ),
    "hard_dice_coefficient": Loss(
        "probs, target",
        REGIONS,
        (
            Call(
                "lossbook",
                "hard_dice_coefficient(probs, target)",
                probe=(None, None, "hard_dice_coefficient(class_probs, one_hot, axis=(2, 3))"),
            ),
            Call("scikit-learn", "sklearn.metrics.f1_score(target.ravel(), probs.ravel() > 0.5)"),
            Call(
                "scipy",
                "1 - scipy.spatial.distance.dice(target.ravel(), probs.ravel() > 0.5)",
            ),
            Call(
                "torchmetrics",
                "torchmetrics.functional.segmentation.dice_score((probs > 0.5).int(), target.int(), num_classes=3)",
                rtol=1e-6,
                probe=2
                * ("torchmetrics.functional.segmentation.dice_score((probs > 0.5).int(), target.int(), num_classes=1)",)
                + (None,),
            ),
        ),
        choices=POOLED,
        heading=ONE_SCORE,
        probes=EMPTIES,
    ),
    "iou_coefficient": Loss(
        "hard, target",
        REGIONS,
        (
            Call(
                "lossbook",
                "iou_coefficient(hard, target)",
                probe=(None, None, "iou_coefficient(hard, one_hot, axis=(2, 3))"),
            ),
            Call("keras", "keras.metrics.BinaryIoU(target_class_ids=[1])(target, hard)", rtol=1e-6),
            Call("scikit-learn", "sklearn.metrics.jaccard_score(target.ravel(), hard.ravel())"),
            Call("scipy", "1 - scipy.spatial.distance.jaccard(target.ravel(), hard.ravel())"),
            Call(
                "torchmetrics",
                "torchmetrics.functional.classification.binary_jaccard_index(hard, target.int())",
                rtol=1e-6,
            ),
        ),
        choices=POOLED,
        heading=ONE_SCORE,
        probes=EMPTIES,
        notes=(
            (
                "np.isclose(float(keras.metrics.BinaryIoU()(T([1.0, 1.0, 0.0]), T([1.0, 0.0, 0.0]))), (1 / 2 + 1 / 2) / 2).item()"
                " and np.isclose(float(keras.metrics.BinaryIoU()(T([1.0, 1.0, 0.0, 0.0]), T([1.0, 0.0, 0.0, 0.0]))), (1 / 2 + 2 / 3) / 2).item()",
                "Keras' `BinaryIoU()` without `target_class_ids` is the mean over foreground and background.",
            ),
        ),
    ),
    "iou_loss": Loss(
        "probs, target",
        REGIONS,
        (
            Call(
                "lossbook", "iou_loss(probs, target)", probe=(None, None, "iou_loss(class_probs, one_hot, axis=(2, 3))")
            ),
            Call("monai", "monai.losses.DiceLoss(jaccard=True)(probs, target)", "smooth=5e-6"),
            Call(
                "segmentation-models-pytorch", "smp.losses.JaccardLoss('multilabel', from_logits=False)(probs, target)"
            ),
            Call(
                "segmentation-models-pytorch",
                "smp.losses.JaccardLoss('multiclass')(scores, labels)",
                arguments=OF_CLASSES,
                probe=("", "", None),
            ),
        ),
        choices=POOLED,
        heading=ONE_SCORE,
        probes=EMPTIES,
        notes=(
            (
                "np.isclose(float(monai.losses.DiceLoss(jaccard=True, smooth_nr=1.0, smooth_dr=1.0)(T([[[0.5, 0.25]]]), T([[[1.0, 0.0]]]))),"
                " iou_loss([0.5, 0.25], [1.0, 0.0], smooth=0.5))"
                " and np.isclose(float(smp.losses.JaccardLoss('binary', from_logits=False, smooth=1.0)(T([[0.5, 0.25]]), T([[1.0, 0.0]]))),"
                " iou_loss([0.5, 0.25], [1.0, 0.0], smooth=1.0))",
                "MONAI adds its smoothing to twice the intersection and twice the union: s there is s/2 here. smp adds it as lossbook does.",
            ),
        ),
    ),
    "tversky_loss": Loss(
        "probs, target",
        REGIONS,
        (
            Call(
                "lossbook",
                "tversky_loss(probs, target, fp_weight=0.25, fn_weight=0.75)",
                probe=(None, None, "tversky_loss(class_probs, one_hot, axis=(2, 3), fp_weight=0.25, fn_weight=0.75)"),
            ),
            Call(
                "optax",
                "optax.losses.dice_loss(jnp.moveaxis(scores, 1, -1), jnp.moveaxis(one_hot, 1, -1),"
                " smooth=0.0, alpha=0.25, beta=0.75)",
                arguments=OF_CLASSES,
                probe=2
                * (
                    "optax.losses.dice_loss(jnp.moveaxis(logits, 1, -1), jnp.moveaxis(target, 1, -1),"
                    " smooth=0.0, alpha=0.25, beta=0.75)",
                )
                + (None,),
            ),
            Call("keras", "keras.losses.Tversky(alpha=0.25, beta=0.75)(target, probs)", rtol=1e-6),
            Call("monai", "monai.losses.TverskyLoss(alpha=0.25, beta=0.75)(probs, target)", "smooth=1e-5"),
            Call(
                "segmentation-models-pytorch",
                "smp.losses.TverskyLoss('multilabel', from_logits=False, alpha=0.25, beta=0.75)(probs, target)",
            ),
            Call(
                "kornia",
                "kornia.losses.tversky_loss(scores, labels, alpha=0.25, beta=0.75)",
                arguments=OF_CLASSES,
                rtol=1e-7,
                probe=("", "", None),
            ),
        ),
        choices={**POOLED, "fp_weight fn_weight": {"α on FP": [0.25, 0.75], "α on FN": [0.75, 0.25]}},
        heading=ONE_SCORE,
        probes=EMPTIES,
        notes=(
            (
                "np.isclose(float(keras.losses.tversky(T([1.0, 0.0, 0.0, 1.0]), T([1.0, 1.0, 1.0, 0.0]), alpha=0.25, beta=0.75)),"
                " tversky_loss([1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], fp_weight=0.75, fn_weight=0.25))"
                " and 'alpha: coefficient controlling incidence of false positives.' in ' '.join(keras.losses.tversky.__doc__.split())",
                "Keras' α weighs the false negatives and β the false positives, against its own documentation: swap them.",
            ),
            (
                "np.isclose(float(kornia.losses.tversky_loss(T([[[[0.5] * 4], [[0.3] * 4], [[0.2] * 4]]]).log(), torch.tensor([[[0, 0, 1, 1]]]), 0.25, 0.75)),"
                " tversky_loss([[0.5] * 4, [0.3] * 4], [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], fp_weight=0.25, fn_weight=0.75, axis=1))",
                "Kornia leaves the classes out that are not in the target, image by image; it equals `lossbook` where every class is in every image.",
            ),
            (
                "float(smp.losses.TverskyLoss('binary', from_logits=False)(T([[1.0, 1.0]]), T([[0.0, 0.0]]))) == 0"
                " and tversky_loss([1.0, 1.0], [0.0, 0.0]) == 1",
                "smp gives the loss 0 to a class that is not in the target, whatever was marked: a false alarm on an empty image costs nothing.",
            ),
        ),
    ),
    "bce_dice_loss": Loss(
        "probs, target",
        MASKS,
        (
            Call("lossbook", "bce_dice_loss(probs, target)"),
            Call("monai", "monai.losses.DiceCELoss(sigmoid=True)(logits, target)", "smooth=1e-5"),
            Call(
                "segmentation-models-pytorch",
                "F.binary_cross_entropy(probs, target) + smp.losses.DiceLoss('binary', from_logits=False)(probs, target)",
            ),
        ),
        choices=OF_MASKS,
        heading=ONE_SCORE,
        notes=(
            (
                "np.isclose(float(monai.losses.DiceCELoss(sigmoid=True, lambda_dice=0.0)(T([[[1.0], [-2.0]]]), T([[[1.0], [0.0]]]))),"
                " cross_entropy([[1.0, -2.0]], [0])).item()",
                "MONAI's `DiceCELoss` with several channels takes the softmax cross entropy, even with `sigmoid=True`.",
            ),
        ),
    ),
    "bce_log_dice_loss": Loss(
        "probs, target",
        MASKS,
        (
            Call("lossbook", "bce_log_dice_loss(probs, target)"),
            Call(
                "segmentation-models-pytorch",
                "F.binary_cross_entropy(probs, target)"
                " + smp.losses.DiceLoss('binary', log_loss=True, from_logits=False)(probs, target)",
            ),
        ),
        choices=OF_MASKS,
        heading=ONE_SCORE,
    ),
    "lovasz_hinge": Loss(
        "logits, target",
        FLAT,
        (
            Call("lossbook", "lovasz_hinge(logits, target)"),
            Call(
                "segmentation-models-pytorch", "smp.losses.LovaszLoss('binary')(logits, target)", rtol=1e-5, single=True
            ),
            Call("kornia", "kornia.losses.lovasz_hinge_loss(logits[:, None], target)"),
        ),
        choices={"per_image": WHOLE},
        heading=ONE_SCORE,
        probes={"a label 255": {"target": np.array([[[1, 255], [1, 0]], [[0, 1], [1, 1]]])}},
        notes=(
            (
                "not np.isclose(float(kornia.losses.lovasz_hinge_loss(T([[[[2.0, -1.0]]]]), torch.tensor([[[1, 255]]]))), lovasz_hinge([[[2.0]]], [[[1]]])).item()",
                "Kornia has no label to ignore: 255 is computed with. smp has `ignore_index`, which is none unless given.",
            ),
            (
                "raises(lambda: smp.losses.LovaszLoss('binary')(T([[[1.0, -1.0]]]), torch.tensor([[[1, 0]]])))"
                " and raises(lambda: smp.losses.LovaszLoss('multiclass')(T([[[[1.0]], [[-1.0]]]]), torch.tensor([[[1]]])))"
                " and not raises(lambda: smp.losses.LovaszLoss('binary')(T([[[1.0, -1.0]]]).float(), torch.tensor([[[1, 0]]])))",
                "smp's `LovaszLoss` raises on float64 logits, of masks as of classes; give it float32.",
            ),
        ),
    ),
    "lovasz_softmax": Loss(
        "probs, labels",
        SCENES,
        (
            Call(
                "lossbook",
                "lovasz_softmax(probs, labels, axis=1)",
                "axis=1",
                probe="lovasz_softmax(probs, labels, axis=1, ignore_index=255)",
            ),
            Call(
                "segmentation-models-pytorch",
                "smp.losses.LovaszLoss('multiclass')(logits, labels)",
                "axis=1",
                rtol=1e-5,
                single=True,
                probe="smp.losses.LovaszLoss('multiclass', ignore_index=255)(logits, labels)",
            ),
            Call("kornia", "kornia.losses.lovasz_softmax_loss(logits, labels)", "axis=1", probe=""),
        ),
        choices={"per_image": WHOLE, "classes": {"classes present": ["present"], "all classes": ["all"]}},
        heading=ONE_SCORE,
        probes={"every label ignored": {"labels": np.full((2, 2, 2), 255)}},
        notes=(
            (
                "np.isclose(float(smp.losses.LovaszLoss('multiclass', from_logits=False)(torch.tensor([[[[0.75]], [[0.25]]]]), torch.tensor([[[0]]]))),"
                " 1 / (1 + np.exp(0.5)), rtol=1e-5).item()",
                "smp reads `from_logits=False` and applies the softmax all the same: give it logits.",
            ),
            (
                "smp.losses.LovaszLoss('multiclass', ignore_index=255)(torch.zeros(1, 3, 2, 2), torch.full((1, 2, 2), 255)).shape == (0, 3)",
                "Where every label is ignored, smp returns a tensor without elements.",
            ),
        ),
    ),
}
