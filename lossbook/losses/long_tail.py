"""Losses for training sets in which some classes are rare, and tests in which all count the same.

Each is a cross entropy of scores that are moved, by numbers that come from the counts of the classes alone. The formulas and what is
proved of them stand on the cards in :mod:`lossbook.cards.long_tail`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    COUNTS_OF_CLASSES,
    EXAMPLES,
    LABELS,
    POSITIVE_COUNTS,
    REAL,
    SCORES,
    float_dtype,
    labels_along,
    read_class_axis,
    read_class_weight,
    read_flag,
    read_number,
    read_of_classes,
    read_priors,
)
from lossbook.engine.columns import Labelled
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.limits import times
from lossbook.numerics.softmax import Adjusted, AdjustedOfModerate, moderate
from lossbook.numerics.sums import multiply

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "long tails", "group": "classes", "page": "book/unequal/long_tails"}
_OF_LABELS = _FAMILY | {"each": "column", "arguments": {"logits": SCORES, "labels": LABELS}}
_OF_COUNTS = _FAMILY | {
    "each": "count",
    "role": "counts",
    "no_gradient": "it is computed once from the counts, and no prediction is part of it",
}

_CUI_2019 = "Y. Cui, M. Jia, T.-Y. Lin, Y. Song and S. Belongie, Class-balanced loss based on effective number of samples, CVPR 2019."
_CAO_2019 = (
    "K. Cao, C. Wei, A. Gaidon, N. Arechiga and T. Ma, Learning imbalanced datasets with label-distribution-aware margin loss, "
    "NeurIPS 2019."
)
_MENON_2021 = "A. K. Menon, S. Jayasumana, A. S. Rawat, H. Jain, A. Veit and S. Kumar, Long-tail learning via logit adjustment, ICLR 2021."
_REN_2020 = "J. Ren, C. Yu, S. Sheng, X. Ma, H. Zhao, S. Yi and H. Li, Balanced meta-softmax for long-tailed visual recognition, NeurIPS 2020."

_MARGIN = {"low": 0, "high": REAL.high, "what": "a finite number ≥ 0"}
# Its product with the logarithm of any number is finite.
_STRENGTH = {"low": 0, "high": 1e300, "what": "a number in [0, 1e300]"}
_SCALE = {"low": 0, "high": 1e300, "above": True, "what": "a number above 0, at most 1e300"}


# --- The kernels -----------------------------------------------------------------------------------------------------------


def _adjusted(z, k, c, rest):
    """Value and derivatives of the cross entropy of z + c, the same c for every column."""
    c, rest = c[:, None], rest[:, None]
    if moderate(z, 0.5) and moderate(np.where(np.isinf(c), 0.0, c), 0.5):
        e = np.exp(z)
        e *= np.exp(c) * (1 + rest)
        yield from _derivatives(AdjustedOfModerate(k, e))
    else:
        yield from _derivatives(Adjusted(z, k, (c, rest)))


def _with_margins(z, k, margins, rest, scale):
    """Value and derivatives of the cross entropy of scale · (z − μ), where μ is 0 but at the label."""
    label = k, np.arange(len(k))
    (scaled, slips), (wide, slip) = multiply(scale, z), multiply(scale, margins)
    if moderate(scaled, 0.5) and moderate(wide, 0.5):
        e = np.exp(scaled)
        # What the rounding of the products took off the exponentials.
        e += e * slips
        e[label] *= (np.exp(-wide) * (1 - (slip + scale * rest)))[k]
        results = _derivatives(AdjustedOfModerate(k, e))
    else:
        moved = np.zeros_like(z), np.zeros_like(z)
        moved[0][label], moved[1][label] = -margins[k], -rest[k]
        results = _derivatives(Adjusted(z, k, moved, scale))
    yield next(results)
    yield times(scale, next(results))
    yield times(scale, times(scale, next(results)))


def _derivatives(softmax):
    """Value and derivatives by the moved scores: −log p_k, p_j − [j = k] and p_j (1 − p_j)."""
    yield softmax.cross_entropy()
    gradient = softmax.e
    softmax.put(gradient, 0 - softmax.others)
    gradient /= softmax.total
    yield gradient
    yield np.multiply(*softmax.with_complement())


def _logs(shares, tau):
    """Return τ log of shares as a pair; −∞ where one is 0, unless τ is."""
    shares = shares.astype(np.float64)
    if tau == 0:
        return np.zeros_like(shares), np.zeros_like(shares)
    some = shares > 0
    upper, lower = np.full_like(shares, -np.inf), np.zeros_like(shares)
    upper[some], lower[some] = powers.scale((tau, 0.0), powers.log(shares[some]))
    return upper, lower


def _margins(counts, max_margin):
    """Return max_margin (least/count)^¼ as a pair."""
    counts = counts.astype(np.float64)
    upper, lower = powers.fourth_root(counts.min(), counts)
    # Halves of a number beyond 1e300 overflow.
    size, exponent = math.frexp(max_margin)
    upper, lower = powers.scale((size, 0.0), (upper, lower))
    return np.ldexp(upper, exponent), np.ldexp(lower, exponent)


# --- What is computed from the counts --------------------------------------------------------------------------------------


@loss(**_OF_COUNTS, arguments={"counts": EXAMPLES}, references=(_CUI_2019,))
def class_balanced_weights(counts: ArrayLike, *, beta: float, normalize: bool = True) -> Any:
    r"""Weights of classes by their effective number of examples, between equal weights and the reciprocals of the counts.

    Use it for the ``weight`` of :func:`cross_entropy` when some classes have few examples and their reciprocals would be too much.

    .. math:: w_k = \frac{1 - \rho}{1 - \rho^{n_k}}, \qquad \text{normalised: } \frac{K\, w_k}{\sum_j w_j}

    Parameters
    ----------
    counts : array_like
        Number n of examples of each of K classes, at least 1, one axis.
    beta : float
        Number ρ in [0, 1] (the paper's β). At 0 the weights are equal; at 1 they are 1/n, the limit. In between, classes with more than about
        1/(1 − ρ) examples count as if they had that many: for thousands of examples, 0.9 changes next to nothing.
    normalize : bool
        Whether the weights are divided by their mean, so that they sum to K. Where a mean divides by the sum of the weights, as
        :func:`cross_entropy` does, this changes nothing.

    Returns
    -------
    numpy.ndarray
        The weights, positive, in the shape of ``counts``.

    See Also
    --------
    cross_entropy : Takes them as ``weight``.
    logit_adjusted_cross_entropy : Moves the scores in place of weighing the classes.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.class_balanced_weights([900, 90, 9], beta=0.99).round(3))
    [0.211 0.354 2.436]
    >>> weight = lossbook.class_balanced_weights([4, 1], beta=1)
    >>> print(weight, lossbook.cross_entropy([[0.0, 0.0], [0.0, 2.0]], [0, 1], weight=weight).round(4))
    [0.4 1.6] 0.2402
    """
    beta = read_number("beta", beta, 0, 1, what="a number in [0, 1]")
    normalize = read_flag("normalize", normalize)
    dtype, n = float_dtype(counts), counts.check_all().array.astype(np.float64)
    with np.errstate(all="ignore"):
        if beta == 1:
            # In units of their least, so that none of them is subnormal.
            weights = n.min() / n if normalize else 1 / n
        else:
            log = math.log1p(beta - 1) if beta >= 0.5 else math.log(beta) if beta else -math.inf
            weights = (1 - beta) / -np.expm1(n * log)
        if normalize:
            weights = weights * (len(n) / math.fsum(weights))
    return weights.astype(dtype)


@loss(**_OF_COUNTS, arguments={"counts": POSITIVE_COUNTS}, references=(_CAO_2019,))
def ldam_margins(counts: ArrayLike, *, max_margin: float = 0.5) -> Any:
    r"""Margins by which the scores of the labels have to lead in :func:`ldam_loss`: the rarer the class, the wider.

    Use it to see what the counts of a training set ask for.

    .. math:: \mu_k = \mu_{\max} \left(\frac{\min_j n_j}{n_k}\right)^{1/4}

    Parameters
    ----------
    counts : array_like
        Number n of examples of each class, above 0, one axis. Only their proportions count.
    max_margin : float
        Margin μ_max ≥ 0 of the rarest class, in the unit of the scores.

    Returns
    -------
    numpy.ndarray
        The margins, not negative and none wider than ``max_margin``, in the shape of ``counts``.

    See Also
    --------
    ldam_loss : The loss with these margins.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.ldam_margins([1600, 100, 1]).round(4))
    [0.0791 0.1581 0.5   ]
    """
    max_margin = read_number("max_margin", max_margin, **_MARGIN)
    return _margins(counts.check_all().array, max_margin)[0].astype(float_dtype(counts))


# --- The losses ------------------------------------------------------------------------------------------------------------


def _moved(c, logits, labels, sample_weight, ignore_index, axis, reduction):
    """Put the plan of a cross entropy of moved scores together."""
    k = labels_along(labels, logits, axis, ignore_index)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    return Labelled(_adjusted, logits, k, params=c, double=True, **options)


@loss(**_OF_LABELS, references=(_CAO_2019,))
def ldam_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    counts: ArrayLike,
    max_margin: float = 0.5,
    scale: float = 30.0,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Cross entropy with a margin for each label, the wider the rarer its class (label-distribution-aware margin loss).

    Use it when the scores are cosines and rare classes are fitted too closely. The margins do not balance the classes; its authors
    add class weights, late in training, for that.

    .. math:: \ell(z, k) = -\log \frac{e^{\lambda (z_k - \mu_k)}}{e^{\lambda (z_k - \mu_k)} + \sum_{j \ne k} e^{\lambda z_j}}, \qquad
        \mu_k = \mu_{\max} \left(\frac{\min_j n_j}{n_k}\right)^{1/4}

    Parameters
    ----------
    counts : array_like
        Number n of examples of each class in the training set, above 0, one for each. Only their proportions count.
    max_margin : float
        Margin μ_max ≥ 0 of the rarest class, in the unit of the scores.
    scale : float
        Factor λ above 0 (at most 1e300) of the moved scores. The default is meant for cosines, in [−1, 1]; for scores of any size 1
        leaves them as they are.
    weight : array_like, optional
        Non-negative weight of the classes, one for each, by which the loss of a label is multiplied. The mean divides by the sum of the
        weights of the labels that counted; where that is zero, the loss and its gradient are zero.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out. Infinite
        logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    ldam_margins : The margins alone.
    class_balanced_weights : Weights for ``weight``.
    cross_entropy : The loss with ``max_margin`` 0 and ``scale`` 1.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.ldam_loss([[0.5, 0.0], [0.0, 0.5]], [0, 1], counts=[16, 1], scale=1.0, reduction="none").round(4))
    [0.5759 0.6931]
    >>> print(lossbook.grad(lossbook.ldam_loss)([[0.0, 0.5]], [1], counts=[16, 1]))
    [[ 15. -15.]]
    """
    axis = read_class_axis(axis, logits)
    classes = logits.array.shape[axis]
    counts = read_of_classes(POSITIVE_COUNTS.read("counts", counts), classes)
    max_margin = read_number("max_margin", max_margin, **_MARGIN)
    scale = read_number("scale", scale, **_SCALE)
    weight = read_class_weight("weight", weight, classes, reduction)
    k = labels_along(labels, logits, axis, ignore_index)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "factor": weight, "weight": weight}
    kernel = partial(_with_margins, scale=scale)
    return Labelled(kernel, logits, k, params=_margins(counts, max_margin), double=True, derivatives=2, **options)


@loss(**_OF_LABELS, references=(_MENON_2021,))
def logit_adjusted_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    priors: ArrayLike,
    tau: float = 1.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Cross entropy of scores to which the logarithms of the classes' shares are added, in training and not in the test.

    Use it when some classes are rare in training and all count the same in the test.

    .. math:: \ell(z, k) = -\log \frac{\theta_k^{\tau} e^{z_k}}{\sum_j \theta_j^{\tau} e^{z_j}}

    Parameters
    ----------
    priors : array_like
        Share θ of each class in the training set, one for each, which sum to 1. A class with share 0 is out: it has no probability, its
        score no gradient, and its label costs +∞ (with τ = 0 the shares do not count, as 0⁰ = 1).
    tau : float
        Strength τ in [0, 1e300] of the adjustment: 0 gives the :func:`cross_entropy`; 1 asks the scores for what the class would be if
        all were equally frequent.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out. Infinite
        logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    balanced_softmax_loss : The same loss at τ = 1, of counts.
    class_balanced_weights : Weights of the classes in place of the adjustment.

    Notes
    -----
    The class with the largest of the scores z themselves is the prediction. To adjust them once more, or to add the logarithms in the
    test, undoes what was learnt. A model that was trained by the plain cross entropy is adjusted the other way: z − τ log θ.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.logit_adjusted_cross_entropy([[0.0, 0.0]], [1], priors=[0.75, 0.25]).round(4))
    1.3863
    >>> print(lossbook.grad(lossbook.logit_adjusted_cross_entropy)([[0.0, 0.0]], [1], priors=[0.75, 0.25]))
    [[ 0.75 -0.75]]
    """
    axis = read_class_axis(axis, logits)
    priors = read_priors("priors", priors, logits.array.shape[axis])
    tau = read_number("tau", tau, **_STRENGTH)
    return _moved(_logs(priors, tau), logits, labels, sample_weight, ignore_index, axis, reduction)


@loss(**_OF_LABELS, references=(_REN_2020,))
def balanced_softmax_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    counts: ArrayLike,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Cross entropy whose softmax counts each class as often as it has examples.

    Use it when some classes are rare in training and all count the same in the test.

    .. math:: \ell(z, k) = -\log \frac{n_k\, e^{z_k}}{\sum_j n_j\, e^{z_j}}

    Parameters
    ----------
    counts : array_like
        Number n ≥ 0 of examples of each class in the training set, one for each, not all 0. Only their proportions count. A class with
        none is out: it has no probability, its score no gradient, and its label costs +∞.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out. Infinite
        logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    logit_adjusted_cross_entropy : The same loss of shares, with a strength τ.

    Notes
    -----
    In the test the softmax of the scores themselves is taken, without the counts.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.balanced_softmax_loss([[0.0, 0.0], [0.0, 0.0]], [0, 1], counts=[30, 10], reduction="none").round(4))
    [0.2877 1.3863]
    """
    axis = read_class_axis(axis, logits)
    counts = read_of_classes(COUNTS_OF_CLASSES.read("counts", counts), logits.array.shape[axis])
    if not counts.any():
        raise ValueError(
            "counts must not all be 0: there would be no class to choose. Count the labels of the training set."
        )
    return _moved(_logs(counts, 1.0), logits, labels, sample_weight, ignore_index, axis, reduction)
